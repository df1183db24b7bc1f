"""A connection to the embedded SQLite file: its settings, its planner's knowledge, its errors."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Sequence
from typing import Any

from models.database import (
    DatabaseUnavailableError,
    Reads,
    ReferenceViolationError,
    Row,
    StatementTimeoutError,
    T,
    UniqueViolationError,
)
from models.database.reach import unfit

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
    # Pages that many commits write are copied into the file once in a while, not for every other.
    "PRAGMA wal_autocheckpoint=4000",
)


def connect(path: str, *, read_only: bool = False) -> sqlite3.Connection:
    """Open the file; raises `DatabaseUnavailableError`."""
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


def learn(connection: sqlite3.Connection) -> None:
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
                rollback(connection)
                raise


def _scale(connection: sqlite3.Connection) -> None:
    """Have the planner expect more rows everywhere alike, so many that it leaves `SeekScan`.

    But for one row of a unique key: where many seem to come of each, it makes a Bloom filter of the
    whole next table first, for a join by keys.
    """
    unique = {
        name
        for (table,) in connection.execute("SELECT DISTINCT tbl FROM sqlite_stat1").fetchall()
        for _, name, single, *_ in connection.execute(f'PRAGMA index_list("{table}")').fetchall()
        if single
    }
    stats = connection.execute("SELECT rowid, idx, stat FROM sqlite_stat1").fetchall()
    for row, index, stat in stats:
        words = [str(int(each) * SCALE) if each.isdecimal() else each for each in stat.split()]
        if index in unique:
            words[-1] = stat.split()[-1]
        scaled = " ".join(words), row
        connection.execute("UPDATE sqlite_stat1 SET stat = ?1 WHERE rowid = ?2", scaled)
    # This connection has taken the others in.
    connection.execute("ANALYZE sqlite_schema")


def drive(connection: sqlite3.Connection, reads: Reads[T], timeout: float | None) -> T:
    """Give a computation the rows that it asks for; `timeout` is in seconds."""
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
        self._clock = time.monotonic
        self._end = time.monotonic() + seconds

    def passed(self) -> bool:
        return self._clock() > self._end


def execute(connection: sqlite3.Connection, sql: str, args: Sequence[Any] = ()) -> list[Row]:
    """Run one statement and return its rows."""
    try:
        return connection.execute(sql, args).fetchall()
    except sqlite3.Error as error:
        raise _translated(error) from error


def execute_many(connection: sqlite3.Connection, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run one statement once per row of values."""
    try:
        connection.executemany(sql, rows)
    except sqlite3.Error as error:
        raise _translated(error) from error


def rollback(connection: sqlite3.Connection) -> None:
    """Undo all that isn't committed, if something is open."""
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
