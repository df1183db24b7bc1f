"""Where a field's value comes from: the few kinds of source that reads are compiled from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

#: How a stored value becomes the one on the wire.
Codec: TypeAlias = Literal["plain", "bool", "timestamp", "json", "id", "seconds", "string"]


@dataclass(frozen=True)
class Column:
    """A column of the noun's own row."""

    name: str
    codec: Codec | None = None
    """None: what the column's type says."""
    prefix: str | None = None
    """The type prefix of a public id, for ids."""


@dataclass(frozen=True)
class Related:
    """At most one row of another noun; read by a join."""

    noun: str
    column: str
    """The column here that holds the value of `target`."""
    target: str = "id"


@dataclass(frozen=True)
class Either:
    """The row of one of several nouns with the id in `column`; null where it is gone.

    A noun that the caller may not read doesn't exist for it.
    """

    kind: str
    """The column that says which noun it is."""
    column: str
    nouns: tuple[tuple[str, str], ...]
    """What `kind` holds, and the noun that it stands for."""


@dataclass(frozen=True)
class Many:
    """A connection: the rows of another noun that refer to this one, or all of the workspace."""

    noun: str
    by: str | None = None
    """The column there that refers to this row's id; None at the root."""
    maximum: int = 100
    """The largest page."""


@dataclass(frozen=True)
class Aggregate:
    """A figure over the rows of another noun that refer to this one."""

    noun: str
    by: str
    expression: str
    """SQL over the columns of that noun, written as `{column}`; the same on both databases."""
    empty: Any = 0
    """The value where no row refers to this one."""
    codec: Codec = "plain"


@dataclass(frozen=True)
class Computed:
    """A pure function of the row's columns, given in the order of `columns`."""

    columns: tuple[str, ...]
    function: Callable[..., Any]


@dataclass(frozen=True)
class Contextual:
    """A pure function of the caller and of the row's columns."""

    columns: tuple[str, ...]
    function: Callable[..., Any]


@dataclass(frozen=True)
class Embedded:
    """An object whose fields are columns of the same row; null where `present` is null."""

    present: str | None = None
    columns: tuple[tuple[str, str], ...] = ()
    """Which columns stand for those that the object's type names, where they differ."""


@dataclass(frozen=True)
class Attribute:
    """An attribute of a plain object: payloads, statistics, the viewer."""

    name: str


@dataclass(frozen=True)
class Referenced:
    """The noun whose UUID a plain object's attribute holds; null where that is None or unknown."""

    noun: str
    attribute: str
    free: bool = False
    """Whether every caller may read it here, without the noun's scope."""


@dataclass(frozen=True)
class Lookup:
    """A root field: the noun with the id in `argument`."""

    noun: str
    argument: str = "id"


@dataclass(frozen=True)
class Node:
    """A root field: whatever noun the id in `argument` belongs to; a list of ids gives a list."""

    argument: str
    many: bool = False


@dataclass(frozen=True)
class Asked:
    """A root field answered by a function, which may read: see `schema.context.Question`.

    `function(question, arguments)` gives a plain object, or yields statements and returns one.
    """

    function: Callable[..., Any]
    scopes: frozenset[str] = frozenset()
    cost: int = 1
    """The points that it takes, beside those of the nouns selected below it."""


@dataclass(frozen=True)
class Start:
    """The cursor of the place in the event log where the operation began."""


@dataclass(frozen=True)
class Live:
    """A subscription's root field: what it hears of says `topic(arguments)`, see `schema.topic`."""

    topic: Callable[..., Any]
    scopes: frozenset[str]


@dataclass(frozen=True)
class Verb:
    """A mutation's root field: see `schema.verb`."""

    function: Callable[..., Any]
    scopes: frozenset[str]
    numbers: Callable[..., Any] | None = None
    key_required: bool = False
    foreseeable: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Introspection:
    """`__schema` and `__type`, which graphql-core answers."""


Source: TypeAlias = (
    Column
    | Related
    | Either
    | Many
    | Aggregate
    | Computed
    | Contextual
    | Embedded
    | Attribute
    | Referenced
    | Lookup
    | Node
    | Asked
    | Start
    | Live
    | Verb
    | Introspection
)
