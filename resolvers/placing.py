"""Placing a call: it is accepted in one transaction, and nothing else happens in the request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models import (
    Call,
    CallEvent,
    CallEventType,
    CallStatus,
    Lead,
    LeadSource,
    Numbered,
    WaitingFor,
)
from models.columns import new_id, wire
from resolvers.call_progress import tell
from resolvers.call_status import TITLES, event_type
from resolvers.contactability import Decision, Verdict, contactability
from resolvers.counting import Timing, facts, reservation, routed
from resolvers.given import Given
from resolvers.leads import derived, record_created
from resolvers.routing import Route, Wish
from resolvers.simulating import mistake
from schema.call_input import PlaceCallInput, PlaceCallPayload
from schema.error_code import ErrorCode
from schema.unit import Unit
from schema.verb import verb

#: Seconds that a call may last, at least and at most.
SHORTEST, LONGEST = 10, 43_200
#: What a refusal is about, by its code; others are about the target.
PATHS = {
    ErrorCode.AGENT_REQUIRED: "agentId",
    ErrorCode.AGENT_INACTIVE: "agentId",
    ErrorCode.AGENT_CHANNEL: "agentId",
    ErrorCode.AGENT_NO_NUMBER: "agentId",
    ErrorCode.NUMBER_NOT_OURS: "fromNumber",
    ErrorCode.NUMBER_NOT_READY: "fromNumberId",
    ErrorCode.TOO_LATE: "latestAt",
}


def numbers(input: dict[str, Any]) -> Mapping[Numbered, int]:
    """One for the call, and one for the lead that a bare number may make."""
    if input["target"].get("phone") is None:
        return {Numbered.CALL: 1}
    return {Numbered.CALL: 1, Numbered.LEAD: 1}


@verb(PlaceCallInput, PlaceCallPayload, "calls:write", numbers=numbers, key_required=True)
async def place_call(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Accept a call. It is dialled as soon as the policy and the limits permit, and at most once.

    Repeat an unanswered request with the same key: the call is accepted once. One that must wait
    is `SCHEDULED` and says for what. `contactability` tells beforehand.
    """
    given = Given(input)
    wish = _wish(given)
    columns = given.columns
    given.check()
    found = await routed(unit.read, unit.dialect, unit.workspace_id, wish)
    for name in found.missing:
        _missing(given, name)
    wrong = mistake(columns.get("metadata") or {}) if found.simulated else None
    if wrong is not None:
        given.problem(ErrorCode.INVALID, "metadata", wrong)
    given.check()
    timing = Timing(
        unit.now,
        _instant(columns.get("earliest_at")),
        _instant(columns.get("latest_at")),
        columns.get("max_duration_ms"),
        plan_required=unit.caller.installation.plan_required,
    )
    decision = contactability(
        await facts(unit.read, unit.dialect, unit.workspace_id, found, timing)
    )
    if decision.verdict is Verdict.REFUSE:
        assert decision.code is not None
        given.problem(decision.code, PATHS.get(decision.code, "target"), decision.message)
    given.check()
    lead = await _lead(unit, found)
    reserved = await _reserve(unit, found, columns.get("max_duration_ms"))
    return {"call_id": await _accept(unit, columns, found, decision, lead, reserved)}


def _wish(given: Given) -> Wish:
    """Read what is given; what belongs to the call's row is left in `given.columns`."""
    target = Given(given.input["target"], ("target",))
    target.reference("leadId", "lead") if "leadId" in target.input else None
    if "phone" in target.input:
        target.phone("phone", dialled=True)
        if target.columns.get("phone") is None and not target.problems:
            target.problem(ErrorCode.REQUIRED, "phone")
    given.problems += target.problems
    asked = Given(given.input)
    asked.reference("agentId", "agent") if given.input.get("agentId") else None
    asked.reference("fromNumberId", "phone_number") if given.input.get("fromNumberId") else None
    for name in ("toNumber", "fromNumber"):
        if given.input.get(name) is not None:
            asked.phone(name)
    if asked.columns.get("from_number") and asked.columns.get("from_number_id"):
        asked.problem(ErrorCode.INVALID, "fromNumber", "Give one of fromNumberId or fromNumber.")
    if asked.columns.get("to_number") and "phone" in target.input:
        asked.problem(ErrorCode.INVALID, "toNumber", "Give it with target.leadId only.")
    given.problems += asked.problems
    given.text("reason", limit=5000)
    given.text("firstMessageOverride", limit=5000)
    if given.input.get("language") is not None:
        given.language("language")
    given.integer("maxDurationSeconds", SHORTEST, LONGEST, column="max_duration_ms", scale=1000)
    given.json("metadata")
    given.optional("earliestAt", "latestAt")
    reference = given.columns.get("metadata", {}).get("reference")
    if isinstance(reference, str) and 0 < len(reference) <= 200:
        given.columns["reference"] = reference
    earliest, latest = given.columns.get("earliest_at"), given.columns.get("latest_at")
    if earliest and latest and latest < earliest:
        given.problem(ErrorCode.OUT_OF_RANGE, "latestAt", "It is before earliestAt.")
    return Wish(
        lead_id=target.columns.get("lead_id"),
        phone=target.columns.get("phone"),
        to_number=asked.columns.get("to_number"),
        agent_id=asked.columns.get("agent_id"),
        from_number_id=asked.columns.get("from_number_id"),
        from_number=asked.columns.get("from_number"),
    )


