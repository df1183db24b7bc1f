"""Sending: to the address that was checked, within the time, and no more than needed is read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import httpcore2
import pytest
import pytest_asyncio

from gateway import public_network
from gateway.webhooks.sending import Sending
from tests.gateway.webhooks.receiver import Answer, Receiver, receiver


@pytest_asyncio.fixture
async def endpoint() -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made


@pytest_asyncio.fixture
async def guarded() -> AsyncIterator[Sending]:
    made = Sending()
    yield made
    await made.close()


@pytest_asyncio.fixture
async def free() -> AsyncIterator[Sending]:
    made = Sending(anywhere=True)
    yield made
    await made.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433"])
async def test_private_addresses_are_not_connected_to(
    endpoint: Receiver, guarded: Sending, host: str
) -> None:
    outcome = await guarded.post(endpoint.url(host=host), {}, "{}", 5)
    assert outcome.status is None
    assert outcome.error == f"{host} has no public address."
    assert endpoint.got == []


async def test_a_name_that_answers_twice(
    endpoint: Receiver, guarded: Sending, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Public when it is looked at, ours when it is connected to: asked once, used as answered."""
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["203.0.114.1"] if len(asked) == 1 else ["127.0.0.1"]

    connected: list[str] = []

    async def connect(_self: object, host: str, *_rest: object) -> object:
        connected.append(host)
        raise httpcore2.ConnectError("nobody there")

    monkeypatch.setattr(public_network, "resolved", rebinding)
    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", connect)
    outcome = await guarded.post(endpoint.url(host="rebind.example.com"), {}, "{}", 5)
    assert (outcome.status, asked, connected) == (None, ["rebind.example.com"], ["203.0.114.1"])
    # And where it says both at once, only the public one is tried.
    connected.clear()

    async def both(host: str, port: int) -> list[str]:
        return ["127.0.0.1", "203.0.114.1", "::1"]

    monkeypatch.setattr(public_network, "resolved", both)
    await guarded.post(endpoint.url(host="both.example.com"), {}, "{}", 5)
    assert connected == ["203.0.114.1"]
    assert endpoint.got == []


async def test_redirects_are_not_followed(endpoint: Receiver, free: Sending) -> None:
    endpoint.script(Answer(302, (("location", endpoint.url("/elsewhere")),)))
    outcome = await free.post(endpoint.url(), {}, "{}", 5)
    assert (outcome.status, outcome.arrived, len(endpoint.got)) == (302, False, 1)


async def test_time_is_bounded(endpoint: Receiver, free: Sending) -> None:
    endpoint.script(Answer(wait=5))
    begun = time.monotonic()
    outcome = await free.post(endpoint.url(), {}, "{}", 0.2)
    assert (outcome.status, outcome.error) == (None, "No answer within 0.2 seconds.")
    assert time.monotonic() - begun < 2


async def test_size_is_bounded(free: Sending) -> None:
    """An answer without end is left; that it was taken counts."""
    sent = 0

    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(b"\x00" * 65536)
                sent += 65536
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(flood, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    outcome = await free.post(f"http://127.0.0.1:{port}/", {}, "{}", 5)
    assert outcome.arrived
    assert outcome.response == "\ufffd" * 1024
    assert sent < 64 * 1024 * 1024
    server.close()


async def test_a_drip_is_cut(free: Sending) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(b"H")
                await writer.drain()
                await asyncio.sleep(0.05)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    outcome = await free.post(f"http://127.0.0.1:{port}/", {}, "{}", 0.3)
    assert outcome.status is None
    server.close()


@pytest.mark.parametrize(
    "url", ["http://nowhere.invalid/", "http://127.0.0.1:1/", "https://\u2603"]
)
async def test_what_cannot_be_reached(free: Sending, url: str) -> None:
    outcome = await free.post(url, {}, "{}", 5)
    assert outcome.status is None
    assert outcome.error
