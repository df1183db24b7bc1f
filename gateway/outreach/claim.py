"""Claiming a call: the one durable step that makes this process its only sender."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.outreach.attempt import Claimed, later
from gateway.outreach.due import candidates
from gateway.outreach.leases import LEASE
from gateway.outreach.orders import ORDERED, account, order
from gateway.outreach.scene import Scene
from models import (
    Call,
    CallStatus,
    Campaign,
    CampaignStatus,
    EndReason,
    EventType,
    Lead,
    LeadStage,
    PauseReason,
    Provider,
    Recipient,
    RecipientState,
    Subject,
    WaitingFor,
    Workspace,
)
from models.columns import wire
from models.vocabulary import spoken
from models.writing import finding
from resolvers.call_end import ended, withdrawn
from resolvers.call_progress import KNOWN, change, move, put_off, tell
from resolvers.call_status import WAITING
from resolvers.campaign_progress import KNOWN as CAMPAIGN
from resolvers.campaign_progress import move as pause
from resolvers.contactability import Decision, Verdict, contactability
from resolvers.counting import Timing, facts, reservation, routed
from resolvers.existing import held
from resolvers.routing import Route, Wish
from schema.error_code import ErrorCode
from schema.unit import Unit

#: Seconds after which a call is looked at again that waits for others to end.
BUSY = 1.0
#: Seconds after which a workspace is looked at again whose places are all taken.
FULL = 0.25

COLUMNS = (
    *ORDERED,
    "due_at",
    "attempt",
    "dispatches",
    "waiting_for",
    "not_before",
    "queued_at",
    "answered_at",
    "artifacts_at",
    "earliest_at",
    "latest_at",
    "credit_reserved_micros",
)


@dataclass(frozen=True)
class Rest:
    """Nothing can be claimed in the workspace for so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Settled:
    """A call was decided about otherwise; the next one may go."""


async def claim(scene: Scene, workspace_id: str) -> Claimed | Rest | Settled:
    """Claim the most urgent call of a workspace, or say why none can be.

    Whoever claims in a workspace holds its row, so that no two see the same free place.
    """

    async def within(unit: Unit) -> Claimed | Rest | Settled:
        rows = await unit.find(Workspace, ("version",), {}, lock=True)
        if not rows:
            return Rest(FULL)
        # It may have waited for others who claimed.
        unit.now = wire(scene.clock())
        found = await unit.work.run(candidates(unit.dialect, workspace_id, unit.now))
        for id in found:
            call = await _free(unit, id)
            if call:
                break
        else:
            return Rest(0 if found else FULL)
        return await _decide(scene, unit, call)

    return await scene.transact(workspace_id, within)


async def _free(unit: Unit, id: str) -> dict[str, Any]:
    """The call, locked, if it still waits and nobody else is at it."""
    names = tuple(dict.fromkeys((*KNOWN, *COLUMNS)))
    where = {"workspace_id": unit.workspace_id, "id": id}
    sql, values = finding(unit.dialect, Call, names, where, lock=True)
    if unit.dialect == "postgres":
        sql += " SKIP LOCKED"
    rows = await unit.work.fetch(sql, values)
    if not rows:
        return {}
    call = held(Call, names, rows[0])
    call["status"] = CallStatus[call["status"]]
    due = call["due_at"]
    return call if call["status"] in WAITING and due is not None and due <= unit.now else {}


async def _decide(scene: Scene, unit: Unit, call: dict[str, Any]) -> Claimed | Rest | Settled:
    found, decision = await decided(unit, call)
    if decision.verdict is Verdict.REFUSE:
        await _refuse(unit, call, decision)
        return Settled()
    if decision.verdict is Verdict.DEFER:
        return await _defer(unit, call, decision)
    chosen = _chosen(call, found)
    call |= chosen
    with_whom = await account(unit.work, scene.installation, unit.workspace_id, call)
    if with_whom is None:
        await _refuse(unit, call, Decision(Verdict.REFUSE, ErrorCode.PROVIDER_NOT_CONFIGURED))
        return Settled()
    now = await later(unit, 0)
    lease = wire(now + timedelta(seconds=LEASE))
    dialed = {
        "dialed_at": unit.now,
        "started_at": unit.now,
        "queued_at": call["queued_at"] or unit.now,
        "owner": scene.worker,
        "lease_until": lease,
        "due_at": lease,
        "dispatches": call["dispatches"] + 1,
        "waiting_for": None,
        "not_before": None,
        **chosen,
        **await _reserved(unit, call, found),
    }
    await move(unit, call, CallStatus.DIALING, dialed)
    await _reached_out(unit, call)
    if call["recipient_id"] is not None:
        calling = {"state": RecipientState.CALLING, "attempts": call["attempt"]}
        await unit.update(Recipient, call["recipient_id"], {**calling, "next_attempt_at": None})
    ordered = await order(unit.work, scene.installation, unit.workspace_id, call)
    return Claimed(ordered, with_whom, call["dispatches"], time.monotonic())


def _chosen(call: Mapping[str, Any], found: Route) -> dict[str, Any]:
    """From where and through whom a campaign's call goes, which nobody has chosen before."""
    if call["provider"] is not None:
        return {}
    assert found.number is not None
    assert found.provider is not None
    return {
        "phone_number_id": found.number["id"],
        "from_number": found.number["e164"],
        "provider": found.provider,
        "provider_account_id": None if found.account is None else found.account["id"],
    }


