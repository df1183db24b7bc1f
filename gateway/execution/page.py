"""The arguments of a connection, split into a shape that becomes SQL and values that are bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from gateway.execution.values import Arguments, Variables
from schema import paging
from schema.noun import Noun


class Shape(NamedTuple):
    """All that the text of a page's statement depends on."""

    column: str
    descending: bool
    """The list's direction."""
    backward: bool
    """Whether it is read from its end, for `last`."""
    conditions: tuple[tuple[str, str], ...]
    after: bool
    before: bool
    offset: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One connection's arguments in one request."""

    shape: Shape
    filter_values: tuple[Any, ...]
    bounds: tuple[Any, ...]
    """The sort values and ids of the cursors."""
    size: int
    backward: bool
    offset: int
    mark: str
    """What the cursors of this page begin with."""
    has_after: bool
    has_before: bool


class PageArguments:
    """Reads the arguments of one selected connection."""

    def __init__(self, noun: Noun, arguments: Arguments, maximum: int) -> None:
        self._noun = noun
        self._arguments = arguments
        self._maximum = maximum
        self._page: Page | None = None

    def read(self, variables: Variables) -> Page:
        """The page asked for; raises what is wrong with the arguments."""
        if self._page is not None:
            return self._page
        page = self._read(self._arguments.read(variables))
        if self._arguments.constant:
            self._page = page
        return page

    @property
    def constant(self) -> bool:
        """Whether no variable takes part."""
        return self._arguments.constant

    def size(self, variables: Variables) -> int:
        """How many items the page may have, for the cost."""
        arguments = self._arguments.read(variables)
        return paging.window(arguments, self._maximum).size

    def _read(self, arguments: dict[str, Any]) -> Page:
        noun = self._noun
        window = paging.window(arguments, self._maximum)
        order = arguments.get("orderBy") or {}
        direction = order.get("direction")
        ordering = noun.ordering(
            order.get("field"), None if direction is None else direction == "DESC"
        )
        conditions = []
        values: list[Any] = []
        for name, value in (arguments.get("filter") or {}).items():
            if value is None:
                continue
            shape, bound = noun.conditions[name].split(value)
            conditions.append((name, shape))
            values.extend(bound)
        bounds: list[Any] = []
        for cursor in (window.after, window.before):
            if cursor is not None:
                bounds.extend(paging.decode(cursor, ordering))
        return Page(
            Shape(
                ordering.column,
                ordering.descending,
                window.backward,
                tuple(conditions),
                window.after is not None,
                window.before is not None,
                window.offset > 0,
            ),
            tuple(values),
            tuple(bounds),
            window.size,
            window.backward,
            window.offset,
            ordering.mark,
            window.after is not None or window.offset > 0,
            window.before is not None,
        )
