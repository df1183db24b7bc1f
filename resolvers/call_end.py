"""The end of a call, whichever way it comes: credit is settled, and nothing waits for it any more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import CallStatus, EndReason, Lead
from resolvers.call_progress import move
from resolvers.campaign_outcome import concluded
from schema.unit import Unit

MINUTE = 60_000
#: What ending takes to know of a call.
KNOWN = ("answered_at", "artifacts_at", "credit_reserved_micros")


async def ended(
    unit: Unit,
    call: dict[str, Any],
    status: CallStatus,
    changes: Mapping[str, Any],
    *,
    at: str | None = None,
    detail: str | None = None,
    mark: str | None = None,
) -> None:
    """Bring a locked call to an end, with all that belongs to it."""
    changes = {"ended_at": at or unit.now, **changes, "waiting_for": None, "not_before": None}
    if call["answered_at"] is None and changes.get("answered_at") is None:
        # There is nothing to listen to, and nobody need wait for it.
        changes |= {"artifacts_at": unit.now, "due_at": None}
    changes |= await settled(unit, call, changes.get("duration_ms") or 0)
    await move(unit, call, status, changes, at=at, detail=detail, mark=mark)
    if call["recipient_id"] is not None:
        await concluded(unit, call, status, changes)
    if call["lead_id"] is not None:
        await unit.update(Lead, call["lead_id"], {"last_activity_at": unit.now})


async def settled(unit: Unit, call: Mapping[str, Any], duration_ms: int) -> dict[str, Any]:
    """Debit what the call has cost in credit, and give back what was reserved beyond that."""
    reserved = call["credit_reserved_micros"]
    if not reserved:
        return {}
    return {
        "credit_reserved_micros": 0,
        "credit_micros": await _debited(unit, reserved, duration_ms),
    }


async def charged(unit: Unit, call: Mapping[str, Any], duration_ms: int) -> dict[str, Any]:
    """Debit a call that was settled before anybody knew how long it had lasted."""
    if call["credit_currency"] is None or call["credit_reserved_micros"]:
        return {}
    return {"credit_micros": (call["credit_micros"] or 0) + await _debited(unit, 0, duration_ms)}


async def _debited(unit: Unit, reserved: int, duration_ms: int) -> int:
    """What so long a call costs in credit, taken from what was reserved and from the rest."""
    mark = "$" if unit.dialect == "postgres" else "?"
    # Whole minutes, as they are reserved.
    minutes = -(-duration_ms // MINUTE)
    rows = await unit.write(
        "UPDATE workspace SET "
        f"credit_micros = credit_micros + {mark}2 - credit_per_minute_micros * {mark}3, "
        f"version = version + 1, updated_at = {mark}4 WHERE id = {mark}1 "
        f"RETURNING credit_per_minute_micros * {mark}3",
        [unit.workspace_id, reserved, minutes, unit.now],
    )
    return int(rows[0][0]) if rows and rows[0][0] is not None else 0


def withdrawn(reason: EndReason) -> dict[str, Any]:
    """What ends a call that was never dialled."""
    return {"end_reason": reason, "due_at": None, "owner": None, "lease_until": None}