async def _reserved(unit: Unit, call: Mapping[str, Any], found: Route) -> dict[str, Any]:
    """Credit for a campaign's call, which is reserved only now; the decision saw that it is there."""
    needed = reservation(found, call["max_duration_ms"])
    limited = found.workspace["credit_micros"] is not None
    if call["campaign_id"] is None or not limited or not needed or call["credit_reserved_micros"]:
        return {}
    mark = "$" if unit.dialect == "postgres" else "?"
    await unit.write(
        f"UPDATE workspace SET credit_micros = credit_micros - {mark}2, version = version + 1 "
        f"WHERE id = {mark}1",
        [unit.workspace_id, needed],
    )
    currency = found.workspace["credit_currency"]
    return {"credit_reserved_micros": needed, "credit_currency": currency}


async def decided(unit: Unit, call: Mapping[str, Any]) -> tuple[Route, Decision]:
    """May it be dialled now, by all that is true in this transaction?"""
    wish = Wish(
        lead_id=call["lead_id"],
        phone=call["to_number"] if call["lead_id"] is None else None,
        to_number=call["to_number"],
        agent_id=call["agent_id"],
        from_number_id=call["phone_number_id"],
        campaign_id=call["campaign_id"],
        provider=Provider[call["provider"]] if call["provider"] else None,
        provider_account_id=call["provider_account_id"],
    )
    found = await routed(unit.read, unit.dialect, unit.workspace_id, wish)
    timing = Timing(
        unit.now,
        _instant(call["earliest_at"]),
        _instant(call["latest_at"]),
        call["max_duration_ms"],
        reserved=call["campaign_id"] is None,
        plan_required=unit.caller.installation.plan_required,
    )
    counted = await facts(unit.read, unit.dialect, unit.workspace_id, found, timing)
    return found, contactability(counted)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


async def _reached_out(unit: Unit, call: Mapping[str, Any]) -> None:
    """Outreach to the lead has begun, if it hadn't."""
    if call["lead_id"] is None:
        return
    rows = await unit.find(Lead, ("stage", "name"), {"id": call["lead_id"]}, lock=True)
    if not rows:
        return
    stage, name = rows[0]
    changes = {"last_activity_at": unit.now}
    if stage == LeadStage.NEW:
        changes["stage"] = LeadStage.IN_PROGRESS
    row = await unit.update(Lead, call["lead_id"], changes)
    assert row is not None
    if stage == LeadStage.NEW:
        unit.record(
            EventType.LEAD_STAGE_CHANGED,
            Subject.LEAD,
            call["lead_id"],
            f"{name} moved to {spoken(LeadStage.IN_PROGRESS)}",
            version=row[0],
            status=LeadStage.IN_PROGRESS,
            metadata={"changed": ["stage"]},
            agent_id=call["agent_id"],
            call_id=call["id"],
        )


async def _refuse(unit: Unit, call: dict[str, Any], decision: Decision) -> None:
    """The policy forbids the call, or its time is over."""
    if decision.code is ErrorCode.CAMPAIGN_ENDED:
        # The pump withdraws what is left of it.
        await change(unit, call, {"due_at": None})
        return
    late = decision.code is ErrorCode.TOO_LATE
    status = CallStatus.CANCELLED if late else CallStatus.BLOCKED
    over = withdrawn(EndReason.EXPIRED if late else EndReason.POLICY)
    assert decision.code is not None
    if not late:
        over["blocked_code"] = decision.code.value
    await ended(unit, call, status, over, detail=decision.message)


async def _defer(unit: Unit, call: dict[str, Any], decision: Decision) -> Rest | Settled:
    """The call waits; nothing is written that is written already."""
    assert decision.waiting_for is not None
    until = decision.until
    here = datetime.fromisoformat(unit.now)
    if decision.waiting_for is WaitingFor.RATE:
        # For less than a second: nobody needs to read of it.
        return Rest(max(0.0, (until - here).total_seconds()) if until else FULL)
    crowded = decision.waiting_for is WaitingFor.CONCURRENCY
    due: str | None = wire(until or here + timedelta(seconds=BUSY))
    if crowded:
        # Whoever waits for a place keeps that in the queue.
        due = call["due_at"]
    elif decision.waiting_for is WaitingFor.CAMPAIGN:
        # Its campaign calls it again.
        due = None
    elif decision.waiting_for is WaitingFor.PLAN and call["campaign_id"] is not None:
        due = None
        await _out_of_credit(unit, call["campaign_id"])
    wait = {
        "waiting_for": decision.waiting_for,
        "not_before": None if until is None else wire(until),
        "due_at": due,
    }
    if call["status"] is CallStatus.QUEUED:
        await move(unit, call, CallStatus.SCHEDULED, wait, detail=decision.message)
    elif call["waiting_for"] != decision.waiting_for or call["not_before"] != wait["not_before"]:
        await change(unit, call, wait)
        tell(unit, call, EventType.CALL_SCHEDULED, "Call scheduled", decision.message)
    elif not crowded:
        await put_off(unit, call, due)
    return Rest(FULL) if crowded else Settled()


async def _out_of_credit(unit: Unit, id: str) -> None:
    """Pause a campaign that nobody pays for."""
    rows = await unit.find(Campaign, CAMPAIGN, {"id": id}, lock=True)
    campaign = held(Campaign, CAMPAIGN, rows[0])
    if campaign["status"] == CampaignStatus.IN_PROGRESS:
        await pause(unit, campaign, CampaignStatus.PAUSED, reason=PauseReason.CREDIT)
