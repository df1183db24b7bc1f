"""What a filter's field means, declared once: SQL for compiled reads, a Tortoise `Q` for the reference.

A condition looks at its value and splits it into a *shape*, which becomes SQL text, and *values*,
which are always bound. Shapes are few, so statements can be cached by them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from tortoise.expressions import Q, Subquery
from tortoise.models import Model

from models import search
from models.columns import dump_json
from models.database import Dialect
from schema import identity
from schema.errors import InvalidFilterError, InvalidIdError, InvalidTextError


class Bind(Protocol):
    """Binds values in order."""

    workspace: str
    """The placeholder of the workspace."""

    def __call__(self, type_: str) -> str:
        """The placeholder of the next value, which has this type on PostgreSQL."""
        ...


class Condition(Protocol):
    """One way to narrow a list."""

    def split(self, value: Any) -> tuple[str, tuple[Any, ...]]:
        """The shape of `value` and the values to bind; raises `InvalidFilterError`."""
        ...

    def sql(self, shape: str, alias: str, dialect: Dialect, bind: Bind) -> str:
        """The SQL of `shape`; calls `bind(type)` once per value, in order."""
        ...

    def q(self, value: Any) -> Q:
        """The same as a Tortoise expression."""
        ...


class Values:
    """Binds the values of a filter that is used once, after the workspace."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self._values: list[Any] = []
        self._given: list[Any] = []
        self.workspace = "$1::uuid" if dialect == "postgres" else "?1"

    def expect(self, values: tuple[Any, ...]) -> None:
        """The values that the next condition binds."""
        self._given = list(values)

    def __call__(self, type_: str, *value: Any) -> str:
        """The placeholder of a value: of the one given, or of the next one expected."""
        found = value[0] if value else self._given.pop(0)
        if isinstance(found, list) and self.dialect == "sqlite":
            found = dump_json(found)
        self._values.append(found)
        place = len(self._values) + 1
        return f"${place}::{type_}" if self.dialect == "postgres" else f"?{place}"

    def all(self, workspace: str) -> list[Any]:
        """Everything to bind."""
        return [workspace, *self._values]


def meets(noun: Any, filter: Mapping[str, Any], alias: str, bind: Values) -> list[str]:
    """The SQL conditions of a filter's value; raises `InvalidFilterError` and the like."""
    found = []
    for name, shape, values in noun.narrowed(filter):
        bind.expect(values)
        found.append(noun.conditions[name].sql(shape, alias, bind.dialect, bind))
    return found


def _q(name: str, value: Any) -> Q:
    return Q(**{name: value})


@dataclass(frozen=True)
class Equals:
    """The column has this value."""

    column: str
    type: str = "text"
    read: Callable[[str], str] | None = None
    """Spells the value as the column does; raises `ValueError` for one that it can't have."""
    folded: bool = False
    """Whether it is compared in lower case; `read` gives that."""

    def split(self, value: Any) -> tuple[str, tuple[Any, ...]]:
        """One shape, or two for a flag, so that an index of one side of it can be used."""
        if self.type == "bool":
            return ("true" if value else "false"), ()
        return "eq", (self._read(value),)

    def sql(self, shape: str, alias: str, dialect: Dialect, bind: Bind) -> str:
        """`column = value`."""
        if self.type == "bool":
            return f"{alias}.{self.column} = {shape}"
        column = f"{alias}.{self.column}"
        return f"{f'lower({column})' if self.folded else column} = {bind(self.type)}"

    def q(self, value: Any) -> Q:
        """The same for Tortoise."""
        name = f"{self.column}__iexact" if self.folded else self.column
        return _q(name, self._read(value))

    def _read(self, value: Any) -> Any:
        if self.read is None:
            return _text(value)
        try:
            return self.read(_text(value))
        except ValueError as error:
            raise InvalidFilterError(str(error)) from None


@dataclass(frozen=True)
class AnyOf:
    """The column has one of these values; an empty list matches nothing."""

    column: str
    type: str = "text"

    def split(self, value: Any) -> tuple[str, tuple[Any, ...]]:
        """One value reads an index in order, so it has a shape of its own."""
        if len(value) == 1:
            return "one", (value[0],)
        return "many", (list(value),)

    def sql(self, shape: str, alias: str, dialect: Dialect, bind: Bind) -> str:
        """`column = value` or membership."""
        column = f"{alias}.{self.column}"
        if shape == "one":
            return f"{column} = {bind(self.type)}"
        if dialect == "postgres":
            return f"{column} = ANY({bind(self.type + '[]')})"
        return f"{column} IN (SELECT value FROM json_each({bind('json')}))"

    def q(self, value: Any) -> Q:
        """The same for Tortoise."""
        return _q(f"{self.column}__in", list(value))


