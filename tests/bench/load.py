"""The load: connections that each send the next request once the last is answered."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import orjson

from tests.bench.contenders.contender import Call

#: Every so many answers one is kept and looked at afterwards.
KEPT_EVERY = 97


class WrongAnswerError(Exception):
    """A server answered what it should not have."""


@dataclass
class Load:
    """What came of a stretch of load."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    kept: list[tuple[int, bytes]] = field(default_factory=list)
    """Some answers, with the number of the request among the different ones."""

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency in milliseconds within which this share was answered."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000


class Generator:
    """Keeps connections to one server open and busy for stretches of time."""

    def __init__(self, port: int, connections: int) -> None:
        self._port = port
        self._count = connections
        self._connections: list[_Connection] = []

    async def open(self) -> None:
        """Connect."""
        loop = asyncio.get_running_loop()
        for _ in range(self._count):
            _, connection = await loop.create_connection(_Connection, "127.0.0.1", self._port)
            self._connections.append(connection)

    def close(self) -> None:
        """Disconnect."""
        for each in self._connections:
            each.transport.close()

    async def run(self, calls: list[Call], seconds: float, order: count[int]) -> Load:
        """Send the calls over and over, from `order` on; ends when the last answer has come."""
        found = Load()
        requests = [_bytes(each, self._port) for each in calls]
        started = time.perf_counter()
        until = started + seconds
        await asyncio.gather(
            *(each.work(requests, order, until, found) for each in self._connections)
        )
        found.seconds = time.perf_counter() - started
        return found


class _Connection(asyncio.Protocol):
    """Just enough of HTTP/1.1: answers with a length, one at a time."""

    transport: Any

    def __init__(self) -> None:
        self._buffer = b""
        self._need = 0
        self._sent = 0.0
        self._number = 0
        self._done: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(WrongAnswerError("the server hung up"))

    def work(
        self, requests: list[bytes], order: count[int], until: float, found: Load
    ) -> asyncio.Future[None]:
        """Send requests until the time is up."""
        self._requests, self._order, self._until, self._found = requests, order, until, found
        self._done = asyncio.get_running_loop().create_future()
        self._send()
        return self._done

    def _send(self) -> None:
        self._number = next(self._order)
        self._sent = time.perf_counter()
        self.transport.write(self._requests[self._number % len(self._requests)])

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if not self._need:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            self._need = end + 4 + self._length(end)
        if len(self._buffer) >= self._need:
            self._answered()

    def _length(self, end: int) -> int:
        head = self._buffer[:end].lower()
        place = head.find(b"\r\ncontent-length:")
        if not head.startswith(b"http/1.1 200") or place < 0:
            self._fail(f"{self._buffer[:600]!r}")
            return 0
        return int(head[place + 17 :].partition(b"\r\n")[0])

    def _answered(self) -> None:
        now = time.perf_counter()
        self._found.latencies.append(now - self._sent)
        if self._number % KEPT_EVERY == 0:
            body = self._buffer[: self._need].partition(b"\r\n\r\n")[2]
            self._found.kept.append((self._number % len(self._requests), body))
        self._buffer, self._need = b"", 0
        assert self._done is not None
        if now < self._until:
            self._send()
        elif not self._done.done():
            self._done.set_result(None)

    def _fail(self, why: str) -> None:
        assert self._done is not None
        if not self._done.done():
            self._done.set_exception(WrongAnswerError(why))
        self.transport.abort()


def _bytes(call: Call, port: int) -> bytes:
    headers = {
        "host": f"127.0.0.1:{port}",
        "content-type": "application/json",
        "accept": "application/json",
        "content-length": str(len(call.body)),
        **call.headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {call.path} HTTP/1.1\r\n{lines}\r\n".encode() + call.body


def leaves(body: bytes) -> int:
    """How many scalars an answer's data has; names and nesting may differ between contenders."""
    answer = orjson.loads(body)
    if answer.get("errors") or not answer.get("data"):
        raise WrongAnswerError(body[:600].decode())
    return _leaves(answer["data"])


def _leaves(value: Any) -> int:
    if isinstance(value, dict):
        return sum(_leaves(each) for each in value.values())
    if isinstance(value, list):
        return sum(_leaves(each) for each in value)
    return 1
