"""What subscriptions deliver: an event of the log, and the noun it is about as it is now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from models import CallStatus, EventType, Speaker
from schema.fields import attribute, referenced
from schema.scalars import DateTime

if TYPE_CHECKING:
    from schema.activity import Activity
    from schema.call import Call
    from schema.campaign import Campaign
    from schema.recipient import Recipient
    from schema.transcript_turn import TranscriptTurn


@strawberry.type
class LiveEvent:
    """What every delivery has."""

    cursor: str = attribute(
        "cursor",
        "The place after this event: give the last one seen as `after` to miss nothing. It serves "
        "every subscription of the workspace, whatever its filter.",
    )
    at: DateTime = attribute("at", "When it happened.")
    type: EventType = attribute("type", "What happened.")
    title: str = attribute("title", "What happened in a few words, to show in a feed.")
    version: int = attribute(
        "version",
        "The version that what it happened to had after it. The object itself is as of the "
        "delivery, and may be newer.",
    )


@strawberry.type(description="Something happened to a call.")
class CallStatusEvent(LiveEvent):
    """Something happened to a call."""

    status: CallStatus | None = attribute("status", "The call's status after it.")
    call: Annotated[Call, strawberry.lazy("schema.call")] | None = referenced(
        "Call", "call_id", "The call as it is now; null if it is gone."
    )


@strawberry.type(description="Words that somebody is just saying; they may still change.")
class PartialTurn:
    """Words that somebody is just saying."""

    speaker: Speaker = attribute("speaker", "Who speaks.")
    text: str = attribute("text", "What has been understood so far.")


@strawberry.type(
    description="Something was said in a call: a whole turn, or words that somebody is just saying."
)
class CallTranscriptEvent(LiveEvent):
    """Something was said in a call."""

    turn: Annotated[TranscriptTurn, strawberry.lazy("schema.transcript_turn")] | None = referenced(
        "TranscriptTurn", "turn_id", "The turn; null while it is being said."
    )
    partial: PartialTurn | None = attribute(
        "partial",
        "What is just being said, live only: it is not kept, and never comes again after a "
        "reconnect. Null for a whole turn.",
    )
    call: Annotated[Call, strawberry.lazy("schema.call")] | None = referenced(
        "Call", "call_id", "The call as it is now; null if it is gone."
    )


@strawberry.type(description="Something happened in the workspace.")
class ActivityEvent(LiveEvent):
    """Something happened in the workspace."""

    status: str | None = attribute(
        "status", "The status, stage or state after it, where there is one."
    )
    activity: Annotated[Activity, strawberry.lazy("schema.activity")] = referenced(
        "Activity", "id", "The entry of the feed; its `subject` is as it is now."
    )


@strawberry.type(description="A campaign came on.")
class CampaignProgressEvent(LiveEvent):
    """A campaign came on."""

    status: str | None = attribute(
        "status",
        "The status after it of the campaign, of the recipient it came on with, or of the call "
        "that is made to it.",
    )
    campaign: Annotated[Campaign, strawberry.lazy("schema.campaign")] | None = referenced(
        "Campaign", "campaign_id", "The campaign as it is now; null if it is gone."
    )
    recipient: Annotated[Recipient, strawberry.lazy("schema.recipient")] | None = referenced(
        "Recipient", "recipient_id", "The recipient it came on with, where it is about one."
    )
