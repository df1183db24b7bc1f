"""How a lead stands, and how its calls and e-mails move it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.demo.book import Book, Happening, Values
from gateway.demo.dice import Dice
from gateway.demo.leads import Prospect
from gateway.demo.suppressions import suppress
from models import (
    Actor,
    Channel,
    ConsentState,
    EventType,
    LeadStage,
    Subject,
    SuppressionReason,
)
from models.vocabulary import spoken

#: A lead's row is changed within moments of what changed it.
MOMENT = timedelta(milliseconds=7)
OPT_OUT = SuppressionReason.OPT_OUT
OVER = (LeadStage.CONVERTED, LeadStage.LOST)


@dataclass
class Story:
    """A lead's story as far as it has been told."""

    book: Book
    dice: Dice
    lead: Prospect
    agents: Mapping[str, Values]
    lines: Mapping[str, list[Values]]
    at: datetime
    #: Ways on which the lead may still be reached.
    open: set[Channel]
    #: When the lead came to its stage.
    since: datetime

    @property
    def row(self) -> Values:
        """The lead's row, which the story changes."""
        return self.lead.row

    @property
    def over(self) -> bool:
        """Whether nobody will reach out to the lead any more."""
        return self.row["stage"] in OVER


def reached_out(story: Story, at: datetime) -> None:
    """Outreach has begun."""
    if story.row["stage"] is LeadStage.NEW:
        _stage(story, at, LeadStage.IN_PROGRESS)


def concluded(story: Story, outcome: str, at: datetime) -> None:
    """A conversation or a correspondence has come to something."""
    row, at = story.row, at + MOMENT
    name = row["name"]
    if outcome in ("meeting", "yes") and not row["meeting_booked"]:
        row |= {"meeting_booked": True, "stage": LeadStage.QUALIFIED}
        _changed(
            story,
            at,
            EventType.LEAD_MEETING_BOOKED,
            f"A meeting with {name} was agreed",
            ["meeting_booked", "stage"],
        )
    elif outcome in ("interested", "transferred"):
        if row["stage"] is LeadStage.IN_PROGRESS:
            _stage(story, at, LeadStage.QUALIFIED)
    elif outcome == "won":
        row |= {"stage": LeadStage.CONVERTED, "converted": True}
        title = f"{name} became a customer"
        _changed(story, at, EventType.LEAD_CONVERTED, title, ["converted", "stage"])
    elif outcome in ("not_interested", "decline"):
        _stage(story, at, LeadStage.LOST)


def opted_out(story: Story, at: datetime, channel: Channel, source: Mapping[str, str]) -> None:
    """The lead asked not to be contacted, in the call or e-mail that `source` names."""
    row, at = story.row, at + MOMENT
    row |= {
        "stage": LeadStage.LOST,
        "outreach_disabled": True,
        "consent_state": ConsentState.DENIED,
        "consent_at": at,
    }
    title = f"{row['name']} must not be contacted any more"
    changed = ["consent_at", "consent_state", "outreach_disabled", "stage"]
    _changed(story, at, EventType.LEAD_OPTED_OUT, title, changed, Actor.LEAD)
    address = row["phone" if channel is Channel.CALL else "email"]
    suppress(story.book, story.dice, at, channel, address, OPT_OUT, row["id"], **source)


def _stage(story: Story, at: datetime, stage: LeadStage) -> None:
    story.row["stage"] = stage
    title = f"{story.row['name']} moved to {spoken(stage)}"
    _changed(story, at, EventType.LEAD_STAGE_CHANGED, title, ["stage"])


def _changed(
    story: Story,
    at: datetime,
    type_: EventType,
    title: str,
    columns: list[str],
    actor: Actor = Actor.AGENT,
) -> None:
    row = story.row
    story.since = at
    metadata: dict[str, Any] = {"changed": columns}
    story.book.tell(
        [
            Happening(
                at,
                type_,
                Subject.LEAD,
                row["id"],
                title,
                {"lead_id": row["id"], "agent_id": row["agent_id"]},
                row["stage"],
                metadata=metadata,
                actor=actor,
                actor_id=row["agent_id"] if actor is Actor.AGENT else row["id"],
            )
        ]
    )
