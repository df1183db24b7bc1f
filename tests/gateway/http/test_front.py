"""The HTTP front on real sockets: the short way and uvicorn's give the same, and neither hangs."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import signal
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn

from gateway import sweep
from gateway.front import front
from models.database import connect
from tests.databases import copied
from tests.gateway.serving import FULL, House, Server, inside, server

QUERY = b'{"query":"{ viewer { workspace { name } } }"}'
HEAD = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
KEYED = HEAD + b"authorization: Bearer key-full\r\n"
WHOLE = KEYED + b"content-length: %d\r\n\r\n%b" % (len(QUERY), QUERY)
CHUNKED = KEYED + b"transfer-encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(QUERY), QUERY)
RENAME = """mutation($id: ID!, $name: String) { updateLead(input: { id: $id, name: $name }) {
  lead { name } errors { code } } }"""


@pytest.fixture(scope="module")
def one(sqlite_house: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """For all tests of this file: what it is asked changes nothing."""
    folder = tmp_path_factory.mktemp("one")
    settings = {"body_timeout": 0.5, "max_body_bytes": 300_000}
    with (
        copied(sqlite_house.url, folder) as url,
        server(url, folder, **settings) as found,
    ):
        yield found


class Wire:
    """A raw connection."""

    def __init__(self, port: int, seconds: float = 5) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self._rest = b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def say(self, *parts: bytes, pause: float = 0) -> None:
        for part in parts:
            self._socket.sendall(part)
            time.sleep(pause)

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next answer."""
        while b"\r\n\r\n" not in self._rest:
            self._more()
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        length = int(headers.get("content-length", "0"))
        while len(self._rest) < length:
            self._more()
        body, self._rest = self._rest[:length], self._rest[length:]
        return int(first.split()[1]), headers, body

    def ended(self) -> bool:
        """Whether the server has closed it, or will in time."""
        try:
            return self._socket.recv(1) == b""
        except TimeoutError:
            return False
        except ConnectionResetError:
            return True

    def _more(self) -> None:
        chunk = self._socket.recv(65_536)
        if not chunk:
            raise EOFError(self._rest)
        self._rest += chunk


def ask(port: int, *parts: bytes, pause: float = 0) -> tuple[int, dict[str, str], bytes]:
    with Wire(port) as wire:
        wire.say(*parts, pause=pause)
        return wire.answer()


def payload(query: str, **variables: Any) -> bytes:
    body = json.dumps({"query": query, "variables": variables}).encode()
    return KEYED + b"content-length: %d\r\n\r\n%b" % (len(body), body)


def steady(headers: dict[str, str]) -> dict[str, str]:
    """What must not differ from answer to answer."""
    passing = ("date", "x-request-id", "connection")
    return {k: v for k, v in headers.items() if k not in passing and "ratelimit" not in k}


def test_both_ways_give_the_same(one: Server) -> None:
    status, headers, body = ask(one.port, WHOLE)
    assert status == 200
    assert json.loads(body)["data"]["viewer"]["workspace"]["name"] == "Workspace 1"
    assert {"date", "x-request-id", "x-ratelimit-limit", "x-cost", "vary"} <= headers.keys()
    assert headers["x-content-type-options"] == "nosniff"
    for other in (
        CHUNKED,
        WHOLE.replace(b"host: x\r\n", b"host: x\r\nconnection: close\r\n"),
        WHOLE.replace(b"HTTP/1.1", b"HTTP/1.0"),
        WHOLE.replace(b"/graphql", b"/graphql?x=1"),
        WHOLE.replace(b"/graphql", b"/graph%71l"),
    ):
        again = ask(one.port, other)
        assert (again[0], again[2]) == (200, body)
        assert steady(again[1]) == steady(headers)
        assert headers.keys() - {"connection"} == again[1].keys() - {"connection"}
    bad = WHOLE.replace(b"key-full", b"key-none")
    status, headers, body = ask(one.port, bad)
    assert status == 401
    again = ask(one.port, CHUNKED.replace(b"key-full", b"key-none"))
    assert (again[0], again[2], steady(again[1])) == (401, body, steady(headers))


