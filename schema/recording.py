"""Recording in the graph: its fields, filters and orderings."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from models import Provider, RecordingState
from schema.condition import AnyOf
from schema.context import Caller
from schema.fields import column, condition, contextual, related, seconds
from schema.link import Linked, expiry, link
from schema.node import NodeInterface
from schema.noun import noun
from schema.paging import OrderDirection
from schema.scalars import DateTime, Url

if TYPE_CHECKING:
    from schema.call import Call


@strawberry.input(
    description="Narrows a list of recordings; fields combine with AND, null means any."
)
class RecordingFilter:
    """Narrows a list of recordings."""

    state: list[RecordingState] | None = condition(AnyOf("state"), "In one of these states.")


@strawberry.enum(description="What a list of recordings can be ordered by.")
class RecordingOrderField(Enum):
    """What a list of recordings can be ordered by."""

    CREATED_AT = strawberry.enum_value("created_at", description="When it was created.")


@strawberry.input(description="An ordering of recordings.")
class RecordingOrder:
    """An ordering of recordings."""

    field: RecordingOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection | None = strawberry.field(
        default=strawberry.UNSET, description="Which end comes first; `DESC` if absent."
    )


#: What decides whether there is anything to link to.
KEPT = ("state", "provider", "path")


def _here(state: str, provider: str | None, path: str | None) -> bool:
    # The simulator's recordings are made when they are first listened to.
    kept = path is not None or provider == Provider.SIMULATOR
    return state == RecordingState.AVAILABLE and kept


def _url(caller: Caller, id: str, *kept: str | None) -> str | None:
    return link(caller, Linked.RECORDING, id) if _here(*kept) else None  # type: ignore[arg-type]


def _url_expires(caller: Caller, *kept: str | None) -> str | None:
    return expiry(caller) if _here(*kept) else None  # type: ignore[arg-type]


@noun(
    models.Recording,
    prefix="recording",
    scope="calls",
    filter=RecordingFilter,
    order=RecordingOrderField,
)
class Recording(NodeInterface):
    """A recording of a call, kept at the provider or here, reached by signed links of ours."""

    created_at: DateTime = column()
    updated_at: DateTime = column()
    version: int = column()
    state: RecordingState = column()
    media_type: str | None = column()
    channels: int | None = column()
    duration_seconds: int | None = seconds("duration_ms")
    size_bytes: int | None = column()
    provider: Provider | None = column()
    available_at: DateTime | None = column()
    url: Url | None = contextual(
        ("id", *KEPT),
        _url,
        "Where the audio can be fetched for an hour without a key, in parts too, as an `<audio>` "
        "element does; a new link with each request. Null where there is no audio yet or no more.",
    )
    url_expires_at: DateTime | None = contextual(
        KEPT, _url_expires, "Until when `url` is good; ask for the recording again after it."
    )
    call: Annotated[Call, strawberry.lazy("schema.call")] = related("Call", "call_id", "The call.")
