"""The outermost layer: request id, caller, budget, headers, log; then the door by its path."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.auth import Authentication
from gateway.limits.rate import RateLimits
from gateway.log import AccessLog
from gateway.visit import Visit, request_id
from models.database import DatabaseUnavailableError, StatementTimeoutError
from schema.errors import (
    InternalError,
    RateLimitedError,
    SwitchboardError,
    TimeoutExceededError,
    UnauthenticatedError,
    UnavailableError,
)

logger = logging.getLogger("switchboard.edge")

#: A door answers a visit.
Door = Callable[[Scope, Receive, Send, Visit], Awaitable[None]]

EXPOSED = (
    b"X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, "
    b"X-Cost, ETag"
)
ALLOWED = (
    b"Authorization, X-API-Key, Content-Type, Accept, X-Request-Id, Idempotency-Key, "
    b"If-None-Match, Last-Event-ID"
)


#: Paths that count against no budget: probes, and the page's own files.
FREE = ("/healthz", "/readyz", "/graphql/assets/")


class Cors:
    """Which origins' pages may call, and what they are told."""

    def __init__(self, origins: str) -> None:
        self._all = origins.strip() == "*"
        self._origins = {each.strip().encode() for each in origins.split(",") if each.strip()}

    def headers(self, origin: bytes | None) -> list[tuple[bytes, bytes]]:
        """What to add to an answer."""
        if origin is None or not self._origins:
            return []
        if not self._all and origin not in self._origins:
            return [(b"vary", b"Origin")]
        allowed = b"*" if self._all else origin
        return [
            (b"access-control-allow-origin", allowed),
            (b"access-control-expose-headers", EXPOSED),
            (b"vary", b"Origin"),
        ]

    def preflight(self, origin: bytes | None) -> list[tuple[bytes, bytes]]:
        """The answer to a preflight."""
        found = self.headers(origin)
        if len(found) > 1:
            found += [
                (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
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
        authentication: Callable[[], Authentication],
        limits: RateLimits,
        cors: Cors,
        log: AccessLog,
    ) -> None:
        self._doors = doors
        self._rest = rest
        self._authentication = authentication
        self._limits = limits
        self._cors = cors
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._rest(scope, receive, send)
            return
        token, given_id, origin, preflight = _read(scope)
        client = scope.get("client")
        visit = Visit(request_id(given_id), client[0] if client else "")
        extra = [(b"x-request-id", visit.request_id.encode())]
        started = False
        status = 500

        async def respond(message: Message) -> None:
            nonlocal started, status
            if message["type"] == "http.response.start":
                started = True
                status = message["status"]
                headers = list(message["headers"]) + extra
                if visit.verdict is not None:
                    headers += visit.verdict.headers()
                if origin is not None:
                    headers += self._cors.headers(origin)
                message["headers"] = headers
            await send(message)

        if preflight and origin is not None:
            await _plain(send, 204, self._cors.preflight(origin) + extra)
            return
        try:
            path = scope["path"]
            if not path.startswith(FREE):
                await self._admit(visit, token)
            door = self._doors.get(path)
            if door is not None:
                await door(scope, receive, respond, visit)
            elif visit.verdict is not None and not visit.verdict.allowed:
                assert visit.problem is not None
                await fail(respond, visit.problem)
            else:
                scope["visit"] = visit
                await self._rest(scope, receive, respond)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            logger.error("request failed", exc_info=error, extra={"request": visit.request_id})
            if not started:
                await fail(respond, masked(error))
        finally:
            self._note(scope, visit, status)

    async def _admit(self, visit: Visit, token: bytes | None) -> None:
        """Find the caller and count the request."""
        known = None
        if token is None:
            visit.problem = UnauthenticatedError()
        else:
            authentication = self._authentication()
            try:
                known = authentication.remembered(token) or await authentication.caller(token)
                visit.caller = known.caller
                if known.caller is None:
                    visit.problem = UnauthenticatedError(known.problem)
            except SwitchboardError as error:
                visit.problem = error
            except (DatabaseUnavailableError, StatementTimeoutError):
                visit.problem = UnavailableError()
        if visit.caller is not None and known is not None:
            subject = visit.caller.subject
            key = visit.caller.key_id if subject is None else f"{visit.caller.key_id}:{subject}"
            visit.verdict = await self._limits.key(key, known.requests_per_minute)
        else:
            visit.verdict = await self._limits.address(visit.address)
        if not visit.verdict.allowed:
            visit.problem = RateLimitedError(resetAt=visit.verdict.reset)

    def _note(self, scope: Scope, visit: Visit, status: int) -> None:
        line: dict[str, Any] = {
            "request": visit.request_id,
            "method": scope["method"],
            "path": scope["path"][:200],
            "status": status,
            "ms": round((time.perf_counter() - visit.started) * 1000, 2),
        }
        if visit.caller is not None:
            line["workspace"] = visit.caller.workspace_id
            line["key"] = visit.caller.key_id
        self._log.write(line | visit.notes)


def _read(scope: Scope) -> tuple[bytes | None, str | None, bytes | None, bool]:
    """The key, the request id, the origin, and whether this is a preflight."""
    token = given_id = origin = None
    preflight = False
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, rest = value.partition(b" ")
            if scheme.lower() == b"bearer" and rest.strip():
                token = rest.strip()
        elif name == b"x-api-key":
            token = token or value.strip() or None
        elif name == b"x-request-id":
            given_id = value.decode("latin-1")
        elif name == b"origin":
            origin = value
        elif name == b"access-control-request-method":
            preflight = scope["method"] == "OPTIONS"
    return token, given_id, origin, preflight


def masked(error: Exception) -> SwitchboardError:
    """What a client may know of an error."""
    if isinstance(error, SwitchboardError):
        return error
    if isinstance(error, StatementTimeoutError | TimeoutError):
        return TimeoutExceededError()
    if isinstance(error, DatabaseUnavailableError):
        return UnavailableError()
    return InternalError()


async def fail(send: Send, error: SwitchboardError) -> None:
    """An error in GraphQL's shape."""
    body = orjson.dumps({"errors": [{"message": error.message, "extensions": error.extensions}]})
    await reply(send, error.status, body, b"application/json; charset=utf-8")


async def reply(
    send: Send,
    status: int,
    body: bytes,
    media_type: bytes,
    headers: list[tuple[bytes, bytes]] | None = None,
) -> None:
    """A whole answer."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", media_type),
                (b"content-length", b"%d" % len(body)),
                *(headers or ()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def _plain(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
