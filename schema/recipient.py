"""Recipient in the graph: its fields, filters and orderings."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from models import RecipientState
from schema import address
from schema.condition import AnyOf, Equals, Present, Refers, RefersToAny
from schema.fields import column, condition, connection, related
from schema.node import NodeInterface
from schema.noun import noun
from schema.paging import Connection, OrderDirection
from schema.scalars import E164, JSON, DateTime

if TYPE_CHECKING:
    from schema.call import Call
    from schema.campaign import Campaign
    from schema.lead import Lead


@strawberry.input(
    description="Narrows a list of recipients; fields combine with AND, null means any."
)
class RecipientFilter:
    """Narrows a list of recipients."""

    state: list[RecipientState] | None = condition(AnyOf("state"), "In one of these states.")
    campaign_id: strawberry.ID | None = condition(
        Refers("campaign_id", "campaign"), "Of this campaign."
    )
    lead_id: strawberry.ID | None = condition(Refers("lead_id", "lead"), "For this lead.")
    external_id: str | None = condition(Equals("external_id"), "With this id of yours.")
    to_number: str | None = condition(
        Equals("to_number", read=address.sought), "With exactly this number, in E.164."
    )
    has_result: bool | None = condition(Present("result"), "With a row of results, or without one.")
    number: int | None = condition(Equals("number", "int"), "With this number.")
    ids: list[strawberry.ID] | None = condition(
        RefersToAny("id", "recipient"), "One of these recipients."
    )


@strawberry.enum(description="What a list of recipients can be ordered by.")
class RecipientOrderField(Enum):
    """What a list of recipients can be ordered by."""

    CREATED_AT = strawberry.enum_value("created_at", description="When it was created.")
    UPDATED_AT = strawberry.enum_value("updated_at", description="When it last changed.")
    NUMBER = strawberry.enum_value("number", description="Its number.")


@strawberry.input(description="An ordering of recipients.")
class RecipientOrder:
    """An ordering of recipients."""

    field: RecipientOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection | None = strawberry.field(
        default=strawberry.UNSET, description="Which end comes first; `DESC` if absent."
    )


@noun(
    models.Recipient,
    prefix="recipient",
    scope="campaigns",
    filter=RecipientFilter,
    order=RecipientOrderField,
)
class Recipient(NodeInterface):
    """A lead as member of a campaign, with its own variables, attempts and result."""

    created_at: DateTime = column()
    updated_at: DateTime = column()
    version: int = column()
    number: int = column()
    to_number: E164 = column()
    name: str | None = column()
    external_id: str | None = column()
    variables: JSON = column()
    state: RecipientState = column()
    attempts: int = column()
    next_attempt_at: DateTime | None = column()
    blocked_code: str | None = column()
    finished_at: DateTime | None = column()
    result: JSON | None = column()
    campaign: Annotated[Campaign, strawberry.lazy("schema.campaign")] = related(
        "Campaign", "campaign_id", "The campaign."
    )
    lead: Annotated[Lead, strawberry.lazy("schema.lead")] | None = related(
        "Lead", "lead_id", "The lead behind the number."
    )
    calls: Connection[Annotated[Call, strawberry.lazy("schema.call")]] = connection(
        "Call", "recipient_id", "The attempts."
    )
