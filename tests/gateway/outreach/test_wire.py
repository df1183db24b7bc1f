"""Whether any of a request was sent is always known."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.outreach.providers.provider import Request
from gateway.outreach.wire import FRESH, LostError, NotSentError, Wire
from tests.port import free_port

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(talk: Talk) -> AsyncIterator[str]:
    """A server that talks like this; gives its address."""
    tasks: list[asyncio.Task[Any] | None] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.append(asyncio.current_task())
        try:
            await talk(reader, writer)
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/calls"
    server.close()
    for each in tasks:
        if each is not None:
            each.cancel()
    await asyncio.gather(*(each for each in tasks if each), return_exceptions=True)


def saying(answer: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()

    return talk


async def once(wire: Wire, url: str, claimed: float | None = None) -> Any:
    request = Request("POST", url, {"content-type": "application/json"}, b"{}")
    return await wire.once(request, time.monotonic() if claimed is None else claimed)


async def test_an_answer_is_whole() -> None:
    wire = Wire({}, anywhere=True)
    async with listening(saying(OK)) as url:
        sent = await once(wire, url)
    assert (sent.response.status, sent.response.body) == (200, b"hi")
    assert 0 <= sent.after < 5
    await wire.close()


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:{port}/", "https://127.0.0.1:{port}/", "http://nowhere.invalid/"],
)
async def test_who_does_not_listen_has_read_nothing(url: str) -> None:
    wire = Wire({}, anywhere=True)
    with pytest.raises(NotSentError):
        await once(wire, url.format(port=free_port()))
    await wire.close()


async def test_private_addresses_are_not_connected_to() -> None:
    """Accounts name them, and so do reports of where a recording is."""
    wire, heard = Wire({}), []

    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))

    async with listening(talk) as url:
        for each in (url, url.replace("127.0.0.1", "localhost")):
            with pytest.raises(NotSentError, match="no public address"):
                await once(wire, each)
            with pytest.raises(LostError, match="no public address"):
                await wire.ask(Request("GET", each, {}, b""))
            with pytest.raises(LostError, match="no public address"):
                async for _ in wire.pieces(Request("GET", each, {}, b"")):
                    pass
    assert heard == []
    await wire.close()


async def test_without_tls_nothing_is_sent() -> None:
    wire = Wire({}, anywhere=True)
    async with listening(saying(OK)) as url:
        with pytest.raises(NotSentError):
            await once(wire, url.replace("http:", "https:"))
    await wire.close()


async def test_what_comes_too_late_is_not_sent() -> None:
    wire, heard = Wire({}, anywhere=True), []

    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(100))

    async with listening(talk) as url:
        with pytest.raises(NotSentError):
            await once(wire, url, time.monotonic() - FRESH - 0.1)
        await asyncio.sleep(0.05)
    assert heard in ([], [b""])
    await wire.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
async def test_a_broken_answer_is_doubt(answer: bytes) -> None:
    wire = Wire({}, anywhere=True)
    async with listening(saying(answer)) as url:
        with pytest.raises(LostError):
            await once(wire, url)
    await wire.close()


async def test_silence_is_doubt() -> None:
    wire = Wire({}, anywhere=True, answering=0.2)

    async def talk(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read(10_000)
        await asyncio.sleep(30)

    async with listening(talk) as url:
        with pytest.raises(LostError):
            await once(wire, url)
    await wire.close()


async def test_an_endless_answer_is_doubt() -> None:
    wire = Wire({}, anywhere=True)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n")
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    async with listening(talk) as url:
        with pytest.raises(LostError):
            await once(wire, url)
    await wire.close()


async def test_creates_never_share_a_connection() -> None:
    wire, connections = Wire({}, anywhere=True), []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        while True:
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(2)
            writer.write(OK)
            await writer.drain()

    async with listening(talk) as url:
        for _ in range(3):
            await once(wire, url)
    assert len(connections) == 3
    await wire.close()


async def test_redirects_are_not_followed() -> None:
    wire, seen = Wire({}, anywhere=True), []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 307 Go\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()

    async with listening(talk) as url:
        sent = await once(wire, url)
    assert sent.response.status == 307
    assert len(seen) == 1
    await wire.close()
