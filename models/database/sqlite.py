"""The embedded SQLite file: one writer, a few readers, each on a thread of its own."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from queue import SimpleQueue
from typing import Any

from models.database import Dialect, Lease, Reads, Row, Session, T
from models.database.reach import make_file
from models.database.sqlite_connection import connect, drive
from models.database.sqlite_writer import SqliteWriter


class SqliteDatabase:
    """Readers never wait for the writer (WAL); a plan's statements share one thread hop."""

    dialect: Dialect = "sqlite"

    def __init__(self, path: str, readers: int, statement_timeout: float) -> None:
        self._timeout = statement_timeout
        self._writer = SqliteWriter(path)
        self.transaction = self._writer.transaction
        self.transact = self._writer.transact
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
        for reader in self._all_readers:
            reader.close()
        self._writer.close()

    def _read(self, reads: Reads[T]) -> T:
        reader = self._readers.get()
        try:
            return drive(reader.connection(self._writer.learned), reads, self._timeout)
        finally:
            self._readers.put(reader)


class _Reader:
    """A connection that reads; one that is opened anew learns what the writer has learned."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._learned = 0
        self._connection = connect(path, read_only=True)

    def connection(self, learned: int) -> sqlite3.Connection:
        """The connection, no older than what was learned."""
        if learned > self._learned:
            self._connection.close()
            self._connection = connect(self._path, read_only=True)
            self._learned = learned
        return self._connection

    def close(self) -> None:
        """Close it."""
        self._connection.close()
