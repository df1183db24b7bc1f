"""The embedded SQLite file: one writer, a few readers, each on a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from queue import SimpleQueue
from typing import Any

from models.database import (
    DatabaseUnavailableError,
    Dialect,
    Lease,
    Reads,
    ReferenceViolationError,
    Row,
    Session,
    StatementTimeoutError,
    T,
    UniqueViolationError,
)
from models.database.reach import make_file, unfit

#: Seconds for which the writer waits for another process, such as an import, to let it write.
PATIENCE = 10.0
#: Seconds between two tries; a try holds the writer's thread, a pause can be cancelled.
PAUSE = 0.02
#: After how many changed rows the planner learns of them.
LEARN_AFTER = 50_000
#: Before this version, a condition on an index's column by `IN` and a range of its next column gave
#: wrong rows where the planner chose `SeekScan`. It does if it expects few rows for what stands
#: before the two: fewer than 55 in a table of two million, than 79 in one of a thousand million.
SOUND = (3, 42, 0)
SCALE = 100
#: Errors of the file rather than of a statement.
UNUSABLE = ("SQLITE_BUSY", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_CANTOPEN", "SQLITE_READONLY")
PRAGMAS = (
    # First: two processes may make the file at once.
    "PRAGMA busy_timeout=10000",
    "PRAGMA journal_mode=WAL",
    # An accepted order must survive a power cut.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-65536",
    "PRAGMA mmap_size=268435456",
    "PRAGMA temp_store=MEMORY",
)


class SqliteDatabase:
    """Readers never wait for the writer (WAL); a plan's statements share one thread hop."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: str, readers: int, statement_timeout: float) -> None:
        self._timeout = statement_timeout
        self._write_lock = asyncio.Lock()
        self._writer = _connect(path)
        self._writer.execute("PRAGMA busy_timeout=10")
        _learn(self._writer)
        self._learned = 0
        """How many rows had been changed when the planner last learned of them."""
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._readers: SimpleQueue[_Reader] = SimpleQueue()
        self._all_readers = [_Reader(path) for _ in range(readers)]
        for reader in self._all_readers:
            self._readers.put(reader)
        self._reading = ThreadPoolExecutor(readers, thread_name_prefix="sqlite-reader")

    @classmethod
    def open(cls, path: str, *, readers: int, statement_timeout: float) -> SqliteDatabase:
        """Open the file, making it and its folder where they are missing."""
        make_file(path)
        return cls(path, readers, statement_timeout)

    async def run(self, reads: Reads[T]) -> T:
        """Drive `reads` on a reader thread in one hop."""
        return await asyncio.get_running_loop().run_in_executor(self._reading, self._read, reads)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqliteTransaction]:
        """BEGIN IMMEDIATE … COMMIT, or ROLLBACK when the block raises."""
        async with self._write_lock:
            loop = asyncio.get_running_loop()

            async def call(work: Callable[[], T]) -> T:
                # A cancelled caller must not let the next one in before this step has ended.
                step = loop.run_in_executor(self._writing, work)
                try:
                    return await asyncio.shield(step)
                except asyncio.CancelledError:
                    await asyncio.wait([step])
                    raise

            try:
                # Within the block, as a cancelled caller may have begun all the same.
                await self._begin(call)
                yield SqliteTransaction(self._writer, call)
            except BaseException:
                await call(lambda: _rollback(self._writer))
                raise
            try:
                await call(self._commit)
            except BaseException:
                await call(lambda: _rollback(self._writer))
                raise

    async def _begin(self, call: Any) -> None:
        end = asyncio.get_running_loop().time() + PATIENCE
        while True:
            try:
                await call(lambda: _execute(self._writer, "BEGIN IMMEDIATE"))
                return
            except DatabaseUnavailableError:
                if asyncio.get_running_loop().time() > end:
                    raise
            await asyncio.sleep(PAUSE)

    def _commit(self) -> None:
        _execute(self._writer, "COMMIT")
        if self._writer.total_changes > self._learned + LEARN_AFTER:
            self._learned = self._writer.total_changes
            _learn(self._writer)

    async def look_up(self, reads: Reads[T]) -> T:
        """What `run` does: there is no way to the database that could be shared."""
        return await self.run(reads)

    async def write(self, sql: str, args: Sequence[Any], id: str) -> list[Row]:
        """Not needed: there is one writer."""
        raise NotImplementedError

    async def lease(self) -> Lease:
        """There is one writer, which is taken by a transaction."""
        raise NotImplementedError

    def session(self) -> AbstractAsyncContextManager[Session]:
        """There is one writer, which needs no locks of its own."""
        raise NotImplementedError

    async def close(self) -> None:
        """Close every connection and end the threads."""
        self._reading.shutdown(wait=True)
        self._writing.shutdown(wait=True)
        for reader in self._all_readers:
            reader.close()
        self._writer.close()

    def _read(self, reads: Reads[T]) -> T:
        reader = self._readers.get()
        try:
            return _drive(reader.connection(self._learned), reads, self._timeout)
        finally:
            self._readers.put(reader)


