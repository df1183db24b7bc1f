"""`graphql-transport-ws` by the letter: order of messages, close codes, hostile frames."""

from __future__ import annotations

import asyncio
import json
import random
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.gateway.live.hall import ACTIVITY, CREATE, Hall, opened
from tests.gateway.serving import House

INIT = {"type": "connection_init", "payload": {"Authorization": "Bearer key-full"}}
GOOD: dict[str, Any] = {"id": "1", "type": "subscribe", "payload": {"query": "{ cursor }"}}


async def test_queries_mutations_and_subscriptions(hall: Hall) -> None:
    async with hall.socket() as talk:
        await talk.begin("{ viewer { scopes } }", "q")
        answer = await talk.hear()
        assert answer["payload"]["data"] == {"viewer": {"scopes": ["full"]}}
        assert await talk.hear() == {"id": "q", "type": "complete"}
        await talk.begin(ACTIVITY)
        await asyncio.sleep(0.1)
        await talk.begin(CREATE, "m", name="Ada")
        heard = [await talk.hear() for _ in range(3)]
        by_id = {each["id"]: each for each in heard if each["type"] == "next"}
        lead = by_id["m"]["payload"]["data"]["createLead"]["lead"]
        event = by_id["1"]["payload"]["data"]["activity"]
        assert {"id": "m", "type": "complete"} in heard
        assert event["type"] == "LEAD_CREATED"
        assert event["activity"]["subject"] == {"id": lead["id"], "name": "Ada", "version": 1}
        await talk.say(id="1", type="complete")
        await talk.begin(CREATE, "n", name="Grace")
        assert [(await talk.hear())["id"] for _ in range(2)] == ["n", "n"]
        # The id may be had again. On PostgreSQL the event before gets its place in a moment.
        await asyncio.sleep(0.2)
        await talk.begin(ACTIVITY)
        assert await talk.silent()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Authorization", "Bearer key-full"),
        ("authorization", "bearer key-full"),
        ("X-API-Key", "key-full"),
        ("apiKey", "key-full"),
    ],
)
async def test_where_the_key_may_stand(lobby: Hall, name: str, value: str) -> None:
    async with lobby.socket(None) as talk:
        await talk.say(type="connection_init", payload={name: value})
        assert await talk.hear() == {"type": "connection_ack"}


async def test_a_key_in_the_headers(lobby: Hall) -> None:
    headers = {"authorization": "Bearer key-full"}
    async with lobby.socket(None, additional_headers=headers) as talk:
        await talk.wire.send('{"type":"connection_init","payload":null}')
        assert await talk.hear() == {"type": "connection_ack"}
    async with lobby.socket(None, additional_headers=headers) as talk:
        await talk.say(type="connection_init", payload={"apiKey": "key-second"})
        assert await talk.ended() == (4401, "Two different API keys were given.")


@pytest.mark.parametrize("payload", [None, {}, {"apiKey": "nobody"}, {"apiKey": 7}])
async def test_no_good_key(lobby: Hall, payload: Any) -> None:
    async with lobby.socket(None) as talk:
        await talk.say(type="connection_init", payload=payload)
        assert (await talk.ended())[0] == 4401


@pytest.mark.parametrize("key", ["key-revoked", "key-expired"])
async def test_a_key_that_was_good(lobby: Hall, key: str) -> None:
    async with lobby.socket(None) as talk:
        await talk.say(type="connection_init", payload={"apiKey": key})
        code, reason = await talk.ended()
        assert code == 4401
        assert key.removeprefix("key-") in reason


async def test_too_late(lobby: Hall) -> None:
    async with lobby.socket(None) as talk:
        assert await talk.ended() == (4408, "Connection initialisation timeout")


async def test_twice(lobby: Hall) -> None:
    async with lobby.socket() as talk:
        await talk.say(**INIT)
        assert await talk.ended() == (4429, "Too many initialisation requests")
    async with lobby.socket(None) as talk:
        await talk.say(**INIT)
        await talk.say(**INIT)
        assert (await talk.ended())[0] == 4429


async def test_before_being_let_in(lobby: Hall) -> None:
    async with lobby.socket(None) as talk:
        await talk.say(**GOOD)
        assert await talk.ended() == (4401, "Unauthorized")
    async with lobby.socket(None) as talk:
        await talk.say(**INIT)
        await talk.say(**GOOD)
        assert (await talk.ended())[0] == 4401


