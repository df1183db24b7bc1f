"""Delivery in the graph: its fields, filters and orderings."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from models import DeliveryState
from schema.condition import AnyOf
from schema.fields import column, condition, connection, related
from schema.node import NodeInterface
from schema.noun import noun
from schema.paging import Connection, OrderDirection
from schema.scalars import DateTime

if TYPE_CHECKING:
    from schema.call import Call
    from schema.delivery_attempt import DeliveryAttempt
    from schema.webhook import Webhook


@strawberry.input(
    description="Narrows a list of deliverys; fields combine with AND, null means any."
)
class DeliveryFilter:
    """Narrows a list of deliverys."""

    state: list[DeliveryState] | None = condition(AnyOf("state"), "In one of these states.")


@strawberry.enum(description="What a list of deliverys can be ordered by.")
class DeliveryOrderField(Enum):
    """What a list of deliverys can be ordered by."""

    CREATED_AT = strawberry.enum_value("created_at", description="When it was created.")


@strawberry.input(description="An ordering of deliverys.")
class DeliveryOrder:
    """An ordering of deliverys."""

    field: DeliveryOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection | None = strawberry.field(
        default=strawberry.UNSET, description="Which end comes first; `DESC` if absent."
    )


@noun(
    models.Delivery,
    prefix="delivery",
    scope="webhooks",
    filter=DeliveryFilter,
    order=DeliveryOrderField,
)
class Delivery(NodeInterface):
    """One event for one webhook, with its attempts. The body stays the same in all of them."""

    created_at: DateTime = column()
    updated_at: DateTime = column()
    version: int = column()
    event_name: str = column()
    state: DeliveryState = column()
    attempt_count: int = column()
    next_attempt_at: DateTime | None = column()
    last_status_code: int | None = column()
    last_error: str | None = column()
    delivered_at: DateTime | None = column()
    webhook: Annotated[Webhook, strawberry.lazy("schema.webhook")] = related(
        "Webhook", "webhook_id", "The webhook."
    )
    call: Annotated[Call, strawberry.lazy("schema.call")] | None = related(
        "Call", "call_id", "The call that the event is about."
    )
    attempts: Connection[Annotated[DeliveryAttempt, strawberry.lazy("schema.delivery_attempt")]] = (
        connection("DeliveryAttempt", "delivery_id", "Each try.")
    )
