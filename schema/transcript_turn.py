"""TranscriptTurn in the graph: its fields, filters and orderings."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from models import Speaker
from schema.condition import AnyOf
from schema.fields import column, condition, related, seconds
from schema.node import NodeInterface
from schema.noun import noun
from schema.paging import OrderDirection
from schema.scalars import DateTime

if TYPE_CHECKING:
    from schema.call import Call


@strawberry.input(
    description="Narrows a list of transcript turns; fields combine with AND, null means any."
)
class TranscriptTurnFilter:
    """Narrows a list of transcript turns."""

    speaker: list[Speaker] | None = condition(AnyOf("speaker"), "Said by one of these.")


@strawberry.enum(description="What a list of transcript turns can be ordered by.")
class TranscriptTurnOrderField(Enum):
    """What a list of transcript turns can be ordered by."""

    POSITION = strawberry.enum_value("position", description="Its place.")


@strawberry.input(description="An ordering of transcript turns.")
class TranscriptTurnOrder:
    """An ordering of transcript turns."""

    field: TranscriptTurnOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection | None = strawberry.field(
        default=strawberry.UNSET, description="Which end comes first; `DESC` if absent."
    )


@noun(
    models.TranscriptTurn,
    prefix="turn",
    scope="calls",
    filter=TranscriptTurnFilter,
    order=TranscriptTurnOrderField,
    default_order=("position", False),
)
class TranscriptTurn(NodeInterface):
    """One turn of a call's transcript: one speaker's words without interruption."""

    created_at: DateTime = column()
    position: int = column()
    speaker: Speaker = column()
    text: str = column()
    start_seconds: int | None = seconds("start_ms")
    end_seconds: int | None = seconds("end_ms")
    call: Annotated[Call, strawberry.lazy("schema.call")] = related("Call", "call_id", "The call.")
