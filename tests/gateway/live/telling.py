"""Calls and what happens to them, written as the dispatcher writes them."""

from __future__ import annotations

from typing import Any

from models import Call, CallStatus, EventType, Speaker, Subject, TranscriptTurn, writing
from models.columns import new_id, now, wire
from schema.context import Caller
from schema.unit import Unit
from tests.gateway.live.hall import Hall


async def add_call(hall: Hall, workspace: str, **columns: Any) -> str:
    """A call that waits."""
    async with hall.gateway.parts.database.transaction() as transaction:
        row = await writing.insert(
            transaction,
            Call,
            {
                "workspace_id": workspace,
                "number": 9000,
                "status": CallStatus.QUEUED,
                "to_number": "+14155550123",
                **columns,
            },
        )
    return str(row["id"])


async def tell(
    hall: Hall,
    workspace: str,
    call: str,
    type: EventType,
    status: CallStatus | None = None,
    **columns: Any,
) -> None:
    """Something happens to a call."""
    caller = Caller(workspace, new_id(), frozenset({"full"}))
    if status is not None:
        columns["status"] = status
    async with hall.gateway.parts.database.transaction() as transaction:
        unit = Unit(transaction, caller, wire(now()))
        row = await unit.update(Call, call, columns, ("version", "status", "lead_id"))
        assert row is not None
        version, stands, lead = row
        unit.record(
            type,
            Subject.CALL,
            call,
            type.value,
            version=version,
            status=stands,
            lead_id=lead and str(lead),
        )
        await unit.flush()
    hall.gateway.parts.sequencer.ring(workspace)


async def say(hall: Hall, workspace: str, call: str, position: int, text: str) -> str:
    """Somebody has spoken; gives the turn's public id."""
    caller = Caller(workspace, new_id(), frozenset({"full"}))
    async with hall.gateway.parts.database.transaction() as transaction:
        unit = Unit(transaction, caller, wire(now()))
        row = await unit.insert(
            TranscriptTurn,
            {"call_id": call, "position": position, "speaker": Speaker.LEAD, "text": text},
        )
        turn = f"turn_{row['id']}"
        kind = EventType.CALL_TRANSCRIPT_TURN
        unit.record(kind, Subject.CALL, call, text, metadata={"turnId": turn})
        await unit.flush()
    hall.gateway.parts.sequencer.ring(workspace)
    return turn
