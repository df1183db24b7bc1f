"""A unit of work: the one transaction in which a verb does all that it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models import Event, EventType, Idempotency, Log, Numbered, Subject, writing
from models.columns import new_id
from models.composing import Shape
from models.database import Dialect, Reads, Row, T, Transaction
from models.database.turn import turn
from models.gathering import Gathering
from models.held import Presumed
from schema.condition import Values, meets
from schema.context import Caller
from schema.entry import entry
from schema.noun import Noun


@dataclass(eq=False)
class Unit:
    """What a verb works with."""

    work: Transaction | Gathering
    """Where it reads and writes: what is gathered becomes a transaction as soon as it must."""
    caller: Caller
    now: str
    """The present instant in the wire format; verbs have no other clock."""
    numbers: dict[Numbered, list[int]] = field(default_factory=dict)
    """Numbers taken for what the verb is about to create."""
    make_id: Callable[[], str] = new_id
    """Makes the ids of the events."""
    secrets: dict[str, Any] = field(default_factory=dict)
    """Plain values of the answer that must never be stored, such as a new key."""
    _events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def recorded(self) -> bool:
        """Whether something is to be told that isn't in the log yet."""
        return bool(self._events)

    @property
    def workspace_id(self) -> str:
        """The caller's workspace."""
        return self.caller.workspace_id

    @property
    def dialect(self) -> Dialect:
        """The database's dialect."""
        return self.work.dialect

    def number(self, noun: Numbered) -> int:
        """The next of the numbers that were taken."""
        return self.numbers[noun].pop(0)

    async def insert(self, model: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        """Add a row to the caller's workspace."""
        (row,) = await self.insert_many(model, [values])
        return row

    async def insert_many(
        self, model: Any, rows: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """Add rows that all name the same columns."""
        owned = [self._owned(model, values) for values in rows]
        if isinstance(self.work, Gathering):
            made = self.work.insert(model, owned)
            if made is not None:
                return made
        if len(owned) == 1:
            return [await writing.insert(await self._begun(), model, owned[0])]
        return await writing.insert_many(await self._begun(), model, owned)

    async def update(
        self,
        model: Any,
        id: str,
        changes: Mapping[str, Any],
        returning: Sequence[str] = ("version",),
    ) -> Row | None:
        """Change a row; None if there is none with this id."""
        if "updated_at" in model._meta.fields_map:
            changes = {**changes, "updated_at": self.now}
        if isinstance(self.work, Gathering):
            row = self.work.update(model, id, changes, returning)
            if row is not None:
                return row
        return await writing.update(
            await self._begun(), model, self.workspace_id, id, changes, returning
        )

    async def delete(self, model: Any, id: str) -> bool:
        """Remove a row; whether there was one."""
        if isinstance(self.work, Gathering) and self.work.delete(model, id):
            return True
        return await writing.delete(await self._begun(), model, self.workspace_id, id)

    async def find(
        self,
        model: Any,
        columns: Sequence[str],
        where: Mapping[str, Any],
        *,
        lock: bool = False,
        limit: int = 1000,
    ) -> list[Row]:
        """Rows of the workspace with these values.

        `lock` makes all others wait that would lock or change them, until the verb is done.
        """
        work = await self._begun() if lock else await self._reading()
        return await writing.find(
            work, model, columns, self._where(model, where), lock=lock, limit=limit
        )

    async def watch(
        self, model: Any, columns: Sequence[str], where: Mapping[str, Any], *, limit: int = 1000
    ) -> list[Row]:
        """Rows that the verb may change or remove, as they will be when it does.

        Unlike `find` with `lock` this keeps nobody out who changes other rows: where somebody
        else changes these, the verb is carried out anew.
        """
        where = self._where(model, where)
        work = await self._reading()
        if isinstance(work, Gathering):
            rows = await work.watch(model, columns, where, limit)
            if rows is not None:
                return rows
        return await writing.find(
            await self._begun(), model, columns, where, lock=True, limit=limit
        )

    def presume(
        self, model: Any, id: str, columns: Sequence[str], presumed: Presumed
    ) -> Row | None:
        """A row that the verb will change, as if it had been read; None where it must be read.

        The columns that are not presumed are `Held`: they may be told of, but not looked at. If
        the row turns out to be another, or there is none, the verb is carried out anew and reads.
        """
        if isinstance(self.work, Gathering):
            return self.work.presume(model, id, columns, presumed)
        return None

    async def take_turn(self, what: str) -> None:
        """Wait for others in this workspace that do `what`, until they end; they see each other.

        For those who look for what nobody may have made meanwhile, where no key forbids two.
        """
        transaction = await self._begun()
        if transaction.dialect == "postgres":
            lock = turn(self.workspace_id, what)
            await transaction.fetch("SELECT pg_advisory_xact_lock($1)", [lock])

    async def read(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """The rows of a statement that only reads."""
        return await (await self._reading()).fetch(sql, values)

    async def write(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """Carry out a statement of one's own; it must count versions."""
        return await (await self._begun()).fetch(sql, values)

    async def write_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Carry out a statement of one's own once per row of values."""
        if rows:
            await (await self._begun()).fetch_many(sql, rows)

    async def keep(self, key: Mapping[str, Any]) -> None:
        """Keep under the order's key what was done; if that is nothing, nothing was in its way."""
        if isinstance(self.work, Gathering) and self.work.empty and not self._events:
            self.work.release()
        await self.insert(Idempotency, key)

    async def detach(self, model: Any, column: str, id: str) -> None:
        """Clear the references to a row that is about to be deleted."""
        await writing.detach(await self._begun(), model, self.workspace_id, column, id, self.now)

    async def change_all(
        self,
        noun: Noun,
        filter: Mapping[str, Any],
        column: str,
        value: Any,
        returning: Sequence[str],
    ) -> tuple[int, list[Row]]:
        """Set a column in all rows that meet the filter; how many those are, and the changed."""
        dialect = self.dialect
        bind = Values(dialect)
        where = [f"t.workspace_id = {bind.workspace}", *meets(noun, filter, "t", bind)]
        table = f'"{noun.table}"'
        counted = await self.read(
            f"SELECT count(*) FROM {table} t WHERE {' AND '.join(where)}",
            bind.all(self.workspace_id),
        )
        new, now = bind("uuid", value), bind("timestamptz", self.now)
        where.append(
            f"t.{column} IS DISTINCT FROM {new}"
            if dialect == "postgres"
            else f"t.{column} IS NOT {new}"
        )
        rows = await self.write(
            f"UPDATE {table} AS t SET {column} = {new}, version = version + 1, updated_at = {now} "
            f"WHERE {' AND '.join(where)} RETURNING {', '.join(returning)}",
            bind.all(self.workspace_id),
        )
        return int(counted[0][0]), rows

    def record(
        self,
        type: EventType,
        subject: Subject,
        id: str,
        title: str,
        *,
        version: int = 1,
        status: str | None = None,
        detail: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        **references: str | None,
    ) -> None:
        """Say what happened; the row it happened to must have been written or locked before."""
        told = {
            "version": version,
            "status": status,
            "title": title,
            "detail": detail,
            "metadata": dict(metadata or {}),
            **references,
        }
        made = entry(self.caller, self.make_id(), self.now, type, subject, id, told)
        self._events.append(made)

    async def close(self, reads: Reads[T], *, alone: bool = False) -> T:
        """Write all that is left to write and drive the reads of the answer, which see it.

        `alone` says that they are one statement at most. Raises `StaleError` where somebody else
        was quicker: then nothing was done.
        """
        if isinstance(self.work, Gathering) and self.work.insert(Event, self._events) is not None:
            return await self.work.close(reads, alone=alone)
        await self.flush()
        return await (await self._begun()).run(reads)

    def gathered(self) -> tuple[tuple[Shape, ...], Any, list[Any]] | None:
        """All that is to be written, if that is one statement."""
        if isinstance(self.work, Gathering) and self.work.insert(Event, self._events) is not None:
            return self.work.gathered()
        return None

    async def flush(self) -> None:
        """Append the events to the log, last of all.

        On SQLite the one writer stamps them at once. On PostgreSQL the sequencer does, once they
        are committed: see `docs/decisions`.
        """
        events, self._events = self._events, []
        if not events:
            return
        transaction = await self._begun()
        if transaction.dialect == "sqlite":
            last = await self._advance(transaction, len(events))
            for place, event in enumerate(events):
                event["position"] = last - len(events) + 1 + place
        if len(events) == 1:
            await writing.insert(transaction, Event, events[0])
        else:
            await writing.insert_many(transaction, Event, events)

    async def _advance(self, transaction: Transaction, count: int) -> int:
        sql = "UPDATE log SET position = position + ?1 WHERE workspace_id = ?2 RETURNING position"
        rows = await transaction.fetch(sql, [count, self.workspace_id])
        if not rows:
            await self.insert(Log, {})
            rows = await transaction.fetch(sql, [count, self.workspace_id])
        return int(rows[0][0])

    async def _reading(self) -> Transaction | Gathering:
        """Where reads see what has been written so far."""
        if isinstance(self.work, Gathering) and self.work.empty:
            return self.work
        return await self._begun()

    async def _begun(self) -> Transaction:
        """The transaction; it begins now if it hasn't."""
        if isinstance(self.work, Gathering):
            self.work = await self.work.begin()
        return self.work

    def _where(self, model: Any, where: Mapping[str, Any]) -> dict[str, Any]:
        return {writing.key(model): self.workspace_id, **where}

    def _owned(self, model: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        row = {"workspace_id": self.workspace_id, "created_at": self.now}
        if "updated_at" in model._meta.fields_map:
            row["updated_at"] = self.now
        return {**row, **values}
