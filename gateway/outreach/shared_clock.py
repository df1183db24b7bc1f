"""The database's clock as this process keeps it, so that all processes count the same seconds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from gateway.outreach.due import clock
from models.database import Database, DatabaseUnavailableError, Reads, StatementTimeoutError

logger = logging.getLogger("switchboard.outreach")

#: Seconds between two comparisons, and how many make one.
EVERY = 60.0
TRIES = 3


class SharedClock:
    """A clock, set right by the difference between this machine's and the database's."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._ahead = timedelta(0)
        """How far the database's clock is ahead of ours."""

    def __call__(self) -> datetime:
        """The present instant."""
        return self._clock() + self._ahead

    async def run(self) -> None:
        """Compare the clocks now and again, for ever."""
        while True:
            await self.compare()
            await asyncio.sleep(EVERY)

    async def compare(self) -> None:
        """Learn the difference from the quickest of a few questions."""
        if self._database.dialect == "sqlite":
            return
        found = []
        try:
            for _ in range(TRIES):
                before = datetime.now(UTC)
                there = await self._database.run(_present())
                after = datetime.now(UTC)
                found.append((after - before, there - (before + (after - before) / 2)))
        except (DatabaseUnavailableError, StatementTimeoutError):
            return
        self._ahead = min(found)[1]


def _present() -> Reads[datetime]:
    rows = yield f"SELECT {clock('postgres')}", ()
    return datetime.fromisoformat(rows[0][0])
