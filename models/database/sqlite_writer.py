"""The embedded file's one writer: transactions one after the other, small ones in one commit."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias

from models.database import Body, DatabaseUnavailableError, Dialect, Reads, Row, T
from models.database.sqlite_connection import (
    connect,
    drive,
    execute,
    execute_many,
    learn,
    rollback,
)

#: Seconds for which the writer waits for another process, such as an import, to let it write.
PATIENCE = 10.0
#: Seconds between two tries; a try holds the writer's thread, a pause can be cancelled.
PAUSE = 0.02
#: Seconds after which nobody else joins those that are committed together.
TOGETHER = 0.01
CLOSED = "it was closed"
#: After how many changed rows the planner learns of them.
LEARN_AFTER = 50_000


class SqliteWriter:
    """The only connection that writes, on the only thread that does."""

    def __init__(self, path: str) -> None:
        self._connection = connect(path)
        self._connection.execute("PRAGMA busy_timeout=10")
        learn(self._connection)
        self.learned = 0
        """How many rows had been changed when the planner last learned of them."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite-writer")
        self._turn = asyncio.Lock()
        self._waiting: deque[_Order[Any]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._closed = False

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[SqliteTransaction]:
        """BEGIN IMMEDIATE … COMMIT, or ROLLBACK when the block raises."""
        async with self._turn:
            try:
                # Within the block, as a cancelled caller may have begun all the same.
                await self._begin()
                yield SqliteTransaction(self)
                await self.visit(lambda _: self._commit())
            except BaseException:
                await self.visit(rollback)
                raise

    async def transact(self, body: Body[T]) -> T:
        """Do `body` in a transaction, in one visit to the thread, with others that wait.

        A visit costs more than most statements, and a commit more than most bodies: what is there
        meanwhile is committed together, each in a savepoint of its own. Who is cancelled has it
        rolled back if there are statements to come.
        """
        loop = asyncio.get_running_loop()
        if self._closed:
            raise DatabaseUnavailableError(CLOSED)
        order = _Order(body, loop.create_future(), loop.time() + PATIENCE)
        self._waiting.append(order)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work())
        try:
            return await asyncio.shield(order.done)
        except asyncio.CancelledError:
            order.within.given_up = True
            if not self._withdrawn(order):
                if not order.done.done():
                    await asyncio.wait([order.done])
                if not order.done.cancelled():
                    # Nobody else will look at it.
                    order.done.exception()
            raise

    def _withdrawn(self, order: _Order[T]) -> bool:
        """Take an order back that nobody has begun: whoever has the turn may have it for long."""
        try:
            self._waiting.remove(order)
        except ValueError:
            return False
        order.done.cancel()
        return True

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                async with self._turn:
                    answers = await self._together(loop)
                _tell(answers)
        finally:
            self._worker = None
            # Only the end of the loop cancels it.
            while self._waiting:
                self._waiting.popleft().done.cancel()

    async def _together(self, loop: asyncio.AbstractEventLoop) -> _Answers:
        """Carry out those that wait; what became of each that was carried out."""
        while self._waiting:
            step = loop.run_in_executor(self._thread, self._carry_out)
            try:
                return await asyncio.shield(step)
            except asyncio.CancelledError:
                await asyncio.wait([step])
                if step.exception() is None:
                    _tell(step.result())
                raise
            except _BusyError as error:
                now = loop.time()
                leave = [each for each in self._waiting if now > each.until or each.within.given_up]
                for each in leave:
                    self._waiting.remove(each)
                if leave:
                    failed = _Failed(DatabaseUnavailableError(str(error)))
                    return [(each, failed) for each in leave]
            await asyncio.sleep(PAUSE)
        return []

    def _carry_out(self) -> _Answers:
        """On the thread: begin, do what waits, commit."""
        try:
            execute(self._connection, "BEGIN IMMEDIATE")
        except DatabaseUnavailableError as error:
            raise _BusyError(str(error)) from error
        except Exception as error:
            # Such as a file that is no database any more.
            failed = _Failed(DatabaseUnavailableError(str(error)))
            broken: _Answers = []
            while (order := self._next()) is not None:
                broken.append((order, failed))
            return broken
        done: _Answers = []
        try:
            end = time.monotonic() + TOGETHER
            while not done or time.monotonic() < end:
                order = self._next()
                if order is None:
                    break
                done.append((order, None))
                done[-1] = order, self._apart(order)
            self._commit()
        except BaseException as error:
            with contextlib.suppress(sqlite3.Error):
                rollback(self._connection)
            # None of it is there. What was wrong with one of several is nothing to the others.
            others = error if len(done) == 1 else DatabaseUnavailableError(str(error))
            return [
                (order, answer if isinstance(answer, _Failed) else _Failed(others))
                for order, answer in done
            ]
        return done

    def _next(self) -> _Order[Any] | None:
        """The order that waits longest; the last one may just have been taken back."""
        try:
            return self._waiting.popleft()
        except IndexError:
            return None

    def _apart(self, order: _Order[T]) -> T | _Failed:
        """Do one of several: what it wrote goes if it fails, and nothing else."""
        execute(self._connection, "SAVEPOINT apart")
        order.within.connection = self._connection
        try:
            result = _finished(order.body(order.within))
        except BaseException as error:
            if not self._connection.in_transaction:
                # The file is full or broken: all went with it.
                raise
            execute(self._connection, "ROLLBACK TO apart")
            execute(self._connection, "RELEASE apart")
            return _Failed(error)
        execute(self._connection, "RELEASE apart")
        return result

    async def visit(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something on the thread."""
        loop = asyncio.get_running_loop()
        step = loop.run_in_executor(self._thread, work, self._connection)
        try:
            return await asyncio.shield(step)
        except asyncio.CancelledError:
            # A cancelled caller must not let the next one in before this step has ended.
            await asyncio.wait([step])
            raise

    async def _begin(self) -> None:
        end = asyncio.get_running_loop().time() + PATIENCE
        while True:
            try:
                await self.visit(lambda connection: execute(connection, "BEGIN IMMEDIATE"))
                return
            except DatabaseUnavailableError:
                if asyncio.get_running_loop().time() > end:
                    raise
            await asyncio.sleep(PAUSE)

    def _commit(self) -> None:
        execute(self._connection, "COMMIT")
        if self._connection.total_changes > self.learned + LEARN_AFTER:
            self.learned = self._connection.total_changes
            learn(self._connection)

    def close(self) -> None:
        """Close the connection and end the thread; who still waits is told so."""
        self._closed = True
        while (order := self._next()) is not None:
            if not order.done.done():
                order.done.set_exception(DatabaseUnavailableError(CLOSED))
        self._thread.shutdown(wait=True)
        self._connection.close()


class SqliteTransaction:
    """The writer's open transaction, for who stays in the event loop."""

    dialect: Dialect = "sqlite"

    def __init__(self, writer: SqliteWriter) -> None:
        self._writer = writer

    async def fetch(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """Run one statement and return its rows."""
        return await self._writer.visit(lambda connection: execute(connection, sql, args))

    async def fetch_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement once per row of values."""
        await self._writer.visit(lambda connection: execute_many(connection, sql, rows))

    async def run(self, reads: Reads[T]) -> T:
        """Drive `reads` inside this transaction in one hop."""
        return await self._writer.visit(lambda connection: drive(connection, reads, None))


class _Within:
    """The writer's open transaction, for who is on its thread: nothing in it waits."""

    dialect: Dialect = "sqlite"

    def __init__(self) -> None:
        self.connection: Any = None
        self.given_up = False
        """Whether nobody waits for it any more."""

    async def fetch(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """Run one statement and return its rows."""
        self._wanted()
        return execute(self.connection, sql, args)

    async def fetch_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement once per row of values."""
        self._wanted()
        execute_many(self.connection, sql, rows)

    async def run(self, reads: Reads[T]) -> T:
        """Drive `reads` inside this transaction."""
        self._wanted()
        return drive(self.connection, reads, None)

    def _wanted(self) -> None:
        if self.given_up:
            raise _GivenUpError


class _Order(Generic[T]):
    """Something to be done, and who waits for it."""

    def __init__(self, body: Body[T], done: asyncio.Future[T], until: float) -> None:
        self.body = body
        self.done = done
        self.until = until
        """How long another process is waited for, on the loop's clock."""
        self.within = _Within()


@dataclass(frozen=True)
class _Failed:
    """It was not done."""

    error: BaseException


#: What became of each order: what its body gave, or `_Failed`.
_Answers: TypeAlias = list[tuple[_Order[Any], Any]]


class _BusyError(Exception):
    """Another process is writing."""


class _GivenUpError(Exception):
    """Nobody waits for the transaction any more."""


def _tell(answers: _Answers) -> None:
    """Let those who wait know."""
    for order, answer in answers:
        if order.done.done():
            continue
        if isinstance(answer, _Failed):
            order.done.set_exception(answer.error)
        else:
            order.done.set_result(answer)


def _finished(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine gives that never waits."""
    try:
        work.send(None)
    except StopIteration as stop:
        result: T = stop.value
        return result
    work.close()
    raise RuntimeError("a transaction in one visit awaits something else")
