"""PostgreSQL through asyncpg: a small pool whose connections speak text for ids and instants."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from models.database import Body, DatabaseUnavailableError, Dialect, Reads, T
from models.database.connection import ERRORS, STATEMENTS, Connection, translated
from models.database.together import Together

#: Seconds to wait for a free connection before the request is told that the database is busy.
ACQUIRE_TIMEOUT = 10.0
#: Seconds to wait for a lock, after which a verb is tried again. Who waits holds a connection.
LOCK_TIMEOUT = 2.0
#: A session holds locks, which must not outlive a process that hangs or can't be reached.
SESSION = {
    "idle_session_timeout": "5000",
    "tcp_keepalives_idle": "2",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "5000",
    # A plan made while a table is empty, and kept, would read all of the table ever after.
    "plan_cache_mode": "force_custom_plan",
}


class PostgresDatabase:
    """A pool of connections; asyncpg's own resets each connection by a round trip at release."""

    dialect: Dialect = "postgres"

    def __init__(self, dsn: str, connections: int, statement_timeout: float) -> None:
        self._dsn = dsn
        self._limit = connections
        self._statement_timeout = statement_timeout
        self._open = 0
        self._free: deque[Connection] = deque()
        self._waiters: deque[asyncio.Future[Connection | None]] = deque()
        self._closed = False
        self._together = Together(self.lease)
        self.write = self._together.write

    @classmethod
    async def open(
        cls, dsn: str, *, connections: int, statement_timeout: float
    ) -> PostgresDatabase:
        """Open the pool with one connection, so that a wrong address is known at once."""
        database = cls(dsn, connections, statement_timeout)
        database._release(await database._acquire())
        return database

    async def run(self, reads: Reads[T]) -> T:
        """Drive `reads` on one connection outside a transaction."""
        connection = self._pop() or await self._acquire()
        try:
            return await connection.run(reads)
        finally:
            self._release(connection)

    async def look_up(self, reads: Reads[T]) -> T:
        """Drive `reads` that ask for one row by its id, along with others like it."""
        try:
            sql, args = next(reads)
            reads.send(await self._together.read(sql, args, args[1]))
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            reads.close()
        raise RuntimeError("reads of one row read on")

    async def lease(self) -> PostgresLease:
        """Take a connection for a while."""
        return PostgresLease(self._pop() or await self._acquire(), self._release)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTransaction]:
        """BEGIN … COMMIT, or ROLLBACK when the block raises."""
        lease = await self.lease()
        try:
            async with lease.transaction() as transaction:
                yield transaction
        finally:
            lease.release()

    async def transact(self, body: Body[T]) -> T:
        """Do `body` in a transaction."""
        async with self.transaction() as transaction:
            return await body(transaction)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[PostgresSession]:
        """A connection beside the pool, that the server gives up soon if this process does."""
        try:
            connection = await self._connect(SESSION)
        except ERRORS as error:
            raise DatabaseUnavailableError(str(error)) from error
        try:
            yield PostgresSession(connection)
        finally:
            connection.terminate()

    async def close(self) -> None:
        """Close the idle connections; busy ones close when they come back."""
        self._closed = True
        while self._free:
            await self._free.pop().close()
            self._open -= 1

    def _pop(self) -> Connection | None:
        while self._free:
            connection = self._free.pop()
            if not connection.is_closed():
                return connection
            self._open -= 1
        return None

    async def _acquire(self) -> Connection:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + ACQUIRE_TIMEOUT
        while True:
            if self._closed:
                raise DatabaseUnavailableError("the pool is closed")
            connection = self._pop()
            if connection is not None:
                return connection
            if self._open < self._limit:
                self._open += 1
                try:
                    return await self._connect()
                except BaseException as error:
                    self._open -= 1
                    self._hand(None)
                    if isinstance(error, ERRORS):
                        raise DatabaseUnavailableError(str(error)) from error
                    raise
            connection = await self._wait(deadline)
            if connection is not None and not connection.is_closed():
                return connection
            self._open -= connection is not None

    async def _wait(self, deadline: float) -> Connection | None:
        """The next connection that comes free, or None when another may be opened."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Connection | None] = loop.create_future()
        self._waiters.append(waiter)
        end = loop.call_at(deadline, _refuse, waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                found = waiter.result()
                if found is None:
                    self._hand(None)
                else:
                    self._release(found)
            raise
        finally:
            end.cancel()

    def _release(self, connection: Connection) -> None:
        if self._closed:
            connection.terminate()
        if connection.is_closed():
            self._open -= 1
            self._hand(None)
        elif not self._hand(connection):
            self._free.append(connection)

    def _hand(self, connection: Connection | None) -> bool:
        """Give it to whoever has waited longest; whether anybody has."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return True
        return False

    async def _connect(self, more: Mapping[str, str] | None = None) -> Connection:
        connection: Connection = await asyncpg.connect(
            self._dsn,
            timeout=5,
            connection_class=Connection,
            statement_cache_size=STATEMENTS,
            max_cached_statement_lifetime=0,
            # However long: the JSON that a statement writes has the document's length.
            max_cacheable_statement_size=0,
            server_settings={
                "application_name": "switchboard",
                "timezone": "UTC",
                "datestyle": "ISO",
                "jit": "off",
                # Otherwise `LIMIT $1` is planned anew at each execution.
                "plan_cache_mode": "force_generic_plan",
                "statement_timeout": str(int(self._statement_timeout * 1000)),
                "lock_timeout": str(int(LOCK_TIMEOUT * 1000)),
                "idle_in_transaction_session_timeout": "60000",
                **(more or {}),
            },
        )
        for name in ("uuid", "timestamptz"):
            # As PostgreSQL writes them, without a call of Python for each value.
            await connection.set_builtin_type_codec(
                name, schema="pg_catalog", codec_name="text", format="text"
            )
        return connection


