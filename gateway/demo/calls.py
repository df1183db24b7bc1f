"""The demo's calls, from the request to the outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from gateway.demo.artifacts import Entry, artifacts, timeline
from gateway.demo.book import Book, Happening, Values
from gateway.demo.conversations import Conversation, converse, voicemail
from gateway.demo.dice import Dice
from gateway.demo.endings import ENDINGS
from gateway.demo.order import Order, asked
from gateway.demo.workspace import CREDIT_PER_MINUTE_MICROS, CURRENCY
from models import (
    Actor,
    AnsweredBy,
    Call,
    CallDirection,
    CallEventType,
    CallStatus,
    EndReason,
    EventType,
    HangupBy,
    Subject,
    WaitingFor,
)
from resolvers.call_status import TITLES
from schema.error_code import ErrorCode

S = CallStatus
#: Statuses that we come to by ourselves; the provider tells the others.
OURS = (S.SCHEDULED, S.QUEUED, S.DIALING, S.UNKNOWN, S.CANCELLED, S.BLOCKED)
#: What the simulated provider charges: a second of talking, billed in steps of six seconds.
COST_MICROS, COST_STEP = 1_400, 6
#: How long a call may last, and how long one in doubt keeps its place beyond that.
LONGEST, GRACE = timedelta(minutes=10), timedelta(minutes=15)


@dataclass(frozen=True)
class Step:
    """A status and when it was reached."""

    status: CallStatus
    at: datetime


def place(book: Book, dice: Dice, order: Order, status: CallStatus, outcome: str = "") -> Values:
    """Write a call that has come to this end, with all that it left behind."""
    talk = None
    if status is S.COMPLETED:
        talk = converse(dice, order.lead, order.agent, outcome)
    elif status is S.VOICEMAIL:
        talk = voicemail(dice, order.lead, order.agent)
    steps = _steps(dice, order, status, talk)
    row = asked(dice, order) | _reached(steps) | _ended(dice, order, steps[-1], talk)
    if outcome == "transferred":
        row |= {
            "end_reason": EndReason.TRANSFERRED,
            "hangup_by": HangupBy.AGENT,
            "transferred_to": order.agent["transfer_number"],
        }
    _keep(book, dice, order, row, steps, talk, outcome)
    return row


def schedule(
    book: Book,
    dice: Dice,
    order: Order,
    waiting_for: WaitingFor,
    due_at: datetime | None,
) -> Values:
    """Write a call that is still to be made, due in the future or when its campaign goes on."""
    row = asked(dice, order) | {
        "status": S.SCHEDULED,
        "waiting_for": waiting_for,
        "not_before": due_at,
        "earliest_at": due_at if waiting_for is WaitingFor.START_TIME else None,
        "due_at": due_at,
        "provider": None,
        "provider_call_id": None,
    }
    _keep(book, dice, order, row, [Step(S.SCHEDULED, order.created_at)], None, "")
    return row


def withdraw(book: Book, dice: Dice, order: Order, at: datetime, reason: EndReason) -> Values:
    """Write a call that was given up before it was dialled."""
    steps = [Step(S.SCHEDULED, order.created_at), Step(S.CANCELLED, at)]
    row = asked(dice, order) | {
        "status": S.CANCELLED,
        "provider": None,
        "provider_call_id": None,
        "end_reason": reason,
        "ended_at": at,
    }
    _keep(book, dice, order, row, steps, None, "")
    return row


def _steps(dice: Dice, order: Order, status: CallStatus, talk: Conversation | None) -> list[Step]:
    steps = []
    ringing = order.created_at
    if order.direction is CallDirection.OUTBOUND:
        if order.queued_at > order.created_at:
            steps.append(Step(S.SCHEDULED, order.created_at))
        if status is S.BLOCKED:
            return [*steps, Step(status, order.queued_at)]
        steps.append(Step(S.QUEUED, order.queued_at))
        if status is S.CANCELLED:
            return [*steps, Step(status, order.queued_at + dice.lapse(0.4, 3))]
        dialed = order.queued_at + dice.lapse(0.15, 1.4)
        steps.append(Step(S.DIALING, dialed))
        if status is S.UNKNOWN:
            return [*steps, Step(status, dialed + dice.lapse(10, 30))]
        if status in (S.BUSY, S.FAILED):
            return [*steps, Step(status, dialed + dice.lapse(0.6, 4))]
        ringing = dialed + dice.lapse(0.9, 3.8)
    steps.append(Step(S.RINGING, ringing))
    if talk:
        answered = ringing + (dice.lapse(3, 19) if talk.summary else dice.lapse(15, 26))
        steps.append(Step(S.IN_PROGRESS, answered))
        return [*steps, Step(status, answered + timedelta(milliseconds=talk.duration_ms))]
    if status is S.NO_ANSWER:
        return [
            *steps,
            Step(status, ringing + timedelta(milliseconds=order.agent["ring_timeout_ms"])),
        ]
    return [*steps, Step(status, ringing + dice.lapse(3, 12))]


def _reached(steps: list[Step]) -> Values:
    at = {step.status: step.at for step in steps}
    return {
        "queued_at": at.get(S.QUEUED),
        "dialed_at": at.get(S.DIALING),
        "ringing_at": at.get(S.RINGING),
        "started_at": at.get(S.DIALING, at.get(S.RINGING)),
        "answered_at": at.get(S.IN_PROGRESS),
        "dispatches": int(S.DIALING in at),
    }


def _ended(dice: Dice, order: Order, end: Step, talk: Conversation | None) -> Values:
    reason, hangup_by, sip_code, detail = dice.weighted(ENDINGS[end.status])
    row: Values = {
        "status": end.status,
        "end_reason": reason,
        "hangup_by": hangup_by,
        "sip_code": sip_code,
        "end_detail": detail,
        "ended_at": end.at,
        "blocked_code": ErrorCode.SUPPRESSED if end.status is S.BLOCKED else None,
    }
    if end.status in (S.BLOCKED, S.CANCELLED):
        return row | {"provider": None, "provider_call_id": None}
    if end.status is S.UNKNOWN:
        until = order.queued_at + LONGEST + GRACE
        return row | {"unknown_until": until, "ended_at": None, "provider_call_id": None}
    seconds = ceil(talk.duration_ms / 1000 / COST_STEP) * COST_STEP if talk else 0
    row |= {
        "cost_micros": seconds * COST_MICROS,
        "cost_currency": CURRENCY,
        "credit_micros": ceil(seconds / 60) * CREDIT_PER_MINUTE_MICROS,
        "credit_currency": CURRENCY,
    }
    if talk:
        row |= {
            "duration_ms": talk.duration_ms,
            "answered_by": AnsweredBy.HUMAN if talk.summary else AnsweredBy.MACHINE,
            "artifacts_at": end.at + dice.lapse(5, 25),
        }
    if talk and talk.summary:
        row |= {
            "detected_language": talk.language,
            "summary": talk.summary,
            "intent": talk.intent,
            "sentiment": talk.sentiment,
            "outcome": talk.outcome,
            "extracted": _extracted(order, talk),
        }
    return row


def _extracted(order: Order, talk: Conversation) -> dict[str, Any]:
    asked = order.fields or tuple(each["name"] for each in order.agent["post_call_analysis_data"])
    answers = talk.answers or {}
    return {name: answers[name] for name in asked}


def _keep(
    book: Book,
    dice: Dice,
    order: Order,
    row: Values,
    steps: list[Step],
    talk: Conversation | None,
    outcome: str,
) -> None:
    book.add(Call, row)
    about = {
        "lead_id": row["lead_id"],
        "agent_id": row["agent_id"],
        "call_id": row["id"],
        "campaign_id": row["campaign_id"],
        "recipient_id": row["recipient_id"],
        "phone_number_id": row["phone_number_id"],
    }
    who = f"{order.agent['name']} and {order.lead.row['name']}"

    def happening(at: datetime, type_: EventType, title: str, place: int) -> Happening:
        status = steps[min(place, len(steps) - 1)].status
        actor, actor_id = order.actor, order.actor_id
        if place:
            actor, actor_id = Actor.SYSTEM if status in OURS else Actor.PROVIDER, None
        detail = row.get("summary") if place >= len(steps) - 1 else None
        return Happening(
            at,
            type_,
            Subject.CALL,
            row["id"],
            title,
            about,
            status,
            detail or who,
            actor=actor,
            actor_id=actor_id,
        )

    happened = [
        happening(step.at, EventType[f"CALL_{step.status}"], TITLES[step.status], place)
        for place, step in enumerate(steps)
    ]
    if row.get("artifacts_at"):
        title = "Transcript and recording ready"
        happened.append(
            happening(row["artifacts_at"], EventType.CALL_ARTIFACTS_READY, title, len(steps))
        )
    if row.get("unknown_until"):
        title = "Call given up as unknown"
        happened.append(happening(row["unknown_until"], EventType.CALL_UPDATED, title, len(steps)))
    book.tell(happened)
    timeline(
        book,
        dice,
        row,
        [Entry(step.at, CallEventType.STATUS, step.status) for step in steps],
        outcome,
    )
    if talk:
        artifacts(book, dice, row, talk)
