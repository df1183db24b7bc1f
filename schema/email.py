"""Email in the graph: its fields, filters and orderings."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from models import EmailDirection, EmailStatus, Provider, WaitingFor
from schema import address
from schema.condition import AnyOf, Equals, Refers, RefersToAny
from schema.fields import column, condition, connection, related
from schema.node import NodeInterface
from schema.noun import noun
from schema.paging import Connection, OrderDirection
from schema.range import Between, DateTimeRange
from schema.scalars import JSON, DateTime, EmailAddress

if TYPE_CHECKING:
    from schema.activity import Activity
    from schema.agent import Agent
    from schema.campaign import Campaign
    from schema.lead import Lead
    from schema.provider_account import ProviderAccount


@strawberry.input(description="Narrows a list of e-mails; fields combine with AND, null means any.")
class EmailFilter:
    """Narrows a list of e-mails."""

    status: list[EmailStatus] | None = condition(AnyOf("status"), "In one of these statuses.")
    direction: list[EmailDirection] | None = condition(
        AnyOf("direction"), "In one of these directions."
    )
    lead_id: strawberry.ID | None = condition(Refers("lead_id", "lead"), "With this lead.")
    agent_id: strawberry.ID | None = condition(Refers("agent_id", "agent"), "Of this agent.")
    campaign_id: strawberry.ID | None = condition(
        Refers("campaign_id", "campaign"), "Of this campaign."
    )
    to_email: str | None = condition(
        Equals("to_email", read=address.email), "To exactly this address."
    )
    reference: str | None = condition(
        Equals("reference"), "With this reference of yours, given as `metadata.reference`."
    )
    ids: list[strawberry.ID] | None = condition(RefersToAny("id", "email"), "One of these e-mails.")
    created_at: DateTimeRange | None = condition(
        Between("created_at"), "Accepted or received in this span."
    )


@strawberry.enum(description="What a list of e-mails can be ordered by.")
class EmailOrderField(Enum):
    """What a list of e-mails can be ordered by."""

    CREATED_AT = strawberry.enum_value("created_at", description="When it was created.")
    UPDATED_AT = strawberry.enum_value("updated_at", description="When it last changed.")


@strawberry.input(description="An ordering of e-mails.")
class EmailOrder:
    """An ordering of e-mails."""

    field: EmailOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection | None = strawberry.field(
        default=strawberry.UNSET, description="Which end comes first; `DESC` if absent."
    )


@noun(models.Email, prefix="email", scope="emails", filter=EmailFilter, order=EmailOrderField)
class Email(NodeInterface):
    """One e-mail between an agent and a lead. Its thread is what answers what."""

    created_at: DateTime = column()
    updated_at: DateTime = column()
    version: int = column()
    status: EmailStatus = column()
    direction: EmailDirection = column()
    from_email: EmailAddress = column()
    to_email: EmailAddress = column()
    subject: str | None = column()
    body: str | None = column()
    html: str | None = column()
    message: str | None = column()
    template: str | None = column()
    summary: str | None = column()
    workflow_id: str | None = column()
    message_id: str | None = column()
    in_reply_to: str | None = column()
    ancestors: list[str] = column()
    provider: Provider | None = column()
    provider_account: (
        Annotated[ProviderAccount, strawberry.lazy("schema.provider_account")] | None
    ) = related(
        "ProviderAccount",
        "provider_account_id",
        "The account that it went through, once that is chosen.",
    )
    provider_message_id: str | None = column()
    metadata: JSON = column()
    reference: str | None = column()
    warnings: JSON = column()
    waiting_for: WaitingFor | None = column()
    not_before: DateTime | None = column()
    earliest_at: DateTime | None = column()
    cancel_requested: bool = column()
    queued_at: DateTime | None = column()
    sending_at: DateTime | None = column()
    sent_at: DateTime | None = column()
    delivered_at: DateTime | None = column()
    replied_at: DateTime | None = column()
    bounced_at: DateTime | None = column()
    ended_at: DateTime | None = column()
    blocked_code: str | None = column()
    error_code: str | None = column()
    end_detail: str | None = column()
    lead: Annotated[Lead, strawberry.lazy("schema.lead")] | None = related(
        "Lead", "lead_id", "The lead written to, or writing."
    )
    agent: Annotated[Agent, strawberry.lazy("schema.agent")] | None = related(
        "Agent", "agent_id", "The agent that writes."
    )
    campaign: Annotated[Campaign, strawberry.lazy("schema.campaign")] | None = related(
        "Campaign", "campaign_id", "The campaign that the e-mail is part of."
    )
    activity: Connection[Annotated[Activity, strawberry.lazy("schema.activity")]] = connection(
        "Activity", "email_id", "What the log says of this e-mail."
    )