class PostgresLease:
    """A connection that is taken for a while; its statements commit by themselves."""

    dialect: Dialect = "postgres"

    def __init__(self, connection: Connection, release: Callable[[Connection], None]) -> None:
        self._connection = connection
        self._release = release
        self.fetch = connection.rows
        self.write = connection.write
        self.fetch_each = connection.fetch_each
        self.run = connection.run

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[PostgresTransaction]:
        """BEGIN … COMMIT, or ROLLBACK when the block raises."""
        connection = self._connection
        ended = False
        try:
            await connection.execute("BEGIN")
            try:
                yield PostgresTransaction(connection)
            except BaseException:
                # A cancelled statement leaves its connection busy: closing it also rolls back.
                if not connection.is_closed():
                    with contextlib.suppress(Exception):
                        await asyncio.wait_for(connection.execute("ROLLBACK"), 5)
                        ended = True
                raise
            await connection.execute("COMMIT")
            ended = True
        except ERRORS as error:
            raise translated(error) from error
        finally:
            if not ended:
                # Cancelled while it began or committed: the next one must not find it half-way.
                connection.terminate()

    def release(self) -> None:
        """Give it back."""
        self._release(self._connection)


class PostgresSession:
    """One connection that is kept."""

    dialect: Dialect = "postgres"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.fetch = connection.rows

    async def listen(self, channel: str, heard: Callable[[str], None]) -> None:
        """Call `heard` with the payload whenever somebody notifies the channel."""
        try:
            await self._connection.add_listener(
                channel, lambda _connection, _pid, _channel, payload: heard(payload)
            )
        except ERRORS as error:
            raise translated(error) from error


class PostgresTransaction:
    """One transaction on one connection."""

    dialect: Dialect = "postgres"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.fetch = connection.rows
        self.run = connection.run

    async def fetch_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement once per row of values."""
        try:
            await self._connection.executemany(sql, rows)
        except ERRORS as error:
            raise translated(error) from error


def _refuse(waiter: asyncio.Future[Connection | None]) -> None:
    if not waiter.done():
        waiter.set_exception(DatabaseUnavailableError("no connection came free in time"))
