"""What an operation may cost, known before it runs: one point per object that may come back.

A list costs itself and what is below it for each object that its page may hold. Totals and
figures over other rows cost one point each; root fields of functions say what they cost. Where an
object may be of several types, the dearest counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from graphql import GraphQLList, GraphQLNonNull, is_abstract_type, is_composite_type

from gateway.execution.page import PageArguments
from gateway.execution.selection import Selected
from gateway.execution.values import Arguments, RefusedError, Variables
from schema.errors import SwitchboardError
from schema.noun import NOUNS
from schema.source import Aggregate, Asked, Live, Many, Node, Verb

#: What a verb costs beside its payload.
VERB = 10
#: What comes along for nothing.
FREE = frozenset({"PageInfo", "UserError"})
#: How many of the heaviest lists are tried for one that can be shortened.
TRIED = 8


@dataclass(frozen=True)
class Heavy:
    """The list that costs most, and the size it should have for the whole to fit."""

    path: tuple[str, ...]
    first: int
    argument: str = "first"
    """`first`, or `last` where the operation asks for the end of the list."""


Size: TypeAlias = Callable[[Variables], int]


@dataclass(eq=False, slots=True)
class _Item:
    """A selected field that costs something."""

    key: str
    own: int
    below: list[list[_Item]]
    """What each of its objects costs, for every type it may have."""
    size: Size | None = None
    """How many objects there may be; None: one."""
    arguments: Arguments | None = None
    """Those of a connection."""
    sized: bool = False
    """Whether `size` needs no variables."""


class _Cut(NamedTuple):
    """A list that is thought shorter than it is."""

    item: _Item
    size: int


class Cost:
    """The price of a selection as a function of the variables."""

    def __init__(self, fields: Iterable[Selected]) -> None:
        self._items = [item for each in fields for item in _items(each, None)]
        self._fixed: int | None = None
        if all(_constant(item) for item in self._items):
            self._fixed = self._sum({})

    def points(self, variables: Variables) -> int:
        """One for every object that may come back."""
        return self._sum(variables) if self._fixed is None else self._fixed

    def heaviest(self, variables: Variables, limit: int) -> Heavy | None:
        """The list to shorten so that the whole fits into `limit`."""
        lists = sorted(_lists(self._items, (), 1, variables), key=lambda each: -each[0])
        for _, path, item in lists[:TRIED]:
            low, high = 0, _size(item, variables, None)
            while low < high:
                middle = (low + high + 1) // 2
                fits = self._sum(variables, _Cut(item, middle)) <= limit
                low, high = (middle, high) if fits else (low, middle - 1)
            if low:
                assert item.arguments is not None
                given = item.arguments.read(variables)
                return Heavy(path, low, "first" if given.get("last") is None else "last")
        return None

    def _sum(self, variables: Variables, cut: _Cut | None = None) -> int:
        return sum(_price(item, variables, cut) for item in self._items)


def _items(field: Selected, verb: Arguments | None) -> list[_Item]:
    """What the field costs; `verb` are the arguments of the verb it belongs to."""
    if field.definition is None or field.name.startswith("__"):
        return []
    source, type_ = field.source, field.named_type
    if isinstance(source, Aggregate) or field.name == "totalCount":
        return [_Item(field.key, 1, [])]
    if not is_composite_type(type_):
        return []
    if type_.name in FREE:
        return []
    if isinstance(source, Verb):
        verb = field.arguments
    many = _is_list(field) and verb is not None
    below = [
        # Lists within a verb's list are not multiplied again.
        [item for each in field.of(one) for item in _items(each, None if many else verb)]
        for one in field.collector.possible_types(type_)
    ]
    if isinstance(source, Many):
        return _connection(field, source, below[0])
    if isinstance(source, Verb):
        return [_Item(field.key, VERB, below)]
    if isinstance(source, Asked):
        return [_Item(field.key, source.cost, below)]
    if isinstance(source, Live):
        return [_Item(field.key, 1, below)]
    if isinstance(source, Node) and source.many:
        # The ids are looked up whether they are there or not.
        return [_Item(field.key, 1, _each(below), _length(field.arguments, source.argument))]
    if many:
        # As many as the verb was given things to do.
        return [_Item(field.key, 0, _each(below), _length(verb, "input"))]
    if type_.name.endswith("Edge"):
        return [_Item(field.key, int(not below[0]), below)]
    own = int(type_.name in NOUNS or is_abstract_type(type_))
    return [_Item(field.key, own, below)]


def _connection(field: Selected, source: Many, below: list[_Item]) -> list[_Item]:
    assert field.arguments is not None
    page = PageArguments(NOUNS[source.noun], field.arguments, source.maximum)
    # A total is counted once, whatever the page holds.
    once = sum(item.own for item in below if not item.below)
    each = [item for item in below if item.below]
    return [_Item(field.key, 1 + once, [each], page.size, field.arguments, page.sized)]


def _each(below: list[list[_Item]]) -> list[list[_Item]]:
    return [[_Item("", 1, []), *one] for one in below]


def _is_list(field: Selected) -> bool:
    assert field.definition is not None
    type_ = field.definition.type
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    return isinstance(type_, GraphQLList)


def _length(arguments: Arguments | None, name: str) -> Size:
    assert arguments is not None
    return lambda variables: _longest(arguments.read(variables).get(name))


def _longest(value: Any) -> int:
    if isinstance(value, list):
        return len(value)
    if isinstance(value, dict):
        return max((_longest(each) for each in value.values()), default=0)
    return 0


def _constant(item: _Item) -> bool:
    if item.size is not None and not item.sized:
        return False
    return all(_constant(each) for one in item.below for each in one)


def _size(item: _Item, variables: Variables, cut: _Cut | None) -> int:
    if item.size is None:
        return 1
    if cut is not None and cut.item is item:
        return cut.size
    try:
        return item.size(variables)
    except (SwitchboardError, RefusedError):
        # The field will fail by itself.
        return 0


def _price(item: _Item, variables: Variables, cut: _Cut | None) -> int:
    if not item.below:
        return item.own
    below = max(sum(_price(each, variables, cut) for each in one) for one in item.below)
    return item.own + _size(item, variables, cut) * below


def _lists(
    items: list[_Item], path: tuple[str, ...], times: int, variables: Variables
) -> Iterator[tuple[int, tuple[str, ...], _Item]]:
    """The connections with what they cost, roughly, and where they stand."""
    for item in items:
        here = (*path, item.key) if item.key else path
        if item.arguments is not None:
            yield _price(item, variables, None) * times, here, item
        size = max(1, _size(item, variables, None))
        for one in item.below:
            yield from _lists(one, here, times * size, variables)
