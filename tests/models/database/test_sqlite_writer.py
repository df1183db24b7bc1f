"""Small transactions of the embedded file are committed together, and fail apart."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from models.database import (
    DatabaseUnavailableError,
    Transaction,
    UniqueViolationError,
    sqlite_connection,
    sqlite_writer,
)
from models.database.sqlite import SqliteDatabase

ADD = "INSERT INTO thing (id, name) VALUES (?1, ?2)"


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Where the file is."""
    return str(tmp_path / "small.db")


@pytest.fixture
async def small(path: str) -> AsyncIterator[SqliteDatabase]:
    """A database with one table."""
    database = SqliteDatabase.open(path, readers=1, statement_timeout=5)
    async with database.transaction() as transaction:
        await transaction.fetch("CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT)")
    yield database
    await database.close()


def adding(id: int, name: str = "x") -> Any:
    """Adds a row and tells how many there are."""

    async def body(transaction: Transaction) -> int:
        await transaction.fetch(ADD, [id, name])
        rows = await transaction.fetch("SELECT count(*) FROM thing")
        return int(rows[0][0])

    return body


def commits(database: SqliteDatabase) -> list[str]:
    """The commits from now on."""
    heard: list[str] = []
    database._writer._connection.set_trace_callback(
        lambda each: heard.append(each) if each == "COMMIT" else None
    )
    return heard


def there(path: str) -> list[int]:
    """What another process finds."""
    with sqlite3.connect(path) as connection:
        return [each for (each,) in connection.execute("SELECT id FROM thing ORDER BY id")]


async def test_many_in_few_commits_each_after_the_other(small: SqliteDatabase, path: str) -> None:
    heard = commits(small)
    counted = await asyncio.gather(*(small.transact(adding(each)) for each in range(50)))
    assert counted == list(range(1, 51))
    assert there(path) == list(range(50))
    assert len(heard) < 25


async def test_one_that_fails_takes_nobody_along(small: SqliteDatabase, path: str) -> None:
    async def fails(transaction: Transaction) -> None:
        await transaction.fetch(ADD, [100, "gone"])
        raise ValueError("no")

    works = [small.transact(each) for each in (adding(1), fails, adding(2), adding(1), adding(3))]
    first, second, third, fourth, fifth = await asyncio.gather(*works, return_exceptions=True)
    assert (first, third, fifth) == (1, 2, 3)
    assert isinstance(second, ValueError)
    assert isinstance(fourth, UniqueViolationError)
    assert there(path) == [1, 2, 3]


async def test_who_is_cancelled_leaves_the_others(small: SqliteDatabase, path: str) -> None:
    tasks = [asyncio.create_task(small.transact(adding(each))) for each in range(20)]
    await asyncio.sleep(0)
    for each in tasks[::2]:
        each.cancel()
    found = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(each, asyncio.CancelledError) for each in found[::2])
    assert set(range(1, 20, 2)) <= set(there(path))
    # The next one finds an open door.
    await small.transact(adding(99))
    assert 99 in there(path)


async def test_who_is_cancelled_waits_for_nobody(small: SqliteDatabase, path: str) -> None:
    async with small.transaction() as transaction:
        await transaction.fetch(ADD, [0, "first"])
        late = asyncio.create_task(small.transact(adding(1)))
        other = asyncio.create_task(small.transact(adding(2)))
        await asyncio.sleep(0.02)
        late.cancel()
        await asyncio.wait([late], timeout=5)
        assert late.cancelled()
        assert not other.done()
    await other
    assert there(path) == [0, 2]


async def test_beside_those_that_stay_in_the_loop(small: SqliteDatabase, path: str) -> None:
    async with small.transaction() as transaction:
        await transaction.fetch(ADD, [0, "first"])
        later = [asyncio.create_task(small.transact(adding(each))) for each in (1, 2)]
        await asyncio.sleep(0.05)
        assert not any(each.done() for each in later)
    assert await asyncio.gather(*later) == [2, 3]


async def test_a_commit_that_fails_fails_for_all(small: SqliteDatabase, path: str) -> None:
    """As when the disk is full; here a reference is looked at only when all is done."""
    async with small.transaction() as transaction:
        await transaction.fetch(
            "CREATE TABLE part (thing INTEGER REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED)"
        )

    async def dangling(transaction: Transaction) -> None:
        await transaction.fetch("INSERT INTO part (thing) VALUES (77)")

    found = await asyncio.gather(
        small.transact(adding(1)), small.transact(dangling), return_exceptions=True
    )
    assert isinstance(found[1], Exception)
    assert there(path) == ([] if isinstance(found[0], Exception) else [1])
    # What follows is a transaction of its own.
    await small.transact(adding(5))
    assert 5 in there(path)


async def test_a_file_that_breaks_fails_those_who_wait_and_nobody_later(
    small: SqliteDatabase, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = True

    def execute(connection: Any, sql: str, args: Any = ()) -> Any:
        if broken and sql.startswith("BEGIN"):
            raise sqlite3.DatabaseError("database disk image is malformed")
        return original(connection, sql, args)

    original = sqlite_connection.execute
    monkeypatch.setattr(sqlite_writer, "execute", execute)
    works = [small.transact(adding(each)) for each in range(3)]
    found = await asyncio.gather(*works, return_exceptions=True)
    assert [type(each) for each in found] == [DatabaseUnavailableError] * 3
    broken = False
    async with asyncio.timeout(5):
        assert await small.transact(adding(9)) == 1
    assert there(path) == [9]


async def test_waiting_for_something_else_is_an_error(small: SqliteDatabase) -> None:
    async def waits(transaction: Transaction) -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="awaits something else"):
        await small.transact(waits)


async def test_another_process_that_writes_is_waited_for(small: SqliteDatabase, path: str) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    later = asyncio.create_task(small.transact(adding(1)))
    gone = asyncio.create_task(small.transact(adding(2)))
    await asyncio.sleep(0.1)
    assert not later.done()
    # Who needn't wait any more can leave.
    gone.cancel()
    async with asyncio.timeout(1):
        await asyncio.wait([gone])
    assert gone.cancelled()
    other.execute("COMMIT")
    other.close()
    assert await later == 1
