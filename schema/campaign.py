"""Campaign in the graph: its fields, filters and orderings."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

import models
from models import (
    CampaignPurpose,
    CampaignStatus,
    LanguageMode,
    PauseReason,
    RecipientState,
    RetryOn,
)
from schema.condition import AnyOf, Equals, Refers, RefersToAny
from schema.fields import aggregate, column, condition, connection, related, seconds
from schema.node import NodeInterface
from schema.noun import noun
from schema.paging import Connection, OrderDirection
from schema.range import Between, DateTimeRange
from schema.scalars import JSON, DateTime, Micros
from schema.source import Codec

if TYPE_CHECKING:
    from schema.activity import Activity
    from schema.agent import Agent
    from schema.call import Call
    from schema.email import Email
    from schema.phone_number import PhoneNumber
    from schema.recipient import Recipient


@strawberry.input(
    description="Narrows a list of campaigns; fields combine with AND, null means any."
)
class CampaignFilter:
    """Narrows a list of campaigns."""

    status: list[CampaignStatus] | None = condition(AnyOf("status"), "In one of these statuses.")
    agent_id: strawberry.ID | None = condition(Refers("agent_id", "agent"), "Of this agent.")
    purpose: list[CampaignPurpose] | None = condition(
        AnyOf("purpose"), "For one of these purposes."
    )
    name: str | None = condition(Equals("name"), "With exactly this name.")
    number: int | None = condition(Equals("number", "int"), "With this number.")
    ids: list[strawberry.ID] | None = condition(
        RefersToAny("id", "campaign"), "One of these campaigns."
    )
    created_at: DateTimeRange | None = condition(Between("created_at"), "Created in this span.")


@strawberry.enum(description="What a list of campaigns can be ordered by.")
class CampaignOrderField(Enum):
    """What a list of campaigns can be ordered by."""

    CREATED_AT = strawberry.enum_value("created_at", description="When it was created.")
    UPDATED_AT = strawberry.enum_value("updated_at", description="When it last changed.")
    NAME = strawberry.enum_value("name", description="Its name, by bytes.")
    NUMBER = strawberry.enum_value("number", description="Its number.")


@strawberry.input(description="An ordering of campaigns.")
class CampaignOrder:
    """An ordering of campaigns."""

    field: CampaignOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection | None = strawberry.field(
        default=strawberry.UNSET, description="Which end comes first; `DESC` if absent."
    )


def _recipients(description: str, *states: RecipientState) -> Any:
    """How many of the campaign's recipients are in one of these states."""
    listed = ", ".join(f"'{each.value}'" for each in states)
    counted = f"count(CASE WHEN {{state}} IN ({listed}) THEN 1 END)"
    return aggregate("Recipient", "campaign_id", counted, description)


def _cost(expression: str, description: str, codec: Codec = "plain") -> Any:
    """Of what the calls cost, where that is in one currency."""
    one = f"CASE WHEN count(DISTINCT {{cost_currency}}) = 1 THEN {expression} END"
    return aggregate("Call", "campaign_id", one, description, empty=None, codec=codec)


@noun(
    models.Campaign,
    prefix="campaign",
    scope="campaigns",
    filter=CampaignFilter,
    order=CampaignOrderField,
)
class Campaign(NodeInterface):
    """Calls by one agent to many recipients, within a schedule, with retries and results."""

    created_at: DateTime = column()
    updated_at: DateTime = column()
    version: int = column()
    number: int = column()
    name: str = column()
    status: CampaignStatus = column()
    purpose: CampaignPurpose | None = column()
    reason: str | None = column()
    first_message_override: str | None = column()
    language_mode: LanguageMode = column()
    output_language: str | None = column()
    extraction_schema: JSON | None = column()
    display_columns: JSON = column()
    time_zone: str | None = column()
    start_date: str | None = column()
    end_date: str | None = column()
    calling_windows: JSON = column()
    max_retries: int = column()
    retry_delay_seconds: int = seconds("retry_delay_ms")
    retry_on: list[RetryOn] = column()
    max_concurrent_calls: int | None = column()
    metadata: JSON = column()
    pause_reason: PauseReason | None = column()
    started_at: DateTime | None = column()
    paused_at: DateTime | None = column()
    finished_at: DateTime | None = column()
    agent: Annotated[Agent, strawberry.lazy("schema.agent")] = related(
        "Agent", "agent_id", "The agent that calls."
    )
    phone_number: Annotated[PhoneNumber, strawberry.lazy("schema.phone_number")] | None = related(
        "PhoneNumber", "phone_number_id", "The number it calls from; null means the agent's."
    )
    recipients: Connection[Annotated[Recipient, strawberry.lazy("schema.recipient")]] = connection(
        "Recipient", "campaign_id", "Whom the campaign calls."
    )
    calls: Connection[Annotated[Call, strawberry.lazy("schema.call")]] = connection(
        "Call", "campaign_id", "Calls of the campaign."
    )
    emails: Connection[Annotated[Email, strawberry.lazy("schema.email")]] = connection(
        "Email", "campaign_id", "E-mails of the campaign."
    )
    activity: Connection[Annotated[Activity, strawberry.lazy("schema.activity")]] = connection(
        "Activity", "campaign_id", "What happened in the campaign."
    )
    total_recipients: int = aggregate(
        "Recipient", "campaign_id", "count(*)", "How many recipients the campaign has."
    )
    total_calls: int = aggregate(
        "Call", "campaign_id", "count(*)", "How many calls the campaign has, in any status."
    )
    waiting_recipients: int = _recipients(
        "How many recipients the campaign has not come to yet.", RecipientState.PENDING
    )
    calling_recipients: int = _recipients(
        "How many recipients are being called just now.", RecipientState.CALLING
    )
    retrying_recipients: int = _recipients(
        "How many recipients will be called again.", RecipientState.RETRYING
    )
    reached_recipients: int = _recipients(
        "How many recipients were reached.", RecipientState.COMPLETED
    )
    failed_recipients: int = _recipients(
        "How many recipients could not be reached in all attempts.", RecipientState.FAILED
    )
    blocked_recipients: int = _recipients(
        "How many recipients must not be called.", RecipientState.BLOCKED
    )
    withdrawn_recipients: int = _recipients(
        "How many recipients were taken out, or were left when the campaign ended.",
        *(RecipientState.CANCELLED, RecipientState.EXPIRED),
    )
    total_cost_micros: Micros | None = _cost(
        "CAST(sum({cost_micros}) AS bigint)",
        "What the calls have cost at their providers so far, in millionths of `costCurrency`; "
        "null before the first cost is known, and where providers charge in several currencies.",
        "string",
    )
    cost_currency: str | None = _cost(
        "max({cost_currency})", "ISO 4217 code of `totalCostMicros`; null where that is."
    )
