"""The demo's campaigns: what they are for, and whom they call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.demo.book import Book, Happening, Values
from gateway.demo.dice import Dice
from gateway.demo.leads import Prospect
from models import (
    Actor,
    Campaign,
    CampaignPurpose,
    CampaignStatus,
    EventType,
    LanguageMode,
    PauseReason,
    Recipient,
    RecipientState,
    RetryOn,
    Subject,
)

S = CampaignStatus
RETRY_ON = (RetryOn.NO_ANSWER, RetryOn.BUSY, RetryOn.VOICEMAIL)

PROPERTIES: Mapping[str, dict[str, Any]] = {
    "vehicles": {"type": ["integer", "null"], "description": "Vehicles that deliver every day."},
    "current_tool": {"type": ["string", "null"], "description": "How tours are planned today."},
    "decision_maker": {"type": ["boolean", "null"], "description": "Whether this person decides."},
    "timeline": {
        "type": ["string", "null"],
        "enum": ["this month", "this quarter", "this year", "none", None],
        "description": "When a change could happen.",
    },
    "meeting_agreed": {"type": "boolean", "description": "Whether a demo was agreed."},
    "objection": {"type": ["string", "null"], "description": "What speaks against it."},
    "callback_requested": {"type": "boolean", "description": "Whether to call again."},
}
LABELS = {
    "name": "Name",
    "company": "Company",
    "vehicles": "Vehicles",
    "current_tool": "Plans with",
    "decision_maker": "Decides",
    "timeline": "When",
    "meeting_agreed": "Demo agreed",
    "objection": "Objection",
    "callback_requested": "Call again",
}


@dataclass(frozen=True)
class Plan:
    """A campaign in short; times are days ago."""

    name: str
    agent: str
    status: CampaignStatus
    purpose: CampaignPurpose
    size: int
    #: The part of the recipients that has been dialled so far.
    dialled: float
    created: float
    started: float | None
    ended: float | None
    fields: tuple[str, ...]
    reason: str
    first_message: str | None = None
    max_retries: int = 2


PLANS = (
    Plan(
        "Fleet survey",
        "Ava",
        S.FINISHED,
        CampaignPurpose.QUALIFICATION,
        110,
        1.0,
        79,
        77,
        56,
        ("vehicles", "current_tool", "decision_maker", "timeline"),
        "Find out how the company plans its delivery tours and whether a change is possible.",
        "Hello, this is Ava from Brindlewick, an AI assistant. This call is recorded. I have three "
        "short questions about your delivery tours. Is now a good time?",
    ),
    Plan(
        "First contact Germany",
        "Lena",
        S.PAUSED,
        CampaignPurpose.COLD_CALLING,
        80,
        0.55,
        33,
        31,
        22,
        ("vehicles", "meeting_agreed", "objection"),
        "First contact: introduce the route planner and offer a demo.",
    ),
    Plan(
        "Trade fair contacts",
        "Oliver",
        S.CANCELLED,
        CampaignPurpose.COLD_CALLING,
        36,
        0.4,
        29,
        28,
        26,
        ("vehicles", "callback_requested"),
        "The lead left a card at our stand and asked for a call.",
    ),
    Plan(
        "Spring demos",
        "Ava",
        S.IN_PROGRESS,
        CampaignPurpose.APPOINTMENT,
        120,
        0.62,
        14,
        12,
        None,
        ("vehicles", "meeting_agreed", "callback_requested", "objection"),
        "Arrange a demo of a quarter of an hour for one of the next two weeks.",
        max_retries=3,
    ),
    Plan(
        "Second round, unreached fleets",
        "Oliver",
        S.DRAFT,
        CampaignPurpose.QUALIFICATION,
        40,
        0.0,
        3,
        None,
        None,
        ("vehicles", "timeline"),
        "Try again those who could not be reached in spring.",
    ),
)


@dataclass(frozen=True)
class Membership:
    """A lead in a campaign."""

    plan: Plan
    campaign: Values
    recipient: Values
    dialled: bool
    started_at: datetime | None
    #: When dialling stopped; None while it goes on or has not begun.
    ended_at: datetime | None


def campaigns(
    book: Book,
    dice: Dice,
    agents: Mapping[str, Values],
    leads: list[Prospect],
    owner_id: str,
) -> dict[str, Membership]:
    """The campaigns, and for each lead in one of them how it is a member."""
    members: dict[str, Membership] = {}
    number = 0
    for place, plan in enumerate(PLANS, 1):
        row = _campaign(book, dice, plan, agents[plan.agent], place)
        campaign = book.add(Campaign, row)
        _history(book, campaign, plan, owner_id)
        added = campaign["created_at"] + timedelta(minutes=12)
        free = [
            lead
            for lead in leads
            if lead.agent == plan.agent
            and lead.id not in members
            and lead.row["first_name"]
            and lead.row["phone"]
            and lead.row["agent_id"]
            and lead.row["created_at"] < added - timedelta(hours=1)
        ]
        for lead in dice.sample(free, min(plan.size, len(free))):
            number += 1
            added += timedelta(milliseconds=dice.randint(1, 3))
            recipient = book.add(Recipient, _recipient(dice, campaign, lead, added, number))
            members[lead.id] = Membership(
                plan,
                campaign,
                recipient,
                dice.chance(plan.dialled),
                campaign["started_at"],
                campaign["finished_at"] or campaign["paused_at"],
            )
    return members


def _campaign(book: Book, dice: Dice, plan: Plan, agent: Values, number: int) -> Values:
    def ago(days: float | None) -> datetime | None:
        return None if days is None else book.now - timedelta(days=days)

    created = book.now - timedelta(days=plan.created) - dice.lapse(0, 7200)
    started, ended = ago(plan.started), ago(plan.ended)
    paused = plan.status is S.PAUSED
    return {
        "id": dice.id(created),
        "created_at": created,
        "number": number,
        "name": plan.name,
        "status": plan.status,
        "agent_id": agent["id"],
        "purpose": plan.purpose,
        "reason": plan.reason,
        "first_message_override": plan.first_message,
        "language_mode": LanguageMode.FIXED,
        "output_language": "en",
        "extraction_schema": {
            "type": "object",
            "properties": {name: PROPERTIES[name] for name in plan.fields},
            "required": list(plan.fields),
        },
        "display_columns": [
            {"name": name, "label": LABELS[name]} for name in ("name", "company", *plan.fields)
        ],
        "time_zone": agent["time_zone"],
        "start_date": started.date().isoformat() if started else None,
        "end_date": (book.now + timedelta(days=30)).date().isoformat() if ended is None else None,
        "calling_windows": [{"days": [1, 2, 3, 4, 5], "from": 540, "to": 1050}],
        "max_retries": plan.max_retries,
        "retry_delay_ms": 26 * 3_600_000,
        "retry_on": [each.value for each in RETRY_ON],
        "max_concurrent_calls": 2,
        "metadata": {"region": agent["time_zone"].partition("/")[0]},
        "pause_reason": PauseReason.USER if paused else None,
        "started_at": started,
        "paused_at": ended if paused else None,
        "finished_at": None if paused else ended,
    }


def _recipient(
    dice: Dice, campaign: Values, lead: Prospect, added: datetime, number: int
) -> Values:
    return {
        "id": dice.id(added),
        "created_at": added,
        "number": number,
        "campaign_id": campaign["id"],
        "lead_id": lead.id,
        "to_number": lead.row["phone"],
        "name": lead.row["name"],
        "external_id": f"{campaign['number']}-{number:04d}",
        "state": RecipientState.PENDING,
        "attempts": 0,
        "next_attempt_at": None,
        "finished_at": None,
        "variables": {
            "first_name": lead.row["first_name"],
            "company": lead.row["company"],
            "vehicles": lead.vehicles,
        },
    }


def _history(book: Book, campaign: Values, plan: Plan, owner_id: str) -> None:
    created = campaign["created_at"]
    happened = [
        (created, EventType.CAMPAIGN_CREATED, S.DRAFT, f"Campaign {plan.name} drafted"),
        (
            created + timedelta(minutes=12),
            EventType.RECIPIENTS_ADDED,
            S.DRAFT,
            f"Recipients added to {plan.name}",
        ),
    ]
    if campaign["started_at"]:
        at, title = campaign["started_at"], f"Campaign {plan.name} started"
        happened.append((at, EventType.CAMPAIGN_STARTED, S.IN_PROGRESS, title))
    if ended := campaign["finished_at"] or campaign["paused_at"]:
        title = f"Campaign {plan.name} {plan.status.value.lower()}"
        happened.append((ended, EventType[f"CAMPAIGN_{plan.status}"], plan.status, title))
    book.tell(
        Happening(
            at,
            type_,
            Subject.CAMPAIGN,
            campaign["id"],
            title,
            {"campaign_id": campaign["id"], "agent_id": campaign["agent_id"]},
            status,
            plan.reason,
            actor=Actor.SYSTEM if type_ is EventType.CAMPAIGN_FINISHED else Actor.MEMBER,
            actor_id=None if type_ is EventType.CAMPAIGN_FINISHED else owner_id,
        )
        for at, type_, status, title in happened
    )