async def test_an_id_that_is_in_use(lobby: Hall) -> None:
    for id in ("1", "ü" * 1000):
        async with lobby.socket() as talk:
            await talk.begin(ACTIVITY, id)
            await talk.begin(ACTIVITY, id)
            code, reason = await talk.ended()
            assert code == 4409
            assert reason.startswith("Subscriber for ")
            assert len(reason.encode()) <= 123


CHANGES: tuple[dict[str, Any], ...] = (
    {"id": None},
    {"id": ""},
    {"id": 1},
    {"id": []},
    {"id": {}},
    {"id": "x" * 5000},
    {"payload": None},
    {"payload": []},
    {"payload": "x"},
    {"payload": {}},
    {"payload": {"query": None}},
    {"payload": {"query": 1}},
    {"payload": {"query": ["{cursor}"]}},
    {"payload": {"query": "{cursor}", "variables": []}},
    {"payload": {"query": "{cursor}", "variables": "x"}},
    {"payload": {"query": "{cursor}", "operationName": 7}},
    {"payload": {"query": "{cursor}", "extensions": "x"}},
)
MALFORMED = [
    "null",
    "1",
    '"text"',
    "true",
    "[]",
    "[{}]",
    "{}",
    "{",
    "",
    "\x00",
    '{"type":null}',
    '{"type":7}',
    '{"type":["subscribe"]}',
    json.dumps({"type": "x" * 5000}),
    '{"type":"next","id":"1","payload":{}}',
    '{"type":"connection_ack"}',
    '{"type":"ping","payload":7}',
    '{"type":"pong","payload":"x"}',
    '{"type":"connection_init","payload":[]}',
    '{"type":"subscribe"}',
    '{"type":"complete"}',
    '{"type":"complete","id":{}}',
    "[" * 5000,
    '{"type":"ping","payload":' + '{"a":' * 2000 + "1" + "}" * 2001,
    *[json.dumps({**GOOD, **change}) for change in CHANGES],
]


@pytest.mark.parametrize("early", [True, False])
async def test_messages_of_no_shape(lobby: Hall, early: bool) -> None:
    for text in MALFORMED:
        async with lobby.socket(None if early else "key-full") as talk:
            await talk.wire.send(text)
            code, reason = await talk.ended()
            assert code == 4400, text[:100]
            assert reason
            assert len(reason.encode()) <= 123
    async with lobby.socket(None if early else "key-full") as talk:
        await talk.wire.send(b'{"type":"ping"}')
        assert (await talk.ended())[0] == 4400
    assert (await lobby.http.get("/healthz")).status_code == 200


async def test_pings(lobby: Hall) -> None:
    async with lobby.socket(None) as talk:
        for payload in ({"a": [1, None, {"ü": 1.5}]}, {}):
            await talk.say(type="ping", payload=payload)
            assert await talk.hear() == {"type": "pong", "payload": payload}
        for message in ('{"type":"ping"}', '{"type":"ping","payload":null}'):
            await talk.wire.send(message)
            assert await talk.hear() == {"type": "pong"}
        await talk.say(type="pong", payload={"a": 1})
        await talk.say(type="complete", id="nothing")
        await talk.say(**INIT)
        assert await talk.hear() == {"type": "connection_ack"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { a: activity { at } b: activity { at } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription($s: Boolean = true) { activity @skip(if: $s) { at } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "subscription A { activity { at } } subscription B { activity { at } }",
            "OPERATION_NOT_FOUND",
        ),
        ("subscription($f: ActivityFilter!) { activity(filter: $f) { at } }", "BAD_USER_INPUT"),
        ('subscription { activity(after: "x") { at } }', "INVALID_CURSOR"),
        ('subscription { callTranscript(callId: "x") { at } }', "INVALID_ID"),
        ('subscription { callStatus(callId: "call_1", leadId: "x") { at } }', "INVALID_FILTER"),
        ('subscription { activity(filter: {leadId: "x"}) { at } }', "INVALID_ID"),
        ('{ node(id: "a\\u0000b") { id } }', "INVALID_TEXT"),
    ],
)
async def test_what_is_refused_leaves_the_others_alone(lobby: Hall, query: str, code: str) -> None:
    async with lobby.socket() as talk:
        await talk.begin(ACTIVITY, "good")
        await talk.begin(query, "bad")
        answer = await talk.hear()
        assert (answer["type"], answer["id"]) == ("error", "bad")
        assert answer["payload"][0]["extensions"]["code"] == code, answer
        await lobby.ask(CREATE, name="Ada")
        (event,) = await talk.events(1, "good")
        assert event["type"] == "LEAD_CREATED"


