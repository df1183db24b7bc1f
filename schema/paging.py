"""Relay connections and their keyset cursors."""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, TypeVar

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
        return f"{self.noun}.{self.column}.{'desc' if self.descending else 'asc'}\n"


_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_SHAPES = {
    "timestamp": re.compile(r"\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\d\.\d{3}Z", re.ASCII),
    "int": re.compile(r"-?\d{1,18}", re.ASCII),
    "text": re.compile(r"[^\0]*", re.DOTALL),
}


def encode(mark: str, value: object, uuid: str) -> str:
    """The cursor of the row with this sort value and id."""
    return b2a_base64(f"{mark}{value}\n{uuid}".encode(), newline=False).translate(_TO_URL).decode()


def decode(cursor: str, ordering: Ordering) -> tuple[Any, str]:
    """The sort value and id that a cursor of `ordering` holds; raises `InvalidCursorError`."""
    try:
        raw = cursor.encode("ascii").translate(_FROM_URL)
        text = a2b_base64(raw, strict_mode=True).decode()
    except (Base64Error, ValueError):
        raise InvalidCursorError("The cursor isn't one of ours.") from None
    mark = ordering.mark
    if not text.startswith(mark):
        raise InvalidCursorError("The cursor belongs to another list or ordering.")
    value, _, uuid = text[len(mark) :].rpartition("\n")
    if not _UUID.fullmatch(uuid) or not _SHAPES[ordering.kind].fullmatch(value):
        raise InvalidCursorError("The cursor isn't one of ours.")
    if ordering.kind == "timestamp":
        _check_instant(value)
    return (int(value) if ordering.kind == "int" else value), uuid


def _check_instant(value: str) -> None:
    from datetime import datetime

    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise InvalidCursorError("The cursor isn't one of ours.") from None


@dataclass(frozen=True)
class Window:
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
        raise InvalidPageError("Give `first` or `last`, not both.")
    size = last if last is not None else first
    name = "last" if last is not None else "first"
    if size is None:
        size = min(DEFAULT_PAGE, maximum)
    if not 0 <= size <= maximum:
        raise InvalidPageError(f"`{name}` is between 0 and {maximum}.")
    if offset is None:
        offset = 0
    elif after is not None or before is not None or last is not None:
        raise InvalidPageError("`offset` goes with `first` alone.")
    elif not 0 <= offset <= MAX_OFFSET:
        raise InvalidPageError(f"`offset` is between 0 and {MAX_OFFSET}.")
    return Window(size, last is not None, after, before, offset)
