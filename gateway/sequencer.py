"""Gives committed events their place in their workspace's log, on PostgreSQL."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from gateway.lasting import lasting
from models.database import Database, DatabaseUnavailableError, Row, Session

logger = logging.getLogger("switchboard.sequencer")

#: Any number, as long as nobody else locks it.
LOCK = 0x5377_5365_71
#: What the processes that don't stamp notify the one that does by.
CHANNEL = "switchboard_events"
#: What every process hears of events that have got their places; the payload is the workspace.
STAMPED = "switchboard_stamped"
#: Events stamped by one statement.
BATCH = 2000
#: Seconds in which events gather for the next statement; one that comes alone does not wait.
PAUSE = 0.02
#: Seconds after which events that nobody rang for are found.
PATIENCE = 0.1
#: Seconds after which a process tries again to become the one that stamps.
TURN = 0.25
#: Seconds to wait after a failure.
RETRY = 0.5

#: `log` is read as it was before: nobody else moves it.
_STAMP = f"""
WITH due AS (
  SELECT workspace_id, id, sequence FROM event WHERE position IS NULL
  ORDER BY sequence LIMIT $1
), placed AS (
  SELECT workspace_id, id,
    row_number() OVER (PARTITION BY workspace_id ORDER BY sequence) AS place
  FROM due
), stamped AS (
  UPDATE event SET position = coalesce(log.position, 0) + placed.place
  FROM placed LEFT JOIN log USING (workspace_id)
  WHERE event.workspace_id = placed.workspace_id AND event.id = placed.id
), advanced AS (
  INSERT INTO log (workspace_id, id, epoch, position)
  SELECT workspace_id, gen_random_uuid(), gen_random_uuid(), count(*) FROM placed
  GROUP BY workspace_id
  ON CONFLICT (workspace_id) DO UPDATE SET position = log.position + excluded.position
)
SELECT workspace_id, count(*), pg_notify('{STAMPED}', workspace_id::text)
FROM placed GROUP BY workspace_id
"""
#: Nothing is lost if this is: the one who stamps looks by itself, too.
_TELL = f"SELECT set_config('synchronous_commit', 'off', true), pg_notify('{CHANNEL}', '')"


async def lead(session: Session) -> bool:
    """Whether this session is from now on the one that stamps, as long as it lives."""
    rows = await session.fetch("SELECT pg_try_advisory_lock($1)", [LOCK])
    return bool(rows[0][0])


async def stamp(session: Session) -> dict[str, int]:
    """Stamp what is committed and unstamped; gives how many events each workspace got.

    Only the session that leads may do this. Its lock was granted before the statement began, so
    the statement sees all that the one before has stamped; and it commits by itself before the
    next, so a follower never sees a later position before an earlier one. Events of one noun are
    inserted while its row is locked, so their sequence is their order.
    """
    rows: list[Row] = await session.fetch(_STAMP, [BATCH])
    return {str(workspace): number for workspace, number, _ in rows}


class Sequencer:
    """Stamps as soon as the bell rings, and now and then for those who didn't ring."""

    def __init__(
        self,
        database: Database,
        stamped: Callable[[str], None] = lambda _workspace: None,
        more: Mapping[str, Callable[[str], None]] | None = None,
    ) -> None:
        """`stamped` hears of each workspace whose events have got their places, wherever that was.

        `more` hears what else processes tell each other, by channel: there is one connection that
        listens.
        """
        self._database = database
        self._stamped = stamped
        self._heard = {STAMPED: stamped, **(more or {})}
        self._bell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def ring(self, workspace: str) -> None:
        """Events have been committed."""
        if self._database.dialect == "postgres":
            self._bell.set()
        else:
            # Their places came with them.
            self._stamped(workspace)

    def start(self) -> None:
        """Begin, where the database needs it."""
        if self._database.dialect == "postgres":
            self._task = lasting(self._run)

    async def stop(self) -> None:
        """End; what is being stamped is stamped or waits for another process."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                # A failed session is left, and its lock with it.
                async with self._database.session() as session:
                    # PostgreSQL tells when what it tells of can be seen, and the leader as well.
                    for channel, heard in self._heard.items():
                        await session.listen(channel, heard)
                    await self._follow(session)
                    await self._lead(session)
            except DatabaseUnavailableError:
                logger.warning("the event log waits for the database")
            except Exception:
                logger.exception("stamping events failed")
            await asyncio.sleep(RETRY)

    async def _follow(self, session: Session) -> None:
        """Until this process leads: tell the one that does of what is committed here."""
        clock = asyncio.get_running_loop().time
        while not await lead(session):
            end = clock() + TURN
            while (left := end - clock()) > 0:
                if await self._rung(left):
                    await session.fetch(_TELL)
                    await asyncio.sleep(PAUSE)

    async def _lead(self, session: Session) -> None:
        await session.listen(CHANNEL, lambda _: self._bell.set())
        while True:
            self._bell.clear()
            stamped = sum((await stamp(session)).values())
            if stamped == BATCH:
                continue
            if stamped:
                await asyncio.sleep(PAUSE)
            await self._rung(PATIENCE)

    async def _rung(self, seconds: float) -> bool:
        """Wait for the bell, but no longer than this; whether it rang."""
        try:
            # `wait_for` would now and then swallow the cancelling of `stop`.
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        except TimeoutError:
            return False
        self._bell.clear()
        return True
