"""The event log: no gap and no inversion for a follower, whoever writes, fails or dies."""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.sequencer import PATIENCE, Sequencer, lead, stamp
from models import EventType, Lead, Subject, Workspace, writing
from models.columns import now, uuid7, wire
from models.database import Database, DatabaseUnavailableError, Session, connect
from models.database.postgres import SESSION
from schema.context import Caller
from schema.unit import Unit

WRITERS = 8
EVENTS = 1000
LEADS = 5


class Log:
    """A workspace with a few leads whose changes are logged."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.workspace = str(uuid7())
        self.leads = [str(uuid7()) for _ in range(LEADS)]
        self.committed: set[str] = set()
        self.seen: list[tuple[int, str, str, int]] = []

    async def build(self) -> None:
        async with self.database.transaction() as transaction:
            row = {"id": self.workspace, "number": 1, "name": "Log"}
            await writing.insert(transaction, Workspace, row)
            for number, id_ in enumerate(self.leads):
                row = {"id": id_, "workspace_id": self.workspace, "number": number, "name": "x"}
                more = {"search": "", "last_activity_at": wire(now())}
                await writing.insert(transaction, Lead, row | more)

    async def change(self, dice: random.Random) -> None:
        """Change a lead or two as verbs do; now and then slowly, now and then for nothing."""
        caller = Caller(self.workspace, str(uuid7()), frozenset({"full"}))
        fails, made = dice.random() < 0.15, []
        try:
            async with self.database.transaction() as transaction:
                unit = Unit(transaction, caller, wire(now()))
                # In one order, as two verbs that lock each other's rows would wait for ever.
                for lead in sorted(dice.sample(self.leads, dice.choice((1, 1, 2)))):
                    row = await unit.update(Lead, lead, {"name": f"n{dice.random()}"})
                    assert row is not None
                    title = str(uuid7())
                    kind = EventType.LEAD_UPDATED
                    unit.record(kind, Subject.LEAD, lead, title, version=row[0])
                    made.append(title)
                if dice.random() < 0.1:
                    await asyncio.sleep(dice.random() * 0.02)
                await unit.flush()
                if dice.random() < 0.1:
                    await asyncio.sleep(dice.random() * 0.02)
                if fails:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            return
        self.committed.update(made)

    async def write(self, seed: int) -> None:
        dice = random.Random(seed)
        while len(self.committed) < EVENTS:
            await self.change(dice)

    async def write_until(self, count: int, sequencer: Sequencer) -> None:
        """Commit until there are so many events, ring, and wait until all are seen."""
        dice = random.Random(count)
        while len(self.committed) < count:
            await self.change(dice)
        sequencer.ring(self.workspace)
        async with asyncio.timeout(10):
            while len(self.seen) < len(self.committed):
                await asyncio.sleep(0.001)

    async def follow(self) -> None:
        """Read what is stamped after the last position, over and over, as followers do."""
        mark = "$" if self.database.dialect == "postgres" else "?"
        sql = (
            "SELECT position, title, subject_id, version FROM event "
            f"WHERE workspace_id = {mark}1 AND position > {mark}2 ORDER BY position LIMIT 50"
        )
        while True:
            last = self.seen[-1][0] if self.seen else 0
            rows = await self.database.run(_one(sql, (self.workspace, last)))
            self.seen += [(int(p), t, str(s), int(v)) for p, t, s, v in rows]
            if not rows:
                await asyncio.sleep(0.002)

    def check(self) -> None:
        assert [each[0] for each in self.seen] == list(range(1, len(self.seen) + 1))
        assert {each[1] for each in self.seen} == self.committed
        versions: dict[str, list[int]] = defaultdict(list)
        for _, _, subject, version in self.seen:
            versions[subject].append(version)
        for found in versions.values():
            assert found == list(range(2, 2 + len(found)))


class Mortal(Sequencer):
    """A sequencer whose connection can break."""

    _session: Any = None

    async def _follow(self, session: Session) -> None:
        self._session = session
        await super()._follow(session)

    def kill(self) -> None:
        assert self._task is not None
        self._task.cancel()
        if self._session is not None:
            self._session._connection.terminate()


def _one(sql: str, values: tuple[object, ...]):  # type: ignore[no-untyped-def]
    rows = yield sql, values
    return rows


@asynccontextmanager
async def following(url: str) -> AsyncIterator[Log]:
    """A log with a follower; at the end everything must have come, in order."""
    database = await connect(url, connections=WRITERS + 6)
    log = Log(database)
    await log.build()
    follower = asyncio.create_task(log.follow())
    try:
        yield log
        async with asyncio.timeout(10):
            while len(log.seen) < len(log.committed):
                assert not follower.done()
                await asyncio.sleep(0.01)
        log.check()
    finally:
        follower.cancel()
        await asyncio.gather(follower, return_exceptions=True)
        await database.close()


async def test_no_gap_and_no_inversion(database_url: str) -> None:
    async with following(database_url) as log:
        sequencer = Sequencer(log.database)
        sequencer.start()
        await asyncio.gather(*[log.write(seed) for seed in range(WRITERS)])
        async with asyncio.timeout(10):
            while len(log.seen) < len(log.committed):
                await asyncio.sleep(0.01)
        await sequencer.stop()


async def test_two_sequencers_at_once(postgres_database: str) -> None:
    async with following(postgres_database) as log:
        other = await connect(postgres_database, connections=2)
        pair = (Sequencer(log.database), Sequencer(other))
        for each in pair:
            each.start()

        async def ring() -> None:
            while True:
                pair[random.randrange(2)].ring(log.workspace)
                await asyncio.sleep(0.001)

        bell = asyncio.create_task(ring())
        await asyncio.gather(*[log.write(seed) for seed in range(WRITERS)])
        async with asyncio.timeout(10):
            while len(log.seen) < len(log.committed):
                await asyncio.sleep(0.01)
        bell.cancel()
        for each in pair:
            await each.stop()
        await other.close()


async def test_a_sequencer_that_is_killed_again_and_again(postgres_database: str) -> None:
    async with following(postgres_database) as log:
        writers = [asyncio.create_task(log.write(seed)) for seed in range(WRITERS)]
        dice, life = random.Random(7), 0.05
        while not all(each.done() for each in writers) or len(log.seen) < len(log.committed):
            sequencer = Mortal(log.database)
            sequencer.start()
            await asyncio.sleep(dice.random() * life)
            # On a busy machine none would live long enough to stamp anything.
            life *= 1.02
            # As the server sees a killed process: its connection breaks, whatever was under way.
            sequencer.kill()
            await sequencer.stop()
        await asyncio.gather(*writers)


async def test_another_process_takes_over_within_a_second(postgres_database: str) -> None:
    async with following(postgres_database) as log:
        dead, alive = Mortal(log.database), Sequencer(log.database)
        dead.start()
        await log.write_until(5, dead)
        alive.start()
        await asyncio.sleep(0.05)
        # It holds its connection, but does nothing more.
        dead.kill()
        start = asyncio.get_running_loop().time()
        await log.write_until(6, alive)
        assert asyncio.get_running_loop().time() - start < 1
        for each in (dead, alive):
            await each.stop()


async def test_a_process_that_hangs_is_given_up(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SESSION, "idle_session_timeout", "300")
    async with following(postgres_database) as log:
        alive = Sequencer(log.database)
        async with log.database.session() as hanging:
            assert await lead(hanging)
            alive.start()
            await asyncio.sleep(0.1)
            async with log.database.session() as third:
                assert not await lead(third)
            await log.write_until(1, alive)
            with pytest.raises(DatabaseUnavailableError):
                await stamp(hanging)
        await alive.stop()


async def test_who_does_not_lead_tells_who_does(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.sequencer.PATIENCE", 60)
    async with following(postgres_database) as log:
        first, second = Sequencer(log.database), Sequencer(log.database)
        first.start()
        await log.write_until(1, first)
        second.start()
        await asyncio.sleep(0.1)
        for count in range(2, 6):
            await log.write_until(count, second)
        for each in (first, second):
            await each.stop()


async def test_light_load_is_stamped_one_by_one(postgres_database: str) -> None:
    async with following(postgres_database) as log:
        sequencer = Sequencer(log.database)
        sequencer.start()
        await log.write_until(1, sequencer)
        start = asyncio.get_running_loop().time()
        for count in range(2, 12):
            await log.write_until(count, sequencer)
        assert asyncio.get_running_loop().time() - start < 10 * PATIENCE
        await sequencer.stop()


async def test_an_outage_does_not_end_the_sequencer(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with following(postgres_database) as log:
        sequencer = Sequencer(log.database)
        monkeypatch.setattr("gateway.sequencer.RETRY", 0.05)
        sequencer.start()
        await log.write_until(1, sequencer)
        async with log.database.transaction() as transaction:
            rows = await transaction.fetch(
                # Other databases of this server have leaders of their own.
                "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database d "
                "ON d.oid = database WHERE locktype = 'advisory' AND datname = current_database()"
            )
        assert len(rows) == 1
        await asyncio.gather(*[log.write(seed) for seed in range(2)])
        async with asyncio.timeout(10):
            while len(log.seen) < len(log.committed):
                await asyncio.sleep(0.01)
        await sequencer.stop()
