"""What a client can send to `/graphql`, sound and hostile, and the status and code it gets."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import httpx2
import pytest
import zstandard

from gateway.graphql import compression
from tests.gateway.serving import FULL, House, Visitor, inside

JSON = FULL | {"content-type": "application/json"}
MODERN = "application/graphql-response+json"


async def post(visitor: Visitor, body: bytes, **headers: str) -> httpx2.Response:
    return await visitor.http.post("/graphql", content=body, headers=JSON | headers)


def code(response: httpx2.Response) -> str:
    (error, *_) = response.json()["errors"]
    found: str = error["extensions"]["code"]
    return found


async def test_a_query_over_post_and_get(visitor: Visitor) -> None:
    posted = await visitor.ask("{ leads(first: 2) { totalCount nodes { id } } }")
    assert posted.status_code == 200
    assert posted.headers["content-type"] == "application/json; charset=utf-8"
    assert posted.json()["data"]["leads"]["totalCount"] == 40
    assert posted.json()["extensions"]["cost"] == {"requested": 4, "maximum": 20000}
    assert posted.headers["x-cost"] == "4"
    query = {"query": "query($n: Int) { leads(first: $n) { nodes { id } } }"}
    got = await visitor.http.get("/graphql", params=query | {"variables": '{"n":1}'}, headers=FULL)
    assert len(got.json()["data"]["leads"]["nodes"]) == 1


@pytest.mark.parametrize(
    ("body", "status", "expected"),
    [
        (b"null", 400, "BAD_REQUEST"),
        (b"1", 400, "BAD_REQUEST"),
        (b'"x"', 400, "BAD_REQUEST"),
        (b"true", 400, "BAD_REQUEST"),
        (b"[]", 400, "BAD_REQUEST"),
        (b"{}", 400, "BAD_REQUEST"),
        (b"", 400, "BAD_REQUEST"),
        (b"{", 400, "BAD_REQUEST"),
        (b'{"query":1}', 400, "BAD_REQUEST"),
        (b'{"query":null}', 400, "BAD_REQUEST"),
        (b'{"query":"{__typename}","variables":[]}', 400, "BAD_REQUEST"),
        (b'{"query":"{__typename}","variables":"{}"}', 400, "BAD_REQUEST"),
        (b'{"query":"{__typename}","operationName":1}', 400, "BAD_REQUEST"),
        (b'{"query":"{__typename}","extensions":1}', 400, "BAD_REQUEST"),
        (b'{"query":"{__typename}","extensions":{"persistedQuery":1}}', 400, "BAD_REQUEST"),
        (b'{"query":"{__typename}","documentId":{}}', 400, "BAD_REQUEST"),
        (b'\xef\xbb\xbf{"query":"{__typename}"}', 400, "BAD_REQUEST"),
        (b'{"query":"\xff"}', 400, "BAD_REQUEST"),
        (b'{"query":"{__typename}","x":"\xed\xa0\x80"}', 400, "BAD_REQUEST"),
        (b'{"query":"{__typename}","x":"\\ud800"}', 400, "BAD_REQUEST"),
        (b'{"query":"{__typename}","operationName":"\\udfff"}', 400, "BAD_REQUEST"),
        (b'{"query":"{__typename}","variables":{"a":"\\u0000"}}', 400, "INVALID_TEXT"),
        (b'{"query":"{__typename}","variables":{"\\u0000":1}}', 400, "INVALID_TEXT"),
        (b'{"query":"{__typename}","operationName":"\\u0000"}', 400, "INVALID_TEXT"),
        (b'{"query":"{__typename\\u0000}"}', 400, "INVALID_TEXT"),
        (b'{"query":"{__typename}","variables":' + b"[" * 900 + b"]" * 900 + b"}", 400, "BAD_REQUEST"),
        (b"[" * 100_000, 400, "BAD_REQUEST"),
        (b'{"a":' * 5000, 400, "BAD_REQUEST"),
        (b'{"query":"{__typename}","variables":{"a":' + b"9" * 5000 + b"}}", 400, "BAD_REQUEST"),
    ],
)  # fmt: skip
async def test_refused_bodies(visitor: Visitor, body: bytes, status: int, expected: str) -> None:
    for accept in ("application/json", MODERN):
        answer = await post(visitor, body, accept=accept)
        assert (answer.status_code, code(answer)) == (status, expected)
        assert answer.headers["content-type"].startswith(accept)
        assert "x-request-id" in answer.headers
        assert "x-ratelimit-limit" in answer.headers


@pytest.mark.parametrize(
    ("query", "variables", "expected"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("", {}, "GRAPHQL_PARSE_FAILED"),
        ('{lead(id:"\\ud800"){id}}', {}, "GRAPHQL_PARSE_FAILED"),
        ('{lead(id:"\\u{d800}"){id}}', {}, "GRAPHQL_PARSE_FAILED"),
        ('{lead(id:"\\u0000"){id}}', {}, "INVALID_TEXT"),
        ('{lead(id:"\\u{0}"){id}}', {}, "INVALID_TEXT"),
        ("{nothing}", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("query A{__typename} query B{__typename}", {}, "OPERATION_NOT_FOUND"),
        ("fragment A on Lead{id}", {}, "OPERATION_NOT_FOUND"),
        ("query($a:Int!){leads(first:$a){nodes{id}}}", {}, "BAD_USER_INPUT"),
        ("query($a:Int){leads(first:$a){nodes{id}}}", {"a": "1"}, "BAD_USER_INPUT"),
        ("query($a:Int){leads(first:$a){nodes{id}}}", {"a": 2**31}, "BAD_USER_INPUT"),
        ("query($a:Int){leads(first:$a){nodes{id}}}", {"a": 10**40}, "BAD_USER_INPUT"),
        ("query($f:LeadFilter){leads(filter:$f){nodes{id}}}", {"f": {"x": 1}}, "BAD_USER_INPUT"),
        ("subscription{nothing}", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("{leads(first:100){nodes{calls(first:100){nodes{lead{calls(first:100){nodes{id}}}}}}}}", {}, "COST_EXCEEDED"),
        ("{a" * 300 + "}" * 300, {}, "DOCUMENT_TOO_LARGE"),
        ("{" + "a " * 3000 + "}", {}, "DOCUMENT_TOO_LARGE"),
        ("#" * 70_000 + "\n{__typename}", {}, "DOCUMENT_TOO_LARGE"),
        ("{" + " ".join(f"a{i}:__typename" for i in range(30)) + "}", {}, "DOCUMENT_TOO_LARGE"),
    ],
)  # fmt: skip
async def test_refused_documents(
    visitor: Visitor, query: str, variables: dict[str, Any], expected: str
) -> None:
    body = json.dumps({"query": query, "variables": variables}).encode()
    old = await post(visitor, body, accept="application/json")
    assert (old.status_code, code(old)) == (200, expected)
    modern = await post(visitor, body, accept=MODERN)
    assert (modern.status_code, code(modern)) == (400, expected)
    assert "data" not in modern.json()
    assert len(modern.content) < 20_000


async def test_an_escaped_backslash_is_not_nul(visitor: Visitor) -> None:
    query = r'mutation { createLead(input: { name: "C:\\u0000" }) { lead { name } } }'
    assert await visitor.data(query) == {"createLead": {"lead": {"name": r"C:\u0000"}}}
    name = r"D:\u0000"
    query = "mutation($n: String) { createLead(input: { name: $n }) { lead { name } } }"
    assert await visitor.data(query, n=name) == {"createLead": {"lead": {"name": name}}}


@pytest.mark.parametrize(
    ("method", "status", "allow"),
    [("PUT", 405, True), ("PATCH", 405, True), ("DELETE", 405, True), ("TRACE", 405, True),
     ("OPTIONS", 204, True)],
)  # fmt: skip
async def test_methods(visitor: Visitor, method: str, status: int, allow: bool) -> None:
    answer = await visitor.http.request(method, "/graphql", headers=JSON)
    assert answer.status_code == status
    assert answer.headers["allow"] == "GET, HEAD, POST, OPTIONS"


async def test_a_mutation_over_get(visitor: Visitor) -> None:
    query = {"query": 'mutation{deleteLead(input:{id:"x"}){errors{code}}}'}
    answer = await visitor.http.get("/graphql", params=query, headers=FULL)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "text/plain"}, 415),
        ({"content-type": "application/x-www-form-urlencoded"}, 415),
        ({"content-type": "multipart/form-data; boundary=x"}, 415),
        ({"content-type": "application/jsonx"}, 415),
        ({"content-type": ""}, 415),
        ({"content-type": "application/json; charset=utf-16"}, 415),
        ({"content-encoding": "gzip"}, 415),
        ({"content-encoding": "zstd"}, 415),
        ({"accept": "text/plain"}, 406),
        ({"accept": "application/json;q=0"}, 406),
        ({"content-type": "application/json; charset=UTF-8"}, 200),
        ({"content-type": 'Application/JSON; charset="utf-8"'}, 200),
        ({"accept": "*/*"}, 200),
        ({"accept": ""}, 200),
        ({"accept": "text/event-stream, application/json"}, 200),
        ({"accept": "application/*;q=0.5"}, 200),
        ({"accept": ";;;,,q=x"}, 406),
    ],
)  # fmt: skip
async def test_media_types(visitor: Visitor, headers: dict[str, str], status: int) -> None:
    answer = await post(visitor, b'{"query":"{__typename}"}', **headers)
    assert answer.status_code == status
    if status != 200:
        assert code(answer) == "BAD_REQUEST"


async def test_size(house: House) -> None:
    async with inside(house, max_body_bytes=1000) as visitor:
        body = b'{"query":"{__typename}","x":"' + b"x" * 2000 + b'"}'
        assert (await post(visitor, body)).status_code == 413

        async def chunks() -> Any:
            for _ in range(20):
                yield body

        streamed = await visitor.http.post("/graphql", content=chunks(), headers=JSON)
        assert (streamed.status_code, code(streamed)) == (413, "BAD_REQUEST")
        assert (await post(visitor, b"{}", **{"content-length": "x"})).status_code == 413
        long = await visitor.http.get("/graphql?query=" + "x" * 17_000, headers=FULL)
        assert (long.status_code, code(long)) == (414, "BAD_REQUEST")


@pytest.mark.parametrize(
    "query",
    [
        "query={__typename}&query={__typename}",
        "query=%ff",
        "query=%ED%A0%80",
        "query={__typename}&variables=[",
        "query={__typename}&variables=1",
        "query={__typename}&extensions=x",
        "query={__typename%00}",
        "query={__typename}&variables={%22a%22:%22\\u0000%22}",
        "&".join(f"a{i}=1" for i in range(50)),
        "operationName=A",
        "",
    ],
)
async def test_refused_query_strings(visitor: Visitor, query: str) -> None:
    answer = await visitor.http.get(f"/graphql?{query}", headers=FULL)
    assert answer.status_code == 400
    assert code(answer) in ("BAD_REQUEST", "INVALID_TEXT")


async def test_revalidation(visitor: Visitor) -> None:
    query = {"query": "{ leads(first: 20) { nodes { id name createdAt } } }"}
    first = await visitor.http.get("/graphql", params=query, headers=FULL)
    tag = first.headers["etag"]
    assert "Accept-Encoding" in first.headers["vary"]
    for given in (tag, f'"other", {tag}', tag.removeprefix("W/"), "*"):
        again = await visitor.http.get(
            "/graphql", params=query, headers=FULL | {"if-none-match": given}
        )
        assert (again.status_code, again.content) == (304, b"")
        for name in ("etag", "cache-control", "vary", "x-cost", "x-ratelimit-limit"):
            assert name in again.headers
    fresh = FULL | {"if-none-match": '"stale"'}
    assert (await visitor.http.get("/graphql", params=query, headers=fresh)).status_code == 200
    head = await visitor.http.head("/graphql", params=query, headers=FULL)
    assert (head.status_code, head.headers["etag"]) == (200, tag)
    assert "etag" not in (await visitor.ask(query["query"])).headers


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"), ("zstd, gzip", "zstd"), ("gzip;q=0, zstd;q=0", None), ("br", None),
        ("*", "zstd"), ("identity", None), ("gzip;q=x", None), ("GZIP", "gzip"),
    ],
)  # fmt: skip
async def test_compression(visitor: Visitor, accepted: str, coding: str | None) -> None:
    query = "{ leads(first: 40) { nodes { id name createdAt updatedAt email phone } } }"
    headers = JSON | {"accept-encoding": accepted}
    large = await visitor.http.post("/graphql", json={"query": query}, headers=headers)
    assert large.headers.get("content-encoding") == coding
    assert "Accept-Encoding" in large.headers["vary"]
    plain = zstandard.decompress(large.content) if coding == "zstd" else large.content
    assert len(json.loads(plain)["data"]["leads"]["nodes"]) == 40
    small = await visitor.http.post("/graphql", json={"query": "{__typename}"}, headers=headers)
    assert "content-encoding" not in small.headers


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_a_large_answer_is_compressed_beside_the_others(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, coding: str
) -> None:
    threads = []
    made = compression._compressed

    def noted(body: bytes, coding: bytes) -> bytes:
        threads.append(threading.current_thread())
        return made(body, coding)

    monkeypatch.setattr(compression, "_compressed", noted)
    query = "{ leads(first: 40) { nodes { id name createdAt updatedAt email phone } } }"
    headers = JSON | {"accept-encoding": coding}

    async def ask() -> httpx2.Response:
        return await visitor.http.post("/graphql", json={"query": query}, headers=headers)

    whole = (await ask()).content
    monkeypatch.setattr(compression, "LARGE", compression.WORTH)
    answers = await asyncio.gather(*[ask() for _ in range(20)])
    assert {each.content for each in answers} == {whole}
    assert {each.headers["content-encoding"] for each in answers} == {coding}
    here, *others = threads
    assert here is threading.main_thread()
    assert len(others) == 20
    assert here not in others


async def test_batches(house: House) -> None:
    one = {"query": "{__typename}"}
    async with inside(house, rate_limit="10/minute") as visitor:
        off = await visitor.http.post("/graphql", json=[one], headers=FULL)
        assert (off.status_code, code(off)) == (400, "BAD_REQUEST")
    async with inside(house, rate_limit="10/minute", max_batch=3) as visitor:
        found = await visitor.http.post("/graphql", json=[one, {"query": "{"}, one], headers=FULL)
        assert found.status_code == 200
        assert [sorted(each)[0] for each in found.json()] == ["data", "errors", "data"]
        assert found.headers["x-ratelimit-remaining"] == "7"
        many = await visitor.http.post("/graphql", json=[one] * 4, headers=FULL)
        assert many.status_code == 400
        for bad in ([], [1], [None]):
            refused = await visitor.http.post("/graphql", json=bad, headers=FULL)
            assert refused.status_code == 400


async def test_security_headers_everywhere(visitor: Visitor) -> None:
    for path in ("/", "/graphql", "/nope", "/healthz", "/readyz"):
        answer = await visitor.http.get(path, headers=FULL)
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-request-id"]
        free = path in ("/healthz", "/readyz")
        assert ("x-ratelimit-limit" in answer.headers) != free
    nothing = await visitor.http.get("/nope", headers=FULL)
    assert (nothing.status_code, code(nothing)) == (404, "NOT_FOUND")
    given = FULL | {"x-request-id": "trace-1:a"}
    assert (await visitor.http.get("/", headers=given)).headers["x-request-id"] == "trace-1:a"
    for hostile in ("a b", "é", "x" * 200, ""):
        headers = {**FULL, "x-request-id": hostile.encode("latin-1")}
        answer = await visitor.http.get("/", headers=headers)  # type: ignore[arg-type]
        assert answer.headers["x-request-id"] != hostile


async def test_cors(house: House) -> None:
    page = "https://app.example.com"
    preflight = {"origin": page, "access-control-request-method": "POST"}
    async with inside(house) as visitor:
        closed = await visitor.http.options("/graphql", headers=preflight)
        assert closed.status_code == 204
        assert "access-control-allow-origin" not in closed.headers
    async with inside(house, cors_origins=f"{page}, http://localhost:5173") as visitor:
        opened = await visitor.http.options("/graphql", headers=preflight)
        assert opened.status_code == 204
        assert opened.headers["access-control-allow-origin"] == page
        assert "Authorization" in opened.headers["access-control-allow-headers"]
        assert opened.headers["vary"] == "Origin"
        assert "x-ratelimit-limit" not in opened.headers
        wanted = "authorization, x-apollo-operation-name,traceparent"
        asking = preflight | {"access-control-request-headers": wanted}
        opened = await visitor.http.options("/graphql", headers=asking)
        assert opened.headers["access-control-allow-headers"] == wanted
        asking = preflight | {"access-control-request-headers": "a: b"}
        opened = await visitor.http.options("/graphql", headers=asking)
        assert "Authorization" in opened.headers["access-control-allow-headers"]
        answer = await visitor.http.get("/graphql", headers=FULL | {"origin": page})
        assert answer.headers["access-control-allow-origin"] == page
        assert "X-Cost" in answer.headers["access-control-expose-headers"]
        assert "Origin" in ", ".join(answer.headers.get_list("vary"))
        stranger = FULL | {"origin": "https://evil.example"}
        answer = await visitor.http.get("/graphql", headers=stranger)
        assert "access-control-allow-origin" not in answer.headers
        assert "Origin" in ", ".join(answer.headers.get_list("vary"))
    async with inside(house, cors_origins="*") as visitor:
        answer = await visitor.http.get("/graphql", headers=FULL | {"origin": "null"})
        assert answer.headers["access-control-allow-origin"] == "*"


async def test_an_instant_that_is_none_is_refused_where_it_stands(visitor: Visitor) -> None:
    query = '{ leads(filter: { createdAt: { from: "2026-11-01" } }) { totalCount } }'
    answer = await visitor.ask(query)
    (error,) = answer.json()["errors"]
    assert error["message"].startswith("A DateTime is an ISO-8601 instant with an offset")
    assert error["locations"] == [{"line": 1, "column": 38}]
