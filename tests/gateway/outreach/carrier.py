"""A carrier that speaks the simulator's interface over HTTP, with faults, and counts what it does."""

from __future__ import annotations

import asyncio
import hmac
import random
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import orjson

from gateway.outreach.simulated_call import Life, life
from gateway.outreach.simulation import told
from models.columns import wire

#: A small page, as proxies answer with.
HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
#: Simulated outcomes in our words.
OUTCOMES = {
    "completed": "COMPLETED",
    "voicemail": "VOICEMAIL",
    "no-answer": "NO_ANSWER",
    "busy": "BUSY",
    "rejected": "REJECTED",
    "failed": "FAILED",
    "canceled": "CANCELLED",
}


@dataclass
class Carried:
    """A call that the carrier has."""

    id: str
    order: dict[str, Any]
    lived: Life
    began: float

    @property
    def outcome(self) -> str:
        return OUTCOMES[self.lived.end.status]


@dataclass
class Carrier:
    """What it does on a create is chosen by `faults`, a weight for each."""

    speed: float = 50.0
    dedupes: bool = False
    lookup: bool = True
    callbacks: bool = False
    faults: Mapping[str, float] = field(default_factory=lambda: {"none": 1.0})
    seed: int = 1
    hang: float = 60.0
    """Seconds for which it says nothing where it hangs."""
    on_create: Callable[[str, str], Awaitable[None]] | None = None
    """Called with the reference, `before` or `after` the answer."""
    creates: Counter[str] = field(default_factory=Counter)
    """How many calls each reference has made."""
    requests: Counter[str] = field(default_factory=Counter)
    """How many create requests came for each reference."""
    calls: dict[str, Carried] = field(default_factory=dict)
    faulted: dict[str, str] = field(default_factory=dict)
    """References whose create met a fault, and the last one."""
    arrivals: list[float] = field(default_factory=list)
    """When the requests came that made calls, on the monotonic clock."""
    most_live: int = 0
    answers: deque[str] = field(default_factory=deque)
    """Faults for the next creates, before those that are drawn."""
    watching: deque[bytes] = field(default_factory=deque)
    """Whole responses, status line and all, to the next questions about calls."""

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._client = httpx2.AsyncClient(timeout=5, trust_env=False)

    async def start(self, port: int = 0) -> str:
        """Listen; gives the base URL."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def close(self) -> None:
        """Listen no more."""
        assert self._server is not None
        self._server.close()

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for each in self._tasks:
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    def of(self, reference: str) -> Carried | None:
        """The call of a reference."""
        return next((c for c in self.calls.values() if c.order["reference"] == reference), None)

    def live(self) -> int:
        """How many calls are under way."""
        now = time.monotonic()
        return sum(
            (now - each.began) * 1000 * self.speed < each.lived.end.at_ms
            for each in self.calls.values()
        )

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while await self._one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return False
        first, *lines = head.strip().split("\r\n")
        method, target, _ = first.split(" ")
        headers = {k.lower(): v.strip() for k, _, v in (each.partition(":") for each in lines)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        path = urlsplit(target)
        if method == "POST" and path.path == "/calls":
            return await self._create(orjson.loads(body), writer)
        if path.path == "/calls":
            (reference,) = parse_qs(path.query)["reference"]
            found = self.of(reference) if self.lookup else None
            self._answer(writer, 200, {"calls": [] if found is None else [{"id": found.id}]})
            return True
        if self.watching and method == "GET":
            writer.write(self.watching.popleft())
            return False
        id = path.path.split("/")[2]
        call = self.calls.get(id)
        if call is None:
            self._answer(writer, 404, {"error": "not_found"})
            return True
        if method == "POST":
            self._end(call)
        self._answer(writer, 200, self._told(call))
        return True

    async def _create(self, order: dict[str, Any], writer: asyncio.StreamWriter) -> bool:
        reference = order["reference"]
        self.requests[reference] += 1
        fault = self._fault(reference)
        if fault != "none":
            self.faulted[reference] = fault
        if fault == "too_many":
            self._answer(writer, 429, {"error": "too_many_requests"}, {"retry-after": "1"})
            return True
        if fault == "refuse":
            self._answer(writer, 400, {"error": "bad_number", "message": "No such number."})
            return True
        if fault == "drop":
            # It never was read, as far as anybody can tell.
            writer.transport.abort()
            return False
        if not (self.dedupes and self.creates[reference]):
            self.arrivals.append(time.monotonic())
        if self.on_create is not None:
            await self.on_create(reference, "before")
        call = self._made(reference, order)
        if fault == "accept_500":
            self._answer(writer, 500, {"error": "internal"})
        elif fault == "accept_html":
            self._raw(writer, b"200 OK", b"text/html", HTML)
        elif fault == "accept_truncated":
            writer.write(b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\n")
            writer.write(b'content-length: 400\r\n\r\n{"id": "')
            await writer.drain()
            return False
        elif fault == "accept_reset":
            writer.transport.abort()
            return False
        elif fault == "accept_hang":
            await asyncio.sleep(self.hang)
            return False
        else:
            self._answer(writer, 201, {"id": call.id, "status": "queued"})
            await writer.drain()
        if self.on_create is not None:
            await self.on_create(reference, "after")
        return True

    def _fault(self, reference: str) -> str:
        if self.answers:
            return self.answers.popleft()
        drawn = self._dice.choices(list(self.faults), list(self.faults.values()))[0]
        again = self.requests[reference] > 1
        # Who knows a call for the same says so, whatever it would say of a new one.
        known = self.dedupes and self.creates[reference] > 0
        if (again and drawn in ("too_many", "accept_hang")) or (known and drawn == "refuse"):
            return "none"
        return drawn

    def _made(self, reference: str, order: dict[str, Any]) -> Carried:
        known = self.of(reference)
        if known is not None and self.dedupes:
            return known
        self.creates[reference] += 1
        id = f"fake_{len(self.calls) + 1}"
        order = {**order, "startedAt": wire(datetime.now(UTC))}
        made = Carried(id, order, life("carrier", id, order), time.monotonic())
        self.calls[id] = made
        self.most_live = max(self.most_live, self.live())
        if self.callbacks and order.get("callbackUrl"):
            task = asyncio.create_task(self._report(made))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return made

    def _told(self, call: Carried) -> dict[str, Any]:
        elapsed = (time.monotonic() - call.began) * 1000 * self.speed
        return told(call.id, call.order, call.lived, elapsed, self.speed)

    def _end(self, call: Carried) -> None:
        elapsed = int((time.monotonic() - call.began) * 1000 * self.speed)
        if elapsed < call.lived.end.at_ms:
            past = [each for each in call.lived.steps if each.at_ms <= elapsed]
            status = "completed" if past[-1].status == "in-progress" else "canceled"
            end = type(past[0])(elapsed, status, {"hangupBy": "user"})
            call.lived = Life((*past, end), call.lived.answered_ms, (), None, elapsed)

    async def _report(self, call: Carried) -> None:
        """Tell the gateway how it goes, again and again until it has heard it."""
        secret = urlsplit(call.order["callbackUrl"]).path.rpartition("/")[2].encode()
        told_last: bytes | None = None
        while True:
            found = self._told(call)
            body = orjson.dumps({**found, "nextInMs": None})
            if body != told_last:
                signature = hmac.digest(secret, body, "sha256").hex()
                try:
                    answer = await self._client.post(
                        call.order["callbackUrl"],
                        content=body,
                        headers={"x-simulator-signature": signature},
                    )
                    heard = answer.status_code < 300
                except httpx2.HTTPError:
                    heard = False
                if heard:
                    told_last = body
                    if found["complete"]:
                        return
            await asyncio.sleep(0.2)

    def _answer(
        self,
        writer: asyncio.StreamWriter,
        status: int,
        found: object,
        headers: dict[str, str] | None = None,
    ) -> None:
        more = "".join(f"{k}: {v}\r\n" for k, v in (headers or {}).items()).encode()
        line = b"%d Said" % status
        self._raw(writer, line, b"application/json", orjson.dumps(found), more)

    def _raw(
        self, writer: asyncio.StreamWriter, line: bytes, kind: bytes, body: bytes, more: bytes = b""
    ) -> None:
        writer.write(
            b"HTTP/1.1 %b\r\ncontent-type: %b\r\ncontent-length: %d\r\n%b\r\n%b"
            % (line, kind, len(body), more, body)
        )