async def test_most_at_once(sqlite_copy: House) -> None:
    async with opened(sqlite_copy, max_subscriptions=2) as hall, hall.socket() as talk:
        for id in "abc":
            await talk.begin(ACTIVITY, id)
        answer = await talk.hear()
        assert (answer["type"], answer["id"]) == ("error", "c")
        assert answer["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
        await talk.say(id="a", type="complete")
        await talk.begin("{ cursor }", "d")
        assert (await talk.hear())["type"] == "next"


async def test_budgets_hold(lobby: Hall) -> None:
    async with lobby.socket("key-slow") as talk:
        codes = []
        for id in "abcd":
            await talk.begin("{ cursor }", id)
            answer = await talk.hear()
            codes.append(answer["type"])
            if answer["type"] == "next":
                await talk.hear()
        # Saying who one is counts, too.
        assert codes == ["next", "next", "error", "error"]
        assert answer["payload"][0]["extensions"]["code"] == "RATE_LIMITED"


async def test_costs_scopes_and_manifests_hold(sqlite_copy: House) -> None:
    dear = "subscription { activity { activity { lead { calls(first: 100) { nodes { events(first: 100) { nodes { id } } } } } } } }"
    async with opened(sqlite_copy, max_cost=5000) as hall:
        async with hall.socket() as talk:
            await talk.begin(dear)
            assert (await talk.hear())["payload"][0]["extensions"]["code"] == "COST_EXCEEDED"
        async with hall.socket("key-leads") as talk:
            await talk.begin(ACTIVITY)
            error = (await talk.hear())["payload"][0]
            assert error["extensions"]["missingScopes"] == ["activity:read"]
        async with hall.socket("key-trusted") as talk:
            await talk.begin(ACTIVITY)
            error = (await talk.hear())["payload"][0]
            assert error["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


async def test_trusted_documents(sqlite_copy: House, tmp_path: Path) -> None:
    """A page that may send no text of its own subscribes by ids."""
    manifest = tmp_path / "documents.json"
    manifest.write_text(json.dumps({"feed": ACTIVITY}))
    settings = {"documents": str(manifest), "documents_mode": "require"}
    async with opened(sqlite_copy, **settings) as hall:
        headers = {"authorization": "Bearer key-full", "accept": "text/event-stream"}
        async with hall.socket() as talk:
            await talk.say(id="1", type="subscribe", payload={"documentId": "feed"})
            await talk.begin("{ cursor }", "2")
            error = (await talk.hear())["payload"][0]
            assert error["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
            body = {"documentId": "feed", "variables": {"filter": {"type": ["LEAD_CREATED"]}}}
            async with hall.http.stream("POST", "/graphql", json=body, headers=headers) as answer:
                chunks = answer.aiter_bytes()
                assert (await anext(chunks)).startswith(b"id: ")


async def raw(hall: Hall, *lines: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", hall.port)
    writer.write(b"\r\n".join(lines) + b"\r\n\r\n")
    return reader, writer


HEAD = (
    b"GET /graphql HTTP/1.1",
    b"host: 127.0.0.1",
    b"connection: Upgrade",
    b"upgrade: websocket",
    b"sec-websocket-version: 13",
    b"sec-websocket-key: " + b64encode(bytes(16)),
    b"sec-websocket-protocol: graphql-ws, graphql-transport-ws",
)


def masked(opcode: int, data: bytes) -> bytes:
    size = len(data)
    head = bytes((opcode, 0x80 | size)) if size < 126 else bytes((opcode, 0xFE)) + size.to_bytes(2)
    return head + bytes(4) + data


async def test_hostile_frames(lobby: Hall) -> None:
    cases = {
        "unmasked": (b"\x81\x02{}", 1002),
        "reserved bits": (masked(0xF1, b"{}"), 1002),
        "unknown opcode": (masked(0x83, b"{}"), 1002),
        "continuation of nothing": (masked(0x80, b"{}"), 1002),
        "fragmented ping": (masked(0x09, b""), 1002),
        "long ping": (masked(0x89, bytes(126)), 1002),
        "too large": (bytes((0x81, 0xFF)) + (1 << 40).to_bytes(8) + bytes(4), 1009),
        "no text": (masked(0x81, b"\xff\xfe"), 4400),
        "close with one byte": (masked(0x88, b"\x03"), 1002),
        "close with a wrong code": (masked(0x88, (1005).to_bytes(2)), 1002),
    }
    for name, (frame, code) in cases.items():
        reader, writer = await raw(lobby, *HEAD)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(frame)
        head = await asyncio.wait_for(reader.readexactly(2), 5)
        assert head[0] == 0x88, name
        assert int.from_bytes((await reader.readexactly(head[1]))[:2]) == code, name
        writer.close()
    assert (await lobby.http.get("/healthz")).status_code == 200


async def test_a_message_in_pieces_behind_the_handshake(lobby: Hall) -> None:
    reader, writer = await raw(lobby, *HEAD)
    init = json.dumps(INIT).encode()
    # Sent before the answer has come, with a ping between the pieces.
    writer.write(masked(0x01, init[:10]) + masked(0x89, b"hi") + masked(0x80, init[10:]))
    await reader.readuntil(b"\r\n\r\n")
    assert await asyncio.wait_for(reader.readexactly(4), 5) == b"\x8a\x02hi"
    head = await asyncio.wait_for(reader.readexactly(2), 5)
    assert await reader.readexactly(head[1]) == b'{"type":"connection_ack"}'
    writer.close()


@pytest.mark.parametrize(
    "line",
    [
        b"sec-websocket-version: 12",
        b"sec-websocket-key: short",
        b"sec-websocket-protocol: graphql-ws",
        b"upgrade: h2c",
    ],
)
async def test_what_is_no_wish_of_ours_is_passed_over(lobby: Hall, line: bytes) -> None:
    name = line.partition(b":")[0]
    lines = [each for each in HEAD if not each.startswith(name + b":")]
    reader, writer = await raw(lobby, *lines, line)
    assert (await reader.readline()).startswith(b"HTTP/1.1 4")
    writer.close()


async def test_other_paths_are_passed_over(lobby: Hall) -> None:
    reader, writer = await raw(lobby, b"GET /healthz HTTP/1.1", *HEAD[1:])
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_pages(sqlite_copy: House) -> None:
    async with opened(sqlite_copy, cors_origins="https://app.example.com") as hall:
        for origin in ("https://app.example.com", f"http://127.0.0.1:{hall.port}"):
            async with hall.socket(origin=origin) as talk:
                await talk.begin("{ cursor }")
                assert (await talk.hear())["type"] == "next"
        for origin in ("https://evil.example.com", "null"):
            with pytest.raises(InvalidStatus) as caught:
                async with hall.socket(origin=origin):
                    pass
            assert caught.value.response.status_code == 403
        # A program that is refused may go on with the connection's server.
        assert (await hall.http.get("/healthz")).status_code == 200


async def test_nothing_is_compressed(lobby: Hall) -> None:
    async with lobby.socket(None) as talk:
        assert talk.wire.response is not None
        assert "sec-websocket-extensions" not in talk.wire.response.headers
        assert talk.wire.subprotocol == "graphql-transport-ws"


async def test_anything_at_all(lobby: Hall, caplog: pytest.LogCaptureFixture) -> None:
    """Random bytes, and messages with random pieces: nothing goes wrong on our side."""
    dice = random.Random(11)
    good = [json.dumps(INIT), json.dumps(GOOD), '{"type":"ping"}', '{"type":"complete","id":"1"}']
    values = ["null", "1", "-1.5", '""', '"x"', "[]", "{}", "true", "[[]]", '{"a":null}']

    def frame() -> bytes:
        if dice.random() < 0.3:
            return dice.randbytes(dice.randrange(1, 60))
        message: Any = json.loads(dice.choice(good))
        for _ in range(dice.randrange(4)):
            part = message
            while isinstance(part.get("payload"), dict) and dice.random() < 0.6:
                part = part["payload"]
            keys = ["type", "id", "payload", "query", "variables", "operationName", "apiKey"]
            part[dice.choice(keys)] = json.loads(dice.choice(values))
        data = json.dumps(message).encode()
        if dice.random() < 0.2:
            place = dice.randrange(len(data))
            data = data[:place] + dice.randbytes(1) + data[place + 1 :]
        return masked(dice.choice((0x81, 0x81, 0x81, 0x82, 0x01, 0x80)), data)

    for _ in range(80):
        reader, writer = await raw(lobby, *HEAD)
        await reader.readuntil(b"\r\n\r\n")
        if dice.random() < 0.5:
            writer.write(masked(0x81, json.dumps(INIT).encode()))
            await asyncio.sleep(0.005)
        for _ in range(dice.randrange(1, 6)):
            writer.write(frame())
        await asyncio.sleep(0.005)
        writer.transport.abort()
    await asyncio.sleep(0.2)
    assert (await lobby.http.get("/healthz")).status_code == 200
    assert [each.getMessage() for each in caplog.records if each.levelname == "ERROR"] == []
    async with lobby.socket() as talk:
        await talk.begin("{ cursor }")
        assert (await talk.hear())["type"] == "next"
