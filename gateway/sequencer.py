"""Gives committed events their place in their workspace's log, on PostgreSQL."""

from __future__ import annotations

import asyncio
import logging

from models.database import Database, DatabaseUnavailableError, Row

logger = logging.getLogger("switchboard.sequencer")

#: Any number, as long as nobody else locks it.
LOCK = 0x5377_5365_71
#: Events stamped in one transaction.
BATCH = 2000
#: Seconds after which events of other processes are found without a bell.
PATIENCE = 0.1
#: Seconds to wait after a failure.
RETRY = 1.0

_STAMP = """
WITH due AS (
  SELECT workspace_id, id, sequence FROM event WHERE position IS NULL
  ORDER BY sequence LIMIT $1
), placed AS (
  SELECT workspace_id, id, row_number() OVER (PARTITION BY workspace_id ORDER BY sequence) AS place
  FROM due
), counted AS (
  SELECT workspace_id, count(*) AS number FROM placed GROUP BY workspace_id
), advanced AS (
  INSERT INTO log (workspace_id, id, epoch, position)
  SELECT workspace_id, gen_random_uuid(), gen_random_uuid(), number FROM counted
  ON CONFLICT (workspace_id) DO UPDATE SET position = log.position + excluded.position
  RETURNING workspace_id, position
)
UPDATE event SET position = advanced.position - counted.number + placed.place
FROM placed JOIN counted USING (workspace_id) JOIN advanced USING (workspace_id)
WHERE event.workspace_id = placed.workspace_id AND event.id = placed.id
RETURNING event.workspace_id
"""


async def stamp(database: Database) -> list[str]:
    """Stamp what is committed and unstamped; gives the workspaces that got on.

    Only one process stamps at a time, and it commits before the next begins: a follower that
    reads stamped positions never sees a later one before an earlier one. Events of one noun are
    inserted while its row is locked, so their sequence is their order.
    """
    async with database.transaction() as transaction:
        rows: list[Row] = await transaction.fetch("SELECT pg_try_advisory_xact_lock($1)", [LOCK])
        if not rows[0][0]:
            return []
        stamped = await transaction.fetch(_STAMP, [BATCH])
    return list(dict.fromkeys(str(row[0]) for row in stamped))


class Sequencer:
    """Stamps as soon as the bell rings, and now and then for the events of other processes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._bell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def ring(self, _workspace: str) -> None:
        """Events have been committed."""
        self._bell.set()

    def start(self) -> None:
        """Begin, where the database needs it."""
        if self._database.dialect == "postgres":
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End after the batch under way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                stamped = await stamp(self._database)
            except DatabaseUnavailableError:
                logger.warning("the event log waits for the database")
                await asyncio.sleep(RETRY)
                continue
            except Exception:
                logger.exception("stamping events failed")
                await asyncio.sleep(RETRY)
                continue
            if stamped:
                continue
            try:
                # `wait_for` would now and then swallow the cancelling of `stop`.
                async with asyncio.timeout(PATIENCE):
                    await self._bell.wait()
            except TimeoutError:
                continue
            self._bell.clear()
