"""DeliveryAttempt in the graph: its fields, filters and orderings."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from schema.condition import Equals
from schema.fields import column, condition, related, seconds
from schema.node import NodeInterface
from schema.noun import noun
from schema.paging import OrderDirection
from schema.scalars import DateTime

if TYPE_CHECKING:
    from schema.delivery import Delivery


@strawberry.input(
    description="Narrows a list of delivery attempts; fields combine with AND, null means any."
)
class DeliveryAttemptFilter:
    """Narrows a list of delivery attempts."""

    attempt: int | None = condition(Equals("attempt", "int"), "The attempt of this number.")


@strawberry.enum(description="What a list of delivery attempts can be ordered by.")
class DeliveryAttemptOrderField(Enum):
    """What a list of delivery attempts can be ordered by."""

    CREATED_AT = strawberry.enum_value("created_at", description="When it was created.")


@strawberry.input(description="An ordering of delivery attempts.")
class DeliveryAttemptOrder:
    """An ordering of delivery attempts."""

    field: DeliveryAttemptOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection | None = strawberry.field(
        default=strawberry.UNSET, description="Which end comes first; `DESC` if absent."
    )


@noun(
    models.DeliveryAttempt,
    prefix="attempt",
    scope="webhooks",
    filter=DeliveryAttemptFilter,
    order=DeliveryAttemptOrderField,
)
class DeliveryAttempt(NodeInterface):
    """One attempt to deliver an event to a webhook, and the answer it got."""

    created_at: DateTime = column()
    attempt: int = column()
    replayed: bool = column()
    status_code: int | None = column()
    duration_seconds: int | None = seconds("duration_ms")
    response: str | None = column()
    error: str | None = column()
    delivery: Annotated[Delivery, strawberry.lazy("schema.delivery")] = related(
        "Delivery", "delivery_id", "The delivery."
    )
