"""A unit of work: the one transaction in which a verb does all that it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models import Actor, Event, EventType, Log, Numbered, Subject, writing
from models.columns import uuid7
from models.database import Row, Transaction
from schema.condition import Values, meets
from schema.context import Caller
from schema.error_code import ErrorCode
from schema.noun import Noun

#: Which column of an event names its subject.
_COLUMNS = {
    Subject.LEAD: "lead_id",
    Subject.AGENT: "agent_id",
    Subject.CALL: "call_id",
    Subject.EMAIL: "email_id",
    Subject.CAMPAIGN: "campaign_id",
    Subject.RECIPIENT: "recipient_id",
    Subject.PHONE_NUMBER: "phone_number_id",
}


@dataclass(frozen=True)
class Problem:
    """One reason why a verb can't do what it was asked."""

    code: ErrorCode
    message: str
    path: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """As a `UserError`."""
        return {"code": self.code.value, "message": self.message, "path": list(self.path) or None}


class RefusedError(Exception):
    """The verb changes nothing and says why."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems)
        self.problems = problems


def refuse(code: ErrorCode, message: str | None = None, *path: str) -> RefusedError:
    """A refusal for one reason; without a message the code's own."""
    return RefusedError(Problem(code, message or code.description, path))


@dataclass(eq=False)
class Unit:
    """What a verb works with."""

    transaction: Transaction
    caller: Caller
    now: str
    """The present instant in the wire format; verbs have no other clock."""
    numbers: dict[Numbered, list[int]] = field(default_factory=dict)
    """Numbers taken for what the verb is about to create."""
    secrets: dict[str, Any] = field(default_factory=dict)
    """Plain values of the answer that must never be stored, such as a new key."""
    _events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def workspace_id(self) -> str:
        """The caller's workspace."""
        return self.caller.workspace_id

    def number(self, noun: Numbered) -> int:
        """The next of the numbers that were taken."""
        return self.numbers[noun].pop(0)

    async def insert(self, model: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        """Add a row to the caller's workspace."""
        return await writing.insert(self.transaction, model, self._owned(values))

    async def insert_many(
        self, model: Any, rows: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """Add rows that all name the same columns."""
        owned = [self._owned(values) for values in rows]
        return await writing.insert_many(self.transaction, model, owned)

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
        return await writing.update(
            self.transaction, model, self.workspace_id, id, changes, returning
        )

    async def delete(self, model: Any, id: str) -> bool:
        """Remove a row; whether there was one."""
        return await writing.delete(self.transaction, model, self.workspace_id, id)

    async def find(
        self,
        model: Any,
        columns: Sequence[str],
        where: Mapping[str, Any],
        *,
        lock: bool = False,
        limit: int = 1000,
    ) -> list[Row]:
        """Rows of the workspace with these values; `lock` keeps others from changing them."""
        where = {"workspace_id": self.workspace_id, **where}
        return await writing.find(self.transaction, model, columns, where, lock=lock, limit=limit)

    async def detach(self, model: Any, column: str, id: str) -> None:
        """Clear the references to a row that is about to be deleted."""
        await writing.detach(self.transaction, model, self.workspace_id, column, id)

    async def change_all(
        self,
        noun: Noun,
        filter: Mapping[str, Any],
        column: str,
        value: Any,
        returning: Sequence[str],
    ) -> tuple[int, list[Row]]:
        """Set a column in all rows that meet the filter; how many those are, and the changed."""
        dialect = self.transaction.dialect
        bind = Values(dialect)
        where = [f"t.workspace_id = {bind.workspace}", *meets(noun, filter, "t", bind)]
        table = f'"{noun.table}"'
        counted = await self.transaction.fetch(
            f"SELECT count(*) FROM {table} t WHERE {' AND '.join(where)}",
            bind.all(self.workspace_id),
        )
        new, now = bind("uuid", value), bind("timestamptz", self.now)
        where.append(
            f"t.{column} IS DISTINCT FROM {new}"
            if dialect == "postgres"
            else f"t.{column} IS NOT {new}"
        )
        rows = await self.transaction.fetch(
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
        event: dict[str, Any] = {
            "workspace_id": self.workspace_id,
            "id": str(uuid7()),
            "created_at": self.now,
            "type": type,
            "subject_kind": subject,
            "subject_id": id,
            "version": version,
            "status": status,
            "title": title,
            "detail": detail,
            "metadata": dict(metadata or {}),
            "actor": self.caller.actor,
            "actor_id": self.caller.key_id if self.caller.actor is Actor.API_KEY else None,
            "position": None,
            **dict.fromkeys(_COLUMNS.values()),
            **references,
        }
        if subject in _COLUMNS:
            event[_COLUMNS[subject]] = id
        self._events.append(event)

    async def flush(self) -> int:
        """Append the events to the log, last of all; gives how many.

        On SQLite the one writer stamps them at once. On PostgreSQL the sequencer does, once they
        are committed: see `docs/decisions`.
        """
        events, self._events = self._events, []
        if not events:
            return 0
        if self.transaction.dialect == "sqlite":
            last = await self._advance(len(events))
            for place, event in enumerate(events):
                event["position"] = last - len(events) + 1 + place
        if len(events) == 1:
            await writing.insert(self.transaction, Event, events[0])
        else:
            await writing.insert_many(self.transaction, Event, events)
        return len(events)

    async def _advance(self, count: int) -> int:
        sql = "UPDATE log SET position = position + ?1 WHERE workspace_id = ?2 RETURNING position"
        rows = await self.transaction.fetch(sql, [count, self.workspace_id])
        if not rows:
            await self.insert(Log, {})
            rows = await self.transaction.fetch(sql, [count, self.workspace_id])
        return int(rows[0][0])

    def _owned(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "workspace_id": self.workspace_id,
            "created_at": self.now,
            **values,
            **({"updated_at": self.now} if "updated_at" not in values else {}),
        }
