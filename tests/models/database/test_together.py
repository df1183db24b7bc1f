"""What is sent together: each has its own outcome, as if it had been alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from models.database import (
    ConflictError,
    DatabaseUnavailableError,
    Reads,
    Row,
    StatementTimeoutError,
    UniqueViolationError,
    connect,
)
from models.database.postgres import PostgresDatabase
from models.database.together import MAX_SENT

IDS = [f"00000000-0000-7000-8000-{number:012}" for number in range(60)]
#: Changes a row that nobody has locked, if it can be divided.
CHANGE = (
    "UPDATE row SET n = n / $2::int, slept = (SELECT pg_sleep($3::float8))::text WHERE id = "
    "(SELECT id FROM row WHERE id = $1::uuid AND n > 0 FOR NO KEY UPDATE SKIP LOCKED) "
    "RETURNING id, n"
)


@pytest_asyncio.fixture
async def database(postgres_database: str) -> AsyncIterator[PostgresDatabase]:
    """A pool of two connections, and a table with sixty rows."""
    found = await connect(postgres_database, connections=2, statement_timeout=2)
    assert isinstance(found, PostgresDatabase)
    async with found.transaction() as transaction:
        await transaction.fetch("DROP TABLE IF EXISTS row")
        await transaction.fetch("CREATE TABLE row (id uuid PRIMARY KEY, n int, slept text)")
        await transaction.fetch_many("INSERT INTO row VALUES ($1, 100)", [[id] for id in IDS])
    yield found
    await found.close()


def change(
    database: PostgresDatabase, id: str, *, by: int = 2, pause: float = 0, sql: str = CHANGE
) -> asyncio.Task[list[Row]]:
    return asyncio.create_task(database.write(sql, [id, by, pause], id))


async def values(database: PostgresDatabase) -> dict[str, int]:
    async with database.transaction() as transaction:
        return {str(row[1]): row[0] for row in await transaction.fetch("SELECT n, id FROM row")}


async def commits(database: PostgresDatabase) -> int:
    """How many transactions have last written the rows."""
    async with database.transaction() as transaction:
        (row,) = await transaction.fetch("SELECT count(DISTINCT xmin::text) FROM row WHERE n < 100")
    return int(row[0])


async def plain(tasks: list[asyncio.Task[list[Row]]]) -> list[list[tuple[Any, ...]]]:
    return [[tuple(row) for row in rows] for rows in await asyncio.gather(*tasks)]


async def test_each_gets_its_own_row(database: PostgresDatabase) -> None:
    unknown = IDS[0].replace("7", "9")
    found = await plain([change(database, id) for id in (*IDS, unknown)])
    assert found == [*([(id, 50)] for id in IDS), []]
    assert await commits(database) < len(IDS) / 4
    assert set((await values(database)).values()) == {50}


async def test_one_alone_is_not_held_up(database: PostgresDatabase) -> None:
    slow = change(database, IDS[0], pause=1)
    await asyncio.sleep(0.1)
    begun = time.monotonic()
    # One is under way, and this is as much.
    assert await change(database, IDS[1])
    # So is this, of another text.
    assert await change(database, IDS[2], sql=f"{CHANGE}, 1 AS more")
    assert time.monotonic() - begun < 0.8
    assert not slow.done()
    await slow


async def test_a_row_twice(database: PostgresDatabase) -> None:
    found = await plain([change(database, IDS[0]) for _ in range(3)])
    ended = (await values(database))[IDS[0]]
    # One that found the row locked has done nothing.
    assert sorted(rows[0][1] for rows in found if rows)[0] == ended
    assert ended == 100 >> sum(map(len, found))


async def test_a_locked_row_is_passed_over(database: PostgresDatabase) -> None:
    async with database.transaction() as transaction:
        await transaction.fetch("SELECT 1 FROM row WHERE id = $1 FOR UPDATE", [IDS[3]])
        begun = time.monotonic()
        found = await plain([change(database, id) for id in IDS[:6]])
        assert time.monotonic() - begun < 1
    assert [len(rows) for rows in found] == [1, 1, 1, 0, 1, 1]


async def test_what_fails_fails_alone(database: PostgresDatabase) -> None:
    tasks = [change(database, id, by=0 if id == IDS[4] else 2) for id in IDS[:10]]
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [place for place, each in enumerate(found) if isinstance(each, Exception)] == [4]
    assert "division by zero" in str(found[4])
    after = await values(database)
    assert [after[id] for id in IDS[:10]] == [50] * 4 + [100] + [50] * 5


async def test_errors_are_known_by_their_kind(database: PostgresDatabase) -> None:
    with pytest.raises(StatementTimeoutError):
        await change(database, IDS[0], pause=3)
    twice = "UPDATE row SET id = $2::uuid WHERE id = $1::uuid RETURNING id"
    with pytest.raises(UniqueViolationError):
        await database.write(twice, [IDS[0], IDS[1]], IDS[0])
    assert await change(database, IDS[0])


async def test_a_slow_one_among_others(database: PostgresDatabase) -> None:
    """It is over time by itself; the others are done again without it."""
    tasks = [change(database, id, pause=3 * (id == IDS[1])) for id in IDS[:4]]
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in found] == [list, StatementTimeoutError, list, list]
    after = await values(database)
    assert [after[id] for id in IDS[:4]] == [50, 100, 50, 50]


async def test_more_than_are_sent_at_once(database: PostgresDatabase) -> None:
    async with database.transaction(), database.transaction():
        # All connections are taken, so all of them wait.
        tasks = [change(database, id) for id in IDS]
        await asyncio.sleep(0.1)
    assert await plain(tasks) == [[(id, 50)] for id in IDS]
    assert len(IDS) > MAX_SENT
    assert await commits(database) == 4


async def test_who_leaves_before_it_is_sent(database: PostgresDatabase) -> None:
    async with database.transaction(), database.transaction():
        tasks = [change(database, id) for id in IDS[:4]]
        await asyncio.sleep(0.1)
        for each in tasks[:2]:
            each.cancel()
        await asyncio.sleep(0)
    assert [len(rows) for rows in await plain(tasks[2:])] == [1, 1]
    after = await values(database)
    assert [after[id] for id in IDS[:4]] == [100, 100, 50, 50]


async def test_all_leave_before_they_are_sent(database: PostgresDatabase) -> None:
    async with database.transaction(), database.transaction():
        tasks = [change(database, id) for id in IDS[:4]]
        await asyncio.sleep(0.1)
        for each in tasks:
            each.cancel()
        await asyncio.wait(tasks)
    assert set((await values(database)).values()) == {100}
    assert await change(database, IDS[0])


async def test_who_leaves_while_it_is_under_way(database: PostgresDatabase) -> None:
    """The others are not disturbed, and whoever is told so is told so when it has ended."""
    tasks = [change(database, id, pause=0.2) for id in IDS[:3]]
    await asyncio.sleep(0.1)
    tasks[0].cancel()
    await asyncio.wait(tasks[:1])
    assert (await values(database))[IDS[0]] == 50
    assert [len(rows) for rows in await plain(tasks[1:])] == [1, 1]


async def test_a_connection_that_is_lost(database: PostgresDatabase) -> None:
    """Nobody is told that nothing has happened, and nothing is tried again."""
    tasks = [change(database, id, pause=0.5) for id in IDS[:3]]
    await asyncio.sleep(0.2)
    async with database.transaction() as transaction:
        await transaction.fetch(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in found] == [DatabaseUnavailableError] * 3
    assert set((await values(database)).values()) == {100}
    assert await change(database, IDS[0])


async def test_a_table_that_changes(database: PostgresDatabase) -> None:
    whole = CHANGE.replace("RETURNING id, n", "RETURNING *")
    for number in range(2):
        tasks = [change(database, id, sql=whole) for id in IDS[:4]]
        assert [len(rows[0]) for rows in await plain(tasks)] == [3 + number] * 4
        async with database.transaction() as transaction:
            await transaction.fetch(f"ALTER TABLE row ADD COLUMN more_{number} int")


async def test_no_connection(database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.database.postgres.ACQUIRE_TIMEOUT", 0.2)
    async with database.transaction(), database.transaction():
        tasks = [change(database, id) for id in IDS[:3]]
        found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in found] == [DatabaseUnavailableError] * 3
    assert await change(database, IDS[0])


async def test_nothing_is_kept(database: PostgresDatabase) -> None:
    for number in range(3):
        await plain([change(database, id, sql=f"{CHANGE} -- {number}") for id in IDS[:9]])
    await asyncio.sleep(0)
    assert not database._together._queues
    assert not database._together._senders


READ = "SELECT id, n, $2::int FROM row WHERE id = $1::uuid AND 1 / $2::int > -1"


def read(
    database: PostgresDatabase, id: str, *, by: int = 1, sql: str = READ
) -> asyncio.Task[list[Row]]:
    def reads() -> Reads[list[Row]]:
        rows = yield sql, (by, id)
        return rows

    return asyncio.create_task(database.look_up(reads()))


SWAPPED = READ.replace("$2", "$0").replace("$1", "$2").replace("$0", "$1")


async def test_each_reads_its_own_row(database: PostgresDatabase) -> None:
    unknown = IDS[0].replace("7", "9")
    tasks = [read(database, id, by=3, sql=SWAPPED) for id in (*IDS, unknown)]
    assert await plain(tasks) == [*([(id, 100, 3)] for id in IDS), []]


async def test_one_row_asked_for_in_several_ways(database: PostgresDatabase) -> None:
    """As by two workspaces, of which one has the row: neither gets what the other one does."""
    scoped = "SELECT id, n FROM row WHERE n = $1::int AND id = $2::uuid"
    for order in ((100, 7), (7, 100)):
        tasks = [read(database, IDS[0], by=by, sql=scoped) for by in (*order, *order)]
        tasks += [read(database, id, by=100, sql=scoped) for id in IDS[1:5]]
        found = await plain(tasks)
        assert found[:4] == [[(IDS[0], 100)] if by == 100 else [] for by in (*order, *order)]
        assert found[4:] == [[(id, 100)] for id in IDS[1:5]]


async def test_a_read_that_fails_fails_alone(database: PostgresDatabase) -> None:
    tasks = [read(database, id, by=int(id != IDS[2]), sql=SWAPPED) for id in IDS[:6]]
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(each, Exception) for each in found] == [False] * 2 + [True] + [False] * 3


async def test_a_reader_who_leaves(database: PostgresDatabase) -> None:
    async with database.transaction(), database.transaction():
        tasks = [read(database, id, sql=SWAPPED) for id in IDS[:4]]
        await asyncio.sleep(0.1)
        tasks[0].cancel()
        await asyncio.sleep(0)
    assert [len(rows) for rows in await plain(tasks[1:])] == [1, 1, 1]
    assert tasks[0].cancelled()


async def test_reads_that_need_no_connection(database: PostgresDatabase) -> None:
    def nothing() -> Reads[int]:
        yield from ()
        return 7

    async with database.transaction(), database.transaction():
        assert await asyncio.wait_for(database.look_up(nothing()), 1) == 7


async def test_a_read_sees_what_was_committed_before_it(database: PostgresDatabase) -> None:
    waiting = [read(database, id, sql=SWAPPED) for id in IDS[:9]]
    for number in range(20):
        await change(database, IDS[number])
        assert (await read(database, IDS[number], sql=SWAPPED))[0][1] == 50
    await asyncio.gather(*waiting)


async def test_what_is_under_way_may_hang(database: PostgresDatabase) -> None:
    """Nobody who comes later waits for it, however few they are."""
    slow = [change(database, id, pause=0.6) for id in IDS[:3]]
    await asyncio.sleep(0.1)
    begun = time.monotonic()
    for id in IDS[3:6]:
        assert await change(database, id)
    assert time.monotonic() - begun < 1
    assert not any(each.done() for each in slow)
    await asyncio.gather(*slow)


async def test_who_comes_late_has_waited_less(
    database: PostgresDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.database.postgres.ACQUIRE_TIMEOUT", 0.4)
    async with database.transaction(), database.transaction():
        early = change(database, IDS[0])
        await asyncio.sleep(0.3)
        late = change(database, IDS[1])
        with pytest.raises(DatabaseUnavailableError):
            await early
    assert await late
    assert (await values(database))[IDS[0]] == 100


async def test_a_lock_is_not_waited_for_long(
    database: PostgresDatabase, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock that can't be passed over, such as that of a row that is referred to."""
    monkeypatch.setattr("models.database.postgres.LOCK_TIMEOUT", 0.3)
    hasty = await connect(postgres_database, connections=3)
    assert isinstance(hasty, PostgresDatabase)
    waits = CHANGE.replace(" SKIP LOCKED", "")
    async with database.transaction() as transaction:
        await transaction.fetch("SELECT 1 FROM row WHERE id = $1 FOR UPDATE", [IDS[2]])
        tasks = [change(hasty, id, sql=waits) for id in IDS[:5]]
        found = await asyncio.gather(*tasks, return_exceptions=True)
    await hasty.close()
    assert [type(each) for each in found] == [list, list, ConflictError, list, list]
    after = await values(database)
    assert [after[id] for id in IDS[:5]] == [50, 50, 100, 50, 50]
