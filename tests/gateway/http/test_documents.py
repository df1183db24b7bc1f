"""Documents: limits in linear time, introspection, persisted queries and trusted documents."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.limits import documents
from gateway.limits.manifest import ManifestError, read_manifest
from tests.gateway.serving import FULL, House, Visitor, inside

LEADS = "query Leads { leads(first: 1) { nodes { id } } }"
DIGEST = hashlib.sha256(LEADS.encode()).hexdigest()


def doubling(levels: int) -> str:
    steps = " ".join(f"fragment F{n} on Lead {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels))
    return f"{{ leads {{ nodes {{ ...F0 }} }} }} {steps} fragment F{levels} on Lead {{ id }}"


#: Documents within the limits, or just beyond, that take much work to validate or to plan.
HOSTILE = {
    "doubling": doubling(40),
    "one field often": "{ leads { nodes { " + "id " * 1950 + "} } }",
    "one object often": "{ leads { nodes { " + "agent { id } " * 480 + "} } }",
    "inline fragments": "{ leads { nodes { " + "... on Lead { agent { id } } " * 210 + "} } }",
    "a chain": "{ leads { nodes { ...F0 } } } "
    + " ".join(f"fragment F{n} on Lead {{ id agent {{ id }} ...F{n + 1} }}" for n in range(150))
    + " fragment F150 on Lead { id }",
    "a clique": "{ ...G0 } "
    + " ".join(
        f"fragment G{n} on Query {{ {' '.join(f'...G{m}' for m in range(30) if m != n)} }}"
        for n in range(30)
    ),
    "mistakes": "{ leads { nodes { " + " ".join(f"nam{n}" for n in range(1900)) + "} } }",
    "a long list": "{ leads(filter: { stage: [" + "NEW " * 1900 + "] }) { nodes { id } } }",
    "a long name": "{ " + "x" * 60_000 + " }",
    "many plans": "{ "
    + " ".join(f"r{n}: leads(first: 1) {{ ...F }}" for n in range(20))
    + "} fragment F on LeadConnection { nodes { id agent { id name } calls(first: 1) { nodes {"
    " agent { id } lead { id } } } emails(first: 1) { nodes { id lead { id } } } } }",
}


async def test_doubling_fragments_are_refused_at_once(visitor: Visitor) -> None:
    await visitor.ask("{ __typename }")
    begun = time.perf_counter()
    answer = await visitor.ask(doubling(40))
    assert time.perf_counter() - begun < 0.1
    assert answer.json()["errors"][0]["extensions"]["code"] == "DOCUMENT_TOO_LARGE"


@pytest.mark.parametrize("name", HOSTILE)
async def test_others_are_served_meanwhile(sqlite_copy: House, name: str) -> None:
    async with inside(sqlite_copy) as visitor:
        for _ in range(3):
            await visitor.ask(LEADS, key="key-second")
        hostile = asyncio.create_task(visitor.ask(HOSTILE[name]))
        served = 0
        while not hostile.done():
            assert (await visitor.ask(LEADS, key="key-second")).status_code == 200
            served += 1
        answer = await hostile
        assert answer.status_code == 200
        # Only the first if they had to wait for it.
        assert served > 1
        assert len(answer.content) < 30_000


async def test_fragments_are_counted_where_they_are_used(house: House) -> None:
    body = " ".join(f"a{n}: id" for n in range(30))
    fragment = f"fragment F on Lead {{ {body} }}"
    async with inside(house, max_aliases=100) as visitor:
        one = f"{{ a: leads {{ nodes {{ ...F }} }} }} {fragment}"
        assert "data" in (await visitor.ask(one)).json()
        spread = " ".join(f"b{n}: leads {{ nodes {{ ...F }} }}" for n in range(4))
        many = (await visitor.ask(f"{{ {spread} }} {fragment}")).json()
        assert many["errors"][0]["extensions"] == {"code": "DOCUMENT_TOO_LARGE", "limit": 100}
    deep = "{ __schema { types { fields { type { ofType { ofType { ofType { name } } } } } } } }"
    async with inside(house, max_depth=4, max_directives=1, max_fields=20) as visitor:
        assert "data" in (await visitor.ask(deep)).json()
        for query in (
            "{ leads { nodes { agent { leads { nodes { id } } } } } }",
            "{ a: __typename @skip(if: false) b: __typename @skip(if: false) }",
            "{ leads { nodes { " + "id " * 20 + " } } }",
        ):
            answer = (await visitor.ask(query)).json()
            assert answer["errors"][0]["extensions"]["code"] == "DOCUMENT_TOO_LARGE"


async def test_introspection_and_suggestions(house: House) -> None:
    mistakes: tuple[tuple[str, dict[str, Any]], ...] = (
        ("{ lead }", {}),
        ("{ leadss { nodes { id } } }", {}),
        ("{ leads(firs: 1) { nodes { id } } }", {}),
        ("query($s: [LeadStage!]) { leads(filter: { stage: $s }) { nodes { id } } }", {"s": "NEWW"}),
        ("query($f: LeadFilter) { leads(filter: $f) { nodes { id } } }", {"f": {"stag": "NEW"}}),
    )  # fmt: skip
    async with inside(house) as visitor:
        assert "data" in (await visitor.ask("{ __schema { types { name } } }")).json()
        found = [(await visitor.ask(q, variables=v)).text for q, v in mistakes]
        assert sum("Did you mean" in each for each in found) >= 4
    async with inside(house, introspection=False, suggestions=False) as visitor:
        for query in ("{ __schema { types { name } } }", '{ __type(name: "Lead") { name } }'):
            (error, *_) = (await visitor.ask(query)).json()["errors"]
            assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert (await visitor.data("{ __typename }")) == {"__typename": "Query"}
        for query, variables in mistakes:
            answer = await visitor.ask(query, variables=variables)
            assert "errors" in answer.json()
            assert "Did you mean" not in answer.text


def persisted(digest: str = DIGEST, **more: Any) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}, **more}


async def ask(visitor: Visitor, request: dict[str, Any], key: str = "key-full") -> httpx2.Response:
    headers = {"authorization": f"Bearer {key}"}
    return await visitor.http.post("/graphql", json=request, headers=headers)


def error(answer: httpx2.Response) -> tuple[str, str]:
    (found, *_) = answer.json()["errors"]
    return found["message"], found["extensions"]["code"]


async def test_automatic_persisted_queries(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = ("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
    assert error(await ask(visitor, persisted())) == expected
    stranger = await ask(visitor, persisted(query=LEADS), key="nobody")
    assert stranger.status_code == 401
    assert error(await ask(visitor, persisted())) == expected
    assert error(await ask(visitor, persisted(query=LEADS + " "))) == (
        "provided sha does not match query",
        "BAD_REQUEST",
    )
    invalid = "{ nothing }"
    digest = hashlib.sha256(invalid.encode()).hexdigest()
    await ask(visitor, persisted(digest, query=invalid))
    assert error(await ask(visitor, persisted(digest))) == expected
    assert "data" in (await ask(visitor, persisted(query=LEADS))).json()
    assert "data" in (await ask(visitor, persisted(DIGEST.upper()))).json()
    extensions = json.dumps(persisted()["extensions"])
    got = await visitor.http.get("/graphql", params={"extensions": extensions}, headers=FULL)
    assert "data" in got.json()
    monkeypatch.setattr(documents, "KEPT", 500)
    for number in range(20):
        query = f"{LEADS} # {number}"
        await ask(visitor, persisted(hashlib.sha256(query.encode()).hexdigest(), query=query))
    assert error(await ask(visitor, persisted())) == expected
    shapes: tuple[Any, ...] = (
        {"version": 2, "sha256Hash": DIGEST},
        {"version": True, "sha256Hash": DIGEST},
        {"version": 1, "sha256Hash": "x" * 64},
        {"version": 1, "sha256Hash": 1},
        {"version": 1},
        [],
    )
    for bad in shapes:
        request = {"query": LEADS, "extensions": {"persistedQuery": bad}}
        assert error(await ask(visitor, request))[1] == "BAD_REQUEST"


MANIFESTS: dict[str, Any] = {
    "ours": {"leads": LEADS, f"sha256:{DIGEST}": LEADS},
    "apollo": {
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [{"id": DIGEST, "name": "Leads", "type": "query", "body": LEADS}],
    },
    "relay": {DIGEST: LEADS},
}


@pytest.mark.parametrize("form", MANIFESTS)
async def test_trusted_documents(house: House, tmp_path: Path, form: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(MANIFESTS[form]))
    async with inside(house, documents=str(path)) as visitor:
        for id_ in (DIGEST, f"sha256:{DIGEST}"):
            answer = await ask(visitor, {"documentId": id_, "operationName": "Leads"})
            assert "data" in answer.json()
        assert "data" in (await ask(visitor, persisted())).json()
        params = {"documentId": DIGEST}
        got = await visitor.http.get("/graphql", params=params, headers=FULL)
        assert "data" in got.json()
        unknown = await ask(visitor, {"documentId": "unknown"})
        assert error(unknown)[1] == "DOCUMENT_NOT_TRUSTED"
        both = await ask(visitor, {"documentId": DIGEST, "query": LEADS})
        assert error(both)[1] == "BAD_REQUEST"
        # Others may send what they like, this key may not.
        assert "data" in (await ask(visitor, {"query": "{ __typename }"})).json()
        refused = await ask(visitor, {"query": "{ __typename }"}, key="key-trusted")
        assert (refused.status_code, error(refused)[1]) == (403, "DOCUMENT_NOT_TRUSTED")
        assert "data" in (await ask(visitor, {"documentId": DIGEST}, key="key-trusted")).json()


async def test_a_key_that_is_made_for_trusted_documents(house: House, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({DIGEST: LEADS}))
    async with inside(house, documents=str(path)) as visitor:
        made = [
            """createApiKey(input: {name: "Page", scopes: ["leads:read"], documentsOnly: true})
            { secret: key errors { code } apiKey { documentsOnly } }""",
            """createClientToken(
              input: {subject: "ada", scopes: ["leads:read"], documentsOnly: true})
            { secret: token errors { code } apiKey { documentsOnly } }""",
        ]
        for each in made:
            (payload,) = (await visitor.data(f"mutation {{ {each} }}")).values()
            assert payload["apiKey"] == {"documentsOnly": True}
            refused = await ask(visitor, {"query": "{ __typename }"}, key=payload["secret"])
            assert (refused.status_code, error(refused)[1]) == (403, "DOCUMENT_NOT_TRUSTED")
            served = await ask(visitor, {"documentId": DIGEST}, key=payload["secret"])
            assert "data" in served.json()


async def test_the_manifest_is_required_or_strangers_are_logged(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps({DIGEST: LEADS}))
    async with inside(house, documents=str(path), documents_mode="require") as visitor:
        assert "data" in (await ask(visitor, {"query": LEADS})).json()
        refused = await ask(visitor, {"query": "{ __typename }"})
        assert (refused.status_code, error(refused)[1]) == (403, "DOCUMENT_NOT_TRUSTED")
        digest = hashlib.sha256(b"{ __typename }").hexdigest()
        refused = await ask(visitor, persisted(digest, query="{ __typename }"))
        assert error(refused)[1] == "DOCUMENT_NOT_TRUSTED"
    async with inside(house, documents=str(path), documents_mode="log") as visitor:
        for _ in range(3):
            assert "data" in (await ask(visitor, {"query": "{ __typename }"})).json()
        assert "data" in (await ask(visitor, {"query": LEADS})).json()
    assert [each.message for each in caplog.records if "manifest" in each.message] == [
        f"a document outside the manifest was served: sha256:{digest}"
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "No such file"),
        ("{", "not valid JSON"),
        ("[]", "a manifest is a JSON object"),
        ("{}", "there are no documents"),
        ('{"a": 1}', "the document a is not a string"),
        ('{"": "{ __typename }"}', "an id is a string"),
        ('{"a": "{ __typename }", "sha256:a": "{ leads }"}', "two documents have the id"),
        ('{"operations": []}', "the format must be"),
        ('{"format": "apollo-persisted-query-manifest", "version": 1, "operations": 1}', "a list"),
        ('{"a": "{"}', "document a: Syntax Error"),
        ('{"a": "{ nothing }"}', "document a: Cannot query field 'nothing'"),
        ('{"a": "query A { __typename } query B { nothing }"}', "document a: Cannot query"),
    ],
)
async def test_a_bad_manifest_stops_the_start(
    sqlite_copy: House, tmp_path: Path, text: str | None, reason: str
) -> None:
    path = tmp_path / "manifest.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ManifestError, match=reason) as caught:
        async with inside(sqlite_copy, documents=str(path)):
            pass
    assert str(path) in str(caught.value)


def test_a_manifest_is_read_without_a_server(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(MANIFESTS["ours"]))
    assert read_manifest(str(path)) == {"leads": LEADS, DIGEST: LEADS}
