"""Activity in the graph: its fields, filters and orderings."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

import models
from models import Actor, EventType, Subject
from models.vocabulary import Vocabulary
from schema.condition import AnyOf, Refers
from schema.fields import column, condition, either, related
from schema.node import NodeInterface
from schema.noun import noun
from schema.paging import OrderDirection
from schema.range import Between, DateTimeRange
from schema.scalars import JSON, DateTime

if TYPE_CHECKING:
    from schema.agent import Agent
    from schema.call import Call
    from schema.campaign import Campaign
    from schema.email import Email
    from schema.lead import Lead
    from schema.phone_number import PhoneNumber
    from schema.recipient import Recipient


#: The nouns that an entry can be about; people are none.
SUBJECTS: dict[Vocabulary, str] = {
    Subject.WORKSPACE: "Workspace",
    Subject.API_KEY: "ApiKey",
    Subject.LEAD: "Lead",
    Subject.AGENT: "Agent",
    Subject.PHONE_NUMBER: "PhoneNumber",
    Subject.CALL: "Call",
    Subject.EMAIL: "Email",
    Subject.CAMPAIGN: "Campaign",
    Subject.RECIPIENT: "Recipient",
    Subject.SUPPRESSION: "Suppression",
    Subject.WEBHOOK: "Webhook",
    Subject.PROVIDER_ACCOUNT: "ProviderAccount",
}


@strawberry.input(
    description="Narrows a list of activitys; fields combine with AND, null means any."
)
class ActivityFilter:
    """Narrows a list of activitys."""

    type: list[EventType] | None = condition(AnyOf("type"), "Of one of these types.")
    subject_kind: list[Subject] | None = condition(
        AnyOf("subject_kind"), "About one of these kinds of object."
    )
    lead_id: strawberry.ID | None = condition(Refers("lead_id", "lead"), "Concerning this lead.")
    agent_id: strawberry.ID | None = condition(
        Refers("agent_id", "agent"), "Concerning this agent."
    )
    call_id: strawberry.ID | None = condition(Refers("call_id", "call"), "Concerning this call.")
    email_id: strawberry.ID | None = condition(
        Refers("email_id", "email"), "Concerning this e-mail."
    )
    campaign_id: strawberry.ID | None = condition(
        Refers("campaign_id", "campaign"), "Concerning this campaign."
    )
    created_at: DateTimeRange | None = condition(Between("created_at"), "In this span.")


@strawberry.enum(description="What a list of activitys can be ordered by.")
class ActivityOrderField(Enum):
    """What a list of activitys can be ordered by."""

    POSITION = strawberry.enum_value("position", description="Its place.")


@strawberry.input(description="An ordering of activitys.")
class ActivityOrder:
    """An ordering of activitys."""

    field: ActivityOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection | None = strawberry.field(
        default=strawberry.UNSET, description="Which end comes first; `DESC` if absent."
    )


@noun(
    models.Event,
    prefix="activity",
    scope="activity",
    filter=ActivityFilter,
    order=ActivityOrderField,
    default_order=("position", True),
    restrict="{alias}.position IS NOT NULL",
)
class Activity(NodeInterface):
    """Something that happened in the workspace: an entry of the activity feed.

    Entries are appended and never changed. They name what they are about by id, also after
    it was deleted.
    """

    created_at: DateTime = column()
    position: int | None = column()
    type: EventType = column()
    subject_kind: Subject = column()
    subject: Any = either(
        ("ActivitySubject", "What an activity can be about."),
        "subject_kind",
        "subject_id",
        SUBJECTS,
        "What it happened to, as it is now; null where it was deleted or the key may not read it.",
    )
    version: int = column()
    status: str | None = column()
    title: str = column()
    detail: str | None = column()
    metadata: JSON = column()
    actor: Actor = column()
    lead: Annotated[Lead, strawberry.lazy("schema.lead")] | None = related(
        "Lead", "lead_id", "The lead concerned."
    )
    agent: Annotated[Agent, strawberry.lazy("schema.agent")] | None = related(
        "Agent", "agent_id", "The agent concerned."
    )
    call: Annotated[Call, strawberry.lazy("schema.call")] | None = related(
        "Call", "call_id", "The call concerned."
    )
    email: Annotated[Email, strawberry.lazy("schema.email")] | None = related(
        "Email", "email_id", "The e-mail concerned."
    )
    campaign: Annotated[Campaign, strawberry.lazy("schema.campaign")] | None = related(
        "Campaign", "campaign_id", "The campaign concerned."
    )
    recipient: Annotated[Recipient, strawberry.lazy("schema.recipient")] | None = related(
        "Recipient", "recipient_id", "The recipient concerned."
    )
    phone_number: Annotated[PhoneNumber, strawberry.lazy("schema.phone_number")] | None = related(
        "PhoneNumber", "phone_number_id", "The phone number concerned."
    )
