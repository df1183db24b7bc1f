"""Who does not keep up is told where to go on; the others notice nothing. The end of the server."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import orjson
import pytest

from tests.gateway.live.hall import ACTIVITY, CREATE, SECONDS, Hall, opened
from tests.gateway.live.test_protocol import HEAD, masked
from tests.gateway.live.test_resuming import parts
from tests.gateway.serving import House

#: Some 40 KB for each event.
TITLES = " ".join(f"t{number}: title" for number in range(95))
LARGE = f"subscription($after: String) {{ activity(after: $after) {{ cursor {TITLES} }} }}"
MANY = "mutation($leads: [CreateLeadInput!]!) { bulkCreateLeads(input: {leads: $leads}) { errorCount } }"
COUNT = 500


class Idler:
    """A client on a small pipe, which reads when it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def come(cls, hall: Hall) -> Idler:
        wire = socket.socket()
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        wire.setblocking(False)
        await asyncio.get_running_loop().sock_connect(wire, ("127.0.0.1", hall.port))
        return cls(*await asyncio.open_connection(sock=wire, limit=4096))

    def say(self, **message: Any) -> None:
        self.writer.write(masked(0x81, orjson.dumps(message)))

    async def frame(self) -> tuple[int, bytes]:
        """The next frame."""
        async with asyncio.timeout(SECONDS):
            opcode, size = await self.reader.readexactly(2)
            if size == 126:
                size = int.from_bytes(await self.reader.readexactly(2), "big")
            elif size == 127:
                size = int.from_bytes(await self.reader.readexactly(8), "big")
            return opcode & 15, await self.reader.readexactly(size)


async def flood(hall: Hall) -> None:
    for first in range(0, COUNT, 50):
        leads = [{"name": f"{number:03} " + "x" * 190} for number in range(first, first + 50)]
        await hall.ask(MANY, leads=leads)


async def test_a_client_that_does_not_read(hall: Hall) -> None:
    idler = await Idler.come(hall)
    idler.writer.write(b"\r\n".join(HEAD) + b"\r\n\r\n")
    await idler.reader.readuntil(b"\r\n\r\n")
    idler.say(type="connection_init", payload={"apiKey": "key-full"})
    idler.say(id="1", type="subscribe", payload={"query": LARGE})
    assert await idler.frame() == (1, b'{"type":"connection_ack"}')
    async with hall.socket() as talk, hall.socket() as watch:
        await talk.begin(ACTIVITY)
        await watch.begin(LARGE)
        await asyncio.sleep(0.2)
        flooding = asyncio.create_task(flood(hall))
        quick, whole, _ = await asyncio.gather(talk.events(COUNT), watch.events(COUNT), flooding)
        assert [each["cursor"] for each in quick] == [each["cursor"] for each in whole]
        # Now it reads what was sent before, and where to go on.
        events = []
        while (found := await idler.frame())[0] == 1:
            events.append(orjson.loads(found[1])["payload"]["data"]["activity"])
        opcode, data = found
        assert (opcode, int.from_bytes(data[:2], "big")) == (8, 1013)
        cursor = data[2:].decode()
        assert 0 < len(events) < COUNT
        assert cursor == events[-1]["cursor"]
        await talk.begin(LARGE, "2", after=cursor)
        assert events + await talk.events(COUNT - len(events), "2") == whole
    idler.writer.close()


async def test_a_stream_that_is_not_read(hall: Hall) -> None:
    idler = await Idler.come(hall)
    body = orjson.dumps({"query": LARGE})
    idler.writer.write(
        b"POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer key-full\r\n"
        b"content-type: application/json\r\naccept: text/event-stream\r\n"
        b"content-length: %d\r\n\r\n%b" % (len(body), body)
    )
    await idler.reader.readuntil(b"\r\n\r\n")
    async with hall.socket() as talk:
        await talk.begin(ACTIVITY)
        await asyncio.sleep(0.2)
        flooding = asyncio.create_task(flood(hall))
        positions = [parts(each["cursor"])[2] for each in await talk.events(COUNT)]
        await flooding
        text = b""
        async with asyncio.timeout(SECONDS):
            while not text.endswith(b"0\r\n\r\n"):
                text += await idler.reader.read(1 << 20)
    # The pieces of the transfer fall between the blocks.
    data = [line[6:] for line in text.split(b"\n") if line.startswith(b"data: {")]
    answers = [orjson.loads(each) for each in data]
    error = answers.pop()["errors"][0]["extensions"]
    assert error["code"] == "UNAVAILABLE"
    seen = [parts(each["data"]["activity"]["cursor"])[2] for each in answers]
    assert seen == positions[: len(seen)]
    assert parts(error["cursor"])[2] == seen[-1]
    assert b"event: complete" not in text
    idler.writer.close()


