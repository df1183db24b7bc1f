"""Spans that filters take, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import strawberry
from tortoise.expressions import Q

from models.database import Dialect
from schema.condition import Bind
from schema.errors import InvalidFilterError
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


@dataclass(frozen=True)
class Between:
    """The column lies in `{from, to}`: from is included, to is not; either may be absent."""

    column: str
    type: str = "timestamptz"

    def split(self, value: Any) -> tuple[str, tuple[Any, ...]]:
        """Which ends are given."""
        low, high = value.get("from"), value.get("to")
        if low is not None and high is not None and low >= high:
            raise InvalidFilterError("`from` lies before `to`.")
        shape = ("f" if low is not None else "") + ("t" if high is not None else "")
        return shape, tuple(end for end in (low, high) if end is not None)

    def sql(self, shape: str, alias: str, dialect: Dialect, bind: Bind) -> str:
        """Comparisons with the given ends."""
        column = f"{alias}.{self.column}"
        ends = []
        if "f" in shape:
            ends.append(f"{column} >= {bind(self.type)}")
        if "t" in shape:
            ends.append(f"{column} < {bind(self.type)}")
        return " AND ".join(ends) or "true"

    def q(self, value: Any) -> Q:
        """The same for Tortoise."""
        found = Q()
        if value.get("from") is not None:
            found &= Q(**{f"{self.column}__gte": value["from"]})
        if value.get("to") is not None:
            found &= Q(**{f"{self.column}__lt": value["to"]})
        return found


@dataclass(frozen=True)
class BetweenSeconds:
    """A column of milliseconds lies in `{from, to}` seconds."""

    column: str

    def split(self, value: Any) -> tuple[str, tuple[Any, ...]]:
        """Which ends are given, in milliseconds."""
        return Between(self.column).split(self._milliseconds(value))

    def sql(self, shape: str, alias: str, dialect: Dialect, bind: Bind) -> str:
        """Comparisons with the given ends."""
        return Between(self.column, "bigint").sql(shape, alias, dialect, bind)

    def q(self, value: Any) -> Q:
        """The same for Tortoise."""
        return Between(self.column).q(self._milliseconds(value))

    @staticmethod
    def _milliseconds(value: Any) -> dict[str, Any]:
        return {end: None if each is None else each * 1000 for end, each in value.items()}
