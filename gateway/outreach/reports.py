"""Applying what a provider says of a call: once, in any order, and never backwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gateway.outreach.artifacts import keep_analysis, keep_sound, keep_turns
from gateway.outreach.extraction import asked_for, extracted
from gateway.outreach.providers.provider import Report, Said
from models import AnsweredBy, CallEvent, CallEventType, CallStatus, EndReason, EventType
from models.columns import wire
from resolvers.call_end import charged, ended
from resolvers.call_progress import change, move, note, tell
from resolvers.call_status import ENDED, further
from resolvers.campaign_outcome import keep_result
from resolvers.opting_out import spoken
from schema.unit import Unit

#: What applying a report takes to know of a call, beyond what moving it on does.
KNOWN = (
    "to_number",
    "answered_by",
    "answered_at",
    "ringing_at",
    "ended_at",
    "duration_ms",
    "artifacts_at",
    "hangup_by",
    "end_reason",
    "end_detail",
    "sip_code",
    "cost_micros",
    "cost_currency",
    "transferred_to",
    "cancel_requested",
    "provider_call_id",
    "provider_data",
    "dialed_at",
    "due_at",
    "max_duration_ms",
    "credit_reserved_micros",
    "credit_micros",
    "credit_currency",
    "unknown_until",
)
#: Ends of calls that somebody, or something, has answered.
ANSWERED = (CallStatus.COMPLETED, CallStatus.VOICEMAIL)
#: Figures that are told, and what none of them reaches.
FIGURES = {"duration_ms": 2**31, "cost_micros": 2**53, "sip_code": 1000}
#: What a later report may still add.
FILLED = ("answered_by", "hangup_by", "sip_code", "cost_micros", "cost_currency", "transferred_to")


async def apply(unit: Unit, call: dict[str, Any], reports: Sequence[Report]) -> bool:
    """Apply what is new in the reports to a locked call; whether anything was."""
    reports = [plausible(each) for each in reports]
    seen = await _seen(unit, call, reports)
    changed = False
    for report in reports:
        if report.mark not in seen:
            changed |= await _apply(unit, call, report)
    return changed


def plausible(report: Report) -> Report:
    """The report without figures that no call can have, nor times of what was said."""
    wrong: dict[str, Any] = {
        name: None
        for name, most in FIGURES.items()
        if not isinstance(given := getattr(report, name), int | None)
        or not 0 <= (given or 0) < most
    }
    if report.turns is not None:
        wrong["turns"] = [_timed(each) for each in report.turns]
    if report.spoken is not None:
        wrong["spoken"] = _timed(report.spoken)
    return replace(report, **wrong) if wrong else report


def _timed(turn: Said) -> Said:
    times = (turn.start_ms, turn.end_ms)
    if all(each is None or 0 <= each < FIGURES["duration_ms"] for each in times):
        return turn
    return replace(turn, start_ms=None, end_ms=None)


async def _seen(unit: Unit, call: Mapping[str, Any], reports: Sequence[Report]) -> set[str]:
    marks = sorted({each.mark for each in reports})
    if not marks:
        return set()
    where = {"call_id": call["id"], "provider_event_id": marks}
    rows = await unit.find(CallEvent, ("provider_event_id",), where)
    return {row[0] for row in rows}


async def _apply(unit: Unit, call: dict[str, Any], report: Report) -> bool:
    changed = False
    if report.turns is not None or report.spoken is not None:
        changed |= await keep_turns(unit, call, report)
    if report.status is not None:
        changed |= await _status(unit, call, report, report.status)
    elif report.type is not None:
        entry = {"type": report.type, "detail": report.detail, "provider_event_id": report.mark}
        await note(unit, call, [{**entry, "occurred_at": _at(unit, report)}])
        if report.type is CallEventType.OPT_OUT_DETECTED:
            await spoken(unit, call)
        await _fill(unit, call, report)
        changed = True
    if report.complete and call["status"] in ENDED and call["artifacts_at"] is None:
        await _complete(unit, call, report)
        changed = True
    return changed


async def _status(unit: Unit, call: dict[str, Any], report: Report, status: CallStatus) -> bool:
    machine = AnsweredBy.MACHINE in (report.answered_by, call["answered_by"])
    if status is CallStatus.COMPLETED and machine:
        status = CallStatus.VOICEMAIL
    at = _at(unit, report)
    if not further(call["status"], status):
        if status not in (call["status"], CallStatus.DIALING):
            late = {"type": CallEventType.STATUS, "status": status, "late": True}
            more = {"occurred_at": at, "provider_event_id": report.mark, "detail": report.detail}
            await note(unit, call, [{**late, **more}])
        return await _fill(unit, call, report)
    changes = {
        name: getattr(report, name)
        for name in FILLED
        if getattr(report, name) is not None and call[name] is None
    }
    if call["status"] is CallStatus.UNKNOWN and call["ended_at"] is not None:
        # It had been given up: what it leaves behind is to be fetched after all.
        changes |= {**dict.fromkeys(("ended_at", "end_reason", "artifacts_at")), "due_at": unit.now}
    if status is CallStatus.RINGING:
        changes["ringing_at"] = at
    elif status is CallStatus.IN_PROGRESS:
        changes["answered_at"] = at
    if status in ENDED:
        changes |= _end(call, status, report, at)
        await ended(unit, call, status, changes, at=at, detail=report.detail, mark=report.mark)
    else:
        await move(unit, call, status, changes, at=at, detail=report.detail, mark=report.mark)
    if changes.get("answered_by") is AnsweredBy.MACHINE:
        heard = {"type": CallEventType.VOICEMAIL_DETECTED, "detail": "A machine answered."}
        await note(unit, call, [{**heard, "occurred_at": at}])
    return True


async def _fill(unit: Unit, call: dict[str, Any], report: Report) -> bool:
    """Take over what was not known yet: a price that comes late moves nothing."""
    changes = {
        name: getattr(report, name)
        for name in FILLED
        if getattr(report, name) is not None and call[name] is None
    }
    lasted = report.duration_ms
    if lasted is not None and call["duration_ms"] is None and call["status"] in ANSWERED:
        changes |= {"duration_ms": lasted, **await charged(unit, call, lasted)}
    if not changes:
        return False
    await change(unit, call, changes)
    tell(unit, call, EventType.CALL_UPDATED, "Call updated")
    return True


def _end(call: Mapping[str, Any], status: CallStatus, report: Report, at: str) -> dict[str, Any]:
    """What is known of how it ended."""
    reason = report.end_reason or EndReason.HANGUP
    if call["cancel_requested"] and reason in (EndReason.HANGUP, EndReason.CANCELLED):
        # What somebody has answered was hung up, which is what the status says as well.
        reason = EndReason.HANGUP if status in ANSWERED else EndReason.CANCELLED
    duration = report.duration_ms
    if duration is None and call["answered_at"] is not None:
        span = datetime.fromisoformat(at) - datetime.fromisoformat(call["answered_at"])
        duration = max(0, span // timedelta(milliseconds=1))
    found = {
        "ended_at": at,
        "end_reason": reason,
        "end_detail": report.detail,
        "duration_ms": duration,
    }
    if status in ANSWERED and call["answered_at"] is None:
        # Nobody has told of the answer: while nobody looked it was answered, and ended.
        lasted = timedelta(milliseconds=duration or 0)
        found["answered_at"] = wire(datetime.fromisoformat(at) - lasted)
    return found


async def _complete(unit: Unit, call: dict[str, Any], report: Report) -> None:
    """Transcript, recording and analysis are there, as far as there are any."""
    changes: dict[str, Any] = {"artifacts_at": unit.now, "due_at": None}
    if report.analysis is not None:
        changes |= keep_analysis(report.analysis)
    if report.sound is not None:
        await keep_sound(unit, call, report.sound)
    if call["campaign_id"] is not None:
        asked = await asked_for(unit, call["campaign_id"])
        why = None if report.analysis is None else report.analysis.note
        changes |= extracted(asked, changes.get("extracted"), why)
    await change(unit, call, changes)
    if call["recipient_id"] is not None:
        await keep_result(unit, call, changes.get("extracted"))
    entry = {"type": CallEventType.TRANSCRIPT, "detail": "The transcript is complete."}
    await note(unit, call, [{**entry, "provider_event_id": report.mark}])
    title = "Transcript and recording ready" if report.sound else "Transcript ready"
    tell(unit, call, EventType.CALL_ARTIFACTS_READY, title, changes.get("summary"))


def _at(unit: Unit, report: Report) -> str:
    return unit.now if report.at is None else wire(report.at)