async def test_showing_what_was_missed_waits_for_the_client(hall: Hall) -> None:
    """Somebody slow who resumes is not cut off, but fed as fast as it reads."""
    start = (await hall.ask("{ cursor }"))["cursor"]
    await flood(hall)
    await hall.settle()
    idler = await Idler.come(hall)
    idler.writer.write(b"\r\n".join(HEAD) + b"\r\n\r\n")
    await idler.reader.readuntil(b"\r\n\r\n")
    idler.say(type="connection_init", payload={"apiKey": "key-full"})
    payload = {"query": LARGE, "variables": {"after": start}}
    idler.say(id="1", type="subscribe", payload=payload)
    await asyncio.sleep(1)
    assert await idler.frame() == (1, b'{"type":"connection_ack"}')
    positions: list[int] = []
    while len(positions) < COUNT:
        opcode, data = await idler.frame()
        assert opcode == 1, data
        cursor = orjson.loads(data)["payload"]["data"]["activity"]["cursor"]
        positions.append(parts(cursor)[2])
    assert positions == list(range(parts(start)[2] + 1, parts(start)[2] + 1 + COUNT))
    idler.writer.close()


async def test_who_takes_nothing_of_what_was_missed(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.graphql.socket.PATIENCE", 0.3)
    start = (await hall.ask("{ cursor }"))["cursor"]
    await flood(hall)
    await hall.settle()
    idler = await Idler.come(hall)
    idler.writer.write(b"\r\n".join(HEAD) + b"\r\n\r\n")
    await idler.reader.readuntil(b"\r\n\r\n")
    idler.say(type="connection_init", payload={"apiKey": "key-full"})
    payload = {"query": LARGE, "variables": {"after": start}}
    idler.say(id="1", type="subscribe", payload=payload)
    await asyncio.sleep(1.5)
    assert hall.gateway.parts.live._followers == {}
    assert await idler.frame() == (1, b'{"type":"connection_ack"}')
    cursors = []
    while (found := await idler.frame())[0] == 1:
        cursors.append(orjson.loads(found[1])["payload"]["data"]["activity"]["cursor"])
    assert int.from_bytes(found[1][:2], "big") == 1013
    assert found[1][2:].decode() == cursors[-1]
    idler.writer.close()


async def test_the_end_of_the_server(house: House) -> None:
    async with opened(house) as hall, hall.socket() as talk, hall.socket() as idle:
        await talk.begin(ACTIVITY)
        await hall.ask(CREATE, name="Ada")
        await talk.events(1)
        hall.server.should_exit = True
        for each in (talk, idle):
            assert await each.ended() == (1012, "The server restarts")


async def test_pings_and_those_who_do_not_answer(sqlite_copy: House) -> None:
    async with opened(sqlite_copy, live_ping=0.7) as hall:
        async with hall.socket() as talk:
            await talk.begin("subscription { activity(filter: {type: [API_KEY_REVOKED]}) { at } }")
            await hall.ask(CREATE, name="Ada")
            end = asyncio.get_running_loop().time() + 5
            while not any("payload" in each for each in talk.pings):
                assert asyncio.get_running_loop().time() < end
                await talk.begin("{ __typename }", "q")
                await talk.hear()
                await talk.hear()
                await asyncio.sleep(0.3)
            cursor = next(each["payload"]["cursor"] for each in talk.pings if "payload" in each)
            # What the filter left out has been passed.
            await talk.begin(ACTIVITY, "2", after=cursor)
            assert await talk.silent(0.3)
        # A peer that is gone without a word never answers.
        reader, writer = await asyncio.open_connection("127.0.0.1", hall.port)
        writer.write(b"\r\n".join(HEAD) + b"\r\n\r\n")
        writer.write(masked(0x81, b'{"type":"connection_init","payload":{"apiKey":"key-full"}}'))
        async with asyncio.timeout(10):
            assert await cut_off(reader)
        writer.close()


async def cut_off(reader: asyncio.StreamReader) -> bool:
    """Wait for the end, which is no word of goodbye."""
    last = b""
    try:
        while found := await reader.read(4096):
            last = found
    except ConnectionResetError:
        return True
    return last[:1] == bytes((0x81,))


async def test_who_asks_and_takes_no_answers(sqlite_copy: House) -> None:
    """Pings whose answers are never read do not pile up."""
    async with opened(sqlite_copy) as hall:
        idler = await Idler.come(hall)
        idler.writer.write(b"\r\n".join(HEAD) + b"\r\n\r\n")
        await idler.reader.readuntil(b"\r\n\r\n")
        ping = masked(0x81, orjson.dumps({"type": "ping", "payload": {"x": "y" * 60_000}}))
        sent = 0
        try:
            async with asyncio.timeout(3):
                while sent < 400:
                    idler.writer.write(ping)
                    sent += 1
                    await idler.writer.drain()
        except TimeoutError:
            pass
        assert sent < 400
        (found,) = hall.gateway.sweep.sockets._open  # type: ignore[union-attr]
        assert found.waiting < 1_000_000
        idler.writer.transport.abort()
        await asyncio.sleep(0)
