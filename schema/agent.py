"""Agent in the graph: its fields, filters and orderings."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from models import AgentMode, AgentType, OutreachModel, Provider, VoicemailAction
from schema.condition import AnyOf, Equals, Present, RefersToAny
from schema.fields import aggregate, column, condition, connection, related, seconds
from schema.node import NodeInterface
from schema.noun import noun
from schema.paging import Connection, OrderDirection
from schema.range import Between, DateTimeRange
from schema.scalars import JSON, DateTime

if TYPE_CHECKING:
    from schema.activity import Activity
    from schema.call import Call
    from schema.campaign import Campaign
    from schema.email import Email
    from schema.lead import Lead
    from schema.phone_number import PhoneNumber
    from schema.provider_account import ProviderAccount
    from schema.webhook import Webhook


@strawberry.input(description="Narrows a list of agents; fields combine with AND, null means any.")
class AgentFilter:
    """Narrows a list of agents."""

    type: list[AgentType] | None = condition(AnyOf("type"), "Of one of these types.")
    active: bool | None = condition(Equals("active", "bool"), "Whether the agent may work.")
    automation_enabled: bool | None = condition(
        Equals("automation_enabled", "bool"), "Whether it works by itself."
    )
    archived: bool | None = condition(Present("archived_at"), "Whether the agent was put away.")
    name: str | None = condition(Equals("name"), "With exactly this name.")
    number: int | None = condition(Equals("number", "int"), "With this number.")
    ids: list[strawberry.ID] | None = condition(RefersToAny("id", "agent"), "One of these agents.")
    created_at: DateTimeRange | None = condition(Between("created_at"), "Created in this span.")


@strawberry.enum(description="What a list of agents can be ordered by.")
class AgentOrderField(Enum):
    """What a list of agents can be ordered by."""

    CREATED_AT = strawberry.enum_value("created_at", description="When it was created.")
    UPDATED_AT = strawberry.enum_value("updated_at", description="When it last changed.")
    NAME = strawberry.enum_value("name", description="Its name, by bytes.")
    NUMBER = strawberry.enum_value("number", description="Its number.")


@strawberry.input(description="An ordering of agents.")
class AgentOrder:
    """An ordering of agents."""

    field: AgentOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection | None = strawberry.field(
        default=strawberry.UNSET, description="Which end comes first; `DESC` if absent."
    )


@noun(models.Agent, prefix="agent", scope="agents", filter=AgentFilter, order=AgentOrderField)
class Agent(NodeInterface):
    """An AI seller: a voice, a mailbox and what it knows, which calls and writes to leads."""

    created_at: DateTime = column()
    updated_at: DateTime = column()
    version: int = column()
    number: int = column()
    name: str = column()
    type: AgentType = column()
    mode: AgentMode = column()
    automation_enabled: bool = column()
    active: bool = column()
    outreach_model: OutreachModel = column()
    language: str = column()
    time_zone: str | None = column()
    provider: Provider | None = column()
    provider_account: (
        Annotated[ProviderAccount, strawberry.lazy("schema.provider_account")] | None
    ) = related(
        "ProviderAccount", "provider_account_id", "The very account that it uses, if one is named."
    )
    provider_agent_id: str | None = column()
    elevenlabs_agent_id: str | None = column()
    voice_engine: str | None = column()
    voice_id: str | None = column()
    model: str | None = column()
    stream_url: str | None = column()
    email_address: str | None = column()
    reply_to: str | None = column()
    email_signature: str | None = column()
    system_prompt: str | None = column()
    product_explanation: str | None = column()
    value_proposition: str | None = column()
    pain_points: str | None = column()
    benefits: str | None = column()
    features_differentiators: str | None = column()
    elevator_pitch: str | None = column()
    first_message: str | None = column()
    email_knowledge: str | None = column()
    example_email: str | None = column()
    general_tools: JSON = column()
    post_call_analysis_data: JSON = column()
    provider_settings: JSON = column()
    transfer_number: str | None = column()
    record_calls: bool = column()
    voicemail_action: VoicemailAction = column()
    voicemail_message: str | None = column()
    ring_timeout_seconds: int = seconds("ring_timeout_ms")
    max_duration_seconds: int = seconds("max_duration_ms")
    max_concurrent_calls: int | None = column()
    max_emails_per_day: int | None = column()
    archived_at: DateTime | None = column()
    leads: Connection[Annotated[Lead, strawberry.lazy("schema.lead")]] = connection(
        "Lead", "agent_id", "Leads assigned to this agent."
    )
    calls: Connection[Annotated[Call, strawberry.lazy("schema.call")]] = connection(
        "Call", "agent_id", "Calls that this agent made or took."
    )
    emails: Connection[Annotated[Email, strawberry.lazy("schema.email")]] = connection(
        "Email", "agent_id", "E-mails that this agent sent or got."
    )
    outbound_numbers: Connection[Annotated[PhoneNumber, strawberry.lazy("schema.phone_number")]] = (
        connection("PhoneNumber", "outbound_agent_id", "Numbers that this agent calls from.")
    )
    inbound_numbers: Connection[Annotated[PhoneNumber, strawberry.lazy("schema.phone_number")]] = (
        connection("PhoneNumber", "inbound_agent_id", "Numbers that this agent answers.")
    )
    campaigns: Connection[Annotated[Campaign, strawberry.lazy("schema.campaign")]] = connection(
        "Campaign", "agent_id", "Campaigns of this agent."
    )
    activity: Connection[Annotated[Activity, strawberry.lazy("schema.activity")]] = connection(
        "Activity", "agent_id", "What happened around this agent."
    )
    webhooks: Connection[Annotated[Webhook, strawberry.lazy("schema.webhook")]] = connection(
        "Webhook", "agent_id", "Webhooks for this agent alone."
    )
    total_leads_assigned: int = aggregate(
        "Lead", "agent_id", "count(*)", "How many leads are assigned to this agent."
    )
    total_calls: int = aggregate(
        "Call", "agent_id", "count(*)", "How many calls this agent made or took."
    )
    total_emails: int = aggregate(
        "Email", "agent_id", "count(*)", "How many e-mails this agent sent or got."
    )
