"""A field and its source in one line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Union

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from models.vocabulary import Vocabulary
from schema.condition import Condition
from schema.source import (
    Aggregate,
    Asked,
    Attribute,
    Codec,
    Column,
    Computed,
    Contextual,
    Either,
    Embedded,
    Live,
    Lookup,
    Many,
    Node,
    Referenced,
    Related,
    Source,
    Start,
)


def lazy(name: str) -> Any:
    """A type of this layer by its name, from the module of its noun; nouns refer to each other."""
    from schema.noun import snake

    noun = name.removesuffix("Filter").removesuffix("OrderField").removesuffix("Order")
    return Annotated[name, strawberry.lazy(f"schema.{snake(noun)}")]


def sourced(source: Source, description: str | None = None, **options: Any) -> Any:
    """A field with this source."""
    return strawberry.field(
        description=description,
        metadata={"source": source, **options.pop("metadata", {})},
        **options,
    )


def identity() -> Any:
    """The public id."""
    return sourced(Column("id", "id"), "The public id: `<type>_<uuid>`, unique everywhere.")


def column(
    name: str | None = None, description: str | None = None, codec: Codec | None = None
) -> Any:
    """A column of the noun's row; its name and description are by default the model's own."""
    return sourced(Column(name or "", codec), description)


def seconds(name: str, description: str | None = None) -> Any:
    """A column of milliseconds, shown in whole seconds."""
    return sourced(Column(name, "seconds"), description)


def related(noun: str, column: str, description: str, *, target: str = "id") -> Any:
    """The one row of `noun` whose `target` equals `column` here."""
    return sourced(Related(noun, column, target), description)


def either(
    union: tuple[str, str],
    kind: str,
    column: str,
    nouns: Mapping[Vocabulary, str],
    description: str,
) -> Any:
    """The row of one of several nouns whose id is in `column`; the column `kind` says of which.

    `union` is the name of their type and its description.
    """
    name, meaning = union
    types: Any = Union[tuple(lazy(each) for each in nouns.values())]  # noqa: UP007
    return sourced(
        Either(kind, column, tuple((word.value, noun) for word, noun in nouns.items())),
        description,
        graphql_type=Annotated[types, strawberry.union(name, description=meaning)] | None,
    )


def connection(noun: str, by: str | None, description: str, *, maximum: int = 100) -> Any:
    """A Relay connection of `noun`: the rows whose `by` is this id, or all of the workspace."""
    field = sourced(Many(noun, by, maximum), description)
    field.arguments = page_arguments(noun, maximum)
    return field


def aggregate(
    noun: str,
    by: str,
    expression: str,
    description: str,
    *,
    empty: Any = 0,
    codec: Codec = "plain",
) -> Any:
    """A figure over the rows of `noun` whose `by` is this id."""
    return sourced(Aggregate(noun, by, expression, empty, codec), description)


def computed(columns: tuple[str, ...], function: Callable[..., Any], description: str) -> Any:
    """A pure function of columns."""
    return sourced(Computed(columns, function), description)


def contextual(columns: tuple[str, ...], function: Callable[..., Any], description: str) -> Any:
    """A pure function of the caller and columns."""
    return sourced(Contextual(columns, function), description)


def embedded(description: str, *, present: str | None = None) -> Any:
    """An object made of columns of the same row; null where `present` is null."""
    return sourced(Embedded(present), description)


def attribute(name: str, description: str) -> Any:
    """An attribute of a plain object."""
    return sourced(Attribute(name), description)


def referenced(noun: str, name: str, description: str, *, free: bool = False) -> Any:
    """The noun whose UUID is in a plain object's attribute `name`; `free`: without its scope."""
    return sourced(Referenced(noun, name, free), description)


def asked(
    function: Callable[..., Any],
    description: str,
    *scopes: str,
    cost: int = 1,
    **arguments: tuple[Any, str],
) -> Any:
    """A root field answered by a function; its arguments are optional: `name=(type, meaning)`."""
    field = sourced(Asked(function, frozenset(scopes), cost), description)
    field.arguments = [_argument(name, *each) for name, each in arguments.items()]
    return field


def start(description: str) -> Any:
    """The cursor of the place in the event log where the operation began."""
    return sourced(Start(), description)


def subscribed(
    event: type,
    topic: Callable[..., Any],
    description: str,
    *scopes: str,
    required: str = "",
    **arguments: tuple[Any, str],
) -> Any:
    """A subscription's root field, which delivers `event`; `topic(arguments)` says of what."""
    field = sourced(Live(topic, frozenset(scopes)), description)
    field.type = event
    field.arguments = [
        _argument(name, *each, required=name == required) for name, each in arguments.items()
    ]
    return field


def lookup(noun: str, description: str) -> Any:
    """A root field: one noun by its id."""
    field = sourced(Lookup(noun), description)
    field.arguments = [_argument("id", strawberry.ID, f"The id of the {noun}.", required=True)]
    return field


def node(description: str, *, many: bool = False) -> Any:
    """A root field: nouns of any type by their ids."""
    name = "ids" if many else "id"
    field = sourced(Node(name, many), description)
    type_ = list[strawberry.ID] if many else strawberry.ID
    field.arguments = [
        _argument(name, type_, "At most 100 ids." if many else "The id.", required=True)
    ]
    return field


def condition(meaning: Condition, description: str) -> Any:
    """A field of a filter."""
    return strawberry.field(
        default=strawberry.UNSET, description=description, metadata={"condition": meaning}
    )


def page_arguments(noun: str, maximum: int = 100) -> list[StrawberryArgument]:
    """The arguments of a connection of `noun`."""
    return [
        _argument("first", int, f"How many items from the start: 0 to {maximum}, 50 by default."),
        _argument("after", str, "Only items behind this cursor."),
        _argument("last", int, f"How many items from the end: 0 to {maximum}."),
        _argument("before", str, "Only items before this cursor."),
        _argument("offset", int, "How many items to leave out; for jumping to a page."),
        _argument("filter", lazy(f"{noun}Filter"), "Only items that meet all of these."),
        _argument("order_by", lazy(f"{noun}Order"), "The ordering; newest first by default."),
    ]


def _argument(
    name: str, type_: Any, description: str, *, required: bool = False
) -> StrawberryArgument:
    return StrawberryArgument(
        python_name=name,
        graphql_name=None,
        type_annotation=StrawberryAnnotation(type_ if required else type_ | None),
        description=description,
        **({} if required else {"default": strawberry.UNSET}),
    )