class _Reader:
    """A connection that reads; one that is opened anew learns what the writer has learned."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._learned = 0
        self._connection = _connect(path, read_only=True)

    def connection(self, learned: int) -> sqlite3.Connection:
        """The connection, no older than what was learned."""
        if learned > self._learned:
            self._connection.close()
            self._connection = _connect(self._path, read_only=True)
            self._learned = learned
        return self._connection

    def close(self) -> None:
        """Close it."""
        self._connection.close()


class SqliteTransaction:
    """The writer's open transaction."""

    dialect: Dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection, call: Any) -> None:
        self._connection = connection
        self._call = call

    async def fetch(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """Run one statement and return its rows."""
        rows: list[Row] = await self._call(lambda: _execute(self._connection, sql, args))
        return rows

    async def fetch_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement once per row of values."""
        await self._call(lambda: _execute_many(self._connection, sql, rows))

    async def run(self, reads: Reads[T]) -> T:
        """Drive `reads` inside this transaction in one hop."""
        result: T = await self._call(lambda: _drive(self._connection, reads, None))
        return result


def _connect(path: str, *, read_only: bool = False) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        for pragma in PRAGMAS:
            connection.execute(pragma)
        if read_only:
            connection.execute("PRAGMA query_only=ON")
    except sqlite3.Error as error:
        raise DatabaseUnavailableError(unfit(path, error)) from error
    return connection


def _learn(connection: sqlite3.Connection) -> None:
    """Have the planner know how many rows there are, from samples: some milliseconds.

    Without, it walks all leads in order rather than go to those that a search has found. `PRAGMA
    optimize` does the same of itself, but only from SQLite 3.46 on for tables not looked at yet.
    """
    # Another process may be writing, and will learn as well.
    with contextlib.suppress(sqlite3.OperationalError):
        if connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'lead'").fetchone():
            connection.execute("PRAGMA analysis_limit=400")
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.execute("ANALYZE")
                if sqlite3.sqlite_version_info < SOUND:
                    _scale(connection)
                connection.execute("COMMIT")
            except sqlite3.OperationalError:
                _rollback(connection)
                raise


def _scale(connection: sqlite3.Connection) -> None:
    """Have the planner expect more rows everywhere alike, so many that it leaves `SeekScan`."""
    for row, stat in connection.execute("SELECT rowid, stat FROM sqlite_stat1").fetchall():
        words = [str(int(each) * SCALE) if each.isdecimal() else each for each in stat.split()]
        scaled = " ".join(words), row
        connection.execute("UPDATE sqlite_stat1 SET stat = ?1 WHERE rowid = ?2", scaled)
    # This connection has taken the others in.
    connection.execute("ANALYZE sqlite_schema")


def _drive(connection: sqlite3.Connection, reads: Reads[T], timeout: float | None) -> T:
    if timeout is not None:
        watch = _Deadline(timeout)
        connection.set_progress_handler(watch.passed, 100_000)
    execute = connection.execute
    rows: Any = None
    try:
        while True:
            sql, args = reads.send(rows)
            rows = execute(sql, args).fetchall()
    except StopIteration as stop:
        result: T = stop.value
        return result
    except sqlite3.Error as error:
        raise _translated(error) from error
    finally:
        reads.close()


class _Deadline:
    """Stops a statement from inside SQLite: other threads may already use other connections."""

    def __init__(self, seconds: float) -> None:
        import time

        self._clock = time.monotonic
        self._end = time.monotonic() + seconds

    def passed(self) -> bool:
        return self._clock() > self._end


def _execute(connection: sqlite3.Connection, sql: str, args: Sequence[Any] = ()) -> list[Row]:
    try:
        return connection.execute(sql, args).fetchall()
    except sqlite3.Error as error:
        raise _translated(error) from error


def _execute_many(connection: sqlite3.Connection, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    try:
        connection.executemany(sql, rows)
    except sqlite3.Error as error:
        raise _translated(error) from error


def _rollback(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _translated(error: sqlite3.Error) -> Exception:
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_INTERRUPT":
        return StatementTimeoutError(str(error))
    if name in ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"):
        return UniqueViolationError(str(error).rpartition("failed: ")[2])
    if name == "SQLITE_CONSTRAINT_FOREIGNKEY":
        return ReferenceViolationError(str(error))
    if name.startswith(UNUSABLE):
        return DatabaseUnavailableError(str(error))
    return error
