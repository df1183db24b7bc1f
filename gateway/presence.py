"""One server on a database, unless Redis lets several share it."""

from __future__ import annotations

import asyncio
import fcntl
import logging
from pathlib import Path
from typing import Any

import asyncpg

from gateway.lasting import lasting
from models.database import sqlite_path
from models.database.postgres import SESSION
from models.database.reach import plainly

logger = logging.getLogger("switchboard.presence")

LOCK = 0x5377_5372_76
#: Seconds between two looks at whether the lock is still held: a restarted database forgets it.
WATCH = 2.0

ALONE = "Another Switchboard server runs on this database. "
#: What to do about it, by database.
ADVICE = {
    "sqlite": "SQLite is for one server: stop the other one, or move to PostgreSQL and Redis.",
    "postgres": "Several need Redis to share rate limits and bells: set SWITCHBOARD_REDIS_URL for "
    "all of them, or stop the other one.",
}


class PresenceError(Exception):
    """Another server is there; says what to do."""


class Presence:
    """A lock held while the server runs."""

    def __init__(self, database_url: str, *, shared: bool) -> None:
        self._url = database_url
        self._shared = shared
        self._file: Any = None
        self._connection: Any = None
        self._watch: asyncio.Task[None] | None = None

    async def claim(self) -> None:
        """Take the lock; raises `PresenceError` where another server has it."""
        if self._url.startswith("sqlite://"):
            # SQLite has one writer process at a time in any case.
            path = f"{sqlite_path(self._url)}.server"
            try:
                self._file = Path(path).open("w")  # noqa: ASYNC230, SIM115
            except OSError as error:
                said = (error.strerror or str(error)).lower()
                raise PresenceError(f"{path} can't be written: {said}.") from None
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self._file.close()
                raise PresenceError(ALONE + ADVICE["sqlite"]) from None
            return
        with plainly(self._url):
            await self._lock()
        self._watch = lasting(self._keep)

    async def _lock(self) -> None:
        connection = await asyncpg.connect(
            "postgresql://" + self._url.partition("://")[2], timeout=5, server_settings=SESSION
        )
        # Servers with Redis hold it together; one without must be alone.
        kind = "pg_try_advisory_lock_shared" if self._shared else "pg_try_advisory_lock"
        if not await connection.fetchval(f"SELECT {kind}($1)", LOCK):
            await connection.close()
            raise PresenceError(ALONE + ADVICE["postgres"])
        self._connection = connection

    async def _keep(self) -> None:
        """Take the lock again when it was lost with its connection."""
        told = False
        while True:
            await asyncio.sleep(WATCH)
            try:
                await self._connection.fetchval("SELECT 1", timeout=5)
                continue
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                self._connection.terminate()
            try:
                await self._lock()
                told = False
            except PresenceError as error:
                # Both serve people by now: neither must stop, but somebody must know.
                if not told:
                    logger.error("%s", error)
                told = True
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                # It is away; whoever asks it for something hears that.
                continue

    async def release(self) -> None:
        """Give the lock back."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._file is not None:
            self._file.close()
        if self._connection is not None:
            await self._connection.close()
