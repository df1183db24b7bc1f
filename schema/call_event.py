"""CallEvent in the graph: its fields, filters and orderings."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from models import CallEventType, CallStatus, Provider
from schema.condition import AnyOf
from schema.fields import column, condition, related
from schema.node import NodeInterface
from schema.noun import noun
from schema.paging import OrderDirection
from schema.scalars import JSON, DateTime

if TYPE_CHECKING:
    from schema.call import Call


@strawberry.input(
    description="Narrows a list of call events; fields combine with AND, null means any."
)
class CallEventFilter:
    """Narrows a list of call events."""

    type: list[CallEventType] | None = condition(AnyOf("type"), "Of one of these types.")


@strawberry.enum(description="What a list of call events can be ordered by.")
class CallEventOrderField(Enum):
    """What a list of call events can be ordered by."""

    OCCURRED_AT = strawberry.enum_value("occurred_at", description="When it happened.")
    CREATED_AT = strawberry.enum_value("created_at", description="When it was created.")


@strawberry.input(description="An ordering of call events.")
class CallEventOrder:
    """An ordering of call events."""

    field: CallEventOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection | None = strawberry.field(
        default=strawberry.UNSET, description="Which end comes first; `DESC` if absent."
    )


@noun(
    models.CallEvent,
    prefix="call_event",
    scope="calls",
    filter=CallEventFilter,
    order=CallEventOrderField,
    default_order=("occurred_at", False),
)
class CallEvent(NodeInterface):
    """One entry in a call's timeline. Entries are appended and never changed."""

    created_at: DateTime = column()
    type: CallEventType = column()
    status: CallStatus | None = column()
    late: bool = column()
    detail: str | None = column()
    metadata: JSON = column()
    provider: Provider | None = column()
    occurred_at: DateTime = column()
    call: Annotated[Call, strawberry.lazy("schema.call")] = related("Call", "call_id", "The call.")
