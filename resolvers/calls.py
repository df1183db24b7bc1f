"""What can be done with a call that was accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import Call, CallEventType, CallStatus, EndReason, EventType
from resolvers.call_end import KNOWN as SETTLED
from resolvers.call_end import ended, withdrawn
from resolvers.call_progress import KNOWN, change, note, tell
from resolvers.call_status import ENDED, LIVE, WAITING
from resolvers.existing import current
from resolvers.given import Given
from schema.call_input import (
    CancelCallInput,
    CancelCallPayload,
    CancelOutcome,
    HangUpCallInput,
    HangUpCallPayload,
    Resolution,
    ResolveCallInput,
    ResolveCallPayload,
)
from schema.error_code import ErrorCode
from schema.refusal import refuse
from schema.unit import Unit
from schema.verb import verb

#: What these verbs need to know of a call.
COLUMNS = (
    *KNOWN,
    *SETTLED,
    "cancel_requested",
    "owner",
    "provider_call_id",
    "ended_at",
    "to_number",
)


async def _call(unit: Unit, given: Given, name: str = "id") -> dict[str, Any]:
    """The call, locked, as whoever reports about it must wait."""
    call = await current(unit, given, Call, "call", *COLUMNS, name=name, lock=True)
    given.check()
    call["status"] = CallStatus[call["status"]]
    return call


async def withdraw(unit: Unit, call: dict[str, Any], reason: EndReason) -> None:
    """End a locked call that was not dialled yet."""
    await ended(unit, call, CallStatus.CANCELLED, withdrawn(reason))


async def request_hang_up(unit: Unit, call: dict[str, Any]) -> None:
    """Have a locked call hung up as soon as the provider can be told."""
    if call["cancel_requested"]:
        return
    changes: dict[str, Any] = {"cancel_requested": True}
    if call["provider_call_id"] is not None:
        changes["due_at"] = unit.now
    await change(unit, call, changes)
    await note(unit, call, [{"type": CallEventType.CANCEL_REQUESTED}])
    tell(unit, call, EventType.CALL_UPDATED, "Asked to hang up")


@verb(CancelCallInput, CancelCallPayload, "calls:write")
async def cancel_call(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Withdraw a call; one that was dialled already is hung up. Cancelling twice is no error."""
    call = await _call(unit, Given(input))
    outcome = CancelOutcome.OVER
    if call["status"] in WAITING:
        await withdraw(unit, call, EndReason.CANCELLED)
        outcome = CancelOutcome.CANCELLED
    elif call["status"] in LIVE and call["ended_at"] is None:
        await request_hang_up(unit, call)
        outcome = CancelOutcome.HANGING_UP
    elif call["status"] is CallStatus.CANCELLED:
        outcome = CancelOutcome.CANCELLED
    return {"call_id": call["id"], "outcome": outcome.value}


@verb(HangUpCallInput, HangUpCallPayload, "calls:write")
async def hang_up_call(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """End a call that is under way, as soon as the provider can be told."""
    call = await _call(unit, Given(input))
    if call["status"] not in LIVE or call["ended_at"] is not None:
        over = "is over" if call["status"] in ENDED or call["ended_at"] else "was not dialled yet"
        raise refuse(ErrorCode.ILLEGAL_TRANSITION, f"The call {over}.", "id")
    await request_hang_up(unit, call)
    return {"call_id": call["id"]}


@verb(ResolveCallInput, ResolveCallPayload, "calls:write")
async def resolve_call(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Say what became of a call in doubt. It is never dialled again; place a new one for that."""
    given = Given(input)
    given.text("note", limit=2000)
    call = await _call(unit, given, "callId")
    if call["status"] is not CallStatus.UNKNOWN:
        message = f"The call's status is {call['status']}, which nobody doubts."
        raise refuse(ErrorCode.ILLEGAL_TRANSITION, message, "callId")
    placed = input["resolution"] == Resolution.PLACED
    status = CallStatus.COMPLETED if placed else CallStatus.FAILED
    reason = EndReason.HANGUP if placed else EndReason.NOT_PLACED
    said = given.columns.get("note")
    found = "it was placed" if placed else "it never was placed"
    detail = said or f"A person found that {found}."
    over = {
        "end_reason": reason,
        "end_detail": detail,
        "ended_at": call["ended_at"] or unit.now,
        "artifacts_at": call["artifacts_at"] or unit.now,
        "due_at": None,
    }
    await ended(unit, call, status, over, detail=detail)
    await note(unit, call, [{"type": CallEventType.RESOLVED, "detail": detail}])
    return {"call_id": call["id"]}


MUTATIONS = (cancel_call, hang_up_call, resolve_call)