@dataclass(frozen=True)
class Refers:
    """The column refers to the noun with this public id."""

    column: str
    prefix: str

    def split(self, value: Any) -> tuple[str, tuple[Any, ...]]:
        """The UUID behind the prefix."""
        return "eq", (identity.parse(value, self.prefix),)

    def sql(self, shape: str, alias: str, dialect: Dialect, bind: Bind) -> str:
        """`column = uuid`."""
        return f"{alias}.{self.column} = {bind('uuid')}"

    def q(self, value: Any) -> Q:
        """The same for Tortoise."""
        return _q(self.column, UUID(identity.parse(value, self.prefix)))


@dataclass(frozen=True)
class RefersToAny:
    """The column refers to one of the nouns with these public ids."""

    column: str
    prefix: str

    def split(self, value: Any) -> tuple[str, tuple[Any, ...]]:
        """The UUIDs behind the prefixes."""
        return AnyOf(self.column).split(self._uuids(value))

    def sql(self, shape: str, alias: str, dialect: Dialect, bind: Bind) -> str:
        """Membership."""
        return AnyOf(self.column, "uuid").sql(shape, alias, dialect, bind)

    def q(self, value: Any) -> Q:
        """The same for Tortoise."""
        return _q(f"{self.column}__in", [UUID(each) for each in self._uuids(value)])

    def _uuids(self, ids: list[str]) -> list[str]:
        found = []
        for place, each in enumerate(ids):
            try:
                found.append(identity.parse(each, self.prefix))
            except InvalidIdError as error:
                raise error.at(str(place)) from None
        return found


@dataclass(frozen=True)
class Linked:
    """A row of another table links this one with the noun with this public id."""

    model: type[Model]
    """The other table."""
    by: str
    """Its column that refers to this row."""
    other: str
    """Its column that refers to the noun."""
    prefix: str
    column: str = "id"

    def split(self, value: Any) -> tuple[str, tuple[Any, ...]]:
        """The UUID behind the prefix."""
        return "eq", (identity.parse(value, self.prefix),)

    def sql(self, shape: str, alias: str, dialect: Dialect, bind: Bind) -> str:
        """Membership in what the other table has for that noun."""
        return (
            f"{alias}.id IN (SELECT l.{self.by} FROM {self.model._meta.db_table} l "
            f"WHERE l.workspace_id = {bind.workspace} AND l.{self.other} = {bind('uuid')})"
        )

    def q(self, value: Any) -> Q:
        """The same for Tortoise."""
        uuid = UUID(identity.parse(value, self.prefix))
        links = self.model.filter(_q(self.other, uuid)).values(self.by)
        return _q("id__in", Subquery(links))


@dataclass(frozen=True)
class Present:
    """Whether the column has a value."""

    column: str

    def split(self, value: Any) -> tuple[str, tuple[Any, ...]]:
        """Two shapes, nothing to bind."""
        return ("set" if value else "null"), ()

    def sql(self, shape: str, alias: str, dialect: Dialect, bind: Bind) -> str:
        """`IS NULL` or its opposite."""
        return f"{alias}.{self.column} IS {'NOT ' if shape == 'set' else ''}NULL"

    def q(self, value: Any) -> Q:
        """The same for Tortoise."""
        return _q(f"{self.column}__isnull", not value)


def _text(value: Any) -> Any:
    """The value, unless it is text that PostgreSQL can't hold."""
    if isinstance(value, str) and "\0" in value:
        raise InvalidTextError
    return value


MAX_SEARCH = 200
_SEPARATORS = "\n !\"#$%&'()*+,-./:;<=>?@[]^_`{|}~"


@dataclass(frozen=True)
class Search:
    """The normalised text in the column contains this, from an index; see `models.search`."""

    column: str

    def split(self, value: Any) -> tuple[str, tuple[Any, ...]]:
        """Three characters on match anywhere; one or two the beginnings of words."""
        if len(value) > MAX_SEARCH:
            raise InvalidFilterError(f"A search has at most {MAX_SEARCH} characters.")
        shape, text = search.wanted(_text(value))
        return shape, ((text,) if text else ())

    def sql(self, shape: str, alias: str, dialect: Dialect, bind: Bind) -> str:
        """A condition that the search index answers."""
        text = bind("text") if shape in ("word", "anywhere") else ""
        return search.condition(shape, alias, dialect, bind.workspace, text)

    def q(self, value: Any) -> Q:
        """A scan with the same meaning."""
        shape, values = self.split(value)
        if shape == "all":
            return Q()
        if shape == "none":
            return Q(id=None)
        if shape == "anywhere":
            return _q(f"{self.column}__contains", values[0])
        found = _q(f"{self.column}__startswith", values[0])
        for separator in _SEPARATORS:
            found |= _q(f"{self.column}__contains", separator + values[0])
        return found
