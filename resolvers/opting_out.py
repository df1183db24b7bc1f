"""Opting out in a conversation: the number is suppressed, and the lead says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import Channel, EventType, Lead, Subject, SuppressionReason
from resolvers.suppressions import suppress_address
from schema.unit import Unit


async def spoken(unit: Unit, call: Mapping[str, Any]) -> None:
    """Somebody asked in this call not to be called again."""
    lead = call["lead_id"]
    await suppress_address(
        unit,
        Channel.CALL,
        call["to_number"],
        SuppressionReason.OPT_OUT,
        call_id=call["id"],
        lead_id=lead,
        note="Asked for in a call.",
    )
    if lead is None:
        return
    rows = await unit.find(Lead, ("outreach_disabled", "name", "agent_id"), {"id": lead}, lock=True)
    if not rows or rows[0][0]:
        return
    row = await unit.update(Lead, lead, {"outreach_disabled": True}, ("version", "stage"))
    assert row is not None
    unit.record(
        EventType.LEAD_OPTED_OUT,
        Subject.LEAD,
        lead,
        f"{rows[0][1]} must not be contacted any more",
        version=row[0],
        status=row[1],
        agent_id=rows[0][2],
        call_id=call["id"],
    )
