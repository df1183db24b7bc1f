"""The arguments of a connection, split into a shape that becomes SQL and values that are bound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from gateway.execution.values import Arguments, Variables
from schema import paging
from schema.errors import SwitchboardError
from schema.noun import Noun

#: Conditions by their names and shapes, and the values that they bind.
_Filter: TypeAlias = tuple[tuple[tuple[str, str], ...], tuple[Any, ...]]


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


@dataclass(eq=False, slots=True)
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
        self._filter: _Filter | None = None
        self._orderings: dict[tuple[str | None, str | None], paging.Ordering] = {}

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

    @property
    def sized(self) -> bool:
        """Whether no variable decides how many items the page may have."""
        return not (self._arguments.is_dynamic("first") or self._arguments.is_dynamic("last"))

    def size(self, variables: Variables) -> int:
        """How many items the page may have, for the cost."""
        if self.sized:
            given = {name: self._arguments.fixed(name) for name in ("first", "last")}
        else:
            given = self._arguments.read(variables)
        return paging.window(given, self._maximum).size

    def _read(self, arguments: dict[str, Any]) -> Page:
        size, backward, after, before, offset = paging.window(arguments, self._maximum)
        ordering = self._ordering(arguments.get("orderBy"))
        conditions, values = self._conditions(arguments.get("filter"))
        bounds: tuple[Any, ...] = ()
        for name, cursor in (("after", after), ("before", before)):
            if cursor is not None:
                bounds += paging.bounds(name, cursor, ordering)
        return Page(
            Shape(
                ordering.column,
                ordering.descending,
                backward,
                conditions,
                after is not None,
                before is not None,
                offset > 0,
            ),
            values,
            bounds,
            size,
            backward,
            offset,
            ordering.mark,
            after is not None or offset > 0,
            before is not None,
        )

    def _ordering(self, order: dict[str, Any] | None) -> paging.Ordering:
        column, direction = (order.get("field"), order.get("direction")) if order else (None, None)
        found = self._orderings.get((column, direction))
        if found is None:
            descending = None if direction is None else direction == "DESC"
            found = self._noun.ordering(column, descending)
            self._orderings[column, direction] = found
        return found

    def _conditions(self, filter: dict[str, Any] | None) -> _Filter:
        if not filter:
            return (), ()
        if self._filter is not None:
            return self._filter
        conditions = []
        values: list[Any] = []
        try:
            for name, shape, bound in self._noun.narrowed(filter):
                conditions.append((name, shape))
                values.extend(bound)
        except SwitchboardError as error:
            raise error.at("filter") from None
        found = tuple(conditions), tuple(values)
        if not self._arguments.is_dynamic("filter"):
            self._filter = found
        return found
