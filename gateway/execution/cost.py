"""What an operation may cost, known before it runs: one point per object that may come back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graphql import is_abstract_type, is_composite_type

from gateway.execution.page import PageArguments
from gateway.execution.selection import Selected
from gateway.execution.values import RefusedError, Variables
from schema.errors import SwitchboardError
from schema.noun import NOUNS
from schema.source import Aggregate, Many, Node, Verb

#: What a verb costs beside its payload.
VERB = 10


@dataclass(frozen=True)
class Heavy:
    """The list that costs most, and the size it should have for the whole to fit."""

    path: tuple[str, ...]
    first: int


@dataclass(eq=False)
class _Item:
    """A selected field that costs something."""

    key: str
    own: int
    page: PageArguments | None
    below: list[_Item]
    """What each of its objects costs."""
    maximum: int = 0


class Cost:
    """The price of a selection as a function of the variables."""

    def __init__(self, fields: Iterable[Selected]) -> None:
        self._items = [item for each in fields for item in _items(each)]
        self._fixed: int | None = None
        if all(_constant(item) for item in self._items):
            self._fixed = self._sum({})

    def points(self, variables: Variables) -> int:
        """One for every object that may come back."""
        return self._sum(variables) if self._fixed is None else self._fixed

    def heaviest(self, variables: Variables, limit: int) -> Heavy | None:
        """The list to shorten so that the whole fits into `limit`."""
        total = self.points(variables)
        best: tuple[int, Heavy] | None = None
        for path, item, times in _lists(self._items, (), 1, variables):
            size = _size(item, variables)
            each = 1 + sum(_price(below, variables) for below in item.below)
            spent = size * each * times
            fits = (limit - (total - spent)) // max(1, each * times)
            if (best is None or spent > best[0]) and fits >= 1:
                best = (spent, Heavy(path, fits))
        return best[1] if best else None

    def _sum(self, variables: Variables) -> int:
        return sum(_price(item, variables) for item in self._items)


def _items(field: Selected) -> list[_Item]:
    if field.definition is None or field.name.startswith("__"):
        return []
    source, type_ = field.source, field.named_type
    if isinstance(source, Aggregate):
        return [_Item(field.key, 1, None, [])]
    if field.name == "totalCount":
        return [_Item(field.key, 1, None, [])]
    if not is_composite_type(type_):
        return []
    types = field.collector.possible_types(type_)
    if is_abstract_type(type_):
        types = [each for each in types if len(field.of(each)) > 1] or types[:1]
    below = max(
        ([item for each in field.of(one) for item in _items(each)] for one in types), key=len
    )
    if isinstance(source, Many):
        assert field.arguments is not None
        page = PageArguments(NOUNS[source.noun], field.arguments, source.maximum)
        return [_Item(field.key, 1, page, below, source.maximum)]
    own = VERB if isinstance(source, Verb) else int(type_.name in NOUNS or is_abstract_type(type_))
    if isinstance(source, Node) and source.many:
        own = 10
    if type_.name.endswith(("Connection", "Edge")) or type_.name == "PageInfo":
        own = 0
    return [_Item(field.key, own, None, below)]


def _constant(item: _Item) -> bool:
    return (item.page is None or item.page.constant) and all(_constant(x) for x in item.below)


def _size(item: _Item, variables: Variables) -> int:
    if item.page is None:
        return 1
    try:
        return item.page.size(variables)
    except (SwitchboardError, RefusedError):
        # The field will fail by itself.
        return 0


def _price(item: _Item, variables: Variables) -> int:
    below = sum(_price(each, variables) for each in item.below)
    if item.page is None:
        return item.own + below
    return item.own + _size(item, variables) * below


def _lists(
    items: list[_Item], path: tuple[str, ...], times: int, variables: Variables
) -> list[tuple[tuple[str, ...], _Item, int]]:
    found = []
    for item in items:
        here = (*path, item.key)
        if item.page is not None:
            found.append((here, item, times))
        size = _size(item, variables)
        found += _lists(item.below, here, times * max(1, size), variables)
    return found
