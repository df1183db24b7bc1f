"""A noun: a type of the graph with its table, its id's prefix, its filters and its orderings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, TypeVar

import strawberry
from tortoise.models import Model

from models.columns import BigInteger, Flag, Integer, Json, Timestamp, Uuid
from schema.condition import Condition
from schema.errors import SwitchboardError
from schema.paging import Ordering
from schema.source import Column, Embedded

T = TypeVar("T")

#: Every noun by its type's name; filled as the modules of this layer are imported.
NOUNS: dict[str, Noun] = {}
#: The same by the prefix of its ids.
PREFIXES: dict[str, Noun] = {}


class Narrowed(NamedTuple):
    """A field of a filter with its value."""

    name: str
    shape: str
    """What the text of its SQL depends on."""
    values: tuple[Any, ...]
    """What is bound."""


@dataclass(frozen=True)
class Noun:
    """One type of the graph."""

    name: str
    prefix: str
    model: type[Model]
    scope: str
    """What stands before `:read` and `:write` in the scopes that guard it."""
    filter: type | None
    order: type[Enum] | None
    default_order: tuple[str, bool]
    """The default ordering's column, and whether it descends."""
    restrict: str | None = field(default=None)
    """SQL that every row must meet to be seen at all, over `{alias}`."""

    @property
    def table(self) -> str:
        """The table's name."""
        return self.model._meta.db_table

    @cached_property
    def conditions(self) -> dict[str, Condition]:
        """The filter's fields by their GraphQL names."""
        if self.filter is None:
            return {}
        definition: Any = self.filter
        return {
            camel(each.python_name): each.metadata["condition"]
            for each in definition.__strawberry_definition__.fields
        }

    def narrowed(self, filter: Mapping[str, Any]) -> Iterator[Narrowed]:
        """What a filter's value asks for, field by field; raises what is wrong with one of them."""
        for name, value in filter.items():
            if value is not None:
                try:
                    yield Narrowed(name, *self.conditions[name].split(value))
                except SwitchboardError as error:
                    raise error.at(name) from None

    def kind(self, column: str) -> str:
        """What a column holds: text, int, bool, timestamp, json or uuid."""
        stored = self.model._meta.fields_map[column]
        kinds: tuple[tuple[Any, str], ...] = (
            (Timestamp, "timestamp"),
            (Json, "json"),
            (Uuid, "uuid"),
            (Flag, "bool"),
            (Integer, "int"),
            (BigInteger, "int"),
        )
        for type_, kind in kinds:
            if isinstance(stored, type_):
                return kind
        return "text"

    def nullable(self, column: str) -> bool:
        """Whether the column may be null."""
        return bool(self.model._meta.fields_map[column].null)

    def ordering(self, chosen: str | None, descending: bool | None) -> Ordering:
        """The ordering of this name and direction, or the default one."""
        column, default_descending = self.default_order
        if chosen is not None and self.order is not None:
            column = self.order[chosen].value
        if descending is None:
            descending = default_descending if chosen is None else True
        return Ordering(self.prefix, column, self.kind(column), descending)


def noun(
    model: type[Model],
    *,
    prefix: str,
    scope: str,
    filter: type | None = None,
    order: type[Enum] | None = None,
    default_order: tuple[str, bool] = ("created_at", True),
    restrict: str | None = None,
) -> Callable[[type[T]], type[T]]:
    """Declare a class as a noun; descriptions that it lacks come from the model's columns."""

    def declare(cls: type[T]) -> type[T]:
        from schema.node import NodeInterface

        made = _rooted(cls, model)
        if not issubclass(cls, NodeInterface):
            raise TypeError(f"{cls.__name__} must be a Node")
        NOUNS[cls.__name__] = PREFIXES[prefix] = Noun(
            cls.__name__, prefix, model, scope, filter, order, default_order, restrict
        )
        return made

    return declare


def part(model: type[Model]) -> Callable[[type[T]], type[T]]:
    """Declare a class as an object made of columns of `model`'s row."""
    return lambda cls: _rooted(cls, model)


def _rooted(cls: type[T], model: type[Model]) -> type[T]:
    made = strawberry.type(cls, description=described(cls))
    definition: Any = made
    for each in definition.__strawberry_definition__.fields:
        source = each.metadata.get("source")
        if isinstance(source, Column):
            name = source.name or each.python_name
            each.metadata = {**each.metadata, "source": replace(source, name=name)}
        if isinstance(source, Embedded):
            name = source.present or ""
        if isinstance(source, Column | Embedded) and each.description is None:
            each.description = model._meta.fields_map[name].description
            if isinstance(source, Column) and source.codec == "seconds":
                each.description = (each.description or "").replace("milliseconds", "seconds")
    return made


def described(documented: object) -> str:
    """A docstring as one paragraph of Markdown per paragraph."""
    paragraphs = re.split(r"\n\s*\n", (documented.__doc__ or "").strip())
    return "\n\n".join(re.sub(r"\s*\n\s*", " ", each) for each in paragraphs)


@lru_cache(1024)
def camel(name: str) -> str:
    """`created_at` → `createdAt`."""
    head, *rest = name.rstrip("_").split("_")
    return head + "".join(part.title() for part in rest)


@lru_cache(1024)
def snake(name: str) -> str:
    """`PhoneNumber` → `phone_number`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