def _missing(given: Given, name: str) -> None:
    if name == "lead_id":
        target = Given({}, ("target",))
        target.missing("lead", "leadId")
        given.problems += target.problems
    else:
        given.missing("agent", "agentId")


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


async def _lead(unit: Unit, found: Route) -> str | None:
    """The lead's id; a bare number without one gets one."""
    if found.lead is not None:
        return str(found.lead["id"])
    phone = found.wish.phone
    parts = {"phone": phone}
    row = await unit.insert(
        Lead,
        {
            "id": new_id(),
            "number": unit.number(Numbered.LEAD),
            "last_activity_at": unit.now,
            "source": LeadSource.CALL,
            "contact_key": phone,
            **parts,
            **derived(parts),
        },
    )
    record_created(unit, row)
    return str(row["id"])


async def _reserve(unit: Unit, found: Route, max_duration_ms: int | None) -> int:
    """Take what the call may cost off the credit, where there is a limit to it."""
    needed = reservation(found, max_duration_ms)
    if found.workspace["credit_micros"] is None or not needed:
        return 0
    mark = "$" if unit.dialect == "postgres" else "?"
    rows = await unit.write(
        f"UPDATE workspace SET credit_micros = credit_micros - {mark}2, version = version + 1, "
        f"updated_at = {mark}3 WHERE id = {mark}1 AND credit_micros >= {mark}2 RETURNING id",
        [unit.workspace_id, needed, unit.now],
    )
    if not rows:
        given = Given({})
        given.problem(ErrorCode.INSUFFICIENT_CREDITS, "target")
        given.check()
    return needed


async def _accept(
    unit: Unit,
    columns: Mapping[str, Any],
    found: Route,
    decision: Decision,
    lead: str | None,
    reserved: int,
) -> str:
    assert found.agent is not None
    assert found.number is not None
    waits = decision.verdict is Verdict.DEFER
    # For less than a second it waits where it is.
    waits &= decision.waiting_for is not WaitingFor.RATE
    status = CallStatus.SCHEDULED if waits else CallStatus.QUEUED
    until = None if decision.until is None else wire(decision.until)
    row = await unit.insert(
        Call,
        {
            "id": new_id(),
            "number": unit.number(Numbered.CALL),
            "status": status,
            "lead_id": lead,
            "agent_id": found.agent["id"],
            "phone_number_id": found.number["id"],
            "from_number": found.number["e164"],
            "to_number": found.address,
            "provider": found.provider,
            "provider_account_id": None if found.account is None else found.account["id"],
            "warnings": [each.data() for each in decision.warnings],
            "waiting_for": decision.waiting_for if waits else None,
            "not_before": until if waits else None,
            "due_at": until if waits and until else unit.now,
            "queued_at": None if waits else unit.now,
            "credit_reserved_micros": reserved,
            "credit_currency": found.workspace["credit_currency"] if reserved else None,
            **columns,
        },
    )
    entry = {"call_id": row["id"], "type": CallEventType.STATUS, "status": status}
    await unit.insert(CallEvent, {"id": new_id(), "occurred_at": unit.now, **entry})
    who = f"{found.agent['name']} and {(found.lead or {}).get('name') or found.address}"
    tell(unit, row, event_type(status), TITLES[status], who)
    return str(row["id"])


MUTATIONS = (place_call,)
