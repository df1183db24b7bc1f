"""Spans that filters take."""

from __future__ import annotations

import strawberry

from schema.scalars import DateTime


@strawberry.input(description="A span of time; either end may be open.")
class DateTimeRange:
    """From included, to excluded."""

    from_: DateTime | None = strawberry.field(
        name="from", default=strawberry.UNSET, description="The first instant."
    )
    to: DateTime | None = strawberry.field(
        default=strawberry.UNSET, description="The first instant behind the span."
    )


@strawberry.input(description="A span of durations in seconds; either end may be open.")
class SecondsRange:
    """From included, to excluded."""

    from_: int | None = strawberry.field(
        name="from", default=strawberry.UNSET, description="At least this many seconds."
    )
    to: int | None = strawberry.field(
        default=strawberry.UNSET, description="Less than this many seconds."
    )
