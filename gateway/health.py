"""The probes of whoever runs servers: is it alive, may it be sent requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from models.database import (
    Database,
    DatabaseUnavailableError,
    Reads,
    Row,
    StatementTimeoutError,
)

#: Seconds within which the database must answer a probe.
READY_SECONDS = 2.0


class Health:
    """Answers the probes."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database
        self._migrations = 0

    def routes(self) -> list[Route]:
        """Where they are asked."""
        return [Route("/healthz", self._alive), Route("/readyz", self._ready)]

    async def start(self) -> None:
        """Remember how many migrations there are: a database that was put back has fewer."""
        self._migrations = len(await self._database().run(_applied()))

    async def _alive(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def _ready(self, _request: Request) -> Response:
        try:
            async with asyncio.timeout(READY_SECONDS):
                rows = await self._database().run(_applied())
        except (DatabaseUnavailableError, StatementTimeoutError, TimeoutError):
            return JSONResponse({"status": "unavailable", "database": "unreachable"}, 503)
        if len(rows) < self._migrations:
            return JSONResponse({"status": "unavailable", "database": "lacks migrations"}, 503)
        return JSONResponse({"status": "ready"})


def _applied() -> Reads[list[Row]]:
    rows = yield "SELECT name FROM tortoise_migrations", ()
    return rows
