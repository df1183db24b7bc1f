"""What is left of a campaign that is over: its calls are withdrawn, some in each transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import (
    Call,
    CallEvent,
    CallEventType,
    CallStatus,
    Campaign,
    CampaignStatus,
    EndReason,
    EventType,
    RecipientState,
    Subject,
)
from models.columns import new_id
from models.database import Row
from resolvers.call_end import settled
from resolvers.call_progress import ABOUT, tell
from resolvers.call_status import TITLES
from resolvers.campaign_outcome import TITLES as COME_TO
from schema.unit import Unit

#: Calls that are withdrawn by one transaction, and recipients.
BATCH = 250
#: What is told of a call; and what it had reserved, should it have been on the point of dialling.
CALL = ("id", "version", *ABOUT, "credit_reserved_micros")
RECIPIENT = ("id", "version", "name", "to_number", "lead_id")


async def clear(unit: Unit, campaign: Mapping[str, Any]) -> bool:
    """Withdraw some of the calls that a campaign has left; whether there may be more."""
    cancelled = campaign["status"] == CampaignStatus.CANCELLED
    reason = EndReason.CANCELLED if cancelled else EndReason.EXPIRED
    state = RecipientState.CANCELLED if cancelled else RecipientState.EXPIRED
    calls = await _withdraw(unit, campaign["id"], reason)
    left = await _take_out(unit, campaign["id"], state)
    if BATCH in (len(calls), len(left)):
        return True
    await unit.update(Campaign, campaign["id"], {"clearing": False})
    return False


async def _withdraw(unit: Unit, campaign: str, reason: EndReason) -> list[Row]:
    mark = "$" if unit.dialect == "postgres" else "?"
    lock = " FOR NO KEY UPDATE" if unit.dialect == "postgres" else ""
    rows = await unit.write(
        f"UPDATE call SET status = 'CANCELLED', end_reason = '{reason.value}', ended_at = {mark}3, "
        f"artifacts_at = {mark}3, due_at = NULL, waiting_for = NULL, not_before = NULL, "
        f"updated_at = {mark}3, version = version + 1 WHERE workspace_id = {mark}1 AND id IN ("
        f"SELECT id FROM call WHERE workspace_id = {mark}1 AND campaign_id = {mark}2 "
        f"AND status IN ('SCHEDULED', 'QUEUED') LIMIT {BATCH}{lock}) RETURNING {', '.join(CALL)}",
        [unit.workspace_id, campaign, unit.now],
    )
    entries = []
    for row in rows:
        call = {**dict(zip(CALL, row, strict=True)), "status": CallStatus.CANCELLED}
        credit = await settled(unit, call, 0)
        if credit:
            changed = await unit.update(Call, call["id"], credit)
            assert changed is not None
            call["version"] = changed[0]
        tell(unit, call, EventType.CALL_CANCELLED, TITLES[CallStatus.CANCELLED])
        status = {"type": CallEventType.STATUS, "status": CallStatus.CANCELLED}
        about = {"call_id": call["id"], "occurred_at": unit.now}
        entries.append({"id": new_id(), **about, **status})
    if entries:
        await unit.insert_many(CallEvent, entries)
    return rows


async def _take_out(unit: Unit, campaign: str, state: RecipientState) -> list[Row]:
    mark = "$" if unit.dialect == "postgres" else "?"
    rows = await unit.write(
        f"UPDATE recipient SET state = '{state.value}', finished_at = {mark}3, "
        f"next_attempt_at = NULL, updated_at = {mark}3, version = version + 1 "
        f"WHERE workspace_id = {mark}1 AND id IN ("
        f"SELECT id FROM recipient WHERE workspace_id = {mark}1 AND campaign_id = {mark}2 "
        f"AND state IN ('PENDING', 'RETRYING') LIMIT {BATCH}) RETURNING {', '.join(RECIPIENT)}",
        [unit.workspace_id, campaign, unit.now],
    )
    for id, version, name, number, lead in rows:
        unit.record(
            EventType.RECIPIENT_UPDATED,
            Subject.RECIPIENT,
            id,
            f"{name or number} {COME_TO[state]}",
            version=version,
            status=state,
            campaign_id=campaign,
            lead_id=lead,
        )
    return rows
