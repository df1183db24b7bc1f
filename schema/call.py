"""Call in the graph: its fields, filters and orderings."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from models import AnsweredBy, CallDirection, CallStatus, EndReason, HangupBy, Provider, WaitingFor
from schema import address
from schema.condition import AnyOf, Equals, Refers, RefersToAny
from schema.context import Caller
from schema.fields import column, condition, connection, contextual, related, seconds
from schema.link import Linked, link
from schema.money import Money, money
from schema.node import NodeInterface
from schema.noun import noun
from schema.paging import Connection, OrderDirection
from schema.range import Between, BetweenSeconds, DateTimeRange, SecondsRange
from schema.scalars import JSON, DateTime, Url

if TYPE_CHECKING:
    from schema.activity import Activity
    from schema.agent import Agent
    from schema.call_event import CallEvent
    from schema.campaign import Campaign
    from schema.lead import Lead
    from schema.phone_number import PhoneNumber
    from schema.provider_account import ProviderAccount
    from schema.recipient import Recipient
    from schema.recording import Recording
    from schema.transcript_turn import TranscriptTurn


@strawberry.input(description="Narrows a list of calls; fields combine with AND, null means any.")
class CallFilter:
    """Narrows a list of calls."""

    status: list[CallStatus] | None = condition(AnyOf("status"), "In one of these statuses.")
    direction: list[CallDirection] | None = condition(
        AnyOf("direction"), "In one of these directions."
    )
    lead_id: strawberry.ID | None = condition(Refers("lead_id", "lead"), "With this lead.")
    agent_id: strawberry.ID | None = condition(Refers("agent_id", "agent"), "Of this agent.")
    campaign_id: strawberry.ID | None = condition(
        Refers("campaign_id", "campaign"), "Of this campaign."
    )
    recipient_id: strawberry.ID | None = condition(
        Refers("recipient_id", "recipient"), "For this recipient."
    )
    phone_number_id: strawberry.ID | None = condition(
        Refers("phone_number_id", "phone_number"), "From or to this number of ours."
    )
    reference: str | None = condition(
        Equals("reference"), "With this reference of yours, given as `metadata.reference`."
    )
    to_number: str | None = condition(
        Equals("to_number", read=address.sought), "To exactly this number, in E.164."
    )
    outcome: list[str] | None = condition(
        AnyOf("outcome"), "With one of these outcomes, spelled as the calls have them."
    )
    number: int | None = condition(Equals("number", "int"), "With this number.")
    ids: list[strawberry.ID] | None = condition(RefersToAny("id", "call"), "One of these calls.")
    created_at: DateTimeRange | None = condition(Between("created_at"), "Accepted in this span.")
    duration_seconds: SecondsRange | None = condition(
        BetweenSeconds("duration_ms"), "Lasting this long, in seconds."
    )


@strawberry.enum(description="What a list of calls can be ordered by.")
class CallOrderField(Enum):
    """What a list of calls can be ordered by."""

    CREATED_AT = strawberry.enum_value("created_at", description="When it was created.")
    UPDATED_AT = strawberry.enum_value("updated_at", description="When it last changed.")
    NUMBER = strawberry.enum_value("number", description="Its number.")


@strawberry.input(description="An ordering of calls.")
class CallOrder:
    """An ordering of calls."""

    field: CallOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection | None = strawberry.field(
        default=strawberry.UNSET, description="Which end comes first; `DESC` if absent."
    )


def _transcript_url(caller: Caller, id: str, artifacts_at: str | None) -> str | None:
    return None if artifacts_at is None else link(caller, Linked.TRANSCRIPT, id)


@noun(models.Call, prefix="call", scope="calls", filter=CallFilter, order=CallOrderField)
class Call(NodeInterface):
    """One telephone call between an agent and a lead, with its outcome and what was found out.

    A call is dialled at most once. What follows a lost answer is a state of doubt
    (`UNKNOWN`), never a second call.
    """

    created_at: DateTime = column()
    updated_at: DateTime = column()
    version: int = column()
    number: int = column()
    status: CallStatus = column()
    direction: CallDirection = column()
    attempt: int = column()
    from_number: str | None = column()
    to_number: str = column()
    provider: Provider | None = column()
    provider_account: (
        Annotated[ProviderAccount, strawberry.lazy("schema.provider_account")] | None
    ) = related(
        "ProviderAccount",
        "provider_account_id",
        "The account that it went through, once that is chosen.",
    )
    provider_call_id: str | None = column()
    language: str | None = column()
    detected_language: str | None = column()
    reason: str | None = column()
    first_message_override: str | None = column()
    max_duration_seconds: int | None = seconds("max_duration_ms")
    metadata: JSON = column()
    reference: str | None = column()
    warnings: JSON = column()
    waiting_for: WaitingFor | None = column()
    not_before: DateTime | None = column()
    earliest_at: DateTime | None = column()
    latest_at: DateTime | None = column()
    cancel_requested: bool = column()
    unknown_until: DateTime | None = column()
    queued_at: DateTime | None = column()
    dialed_at: DateTime | None = column()
    ringing_at: DateTime | None = column()
    started_at: DateTime | None = column()
    answered_at: DateTime | None = column()
    ended_at: DateTime | None = column()
    duration_seconds: int | None = seconds("duration_ms")
    answered_by: AnsweredBy | None = column()
    hangup_by: HangupBy | None = column()
    end_reason: EndReason | None = column()
    end_detail: str | None = column()
    sip_code: int | None = column()
    blocked_code: str | None = column()
    transferred_to: str | None = column()
    summary: str | None = column()
    intent: str | None = column()
    sentiment: str | None = column()
    outcome: str | None = column()
    extracted: JSON | None = column()
    extraction_note: str | None = column()
    artifacts_at: DateTime | None = column()
    transcript_url: Url | None = contextual(
        ("id", "artifacts_at"),
        _transcript_url,
        "Where the transcript can be fetched as plain text for an hour without a key; a new link "
        "with each request. Null until the transcript is complete.",
    )
    cost: Money | None = money("cost_micros", "cost_currency")
    credit: Money | None = money("credit_micros", "credit_currency")
    lead: Annotated[Lead, strawberry.lazy("schema.lead")] | None = related(
        "Lead", "lead_id", "The lead called, or calling."
    )
    agent: Annotated[Agent, strawberry.lazy("schema.agent")] | None = related(
        "Agent", "agent_id", "The agent that speaks."
    )
    phone_number: Annotated[PhoneNumber, strawberry.lazy("schema.phone_number")] | None = related(
        "PhoneNumber", "phone_number_id", "The workspace's number that takes part."
    )
    campaign: Annotated[Campaign, strawberry.lazy("schema.campaign")] | None = related(
        "Campaign", "campaign_id", "The campaign that the call is part of."
    )
    recipient: Annotated[Recipient, strawberry.lazy("schema.recipient")] | None = related(
        "Recipient", "recipient_id", "The campaign's recipient whom the call is for."
    )
    recording: Annotated[Recording, strawberry.lazy("schema.recording")] | None = related(
        "Recording", "id", "The sound of the call; null where there is none.", target="call_id"
    )
    events: Connection[Annotated[CallEvent, strawberry.lazy("schema.call_event")]] = connection(
        "CallEvent", "call_id", "The call's timeline."
    )
    transcript: Connection[Annotated[TranscriptTurn, strawberry.lazy("schema.transcript_turn")]] = (
        connection("TranscriptTurn", "call_id", "What was said, turn by turn.")
    )
    activity: Connection[Annotated[Activity, strawberry.lazy("schema.activity")]] = connection(
        "Activity", "call_id", "What the log says of this call."
    )
