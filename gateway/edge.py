"""The outermost layer: request id, caller, budget, headers, log; then the door by its path."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.limits.admission import Admission
from gateway.log import AccessLog, shown
from gateway.visit import Visit, request_id
from models.database import DatabaseUnavailableError, StatementTimeoutError
from schema.errors import (
    InternalError,
    SwitchboardError,
    TimeoutExceededError,
    UnauthenticatedError,
    UnavailableError,
)

logger = logging.getLogger("switchboard.edge")

#: A door answers a visit.
Door = Callable[[Scope, Receive, Send, Visit], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

EXPOSED = (
    b"X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, "
    b"X-Cost, ETag"
)
ALLOWED = (
    b"Authorization, X-API-Key, Content-Type, Accept, X-Request-Id, Idempotency-Key, "
    b"If-None-Match, Last-Event-ID"
)
#: On every answer that does not bring its own: nothing of ours is to be run, framed or guessed at.
SECURITY: Headers = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
#: Paths that count against no budget: probes, and the page's own files.
FREE = ("/healthz", "/readyz", "/graphql/assets/")
#: What is logged of a request whose client did not wait for the answer.
GONE = 499


class ClientGoneError(Exception):
    """The client has hung up; there is nobody to answer."""


class Cors:
    """Which origins' pages may call, and what they are told."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._all = "*" in origins
        self._origins = {each.encode() for each in origins}

    def headers(self, origin: bytes | None) -> Headers:
        """What to add to an answer."""
        if not self._origins:
            return []
        if self._all:
            return [
                (b"access-control-allow-origin", b"*"),
                (b"access-control-expose-headers", EXPOSED),
            ]
        if origin is None or origin not in self._origins:
            # A cache must not give this answer to a page that may see it, or the other way round.
            return [(b"vary", b"Origin")]
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", EXPOSED),
            (b"vary", b"Origin"),
        ]

    def preflight(self, origin: bytes) -> Headers:
        """The answer to a preflight."""
        found = self.headers(origin)
        if len(found) > 1:
            found += [
                (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
                (b"access-control-allow-headers", ALLOWED),
                (b"access-control-max-age", b"7200"),
            ]
        return found


class Edge:
    """ASGI application: admits requests and hands them on."""

    def __init__(
        self,
        doors: dict[str, Door],
        rest: ASGIApp,
        admission: Admission,
        cors: Cors,
        log: AccessLog,
    ) -> None:
        self._doors = doors
        self._rest = rest
        self._admission = admission
        self._cors = cors
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._rest(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        client = scope["client"]
        visit = Visit(
            request_id(headers.get(b"x-request-id")), client[0] if client else "", headers
        )
        origin = headers.get(b"origin")
        extra = [(b"x-request-id", visit.request_id.encode()), *self._cors.headers(origin)]
        started = False
        status = GONE

        async def respond(message: Message) -> None:
            nonlocal started, status
            if message["type"] == "http.response.start":
                started = True
                status = message["status"]
                found = [*message["headers"], *extra]
                if visit.verdict is not None:
                    found += visit.verdict.headers()
                message["headers"] = found
            await send(message)

        path = scope["path"]
        try:
            if scope["method"] == "OPTIONS" and origin and _PREFLIGHT in headers:
                extra = [(b"x-request-id", visit.request_id.encode())]
                await empty(respond, 204, self._cors.preflight(origin))
                return
            if not path.startswith(FREE):
                await self._admission.admit(visit, _token(scope["headers"], visit))
            door = self._doors.get(path)
            if door is not None:
                await door(scope, receive, respond, visit)
            elif visit.verdict is not None and not visit.verdict.allowed:
                assert visit.problem is not None
                await fail(respond, visit.problem)
            else:
                scope["visit"] = visit
                await self._rest(scope, receive, _secured(respond))
        except ClientGoneError:
            pass
        except asyncio.CancelledError:
            raise
        except Exception as error:
            # The id is the client's own choice of words: it goes to the access log only.
            logger.error("request failed", exc_info=error)
            if not started:
                await fail(respond, masked(error))
        finally:
            self._note(scope, visit, status)

    def _note(self, scope: Scope, visit: Visit, status: int) -> None:
        line: dict[str, Any] = {
            "request": visit.request_id,
            "method": scope["method"][:16],
            "path": shown(scope["path"]),
            "status": status,
            "ms": round((time.perf_counter() - visit.started) * 1000, 2),
        }
        if visit.caller is not None:
            line["workspace"] = visit.caller.workspace_id
            line["key"] = visit.caller.key_id
        self._log.write(line | visit.notes)


_PREFLIGHT = b"access-control-request-method"


def _token(headers: Headers, visit: Visit) -> bytes | None:
    """The key: `Authorization: Bearer …` or `X-API-Key`; two that differ are none."""
    found: bytes | None = None
    for name, value in headers:
        token = b""
        if name == b"authorization":
            scheme, _, rest = value.partition(b" ")
            if scheme.lower() == b"bearer":
                token = rest.strip()
        elif name == b"x-api-key":
            token = value.strip()
        if token:
            if found is not None and found != token:
                visit.problem = UnauthenticatedError("Two different API keys were given.")
                return None
            found = token
    return found


def _secured(send: Send) -> Send:
    """Adds the security headers where an answer has none of its own."""

    async def secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name.lower() for name, _ in message["headers"]}
            more = [each for each in SECURITY if each[0] not in given]
            message["headers"] = [*message["headers"], *more]
        await send(message)

    return secured


def masked(error: Exception) -> SwitchboardError:
    """What a client may know of an error."""
    if isinstance(error, SwitchboardError):
        return error
    if isinstance(error, StatementTimeoutError | TimeoutError):
        return TimeoutExceededError()
    if isinstance(error, DatabaseUnavailableError):
        return UnavailableError()
    return InternalError()


async def fail(send: Send, error: SwitchboardError, media_type: bytes = b"") -> None:
    """An error in GraphQL's shape."""
    body = orjson.dumps({"errors": [{"message": error.message, "extensions": error.extensions}]})
    headers: Headers = [(b"cache-control", b"no-store")]
    if error.status == UnauthenticatedError.status:
        headers.append((b"www-authenticate", b'Bearer realm="switchboard"'))
    await reply(send, error.status, body, media_type or _JSON, headers)


_JSON = b"application/json; charset=utf-8"


async def reply(send: Send, status: int, body: bytes, media_type: bytes, headers: Headers) -> None:
    """A whole answer."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", media_type),
                (b"content-length", b"%d" % len(body)),
                *headers,
                *SECURITY,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def empty(send: Send, status: int, headers: Headers) -> None:
    """An answer without a body."""
    await send({"type": "http.response.start", "status": status, "headers": headers + SECURITY})
    await send({"type": "http.response.body", "body": b""})
