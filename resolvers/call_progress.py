"""Moving a call on: its row, its timeline and the log change together or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from models import Call, CallEvent, CallEventType, CallStatus, EventType, Provider, Subject
from models.columns import new_id
from resolvers.call_status import MOVES, TITLES, IllegalMoveError, event_type
from resolvers.existing import held
from schema.unit import Unit

#: What is told of a call along with each of its events.
ABOUT = ("lead_id", "agent_id", "campaign_id", "recipient_id", "phone_number_id")
#: What moving a call on takes to know of it.
KNOWN = ("id", "version", "status", "provider", *ABOUT)


async def locked(unit: Unit, id: str, *columns: str) -> dict[str, Any]:
    """The call, which nobody else changes until the unit's transaction ends; empty without it."""
    names = tuple(dict.fromkeys((*KNOWN, *columns)))
    rows = await unit.find(Call, names, {"id": id}, lock=True)
    if not rows:
        return {}
    call = held(Call, names, rows[0])
    call["status"] = CallStatus[call["status"]]
    return call


async def move(
    unit: Unit,
    call: dict[str, Any],
    status: CallStatus,
    changes: Mapping[str, Any],
    *,
    at: str | None = None,
    detail: str | None = None,
    mark: str | None = None,
    title: str | None = None,
) -> None:
    """Bring a locked call to another status; `at` is when, by whoever reported it.

    Raises `IllegalMoveError` for a step that the table does not have.
    """
    if status not in MOVES[call["status"]]:
        raise IllegalMoveError(f"{call['status']} → {status}")
    await change(unit, call, {"status": status, **changes})
    entry = {"type": CallEventType.STATUS, "status": status, "detail": detail}
    await note(unit, call, [{**entry, "occurred_at": at or unit.now, "provider_event_id": mark}])
    tell(unit, call, event_type(status), title or TITLES[status], detail)


async def change(unit: Unit, call: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Change a locked call; what it holds here follows."""
    row = await unit.update(Call, call["id"], changes)
    assert row is not None
    call |= {**changes, "version": row[0]}


async def put_off(unit: Unit, call: dict[str, Any], due: str | None) -> None:
    """Say when a locked call is looked at again. Nobody is told of it: it counts no version."""
    mark = "$" if unit.dialect == "postgres" else "?"
    await unit.write(
        f"UPDATE call SET due_at = {mark}3 WHERE workspace_id = {mark}1 AND id = {mark}2",
        [unit.workspace_id, call["id"], due],
    )
    call["due_at"] = due


async def note(unit: Unit, call: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> None:
    """Append entries to the call's timeline; they all name the same columns."""
    provider = None if call["provider"] is None else Provider[call["provider"]]
    about = {"call_id": call["id"], "provider": provider}
    rows = [{"id": new_id(), **about, "occurred_at": unit.now, **each} for each in entries]
    if rows:
        await unit.insert_many(CallEvent, rows)


def tell(
    unit: Unit,
    call: Mapping[str, Any],
    type: EventType,
    title: str,
    detail: str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    """Append what happened to the log."""
    unit.record(
        type,
        Subject.CALL,
        call["id"],
        title,
        version=call["version"],
        status=call["status"],
        detail=detail,
        metadata=metadata,
        **{name: call[name] for name in ABOUT},
    )
