"""What a verb reads and means to write before it has a transaction, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, NamedTuple, TypeAlias

from tortoise.models import Model

from models import writing
from models.composing import Shape, composed
from models.database import Database, Dialect, Lease, Reads, Row, Statement, T, Transaction

#: More rows than these are locked rather than watched.
MAX_WATCHED = 4
#: More rows than these are not inserted by one statement, whose text would be another each time.
MAX_ROWS = 4

Key: TypeAlias = tuple[type[Model], str]
Execute: TypeAlias = Callable[[str, Sequence[Any]], Awaitable[list[Row]]]


class StaleError(Exception):
    """A row that was read has been changed before it could be written: nothing was done."""


class _Write(NamedTuple):
    shape: Shape
    id: str
    rows: Sequence[Mapping[str, Any]]
    """Whole rows of an insert, the changes of an update, nothing of a deletion."""


class Gathering:
    """Reads without locks, and writes that wait to be sent as one statement.

    Each method gives None where it can't do what it is asked: then `begin` carries out what is
    gathered in a transaction, in which the verb goes on, and which ends with the block.
    """

    dialect: Dialect = "postgres"

    def __init__(self, database: Database, workspace_id: str) -> None:
        self._database = database
        self._workspace = workspace_id
        self._lease: Lease | None = None
        self._opened: AbstractAsyncContextManager[Transaction] | None = None
        self._watched: dict[Key, Mapping[str, Any]] = {}
        self._writes: list[_Write] = []

    async def __aenter__(self) -> Gathering:
        """Nothing is begun yet."""
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the transaction, if there is one, and give the connection back."""
        try:
            if self._opened is not None:
                await self._opened.__aexit__(kind, error, trace)
        finally:
            if self._lease is not None:
                self._lease.release()

    @property
    def empty(self) -> bool:
        """Whether nothing waits to be written, so that reads see all there is."""
        return not self._writes

    async def fetch(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """The rows of a statement that only reads."""
        lease = self._lease or await self._leased()
        return await lease.fetch(sql, args)

    async def run(self, reads: Reads[T]) -> T:
        """Drive reads of what is there."""
        lease = self._lease or await self._leased()
        return await lease.run(reads)

    async def _leased(self) -> Lease:
        # One connection all along: to wait for a second while holding the first could go on forever.
        self._lease = await self._database.lease()
        return self._lease

    async def watch(
        self, model: type[Model], columns: Sequence[str], where: Mapping[str, Any], limit: int
    ) -> list[Row] | None:
        """Rows that must still be as they are now when they are written."""
        if "version" not in model._meta.fields_map:
            return None
        names = tuple(dict.fromkeys((*columns, "id", "version")))
        rows = await self.fetch(*writing.finding(self.dialect, model, names, where, limit=limit))
        if len(rows) > MAX_WATCHED:
            return None
        for row in rows:
            before = dict(zip(names, row, strict=True))
            self._watched[model, before["id"]] = before
        return rows if len(names) == len(columns) else [row[: len(columns)] for row in rows]

    def release(self) -> None:
        """What is watched matters no more, as none of it is written."""
        self._watched.clear()

    def insert(
        self, model: type[Model], rows: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]] | None:
        """Add rows that all name the same columns; gives them as they will be."""
        if len(rows) > MAX_ROWS:
            return None
        made = [writing.complete(model, row) for row in rows]
        if made:
            shape = Shape("insert", model, tuple(made[0]), len(made))
            self._writes.append(_Write(shape, made[0]["id"], made))
        return made

    def update(
        self, model: type[Model], id: str, changes: Mapping[str, Any], returning: Sequence[str]
    ) -> Row | None:
        """Change a row that is watched; gives `returning` as it will be."""
        before = self._watched.get((model, id))
        if before is None or self._written(model, id):
            return None
        after = {"version": before["version"] + 1}
        for name in returning:
            if name in changes:
                after[name] = writing.stored(model, name, changes[name])
            elif name not in after:
                if name not in before:
                    return None
                after[name] = before[name]
        self._writes.append(_Write(Shape("update", model, tuple(changes)), id, (changes,)))
        return tuple([after[name] for name in returning])

    def delete(self, model: type[Model], id: str) -> bool | None:
        """Remove a row that is watched."""
        if (model, id) not in self._watched or self._written(model, id):
            return None
        self._writes.append(_Write(Shape("delete", model, ()), id, ()))
        return True

    async def begin(self) -> Transaction:
        """Begin a transaction, lock what is watched and carry out what waits.

        Raises `StaleError` if a watched row has changed meanwhile.
        """
        transaction = await self._open()
        for (model, id), before in self._watched.items():
            where = {writing.key(model): self._workspace, "id": id, "version": before["version"]}
            if not await writing.find(transaction, model, ("id",), where, lock=True):
                raise StaleError
        for each in self._writes:
            kind, model, *_ = each.shape
            if kind == "insert":
                await writing.insert_many(transaction, model, each.rows)
            elif kind == "update":
                (changes,) = each.rows
                await writing.update(transaction, model, self._workspace, each.id, changes)
            else:
                await writing.delete(transaction, model, self._workspace, each.id)
        return transaction

    async def close(self, reads: Reads[T], *, alone: bool) -> T:
        """Send what waits and drive `reads`, which see it; either all is done or nothing.

        `alone` says that the first statement of `reads` is the only one. Raises `StaleError` if
        a watched row has changed meanwhile.
        """
        if not self._writes:
            return await self.run(reads)
        if not self._composable:
            return await (await self.begin()).run(reads)
        # What may find that it is too late comes first: the others wait for it.
        self._writes.sort(key=_last)
        shapes = tuple([each.shape for each in self._writes])
        lease = self._lease or await self._leased()
        execute: Execute = lease.write
        try:
            try:
                read = next(reads)
            except StopIteration:
                await self._send(execute, composed(shapes))
                raise
            sql = self._upon(shapes, read)
            # Who would not get an answer must not have changed anything either.
            if not sql or not alone:
                execute = (await self._open()).fetch
            if sql:
                rows = await self._send(execute, sql, read[1])
            else:
                await self._send(execute, composed(shapes))
                rows = await execute(*read)
            while True:
                rows = await execute(*reads.send(rows))
        except StopIteration as stop:
            answer: T = stop.value
            return answer
        finally:
            reads.close()

    async def _open(self) -> Transaction:
        lease = self._lease or await self._leased()
        opened = lease.transaction()
        transaction = await opened.__aenter__()
        self._opened = opened
        return transaction

    @property
    def _composable(self) -> bool:
        """Whether what is watched is the one row that is changed or removed, if any."""
        changing = [each for each in self._writes if each.shape.kind != "insert"]
        return len(self._watched) == len(changing) <= 1

    def _upon(self, shapes: tuple[Shape, ...], read: Statement) -> str:
        """The statement of the writes with this read of a written row; empty if it reads others."""
        sql, args = read
        if len(args) < 2 or args[0] != self._workspace:
            return ""
        for number, each in enumerate(self._writes):
            if each.id == args[1] and each.shape.kind != "delete":
                return composed(shapes, sql, number, len(args))
        return ""

    async def _send(self, execute: Execute, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        values = [*args]
        for each in self._writes:
            values += self._values(each)
        rows = await execute(sql, values)
        if not rows:
            raise StaleError
        return rows

    def _values(self, write: _Write) -> list[Any]:
        """What is bound, in the order of the shape's text."""
        model, names = write.shape.model, write.shape.names
        values = [each for row in write.rows for each in writing.all_stored(model, row, names)]
        if write.shape.kind != "insert":
            values += (self._workspace, write.id, self._watched[model, write.id]["version"])
        return values

    def _written(self, model: type[Model], id: str) -> bool:
        return any(each.id == id and each.shape.model is model for each in self._writes)


def _last(write: _Write) -> bool:
    return write.shape.kind == "insert"
