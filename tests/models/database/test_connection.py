"""The short way to rows keeps what asyncpg's own way promises."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from models.database import (
    ConflictError,
    DatabaseUnavailableError,
    Row,
    StatementTimeoutError,
    UniqueViolationError,
    connect,
)
from models.database.connection import STATEMENTS, Connection
from models.database.postgres import PostgresDatabase, PostgresLease


@pytest_asyncio.fixture
async def database(postgres_database: str) -> AsyncIterator[PostgresDatabase]:
    """A pool of two connections."""
    found = await connect(postgres_database, connections=2, statement_timeout=2)
    assert isinstance(found, PostgresDatabase)
    yield found
    await found.close()


@pytest_asyncio.fixture
async def connection(database: PostgresDatabase) -> AsyncIterator[Connection]:
    """One of them."""
    found = await database._acquire()
    await found.execute("CREATE TABLE odd (a int PRIMARY KEY); INSERT INTO odd VALUES (1)")
    yield found
    database._release(found)


def plain(rows: list[Row]) -> list[tuple[object, ...]]:
    """Rows as tuples."""
    return [tuple(row) for row in rows]


async def test_a_table_that_changes(connection: Connection) -> None:
    assert plain(await connection.rows("SELECT * FROM odd")) == [(1,)]
    await connection.execute("ALTER TABLE odd ADD COLUMN b text DEFAULT 'x'")
    assert plain(await connection.rows("SELECT * FROM odd")) == [(1, "x")]
    assert plain(await connection.rows("SELECT * FROM odd WHERE a = $1", [1])) == [(1, "x")]
    await connection.execute("ALTER TABLE odd DROP COLUMN b")
    with pytest.raises(ConflictError):
        async with connection.transaction():
            await connection.rows("SELECT * FROM odd")
    assert plain(await connection.rows("SELECT * FROM odd")) == [(1,)]


async def test_more_statements_than_are_kept(connection: Connection) -> None:
    for _ in range(2):
        for number in range(STATEMENTS + 20):
            assert plain(await connection.rows(f"SELECT {number}")) == [(number,)]
    assert len(connection._known) <= STATEMENTS
    (row,) = await connection.rows("SELECT count(*) FROM pg_prepared_statements")
    assert row[0] <= STATEMENTS + 1


async def test_errors(connection: Connection) -> None:
    for _ in range(2):
        with pytest.raises(UniqueViolationError):
            await connection.rows("INSERT INTO odd VALUES ($1)", [1])
        with pytest.raises(StatementTimeoutError):
            await connection.rows("SELECT pg_sleep($1)", [5])
        with pytest.raises(asyncpg.PostgresSyntaxError):
            await connection.rows("SELEKT")
        with pytest.raises(asyncpg.DataError):
            await connection.rows("SELECT $1::int", ["one"])
        assert plain(await connection.rows("SELECT $1::int", [1])) == [(1,)]
    with pytest.raises(DatabaseUnavailableError):
        await connection.rows("SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(DatabaseUnavailableError):
        await connection.rows("SELECT 1")
    assert connection.is_closed()


async def test_a_server_that_ends_an_idle_connection(database: PostgresDatabase) -> None:
    """It says so before it hangs up: a statement may come in between."""
    last = b"SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0"

    async def begin(lease: PostgresLease) -> None:
        async with lease.transaction():
            pass

    for work in (lambda lease: lease.fetch("SELECT 1"), begin):
        lease = await database.lease()
        lease._connection._protocol.data_received(b"E" + struct.pack("!i", len(last) + 4) + last)
        with pytest.raises(DatabaseUnavailableError):
            await work(lease)
        assert lease._connection.is_closed()
        lease.release()
    lease = await database.lease()
    assert plain(await lease.fetch("SELECT 1")) == [(1,)]
    lease.release()


async def test_two_at_once_do_not_mix(connection: Connection) -> None:
    await connection.rows("SELECT 1")
    found = await asyncio.gather(
        connection.rows("SELECT 2, pg_sleep(0.05)"),
        connection.rows("SELECT 1"),
        return_exceptions=True,
    )
    assert [type(each) for each in found] == [list, DatabaseUnavailableError]
    assert plain(await connection.rows("SELECT 3")) == [(3,)]


async def test_cancelled(connection: Connection) -> None:
    """What is cancelled is cancelled at the server; a write ends before its caller is told."""
    for work in (connection.rows, connection.write):
        task = asyncio.create_task(work("INSERT INTO odd SELECT 2 FROM pg_sleep(1)"))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert plain(await connection.rows("SELECT a FROM odd")) == [(1,)]


async def test_connections_are_handed_on_in_turn(database: PostgresDatabase) -> None:
    seen = []

    async def hold(number: int) -> None:
        lease = await database.lease()
        seen.append(number)
        try:
            await lease.fetch("SELECT pg_sleep(0.02)")
        finally:
            lease.release()

    tasks = [asyncio.create_task(hold(number)) for number in range(12)]
    await asyncio.sleep(0.03)
    for task in tasks[4:8]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert seen == [0, 1, 2, 3, *range(8, 12)]
    assert len(database._free) == database._open == 2


async def test_a_lease_whose_connection_is_lost(database: PostgresDatabase) -> None:
    leases = [await database.lease() for _ in range(2)]
    waiting = asyncio.create_task(database.lease())
    await asyncio.sleep(0)
    with pytest.raises(DatabaseUnavailableError):
        await leases[0].fetch("SELECT pg_terminate_backend(pg_backend_pid())")
    leases[0].release()
    lease = await waiting
    assert plain(await lease.fetch("SELECT 1")) == [(1,)]
    lease.release()
    leases[1].release()
    assert len(database._free) == database._open == 2
