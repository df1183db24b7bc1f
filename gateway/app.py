"""The only wiring: settings in, ASGI application out."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLSchema
from limits import parse
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from gateway.asgi import Arrival, Asgi
from gateway.auth import Authentication
from gateway.cors import Cors
from gateway.edge import Edge
from gateway.execution.engine import Engine
from gateway.execution.numbers import Numbers
from gateway.execution.preparing import Limits, Preparation
from gateway.execution.verbs import Verbs
from gateway.explorer import Assets, Page
from gateway.graph import core
from gateway.graphql.http import HttpDoor
from gateway.limits.admission import Admission
from gateway.limits.document import DocumentLimits
from gateway.limits.documents import Documents, trusted_documents
from gateway.limits.manifest import ManifestError
from gateway.limits.rate import RateLimits
from gateway.log import AccessLog
from gateway.presence import Presence, PresenceError
from gateway.reply import Reply
from gateway.sequencer import Sequencer
from gateway.settings import Settings
from gateway.sweep import Sweep
from gateway.visit import Visit
from models.database import (
    Database,
    DatabaseUnavailableError,
    Dialect,
    Reads,
    Row,
    StatementTimeoutError,
    connect,
)
from models.migrate import lacking
from schema.context import Allowance

#: Seconds within which the database must answer a probe.
READY_SECONDS = 2.0


class StartError(Exception):
    """The server can't start; says why."""


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
        self.refusal: str | None = None
        """Why the start was refused, in words for a person."""
        self._log = AccessLog()
        self._migrations = 0
        routes: list[Any] = [
            Route("/", _index),
            Route("/healthz", _healthz),
            Route("/readyz", self._readyz),
        ]
        if settings.explorer:
            routes.append(Mount("/graphql/assets", Assets()))
            routes.append(Route("/graphql", Page(), methods=None))
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
        self.sweep = Sweep(settings, self.edge)
        """What the HTTP server's connections share."""
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
        except (ManifestError, PresenceError, StartError) as error:
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
            self._parts = self._make(database)
            self.edge.doors["/graphql"] = self._parts.door
            self._migrations = len(await database.run(_applied()))
            self._parts.sequencer.start()
            self.sweep.start()
            # What exists now stays: the collector need not look at it again and again.
            gc.collect()
            gc.freeze()
            gc.set_threshold(50_000, 50, 100)
            yield
            await self.sweep.stop()
            await self._parts.sequencer.stop()
            await self._parts.authentication.close()
        finally:
            if self._parts is not None:
                self._parts.engine.preparation.close()
            await self._limits.close()
            self._log.flush()
            await presence.release()
            await database.close()

    def _make(self, database: Database) -> Parts:
        settings = self.settings
        schema = core()
        sequencer = Sequencer(database)
        verbs = Verbs(database, self._clock, Numbers(database), sequencer.ring)
        preparation = preparing(settings, schema, database.dialect)
        trusted = trusted_documents(settings.documents, preparation) if settings.documents else None
        documents = Documents(trusted, settings.documents_mode)
        engine = Engine(schema, database, verbs, _limits(settings), preparation, documents)
        return Parts(
            database,
            engine,
            Authentication(database, _allowance(settings)),
            sequencer,
            HttpDoor(engine, settings, self._admission, page=settings.explorer),
        )

    async def _readyz(self, _request: Request) -> Response:
        try:
            async with asyncio.timeout(READY_SECONDS):
                rows = await self.parts.database.run(_applied())
        except (DatabaseUnavailableError, StatementTimeoutError, TimeoutError):
            return JSONResponse({"status": "unavailable", "database": "unreachable"}, 503)
        if len(rows) < self._migrations:
            return JSONResponse({"status": "unavailable", "database": "lacks migrations"}, 503)
        return JSONResponse({"status": "ready"})


def create_app(settings: Settings, clock: Callable[[], datetime] = utc_now) -> Gateway:
    """The ASGI application for these settings."""
    return Gateway(settings, clock)


def preparing(settings: Settings, schema: GraphQLSchema, dialect: Dialect) -> Preparation:
    """What makes operations out of documents."""
    check = DocumentLimits(
        settings.max_depth,
        settings.max_aliases,
        settings.max_directives,
        settings.max_root_fields,
        settings.max_fields,
    )
    return Preparation(schema, dialect, _limits(settings), check)


def _limits(settings: Settings) -> Limits:
    return Limits(
        tokens=settings.max_tokens,
        cost=settings.max_cost,
        introspection=settings.introspection,
        suggestions=settings.suggestions,
        characters=settings.max_document,
    )


def _applied() -> Reads[list[Row]]:
    rows = yield "SELECT name FROM tortoise_migrations", ()
    return rows


def _allowance(settings: Settings) -> Allowance:
    """What the settings let anybody ask for."""
    item = parse(settings.rate_limit)
    return Allowance(
        requests_per_minute=max(1, item.amount * 60 // item.get_expiry()),
        workspace_per_minute=settings.workspace_requests_per_minute or None,
        requests_per_day=settings.workspace_requests_per_day or Allowance.requests_per_day,
        cost=settings.max_cost,
    )


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
