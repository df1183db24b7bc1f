"""Event streams: negotiation, framing, `Last-Event-ID`, pings, errors."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from tests.gateway.live.hall import ACTIVITY, CREATE, Hall, opened
from tests.gateway.serving import FULL, House

STREAM = {**FULL, "accept": "text/event-stream"}


async def test_a_subscription(hall: Hall) -> None:
    async with hall.stream(ACTIVITY) as stream:
        assert stream.answer.status_code == 200
        assert stream.answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.answer.headers["cache-control"] == "no-store"
        await asyncio.sleep(0.1)
        done = await hall.ask(CREATE, name="Ada")
        (event,) = await stream.events(1)
        assert event["activity"]["subject"]["id"] == done["createLead"]["lead"]["id"]
    async with hall.stream(ACTIVITY, after=done["createLead"]["cursor"]) as stream:
        assert await stream.events(1) == [event]


async def test_last_event_id_beats_after(hall: Hall) -> None:
    start = (await hall.ask("{ cursor }"))["cursor"]
    for name in "abc":
        await hall.ask(CREATE, name=name)
    async with hall.stream(ACTIVITY, after=start) as stream:
        events = await stream.events(3)
    async with hall.stream(ACTIVITY, last=events[0]["cursor"], after=start) as stream:
        assert await stream.events(2) == events[1:]


async def test_queries_and_mutations(lobby: Hall) -> None:
    for query in (
        "{ viewer { scopes } }",
        'mutation { createLead(input: {name: "A"}) { replayed } }',
    ):
        async with lobby.stream(query) as stream:
            block = await stream.block()
            assert block["event"] == "next"
            assert "errors" not in orjson.loads(block["data"])
            assert await stream.block() == {"event": "complete", "data": ""}
            assert await stream.block() == {}


async def test_by_get(lobby: Hall) -> None:
    path = "/graphql?query=subscription{activity{title}}"
    async with lobby.http.stream("GET", path, headers=STREAM) as answer:
        assert answer.status_code == 200
        chunks = answer.aiter_bytes()
        assert (await anext(chunks)).startswith(b"id: ")
        await lobby.ask(CREATE, name="Ada")
        assert b'{"activity":{"title":"Ada was added"}}' in await anext(chunks)
    path = '/graphql?query=mutation{createLead(input:{name:"A"}){replayed}}'
    answer = await lobby.http.get(path, headers=STREAM)
    assert "GET serves queries only" in answer.text


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("text/event-stream", "text/event-stream"),
        ("text/event-stream;q=0.5", "text/event-stream"),
        ("TEXT/EVENT-STREAM, text/html", "text/event-stream"),
        ("text/event-stream, application/json", "application/json"),
        ("application/json;q=0.1, text/event-stream", "application/json"),
        ("text/event-stream, */*;q=0.1", "application/json"),
        (
            "application/graphql-response+json, application/graphql+json, application/json, "
            "text/event-stream, multipart/mixed",
            "application/graphql-response+json",
        ),
        ("text/event-stream;q=0", "application/json"),
    ],
)
async def test_who_gets_a_stream(lobby: Hall, accept: str, media: str) -> None:
    body = {"query": "{ cursor }"}
    headers = {**FULL, "accept": accept}
    answer = await lobby.http.post("/graphql", json=body, headers=headers)
    assert answer.headers["content-type"].partition(";")[0] == media
    assert answer.status_code == (406 if accept.endswith("q=0") else 200)


async def test_refusals(lobby: Hall) -> None:
    for query, code in (
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ('subscription { activity(after: "x") { at } }', "INVALID_CURSOR"),
    ):
        async with lobby.stream(query) as stream:
            block = await stream.block()
            assert block["event"] == "next"
            assert orjson.loads(block["data"])["errors"][0]["extensions"]["code"] == code
            assert await stream.block() == {"event": "complete", "data": ""}
    async with lobby.stream(ACTIVITY, last="nonsense") as stream:
        assert b"INVALID_CURSOR" in (await stream.block())["data"].encode()
    for body in (b"{", b"null", b"[]"):
        headers = {**STREAM, "content-type": "application/json"}
        answer = await lobby.http.post("/graphql", content=body, headers=headers)
        assert (answer.status_code, answer.headers["content-type"][:16]) == (
            400,
            "application/json",
        )
    answer = await lobby.http.post(
        "/graphql", json={"query": ACTIVITY}, headers={"accept": "text/event-stream"}
    )
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    answer = await lobby.http.post("/graphql", json={"query": ACTIVITY}, headers=FULL)
    assert "event stream" in answer.text


async def test_pings_keep_a_quiet_filter_young(sqlite_copy: House) -> None:
    async with opened(sqlite_copy, live_ping=0.5) as hall:
        quiet = {"type": ["API_KEY_REVOKED"]}
        async with hall.stream(ACTIVITY, filter=quiet) as stream:
            first = await stream.block()
            assert list(first) == ["id"]
            done = await hall.ask(CREATE, name="Ada")
            while (block := await stream.block()) == first:
                pass
            assert list(block) == ["id"]
        # What the filter left out has been passed.
        async with hall.stream(ACTIVITY, last=block["id"]) as stream:
            await hall.ask(CREATE, name="Grace")
            (event,) = await stream.events(1)
            assert event["activity"]["subject"]["name"] == "Grace"
        assert done


async def test_the_end_of_the_server(sqlite_copy: House) -> None:
    async with opened(sqlite_copy) as hall, hall.stream(ACTIVITY) as stream:
        await stream.block()
        hall.server.should_exit = True
        # No `complete`: the client is to connect again.
        assert await stream.block() == {}


async def test_a_client_that_leaves_is_forgotten(lobby: Hall) -> None:
    live = lobby.gateway.parts.live
    async with lobby.stream(ACTIVITY) as stream:
        await stream.block()
        assert len(live._followers) == 1
    async with asyncio.timeout(5):
        while live._followers:
            await asyncio.sleep(0.01)
