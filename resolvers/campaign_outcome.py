"""What the end of a campaign's call means for its recipient: reached, tried again, or given up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from models import (
    Call,
    CallPriority,
    CallStatus,
    Campaign,
    EndReason,
    EventType,
    Lead,
    Numbered,
    Recipient,
    RecipientState,
    Subject,
    WaitingFor,
)
from models.columns import new_id, wire
from resolvers.campaign_status import OVER
from resolvers.existing import held
from schema.noun import snake
from schema.unit import Unit

#: What of a call another attempt takes over.
INHERITED = (
    "lead_id",
    "agent_id",
    "campaign_id",
    "recipient_id",
    "to_number",
    "metadata",
    "reference",
)
#: What this takes to know of a call.
KNOWN = (*INHERITED, "attempt", "latest_at")
CAMPAIGN = ("status", "retry_on", "max_retries", "retry_delay_ms")
RECIPIENT = ("name", "to_number", "state", "version")
#: Ends after which nothing is tried again, whatever the campaign says.
FINAL = (EndReason.NOT_PLACED, EndReason.UNKNOWN_OUTCOME, EndReason.CANCELLED)
#: How they are told.
TITLES = {
    RecipientState.PENDING: "waits again",
    RecipientState.COMPLETED: "was reached",
    RecipientState.RETRYING: "will be tried again",
    RecipientState.FAILED: "could not be reached",
    RecipientState.BLOCKED: "must not be called",
    RecipientState.CANCELLED: "was taken out",
    RecipientState.EXPIRED: "was not reached in time",
}


async def concluded(
    unit: Unit, call: Mapping[str, Any], status: CallStatus, changes: Mapping[str, Any]
) -> None:
    """Bring the recipient of a call that has just ended on; the call is locked."""
    call = await _whole(unit, call)
    campaigns = await unit.find(Campaign, CAMPAIGN, {"id": call["campaign_id"]})
    recipients = await unit.find(Recipient, RECIPIENT, {"id": call["recipient_id"]}, lock=True)
    if not campaigns or not recipients:
        return
    campaign = held(Campaign, CAMPAIGN, campaigns[0])
    recipient = held(Recipient, RECIPIENT, recipients[0])
    reason = changes.get("end_reason")
    late = call["latest_at"] is not None and call["latest_at"] <= unit.now
    if not late and _again(campaign, call, status, reason) and unit.numbers.get(Numbered.CALL):
        due = wire(
            datetime.fromisoformat(unit.now) + timedelta(milliseconds=campaign["retry_delay_ms"])
        )
        await _retry(unit, call, due)
        after: dict[str, Any] = {"state": RecipientState.RETRYING, "next_attempt_at": due}
    else:
        after = {
            "state": _state(status, reason),
            "next_attempt_at": None,
            "finished_at": unit.now,
            "blocked_code": changes.get("blocked_code"),
        }
    await _bring(unit, call, recipient, after)


async def waits_again(unit: Unit, call: Mapping[str, Any]) -> bool:
    """Have the recipient of a call that was not placed after all wait; False if that is over.

    The campaign is locked, so that whoever ends it withdraws what waits by then.
    """
    campaigns = await unit.find(Campaign, ("status",), {"id": call["campaign_id"]}, lock=True)
    if not campaigns or campaigns[0][0] in OVER:
        return False
    whole = await _whole(unit, call)
    recipients = await unit.find(Recipient, RECIPIENT, {"id": call["recipient_id"]}, lock=True)
    if recipients:
        before = whole["attempt"] - 1
        state = RecipientState.RETRYING if before else RecipientState.PENDING
        await _bring(
            unit,
            whole,
            held(Recipient, RECIPIENT, recipients[0]),
            {"state": state, "attempts": before},
        )
    return True


async def _bring(
    unit: Unit, call: Mapping[str, Any], recipient: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Bring the recipient of a call on, and tell it."""
    row = await unit.update(Recipient, call["recipient_id"], after)
    assert row is not None
    unit.record(
        EventType.RECIPIENT_UPDATED,
        Subject.RECIPIENT,
        call["recipient_id"],
        f"{recipient['name'] or recipient['to_number']} {TITLES[after['state']]}",
        version=row[0],
        status=after["state"],
        campaign_id=call["campaign_id"],
        lead_id=call["lead_id"],
        call_id=call["id"],
    )


async def _whole(unit: Unit, call: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", *KNOWN)
    (row,) = await unit.find(Call, names, {"id": call["id"]})
    return held(Call, names, row)


def _again(
    campaign: Mapping[str, Any],
    call: Mapping[str, Any],
    status: CallStatus,
    reason: EndReason | None,
) -> bool:
    return (
        status in campaign["retry_on"]
        and reason not in FINAL
        and call["attempt"] <= campaign["max_retries"]
        and campaign["status"] not in OVER
    )


def _state(status: CallStatus, reason: EndReason | None) -> RecipientState:
    """What a recipient has come to whom nobody calls again."""
    if status is CallStatus.COMPLETED:
        return RecipientState.COMPLETED
    if status is CallStatus.BLOCKED:
        return RecipientState.BLOCKED
    if reason is EndReason.EXPIRED:
        return RecipientState.EXPIRED
    if status is CallStatus.CANCELLED:
        return RecipientState.CANCELLED
    return RecipientState.FAILED


async def _retry(unit: Unit, call: Mapping[str, Any], due: str) -> None:
    """Plan the next attempt: after the delay, then at the next opening."""
    row = {name: call[name] for name in INHERITED}
    await unit.insert(
        Call,
        {
            **row,
            "id": new_id(),
            "number": unit.number(Numbered.CALL),
            "attempt": call["attempt"] + 1,
            "status": CallStatus.SCHEDULED,
            "priority": CallPriority.CAMPAIGN,
            "waiting_for": WaitingFor.RETRY_DELAY,
            "not_before": due,
            "due_at": due,
        },
    )


async def keep_result(
    unit: Unit, call: Mapping[str, Any], extracted: Mapping[str, Any] | None
) -> None:
    """Write the recipient's row of the results: what was extracted, else what the lead has."""
    columns = ("display_columns",)
    campaigns = await unit.find(Campaign, columns, {"id": call["campaign_id"]})
    if not campaigns:
        return
    wanted = [each["name"] for each in held(Campaign, columns, campaigns[0])["display_columns"]]
    lead = await _lead(unit, call["lead_id"], wanted)
    found = extracted or {}
    result = {name: found[name] if name in found else lead.get(name) for name in wanted}
    # Without columns it is all that was found out.
    await unit.update(
        Recipient, call["recipient_id"], {"result": result if wanted else dict(found)}
    )


async def _lead(unit: Unit, id: str | None, names: list[str]) -> dict[str, Any]:
    """Columns of the lead in the API's spelling, and its custom fields."""
    if id is None:
        return {}
    shown = (
        "name",
        "first_name",
        "last_name",
        "company",
        "role",
        "email",
        "phone",
        "language",
        "stage",
        "external_id",
        "custom_fields",
    )
    rows = await unit.find(Lead, shown, {"id": id})
    if not rows:
        return {}
    lead = held(Lead, shown, rows[0])
    custom = lead.pop("custom_fields") or {}
    return {name: lead.get(snake(name), custom.get(name)) for name in names}