WISH = b"POST /graphql HTTP/1.1\r\nconnection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n"
SOCKET = (
    WISH.replace(b"h2c", b"websocket")
    + b"sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
WISHING = [
    each.replace(b"POST /graphql HTTP/1.1\r\n", wish)
    for each in (WHOLE, CHUNKED)
    for wish in (WISH, SOCKET, WISH.replace(b"h2c", b"websocket"))
]


@pytest.mark.parametrize("wishing", WISHING)
def test_a_wish_for_another_protocol_is_passed_over(one: Server, wishing: bytes) -> None:
    """As Java's client sends it with its first request; there is no WebSocket yet either."""
    status, headers, body = ask(one.port, WHOLE)
    assert status == 200
    head, end, rest = wishing.partition(b"\r\n\r\n")
    with Wire(one.port) as wire:
        wire.say(wishing)
        first = wire.answer()
        assert (first[0], first[2], steady(first[1])) == (200, body, steady(headers))
        # In pieces, and with requests behind it.
        wire.say(head[:90], head[90:] + end, rest[:9], rest[9:], pause=0.02)
        assert wire.answer()[::2] == (200, body)
        wire.say(wishing + WHOLE + wishing + b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        assert [wire.answer()[0] for _ in range(4)] == [200] * 4
    wishes = (b"TLS/1.0, h2c", b"websocket")
    lines = (b"GET /healthz HTTP/1.1", b"GET /healthz HTTP/1.0")
    for line, wish in itertools.product(lines, wishes):
        wished = b"connection: upgrade\r\nupgrade: %b\r\n" % wish
        for more in (b"", b"connection: close, upgrade\r\n"):
            assert ask(one.port, line + b"\r\nhost: x\r\n" + wished + more + b"\r\n")[0] == 200
    # A body that never comes, and one that is too large, are refused as ever.
    assert ask(one.port, head + end)[0] == 408
    large = re.sub(rb"content-length: \d+", b"content-length: 900000", head)
    assert ask(one.port, large + end)[0] == (413 if large != head else 408)


def test_many_wishes_at_once_end(one: Server) -> None:
    wish = b"GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"
    with Wire(one.port) as wire:
        wire.say(wish * 2000)
        assert {wire.answer()[0] for _ in range(2000)} == {200}
    assert ask(one.port, b"CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n")[0] >= 400


def test_a_client_that_waits_to_be_asked_for_the_body(one: Server) -> None:
    head, _, body = WHOLE.partition(b"\r\n\r\n")
    with Wire(one.port) as wire:
        wire.say(head + b"\r\nexpect: 100-continue\r\n\r\n")
        assert wire.answer()[0] == 100
        wire.say(body)
        assert wire.answer()[0] == 200


def test_one_connection_many_requests(one: Server) -> None:
    with Wire(one.port) as wire:
        for _ in range(3):
            wire.say(WHOLE)
            assert wire.answer()[0] == 200
        get = b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"
        lost = b"POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n"
        wire.say(WHOLE + get + CHUNKED + WHOLE + lost + WHOLE)
        assert [wire.answer()[0] for _ in range(6)] == [200, 200, 200, 200, 404, 200]
        wire.say(*[WHOLE[place : place + 1] for place in range(len(WHOLE))])
        assert wire.answer()[0] == 200
        wire.say(WHOLE + WHOLE[:40])
        assert wire.answer()[0] == 200
        wire.say(WHOLE[40:])
        assert wire.answer()[0] == 200


def test_pipelined_answers_come_in_order(one: Server) -> None:
    with Wire(one.port) as wire:
        asked = []
        for number in range(20):
            body = json.dumps({"query": f"{{ a{number}: __typename }}"}).encode()
            asked.append(KEYED + b"content-length: %d\r\n\r\n%b" % (len(body), body))
        wire.say(b"".join(asked))
        for number in range(20):
            assert json.loads(wire.answer()[2])["data"] == {f"a{number}": "Query"}


def test_a_large_body_in_pieces(one: Server) -> None:
    body = b'{"query":"{ __typename }","variables":{"x":"%b"}}' % (b"y" * 250_000)
    head = KEYED + b"content-length: %d\r\n\r\n" % len(body)
    pieces = [body[place : place + 9000] for place in range(0, len(body), 9000)]
    assert ask(one.port, head, *pieces)[0] == 200
    status, headers, _ = ask(one.port, KEYED + b"content-length: 300001\r\n\r\n", b"x" * 300_001)
    assert (status, headers["connection"]) == (413, "close")


def test_what_never_comes_whole(one: Server) -> None:
    for part in (b"POST /gra", KEYED, KEYED + b"content-length: 100\r\n\r\n{"):
        with Wire(one.port) as wire:
            begun = time.monotonic()
            wire.say(part)
            status, headers, body = wire.answer()
            assert (status, headers["connection"]) == (408, "close")
            assert json.loads(body)["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
            assert wire.ended()
            assert 0.4 < time.monotonic() - begun < 2
    with Wire(one.port) as wire:
        wire.say(WHOLE, WHOLE[:100])
        assert wire.answer()[0] == 200
        assert wire.answer()[0] == 408
    # Nothing has begun: the connection may be used later.
    with Wire(one.port) as wire:
        time.sleep(1)
        wire.say(WHOLE)
        assert wire.answer()[0] == 200
        time.sleep(1)
        wire.say(WHOLE)
        assert wire.answer()[0] == 200


def test_nonsense_after_a_request(one: Server) -> None:
    with Wire(one.port) as wire:
        wire.say(WHOLE)
        assert wire.answer()[0] == 200
        wire.say(b"\x16\x03\x01 nonsense\r\n\r\n")
        assert wire.answer()[0] == 400
        assert wire.ended()
    for length in (b"-1", b"1e3", b"+5", b"99999999999999999999999999"):
        assert ask(one.port, KEYED + b"content-length: " + length + b"\r\n\r\n{}")[0] in (400, 413)
    both = KEYED + b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
    assert ask(one.port, both)[0] == 400
    assert ask(one.port, WHOLE)[0] == 200


def test_nonsense_behind_a_request_that_is_answered(one: Server) -> None:
    """It must not be taken for the answer to what came before."""
    nonsense = b"nonsense\r\n\r\n"
    bad = KEYED + b"transfer-encoding: chunked\r\n\r\nno number\r\n"
    for parts in ([WHOLE], [CHUNKED], [WHOLE, CHUNKED], [CHUNKED, WHOLE, WHOLE]):
        for last in (nonsense, bad, nonsense + WHOLE):
            with Wire(one.port) as wire:
                wire.say(b"".join(parts) + last)
                for _ in parts:
                    status, _, body = wire.answer()
                    assert (status, next(iter(json.loads(body)))) == (200, "data")
                assert wire.answer()[0] == 400
                assert wire.ended()


def test_a_length_with_many_zeros(one: Server) -> None:
    length = b"content-length: " + b"0" * 30
    short = KEYED + length + b"%d\r\n\r\n%b" % (len(QUERY), QUERY)
    assert ask(one.port, short)[0] == 200
    large = QUERY + b" " * 300_000
    assert ask(one.port, KEYED + length + b"%d\r\n\r\n%b" % (len(large), large))[0] == 413


def test_fields_behind_the_body_are_no_headers(one: Server) -> None:
    behind = b"authorization: Bearer key-none\r\nx-request-id: behind\r\n\r\n"
    status, headers, _ = ask(one.port, CHUNKED.removesuffix(b"\r\n") + behind)
    assert (status, headers["x-request-id"] == "behind") == (200, False)


def test_heads_without_end(one: Server) -> None:
    line = b"x-padding: %b\r\n" % (b"p" * 8000)
    for parts in (
        [KEYED, *[line] * 9],
        [KEYED + b"x: ", *[b"p" * 20_000] * 4],
        [b"POST /graphql?", *[b"p" * 20_000] * 4],
    ):
        with Wire(one.port) as wire:
            wire.say(*parts, pause=0.01)
            status, _, body = wire.answer()
            assert (status, json.loads(body)["errors"][0]["extensions"]["code"]) == (
                431,
                "BAD_REQUEST",
            )
    assert ask(one.port, KEYED + line * 7 + WHOLE.removeprefix(KEYED))[0] == 200


def test_whose_address_counts(sqlite_copy: House, tmp_path: Path) -> None:
    """Strangers are counted by the address that a trusted proxy names."""
    with server(sqlite_copy.url, tmp_path, address_rate_limit="3/minute") as one:
        counted(one)


def counted(one: Server) -> None:
    bad = WHOLE.replace(b"key-full", b"key-none")
    for address in (b"203.0.113.7", b"203.0.113.8", b"198.51.100.1, 203.0.113.9"):
        named = bad.replace(b"host: x\r\n", b"host: x\r\nx-forwarded-for: %b\r\n" % address)
        chunked = CHUNKED.replace(b"key-full", b"key-none")
        other = chunked.replace(b"host: x\r\n", b"host: x\r\nx-forwarded-for: %b\r\n" % address)
        found = [ask(one.port, each)[0] for each in (named, other, named, named, other)]
        assert found == [401, 401, 401, 429, 429]


@asynccontextmanager
async def held(house: House) -> AsyncIterator[None]:
    """The first lead's row is locked, or SQLite's one writer, so that verbs wait."""
    database = await connect(house.url)
    mark = "$1" if database.dialect == "postgres" else "?1"
    lead = house.leads[0].removeprefix("lead_")
    try:
        async with database.transaction() as transaction:
            await transaction.fetch(f"UPDATE lead SET role = 'Held' WHERE id = {mark}", [lead])
            yield
    finally:
        await database.close()


def name(url: str, house: House) -> str:
    query = {"query": f'{{ lead(id: "{house.leads[0]}") {{ name }} }}'}
    found: str = httpx2.post(f"{url}/graphql", json=query, headers=FULL).json()["data"]["lead"][
        "name"
    ]
    return found


async def test_work_past_its_time(house: House, tmp_path: Path) -> None:
    with server(house.url, tmp_path, request_timeout=0.5) as found, Wire(found.port) as wire:
        before = name(found.url, house)
        async with held(house):
            for _ in range(2):
                wire.say(payload(RENAME, id=house.leads[0], name="Too late"))
                status, headers, body = await asyncio.to_thread(wire.answer)
                assert status == 504
                assert json.loads(body)["errors"][0]["extensions"]["code"] == "TIMEOUT"
                assert "x-ratelimit-limit" in headers
        time.sleep(0.3)
        assert name(found.url, house) == before
        wire.say(payload(RENAME, id=house.leads[0], name="In time"))
        assert b"In time" in wire.answer()[2]
        assert name(found.url, house) == "In time"


async def test_empty_lines_do_not_keep_a_connection(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweep, "KEPT", 0.5)
    async with inside(house) as visitor:
        kind = front(visitor.gateway.sweep)
        config = uvicorn.Config(visitor.gateway, http=kind, lifespan="off", log_config=None)
        config.load()
        state = uvicorn.server.ServerState()
        loop = asyncio.get_running_loop()
        listener = await loop.create_server(lambda: kind(config, state, {}), "127.0.0.1", 0)
        async with listener:
            for request in (WHOLE, CHUNKED):
                reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname())
                writer.write(request)
                await reader.readuntil(b"}}")
                writer.write(b"\r\n")
                await asyncio.wait_for(reader.read(), 5)
                writer.close()


async def test_a_client_that_leaves(house: House, tmp_path: Path) -> None:
    with server(house.url, tmp_path) as found:
        before = name(found.url, house)
        async with held(house):
            with Wire(found.port) as wire:
                wire.say(payload(RENAME, id=house.leads[0], name="Nobody waits"))
                await asyncio.sleep(0.5)
            await asyncio.sleep(0.3)
        await asyncio.sleep(0.3)
        assert name(found.url, house) == before
        lines = [json.loads(line) for line in found.logged().splitlines() if line[:1] == "{"]
        assert [each["status"] for each in lines if each["logger"] == "access"].count(499) == 1


async def test_a_server_that_stops_answers_first(house: House, tmp_path: Path) -> None:
    with server(house.url, tmp_path) as found, Wire(found.port, 10) as wire:
        async with held(house):
            wire.say(payload(RENAME, id=house.leads[0], name="The last"))
            await asyncio.sleep(0.5)
            found.process.send_signal(signal.SIGINT)
            await asyncio.sleep(0.5)
        status, headers, body = await asyncio.to_thread(wire.answer)
        assert (status, headers["connection"]) == (200, "close")
        assert b"The last" in body
        assert found.process.wait(10) in (0, -signal.SIGINT, 130)
        assert not re.search("Traceback|Exception", found.logged())


def test_a_reader_that_does_not_read(one: Server) -> None:
    """Its answers wait for it; others are served meanwhile, and it gets them all."""
    many = payload("{ leads(first: 40) { nodes { id name email phone company customFields } } }")
    with Wire(one.port, 20) as wire:
        wire.say(many * 300)
        begun = time.monotonic()
        assert ask(one.port, WHOLE)[0] == 200
        assert time.monotonic() - begun < 5
        assert {wire.answer()[0] for _ in range(300)} == {200}
