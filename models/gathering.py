"""What a verb reads and means to write before it has a transaction, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, TypeAlias

from tortoise.models import Model

from models import writing
from models.composing import Shape, composed
from models.database import Database, Dialect, Lease, Reads, Row, Statement, T, Transaction
from models.held import OTHER, Presumed, sources, unknown
from models.pending import Pending

#: More rows than these are locked rather than watched.
MAX_WATCHED = 4
#: More rows than these are not inserted by one statement, whose text would be another each time.
MAX_ROWS = 4

#: What is asked of a row that was read.
_SEEN = (("version", True),)

Key: TypeAlias = tuple[type[Model], str]
Execute: TypeAlias = Callable[[str, Sequence[Any]], Awaitable[list[Row]]]


class StaleError(Exception):
    """A row that was read has been changed before it could be written: nothing was done."""


class PresumedError(StaleError):
    """A row is not as presumed, or had to be read after all: nothing was done."""


class Gathering:
    """Reads without locks, and writes that wait to be sent as one statement.

    Each method gives None where it can't do what it is asked: then `begin` carries out what is
    gathered in a transaction, in which the verb goes on, and which ends with the block.
    """

    dialect: Dialect = "postgres"

    def __init__(self, database: Database, workspace_id: str, *, presuming: bool = False) -> None:
        self._database = database
        self._workspace = workspace_id
        self._presuming = presuming
        self._presumed: Presumed | None = None
        self._lease: Lease | None = None
        self._opened: AbstractAsyncContextManager[Transaction] | None = None
        self._watched: dict[Key, Mapping[str, Any]] = {}
        self._writes: list[Pending] = []

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

    def presume(
        self, model: type[Model], id: str, columns: Sequence[str], presumed: Presumed
    ) -> Row | None:
        """A row that the verb will change, without reading it; None where it must be read.

        What is presumed is asked when the row is written, and the rest is `Held`.
        """
        if not self._presuming or self._watched:
            return None
        before = {**unknown((*columns, "version")), **presumed, "id": id}
        self._presumed = presumed
        self._watched[model, id] = before
        return [before[name] for name in columns]

    def release(self) -> None:
        """What is watched matters no more, as none of it is written."""
        self._give_up_presuming()
        self._watched.clear()

    def insert(
        self, model: type[Model], rows: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]] | None:
        """Add rows that all name the same columns; gives them as they will be."""
        if len(rows) > MAX_ROWS:
            return None
        made = [writing.complete(model, row) for row in rows]
        if made:
            held = () if self._presumed is None else sources(made[0])
            if self._presumed is not None and any(map(sources, made[1:])):
                raise PresumedError
            shape = Shape("insert", model, tuple(made[0]), len(made), held)
            self._writes.append(Pending(shape, made[0]["id"], made))
        return made

    def update(
        self, model: type[Model], id: str, changes: Mapping[str, Any], returning: Sequence[str]
    ) -> Row | None:
        """Change a row that is watched; gives `returning` as it will be."""
        before = self._watched.get((model, id))
        if before is None or self._written(model, id):
            return None
        after = {"version": before["version"]}
        if self._presumed is None:
            after["version"] += 1
        for name in returning:
            if name in changes:
                after[name] = writing.stored(model, name, changes[name])
            elif name not in after:
                if name not in before:
                    return None
                after[name] = before[name]
        asked: tuple[tuple[str, bool], ...] = _SEEN
        values = [before["version"]]
        if self._presumed is not None:
            asked = tuple([(name, value is not OTHER) for name, value in self._presumed.items()])
            values = [
                changes[name] if value is OTHER else value for name, value in self._presumed.items()
            ]
        shape = Shape("update", model, tuple(changes), asked=asked)
        self._writes.append(Pending(shape, id, (changes,), values))
        return tuple([after[name] for name in returning])

    def delete(self, model: type[Model], id: str) -> bool | None:
        """Remove a row that is watched."""
        before = self._watched.get((model, id))
        if before is None or self._written(model, id):
            return None
        if self._presumed is not None:
            raise PresumedError
        shape = Shape("delete", model, (), asked=_SEEN)
        self._writes.append(Pending(shape, id, (), [before["version"]]))
        return True

    def gathered(self) -> tuple[tuple[Shape, ...], Any, list[Any]] | None:
        """What waits, if that is one statement: its shapes, the row it is about, what is bound."""
        if not self._writes or not self._composable:
            return None
        self._writes.sort(key=Pending.is_insert)
        self._writes = [each.without_nulls() for each in self._writes]
        return self._shapes, self._writes[0].id, self._values

    async def begin(self) -> Transaction:
        """Begin a transaction, lock what is watched and carry out what waits.

        Raises `StaleError` if a watched row has changed meanwhile, or was never read.
        """
        self._give_up_presuming()
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
            self._give_up_presuming()
            return await self.run(reads)
        if not self._composable:
            return await (await self.begin()).run(reads)
        # What may find that it is too late comes first: the others wait for it.
        self._writes.sort(key=Pending.is_insert)
        shapes = self._shapes
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
        rows = await execute(sql, [*args, *self._values])
        if not rows:
            self._give_up_presuming()
            raise StaleError
        return rows

    @property
    def _shapes(self) -> tuple[Shape, ...]:
        return tuple([each.shape for each in self._writes])

    @property
    def _values(self) -> list[Any]:
        """What is bound, in the order of the statement's text."""
        values: list[Any] = []
        for each in self._writes:
            values += each.values(self._workspace)
        return values

    def _give_up_presuming(self) -> None:
        """What was presumed would have to be known now."""
        if self._presumed is not None:
            raise PresumedError

    def _written(self, model: type[Model], id: str) -> bool:
        return any(each.id == id and each.shape.model is model for each in self._writes)
