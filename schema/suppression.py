"""Suppression in the graph: its fields, filters and orderings."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from models import Channel, SuppressionReason
from schema.address import either
from schema.condition import AnyOf, Equals, RefersToAny
from schema.fields import column, condition, related
from schema.node import NodeInterface
from schema.noun import noun
from schema.paging import OrderDirection
from schema.range import Between, DateTimeRange
from schema.scalars import DateTime

if TYPE_CHECKING:
    from schema.call import Call
    from schema.email import Email
    from schema.lead import Lead


@strawberry.input(
    description="Narrows a list of suppressions; fields combine with AND, null means any."
)
class SuppressionFilter:
    """Narrows a list of suppressions."""

    channel: list[Channel] | None = condition(AnyOf("channel"), "For one of these channels.")
    reason: list[SuppressionReason] | None = condition(AnyOf("reason"), "For one of these reasons.")
    address: str | None = condition(
        Equals("address", read=either), "Exactly this number in E.164, or this e-mail address."
    )
    ids: list[strawberry.ID] | None = condition(
        RefersToAny("id", "suppression"), "One of these suppressions."
    )
    created_at: DateTimeRange | None = condition(Between("created_at"), "Entered in this span.")


@strawberry.enum(description="What a list of suppressions can be ordered by.")
class SuppressionOrderField(Enum):
    """What a list of suppressions can be ordered by."""

    CREATED_AT = strawberry.enum_value("created_at", description="When it was created.")


@strawberry.input(description="An ordering of suppressions.")
class SuppressionOrder:
    """An ordering of suppressions."""

    field: SuppressionOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection | None = strawberry.field(
        default=strawberry.UNSET, description="Which end comes first; `DESC` if absent."
    )


@noun(
    models.Suppression,
    prefix="suppression",
    scope="suppressions",
    filter=SuppressionFilter,
    order=SuppressionOrderField,
)
class Suppression(NodeInterface):
    """An address that this workspace does not contact, whichever lead has it.

    Neither an import nor a change of a lead lifts it; only deleting the suppression does.
    """

    created_at: DateTime = column()
    channel: Channel = column()
    address: str = column()
    reason: SuppressionReason = column()
    note: str | None = column()
    lead: Annotated[Lead, strawberry.lazy("schema.lead")] | None = related(
        "Lead", "lead_id", "The lead it came from."
    )
    call: Annotated[Call, strawberry.lazy("schema.call")] | None = related(
        "Call", "call_id", "The call in which it was asked for."
    )
    email: Annotated[Email, strawberry.lazy("schema.email")] | None = related(
        "Email", "email_id", "The e-mail it came from."
    )
