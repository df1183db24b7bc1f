"""Lead in the graph: its fields, filters and orderings."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from models import ConsentCapture, ConsentState, LeadSource, LeadStage
from schema import address
from schema.condition import AnyOf, Equals, Linked, Present, Refers, RefersToAny, Search
from schema.fields import aggregate, column, condition, connection, related
from schema.node import NodeInterface
from schema.noun import noun
from schema.paging import Connection, OrderDirection
from schema.range import Between, DateTimeRange
from schema.scalars import E164, JSON, DateTime, EmailAddress

if TYPE_CHECKING:
    from schema.activity import Activity
    from schema.agent import Agent
    from schema.call import Call
    from schema.email import Email
    from schema.recipient import Recipient


@strawberry.input(description="Narrows a list of leads; fields combine with AND, null means any.")
class LeadFilter:
    """Narrows a list of leads."""

    stage: list[LeadStage] | None = condition(AnyOf("stage"), "In one of these stages.")
    agent_id: strawberry.ID | None = condition(
        Refers("agent_id", "agent"), "Assigned to this agent."
    )
    assigned: bool | None = condition(Present("agent_id"), "Whether an agent is assigned.")
    query: str | None = condition(
        Search("search"),
        "A part of name, e-mail, phone or company, in any case. One or two characters find beginnings of words.",
    )
    campaign_id: strawberry.ID | None = condition(
        Linked(models.Recipient, "lead_id", "campaign_id", "campaign"),
        "Taking part in this campaign, as its recipient.",
    )
    meeting_booked: bool | None = condition(
        Equals("meeting_booked", "bool"), "Whether a meeting is booked."
    )
    converted: bool | None = condition(
        Equals("converted", "bool"), "Whether the lead became a customer."
    )
    outreach_disabled: bool | None = condition(
        Equals("outreach_disabled", "bool"), "Whether outreach is stopped."
    )
    email: str | None = condition(
        Equals("email", read=lambda text: address.folded(address.email(text)), folded=True),
        "With this address, in any case.",
    )
    phone: str | None = condition(
        Equals("phone", read=address.sought), "With exactly this number, in E.164."
    )
    external_id: str | None = condition(Equals("external_id"), "With this id of yours.")
    consent_state: list[ConsentState] | None = condition(
        AnyOf("consent_state"), "Whose consent is in one of these states."
    )
    consent_capture: list[ConsentCapture] | None = condition(
        AnyOf("consent_capture"), "Whose consent was obtained in one of these ways."
    )
    source: list[LeadSource] | None = condition(AnyOf("source"), "That came in one of these ways.")
    number: int | None = condition(Equals("number", "int"), "With this number.")
    ids: list[strawberry.ID] | None = condition(RefersToAny("id", "lead"), "One of these leads.")
    created_at: DateTimeRange | None = condition(Between("created_at"), "Created in this span.")
    updated_at: DateTimeRange | None = condition(Between("updated_at"), "Changed in this span.")
    last_activity_at: DateTimeRange | None = condition(
        Between("last_activity_at"), "Last active in this span."
    )


@strawberry.enum(description="What a list of leads can be ordered by.")
class LeadOrderField(Enum):
    """What a list of leads can be ordered by."""

    CREATED_AT = strawberry.enum_value("created_at", description="When it was created.")
    UPDATED_AT = strawberry.enum_value("updated_at", description="When it last changed.")
    LAST_ACTIVITY_AT = strawberry.enum_value(
        "last_activity_at", description="When something last happened with it."
    )
    NAME = strawberry.enum_value("name", description="Its name, by bytes.")
    NUMBER = strawberry.enum_value("number", description="Its number.")


@strawberry.input(description="An ordering of leads.")
class LeadOrder:
    """An ordering of leads."""

    field: LeadOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection | None = strawberry.field(
        default=strawberry.UNSET, description="Which end comes first; `DESC` if absent."
    )


@noun(models.Lead, prefix="lead", scope="leads", filter=LeadFilter, order=LeadOrderField)
class Lead(NodeInterface):
    """A person or company to reach: the contact, with consent, stage and its agent.

    Two leads may share a phone number or an e-mail address.
    """

    created_at: DateTime = column()
    updated_at: DateTime = column()
    version: int = column()
    number: int = column()
    name: str = column()
    first_name: str | None = column()
    last_name: str | None = column()
    company: str | None = column()
    role: str | None = column()
    email: EmailAddress | None = column()
    phone: E164 | None = column()
    language: str | None = column()
    time_zone: str | None = column()
    stage: LeadStage = column()
    meeting_booked: bool = column()
    converted: bool = column()
    outreach_disabled: bool = column()
    consent_state: ConsentState = column()
    consent_capture: ConsentCapture | None = column()
    consent_at: DateTime | None = column()
    custom_fields: JSON = column()
    source: LeadSource = column()
    external_id: str | None = column()
    assigned_user_uid: str | None = column()
    last_activity_at: DateTime = column()
    agent: Annotated[Agent, strawberry.lazy("schema.agent")] | None = related(
        "Agent", "agent_id", "The agent this lead is assigned to; null while unassigned."
    )
    calls: Connection[Annotated[Call, strawberry.lazy("schema.call")]] = connection(
        "Call", "lead_id", "Calls with this lead."
    )
    emails: Connection[Annotated[Email, strawberry.lazy("schema.email")]] = connection(
        "Email", "lead_id", "E-mails to and from this lead."
    )
    activity: Connection[Annotated[Activity, strawberry.lazy("schema.activity")]] = connection(
        "Activity", "lead_id", "What happened with this lead."
    )
    recipients: Connection[Annotated[Recipient, strawberry.lazy("schema.recipient")]] = connection(
        "Recipient", "lead_id", "The campaigns this lead takes part in, as their recipient."
    )
    total_calls: int = aggregate(
        "Call", "lead_id", "count(*)", "How many calls there were with this lead, in any status."
    )
    total_emails: int = aggregate(
        "Email", "lead_id", "count(*)", "How many e-mails went to and from this lead."
    )
