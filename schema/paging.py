"""Relay connections and their keyset cursors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Generic, NamedTuple, TypeVar

import strawberry

from schema.errors import InvalidCursorError, InvalidPageError

DEFAULT_PAGE = 50
MAX_OFFSET = 1_000_000
N = TypeVar("N")


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Relay's PageInfo."""

    has_next_page: bool = strawberry.field(
        description="Whether more items follow. Going backwards: whether `before` was given."
    )
    has_previous_page: bool = strawberry.field(
        description="Whether items precede. Going forwards: whether `after` or `offset` was given."
    )
    start_cursor: str | None = strawberry.field(description="The first item's cursor.")
    end_cursor: str | None = strawberry.field(
        description="The last item's cursor; give it as `after` for the next page."
    )


@strawberry.type(description="An item of a list with its cursor.")
class Edge(Generic[N]):
    """Relay's Edge."""

    cursor: str = strawberry.field(description="The item's place in this ordering; opaque.")
    node: N = strawberry.field(description="The item.")


@strawberry.type(description="A page of a list.")
class Connection(Generic[N]):
    """Relay's Connection."""

    edges: list[Edge[N]] = strawberry.field(description="The page's items with their cursors.")
    nodes: list[N] = strawberry.field(description="The page's items.")
    page_info: PageInfo = strawberry.field(description="Where the page stands in the list.")
    total_count: int = strawberry.field(
        description="How many items the filter matches on all pages; counted only if selected."
    )


@strawberry.enum(description="Which end of an ordering comes first.")
class OrderDirection(Enum):
    """Which end comes first."""

    ASC = strawberry.enum_value("ASC", description="Smallest, oldest or A first.")
    DESC = strawberry.enum_value("DESC", description="Largest, newest or Z first.")


@dataclass(frozen=True)
class Ordering:
    """An order over a NOT NULL column, with the id as the last word."""

    noun: str
    column: str
    kind: str
    """`timestamp`, `text`, `int` or `uuid`: what a cursor's value must look like."""
    descending: bool

    @property
    def mark(self) -> str:
        """What a cursor begins with, so that one of another ordering is known."""
        return _mark(self.noun, self.column, self.descending)


@lru_cache(1024)
def _mark(noun: str, column: str, descending: bool) -> str:
    name = f"{noun}.{column}.{'desc' if descending else 'asc'}"
    return blake2b(name.encode(), digest_size=4).hexdigest()


#: A mark, an id, and the sort value, whatever that is.
_CURSOR = re.compile(
    r"([0-9a-f]{8})([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(.*)", re.ASCII | re.DOTALL
)
_SHAPES = {
    "timestamp": re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{3}Z", re.ASCII),
    "int": re.compile(r"-?\d{1,18}", re.ASCII),
    "text": re.compile(r"[^\0]*", re.DOTALL),
}


def encode(mark: str, value: object, uuid: str) -> str:
    """The cursor of the row with this sort value and id: all that it takes to go on from there.

    Only the database and generated code write cursors as well, in the same form.
    """
    return f"{mark}{uuid}{value}"


def decode(cursor: str, ordering: Ordering) -> tuple[Any, str]:
    """The sort value and id that a cursor of `ordering` holds; raises `InvalidCursorError`."""
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        raise InvalidCursorError("The cursor isn't one of ours.")
    mark, uuid, value = found.groups()
    if mark != ordering.mark:
        raise InvalidCursorError("The cursor belongs to another list or ordering.")
    if not _SHAPES[ordering.kind].fullmatch(value) or not _exists(value, ordering.kind):
        raise InvalidCursorError("The cursor isn't one of ours.")
    return (int(value) if ordering.kind == "int" else value), uuid


def bounds(argument: str, cursor: str, ordering: Ordering) -> tuple[Any, str]:
    """The same of the cursor that an argument is; what is raised names the argument."""
    try:
        return decode(cursor, ordering)
    except InvalidCursorError as error:
        raise error.at(argument) from None


def _exists(value: str, kind: str) -> bool:
    """Whether there is such an instant or text."""
    try:
        if kind == "timestamp":
            datetime.fromisoformat(value)
        elif kind == "text":
            value.encode()
    except ValueError:
        return False
    return True


class Window(NamedTuple):
    """Which part of an ordered list is asked for."""

    size: int
    backward: bool
    after: str | None
    before: str | None
    offset: int


def window(arguments: dict[str, Any], maximum: int) -> Window:
    """Read `first/after/last/before/offset`; raises `InvalidPageError`."""
    first, last = arguments.get("first"), arguments.get("last")
    after, before = arguments.get("after"), arguments.get("before")
    offset = arguments.get("offset")
    if first is not None and last is not None:
        raise InvalidPageError("Give `first` or `last`, not both.").at("last")
    size = last if last is not None else first
    name = "last" if last is not None else "first"
    if size is None:
        size = min(DEFAULT_PAGE, maximum)
    if not 0 <= size <= maximum:
        raise InvalidPageError(f"`{name}` is between 0 and {maximum}.").at(name)
    if offset is None:
        offset = 0
    elif after is not None or before is not None or last is not None:
        raise InvalidPageError("`offset` goes with `first` alone.").at("offset")
    elif not 0 <= offset <= MAX_OFFSET:
        raise InvalidPageError(f"`offset` is between 0 and {MAX_OFFSET}.").at("offset")
    return Window(size, last is not None, after, before, offset)
