"""The sockets to providers: a request is sent once, and it is known whether any of it was sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from gateway.outreach.providers.provider import Request, Response
from gateway.public_network import client

#: Seconds for name, connection and TLS; and for the whole answer.
CONNECTING = 5.0
ANSWERING = 15.0
#: Seconds for what may be asked again.
ASKING = 10.0
#: Seconds after a claim in which the request must begin to be written.
FRESH = 5.0
#: Seconds for a recording.
FETCHING = 60.0
#: Seconds for which an idle connection is used again.
IDLE = 5.0
#: Bytes of an answer that are read.
LONGEST = 4 * 1024 * 1024

#: Answers requests whose address begins with its scheme, in this process.
Local = Callable[[Request], Awaitable[Response]]


class NotSentError(Exception):
    """Not a byte of the request was sent."""


class LostError(Exception):
    """The request, or a part of it, was sent, and there is no whole answer."""


@dataclass(frozen=True)
class Sent:
    """A request that was answered."""

    response: Response
    after: float
    """Seconds from the claim until it was written."""


class Wire:
    """Sends requests."""

    def __init__(
        self, local: Mapping[str, Local], *, answering: float = ANSWERING, anywhere: bool = False
    ) -> None:
        """`anywhere`: also to private addresses. Accounts name them, and reports of calls."""
        self._local = local
        # A create never goes over a socket that was used before: the other end may have closed
        # it just now, and whether it had read the request nobody would know.
        once = httpx2.Timeout(answering, connect=CONNECTING)
        self._once = client(anywhere=anywhere, timeout=once, connections=None, kept=0)
        again = httpx2.Timeout(ASKING, connect=CONNECTING)
        self._again, self._own = (
            client(anywhere=each, timeout=again, connections=200, kept=50, idle=IDLE)
            for each in (anywhere, True)
        )
        self._answering = answering

    async def once(self, request: Request, claimed: float) -> Sent:
        """Send a request that must not be sent twice; `claimed` is when it was made ours.

        On the monotonic clock. Raises `NotSentError` or `LostError`.
        """
        local = self._local.get(request.url.partition(":")[0])
        if local is not None:
            if time.monotonic() - claimed > FRESH:
                raise NotSentError("too late")
            return Sent(await local(request), time.monotonic() - claimed)
        course = _Course(claimed)
        try:
            async with asyncio.timeout(CONNECTING + self._answering):
                response = await _exchange(self._once, request, course)
        except BaseException as error:
            # Also when it is cancelled: what counts is whether it was on its way.
            if not course.writing:
                raise NotSentError(_said(error)) from error
            if isinstance(error, asyncio.CancelledError):
                raise
            raise LostError(_said(error)) from error
        return Sent(response, course.written - claimed)

    async def ask(
        self, request: Request, patience: float = ASKING, *, own: bool = False
    ) -> Response:
        """Send a request that does no harm when it is sent twice; raises `LostError`.

        `own`: to an address that the settings name, which may be a private one.
        """
        local = self._local.get(request.url.partition(":")[0])
        if local is not None:
            return await local(request)
        try:
            async with asyncio.timeout(CONNECTING + patience):
                return await _exchange(self._own if own else self._again, request, None, patience)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, TimeoutError) as error:
            raise LostError(_said(error)) from error

    async def pieces(self, request: Request) -> AsyncIterator[bytes]:
        """A long answer, piece by piece; raises `LostError` unless it is a whole 200 in time."""
        end = time.monotonic() + FETCHING
        try:
            async with self._again.stream(
                request.method, request.url, headers=dict(request.headers)
            ) as response:
                if response.status_code != 200:
                    raise LostError(f"answered {response.status_code}")
                async for piece in response.aiter_bytes():
                    if time.monotonic() > end:
                        raise LostError("it comes too slowly")
                    yield piece
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
            raise LostError(_said(error)) from error

    async def close(self) -> None:
        """Close all connections."""
        await self._once.aclose()
        await self._again.aclose()
        await self._own.aclose()


class _Course:
    """How far a request has come."""

    def __init__(self, claimed: float) -> None:
        self._claimed = claimed
        self.writing = False
        self.written = claimed

    async def note(self, event: str, _info: Mapping[str, Any]) -> None:
        """Called by the client at each step."""
        step = event.partition(".")[2]
        if step == "send_request_headers.started":
            # The last moment at which it can be called off.
            if time.monotonic() - self._claimed > FRESH:
                raise NotSentError("too late")
            self.writing = True
        elif step == "send_request_body.complete":
            self.written = time.monotonic()


async def _exchange(
    client: httpx2.AsyncClient, request: Request, course: _Course | None, patience: float = 0.0
) -> Response:
    extensions = {} if course is None else {"trace": course.note}
    made = client.build_request(
        request.method,
        request.url,
        headers=dict(request.headers),
        content=request.body or None,
        extensions=extensions,
        timeout=httpx2.Timeout(patience, connect=CONNECTING) if patience else client.timeout,
    )
    response = await client.send(made, stream=True)
    try:
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            if len(body) > LONGEST:
                raise LostError("the answer is too long")
    finally:
        await response.aclose()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Response(response.status_code, headers, bytes(body))


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".removesuffix(": ")
