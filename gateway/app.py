"""The only wiring: settings in, ASGI application out."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from gateway.asgi import Arrival, Asgi
from gateway.clock import utc_now
from gateway.cors import Cors
from gateway.edge import Edge
from gateway.explorer import Assets, Page
from gateway.graphql.sockets import Sockets
from gateway.health import Health
from gateway.keyring import KeyringError
from gateway.limits.admission import Admission
from gateway.limits.manifest import ManifestError
from gateway.limits.rate import RateLimits
from gateway.live.review import Review
from gateway.log import AccessLog
from gateway.outreach.callbacks import PATH
from gateway.outreach.envelope import PATH as UNSUBSCRIBING
from gateway.parts import Parts, made
from gateway.presence import Presence, PresenceError
from gateway.reply import Reply
from gateway.settings import Settings
from gateway.sweep import Sweep
from gateway.visit import Visit
from models.database import (
    DatabaseUnavailableError,
    connect,
)
from models.migrate import lacking

logger = logging.getLogger("switchboard.app")


class StartError(Exception):
    """The server can't start; says why."""


class Gateway:
    """The application; its parts exist between start-up and shutdown."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = utc_now) -> None:
        self.settings = settings
        self._clock = clock
        self._parts: Parts | None = None
        self.refusal: str | None = None
        """Why the start was refused, in words for a person."""
        self._log = AccessLog()
        self._health = Health(lambda: self.parts.database)
        routes: list[Any] = [
            Route("/", _index),
            *self._health.routes(),
            Route("/recordings/{id}", self._recording),
            Route("/transcripts/{id}", self._transcript),
            Route(f"{PATH}{{token}}", self._callback, methods=["POST"]),
            Route("/events/{id}", self._event),
            Route(
                f"{UNSUBSCRIBING}{{workspace}}/{{email}}/{{signature}}",
                self._unsubscribing,
                methods=["GET", "POST"],
            ),
        ]
        if settings.explorer:
            routes.append(Mount("/graphql/assets", Assets()))
            routes.append(Route("/graphql", Page(), methods=None))
            routes.append(Route("/live", Page(name="live"), methods=None))
        rest = Starlette(
            routes=routes,
            lifespan=self._lifespan,
            exception_handlers={404: _not_found, 405: _not_allowed},
        )
        self._limits = RateLimits(
            settings.rate_limit, settings.address_rate_limit, settings.redis_url
        )
        self._admission = Admission(
            lambda: self.parts.authentication,
            self._limits,
            settings.workspace_requests_per_minute,
            settings.workspace_requests_per_day,
        )
        self.edge = Edge(
            doors={"/graphql": self._not_yet},
            admission=self._admission,
            cors=Cors(settings.origins),
            log=self._log,
        )
        self._review = Review(lambda: self.parts.authentication)
        self.sweep = Sweep(settings, self.edge)
        """What the HTTP server's connections share."""
        self.sweep.sockets = self._sockets = Sockets(
            settings,
            self.edge,
            self._admission,
            self._review,
            lambda: self.parts.engine,
            lambda: self.parts.live,
        )
        self._asgi = Asgi(self.edge, rest, self._arrival)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        await self._asgi(scope, receive, send)

    @property
    def parts(self) -> Parts:
        """What start-up has made."""
        assert self._parts is not None
        return self._parts

    async def _not_yet(self, _visit: Visit) -> Reply | None:
        raise DatabaseUnavailableError("the server has not started yet")

    def _arrival(self, receive: Receive) -> Arrival:
        settings = self.settings
        return Arrival(
            receive, settings.max_body_bytes, settings.body_timeout, settings.request_timeout
        )

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        try:
            async with self._life():
                yield
        except (KeyringError, ManifestError, PresenceError, StartError) as error:
            # The server that runs us would show a stack trace; the command shows this instead.
            self.refusal = str(error)
            raise
        except DatabaseUnavailableError as error:
            self.refusal = f"The database can't be used: {error}."
            raise

    @asynccontextmanager
    async def _life(self) -> AsyncIterator[None]:
        settings = self.settings
        if problem := await lacking(settings.database_url):
            raise StartError(problem)
        database = await connect(
            settings.database_url,
            connections=settings.connections,
            statement_timeout=settings.statement_timeout,
        )
        presence = Presence(settings.database_url, shared=settings.redis_url is not None)
        try:
            await presence.claim()
            self._parts = made(settings, database, self._clock, self._admission, self._review)
            self.sweep.streams = self._parts.streams
            self.edge.doors["/graphql"] = self._parts.door
            await self._health.start()
            self._parts.sequencer.start()
            await self._parts.outreach.start()
            if settings.webhooks:
                self._parts.telling.start()
            self.sweep.start()
            yield
            await self.sweep.stop()
            await self._sockets.close()
            await self._parts.streams.close()
            await self._review.close()
            await self._parts.live.close()
            await self._parts.telling.stop()
            await self._parts.outreach.stop()
            await self._parts.sequencer.stop()
            await self._parts.authentication.close()
        finally:
            if self._parts is not None:
                self._parts.engine.preparation.close()
            await self._limits.close()
            self._log.flush()
            await presence.release()
            await database.close()

    async def _recording(self, request: Request) -> Response:
        return await self.parts.downloads.recording(request)

    async def _event(self, request: Request) -> Response:
        return await self.parts.events(request)

    async def _unsubscribing(self, request: Request) -> Response:
        return await self.parts.outreach.unsubscribing(request)

    async def _transcript(self, request: Request) -> Response:
        return await self.parts.downloads.transcript(request)

    async def _callback(self, request: Request) -> Response:
        return await self.parts.outreach.callbacks(request)


def create_app(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Gateway:
    """The ASGI application for these settings."""
    return Gateway(settings, clock)


async def _index(_request: Request) -> Response:
    return PlainTextResponse(
        "Switchboard. GraphQL is at /graphql, in a browser with GraphiQL; calls live are at /live.\n"
    )


async def _not_found(_request: Request, _error: Exception) -> Response:
    return JSONResponse(
        {"errors": [{"message": "There is nothing here.", "extensions": {"code": "NOT_FOUND"}}]},
        404,
    )


async def _not_allowed(_request: Request, error: Any) -> Response:
    return JSONResponse(
        {"errors": [{"message": "Use another method.", "extensions": {"code": "BAD_REQUEST"}}]},
        405,
        headers=error.headers,
    )
