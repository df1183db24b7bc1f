"""Calling windows as verbs take them."""

from __future__ import annotations

import strawberry

from schema.input import required


@strawberry.input(
    description="A span of a day in which leads may be called, on the wall clock there."
)
class CallingWindowInput:
    """A span of a day."""

    days: list[int] = required("Days of the week: 1 is Monday, 7 is Sunday.")
    from_: int = strawberry.field(
        name="from", description="The first minute since midnight, 0 to 1,439."
    )
    to: int = required("The first minute behind the span, up to 1,440; spans end with the day.")
