"""One server on a database, unless Redis lets several share it."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Any

import asyncpg

from models.database import sqlite_path

LOCK = 0x5377_5372_76

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

    async def claim(self) -> None:
        """Take the lock; raises `PresenceError` where another server has it."""
        if self._url.startswith("sqlite://"):
            # SQLite has one writer process at a time in any case.
            self._file = Path(f"{sqlite_path(self._url)}.server").open("w")  # noqa: ASYNC230, SIM115
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self._file.close()
                raise PresenceError(ALONE + ADVICE["sqlite"]) from None
            return
        self._connection = await asyncpg.connect(
            "postgresql://" + self._url.partition("://")[2], timeout=5
        )
        # Servers with Redis hold it together; one without must be alone.
        kind = "pg_try_advisory_lock_shared" if self._shared else "pg_try_advisory_lock"
        if not await self._connection.fetchval(f"SELECT {kind}($1)", LOCK):
            await self._connection.close()
            raise PresenceError(ALONE + ADVICE["postgres"])

    async def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            self._file.close()
        if self._connection is not None:
            await self._connection.close()
