"""asyncpg's connection with a short way to rows, and errors as verbs and reads know them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg

from models.database import (
    ConflictError,
    DatabaseUnavailableError,
    Reads,
    ReferenceViolationError,
    Row,
    StatementTimeoutError,
    T,
    UniqueViolationError,
)

#: What asyncpg raises.
ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
#: How many statements are kept prepared.
STATEMENTS = 512


class Connection(asyncpg.Connection):  # type: ignore[misc]
    """A connection that executes what is prepared without asking asyncpg's layers for it.

    `Connection.fetch` takes a dozen calls of Python, `rows` one. It uses what asyncpg keeps to
    itself: how statements are looked up and executed; `tests/models` see that they behave.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._known: dict[str, Any] = {}

    async def rows(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """Run one statement and return its rows."""
        protocol = self._protocol
        if protocol is None or self._query_loggers:
            # It has been terminated, or somebody listens.
            return await self._fetched(sql, args)
        try:
            statement = self._known.get(sql)
            if statement is None or statement.closed:
                statement = await self._prepared(sql)
            rows: list[Row] = await protocol.bind_execute(statement, args, "", 0, False, None)
        except asyncpg.InvalidCachedStatementError:
            # The tables have changed under it, and under others; a transaction is lost.
            self._known.clear()
            if protocol.is_in_transaction():
                raise ConflictError(sql) from None
            return await self._fetched(sql, args)
        except ERRORS as error:
            raise await self._failure(error) from error
        return rows

    async def fetch_each(self, sql: str, rows: Sequence[Sequence[Any]]) -> list[Row]:
        """Run one statement once per row of values, all of it or nothing; gives all their rows."""
        protocol = self._protocol
        try:
            if protocol is None or self._query_loggers:
                return list(await self.fetchmany(sql, rows))
            statement = self._known.get(sql)
            if statement is None or statement.closed:
                statement = await self._prepared(sql)
            found: list[Row] = await protocol.bind_execute_many(statement, rows, "", None, True)
        except asyncpg.InvalidCachedStatementError:
            self._known.clear()
            raise ConflictError(sql) from None
        except ERRORS as error:
            raise await self._failure(error) from error
        return found

    async def run(self, reads: Reads[T]) -> T:
        """Drive `reads`, each statement by itself."""
        rows = self.rows
        send = reads.send
        found: Any = None
        try:
            while True:
                sql, args = send(found)
                found = await rows(sql, args)
        except StopIteration as stop:
            result: T = stop.value
            return result
        finally:
            reads.close()

    async def write(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """Run one statement that commits by itself; a cancelled caller waits until it has ended."""
        try:
            return await self.rows(sql, args)
        except asyncio.CancelledError:
            # Nobody must be told that it was cancelled before the server has heard of it.
            try:
                await asyncio.wait_for(self.execute("SELECT 1"), 5)
            except Exception:
                self.terminate()
            raise

    async def _failure(self, error: Exception) -> Exception:
        if isinstance(error, asyncpg.OutdatedSchemaCacheError):
            await self.reload_schema_state()
            return DatabaseUnavailableError(str(error))
        if isinstance(error, asyncpg.InternalClientError):
            # The server has ended the connection, which says so only when it is closed.
            self.terminate()
        return translated(error)

    async def _prepared(self, sql: str) -> Any:
        statement = await self._get_statement(sql, None)
        if len(self._known) >= STATEMENTS:
            # asyncpg closes those that it has no more room for.
            self._known = {text: each for text, each in self._known.items() if not each.closed}
        self._known[sql] = statement
        return statement

    async def _fetched(self, sql: str, args: Sequence[Any]) -> list[Row]:
        try:
            rows: list[Row] = await self.fetch(sql, *args)
        except ERRORS as error:
            raise translated(error) from error
        return rows


def translated(error: Exception) -> Exception:
    """What a driver's error means here; the error itself where that is nothing in particular."""
    if isinstance(error, OSError | asyncpg.InterfaceError | asyncpg.InternalClientError):
        return DatabaseUnavailableError(str(error))
    if isinstance(error, asyncpg.QueryCanceledError):
        return StatementTimeoutError(str(error))
    if isinstance(error, asyncpg.UniqueViolationError):
        return UniqueViolationError(error.constraint_name or "")
    if isinstance(error, asyncpg.ForeignKeyViolationError | asyncpg.RestrictViolationError):
        return ReferenceViolationError(error.constraint_name or "")
    if isinstance(
        error,
        asyncpg.DeadlockDetectedError | asyncpg.SerializationError | asyncpg.LockNotAvailableError,
    ):
        return ConflictError(str(error))
    if isinstance(
        error,
        asyncpg.PostgresConnectionError
        | asyncpg.OperatorInterventionError
        | asyncpg.InsufficientResourcesError
        | asyncpg.InsufficientPrivilegeError
        | asyncpg.ReadOnlySQLTransactionError,
    ):
        return DatabaseUnavailableError(str(error))
    return error
