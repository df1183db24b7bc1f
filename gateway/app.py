"""The only wiring: settings in, ASGI application out."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from gateway.auth import Authentication
from gateway.edge import Cors, Edge
from gateway.execution.engine import Engine, Limits
from gateway.execution.numbers import Numbers
from gateway.execution.verbs import Verbs
from gateway.explorer import Assets, Page
from gateway.graph import core
from gateway.graphql.http import HttpDoor
from gateway.limits.document import DocumentLimits
from gateway.limits.rate import RateLimits
from gateway.log import AccessLog
from gateway.presence import Presence
from gateway.sequencer import Sequencer
from gateway.settings import Settings
from gateway.visit import Visit
from models.database import Database, DatabaseUnavailableError, StatementTimeoutError, connect
from models.migrate import pending


def utc_now() -> datetime:
    """The one clock."""
    return datetime.now(UTC)


@dataclass(eq=False)
class Parts:
    """What lives as long as the server."""

    database: Database
    engine: Engine
    authentication: Authentication
    sequencer: Sequencer
    door: HttpDoor


class Gateway:
    """The application; its parts exist between start-up and shutdown."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime] = utc_now) -> None:
        self.settings = settings
        self._clock = clock
        self._parts: Parts | None = None
        self._log = AccessLog()
        self._page = Page() if settings.explorer else None
        routes: list[Any] = [
            Route("/", _index),
            Route("/healthz", _healthz),
            Route("/readyz", self._readyz),
        ]
        if settings.explorer:
            routes.append(Mount("/graphql/assets", Assets()))
        rest = Starlette(
            routes=routes,
            lifespan=self._lifespan,
            exception_handlers={404: _not_found, 405: _not_allowed},
        )
        self._edge = Edge(
            doors={"/graphql": self._graphql},
            rest=rest,
            authentication=lambda: self.parts.authentication,
            limits=RateLimits(settings.rate_limit, settings.address_rate_limit, settings.redis_url),
            cors=Cors(settings.cors_origins),
            log=self._log,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        await self._edge(scope, receive, send)

    @property
    def parts(self) -> Parts:
        """What start-up has made."""
        assert self._parts is not None
        return self._parts

    async def _graphql(self, scope: Scope, receive: Receive, send: Send, visit: Visit) -> None:
        await self.parts.door(scope, receive, send, visit)

    @asynccontextmanager
    async def _lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        settings = self.settings
        missing = await pending(settings.database_url)
        if missing:
            raise SystemExit(
                f"The database lacks {len(missing)} migration(s), from {missing[0]} on: "
                "run `switchboard migrate`."
            )
        database = await connect(
            settings.database_url,
            connections=settings.connections,
            statement_timeout=settings.statement_timeout,
        )
        presence = Presence(settings.database_url, shared=settings.redis_url is not None)
        await presence.claim()
        try:
            self._parts = self._make(database)
            self._parts.sequencer.start()
            # What exists now stays: the collector need not look at it again and again.
            gc.collect()
            gc.freeze()
            gc.set_threshold(50_000, 50, 100)
            yield
            await self._parts.sequencer.stop()
            await self._parts.authentication.close()
        finally:
            self._log.flush()
            await presence.release()
            await database.close()

    def _make(self, database: Database) -> Parts:
        settings = self.settings
        schema = core()
        sequencer = Sequencer(database)
        verbs = Verbs(database, self._clock, Numbers(database), sequencer.ring)
        limits = Limits(
            settings.max_tokens, settings.max_cost, settings.introspection, settings.suggestions
        )
        check = DocumentLimits(
            settings.max_depth,
            settings.max_aliases,
            settings.max_directives,
            settings.max_root_fields,
        )
        engine = Engine(schema, database, verbs, limits, check)
        return Parts(
            database,
            engine,
            Authentication(database),
            sequencer,
            HttpDoor(engine, settings, self._page),
        )

    async def _readyz(self, _request: Request) -> Response:
        try:
            await self.parts.database.run(_ping())
        except (DatabaseUnavailableError, StatementTimeoutError):
            return JSONResponse({"status": "unavailable", "database": "unreachable"}, 503)
        return JSONResponse({"status": "ready"})


def create_app(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Gateway:
    """The ASGI application for these settings."""
    return Gateway(settings, clock)


def _ping() -> Any:
    yield "SELECT 1", ()


async def _healthz(_request: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def _index(_request: Request) -> Response:
    return PlainTextResponse("Switchboard. GraphQL is at /graphql, in a browser with GraphiQL.\n")


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
