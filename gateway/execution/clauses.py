"""The clauses of a list's SELECT: which rows, in which order, and how many."""

from __future__ import annotations

from typing import TypeAlias

from gateway.execution.page import Shape
from gateway.execution.table import Table
from models.database import Dialect
from schema.noun import Noun

Conditions: TypeAlias = tuple[tuple[str, str], ...]
#: A spliced connection's place, and how many rows more than its page it reads; None: a count.
Taken: TypeAlias = tuple[int, int | None]
_TYPES = {"timestamp": "timestamptz", "text": "text", "int": "bigint", "uuid": "uuid"}


class Placeholders:
    """Numbers placeholders in the order in which values are bound."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._count = 0
        self.workspace = ""
        self.limits: dict[int, str] = {}
        """How many rows each spliced connection reads, by its place among the plan's."""
        self.taken: list[Taken] = []
        """Whose values the placeholders of spliced connections stand for."""

    def first(self, noun: Noun, alias: str) -> str:
        """The condition that every read has: the rows of the caller's workspace."""
        self.workspace = self("uuid")
        return f"{workspace(noun, alias)} = {self.workspace}"

    def __call__(self, type_: str) -> str:
        """The placeholder of the next value, which has this type on PostgreSQL."""
        self._count += 1
        return f"${self._count}::{type_}" if self._dialect == "postgres" else f"?{self._count}"


def workspace(noun: Noun, alias: str) -> str:
    """The column that holds a row's workspace."""
    return f"{alias}.{'id' if noun.name == 'Workspace' else 'workspace_id'}"


def where(table: Table, alias: str, conditions: Conditions, bind: Placeholders) -> list[str]:
    """What rows must meet to be in the list."""
    noun = table.noun
    found = []
    if noun.restrict:
        found.append(noun.restrict.format(alias=alias))
    for name, kind in conditions:
        found.append(noun.conditions[name].sql(kind, alias, table.dialect, bind))
    return found


def bounds(table: Table, alias: str, shape: Shape, bind: Placeholders) -> list[str]:
    """Where the page's cursors say that it begins and ends."""
    column, type_ = f"{alias}.{shape.column}", _TYPES[table.noun.kind(shape.column)]
    found = []
    for given, behind in ((shape.after, True), (shape.before, False)):
        if given:
            sign = "<" if shape.descending is behind else ">"
            found.append(f"({column}, {alias}.id) {sign} ({bind(type_)}, {bind('uuid')})")
    return found


def base(table: Table, shape: Shape) -> str:
    """The table's own columns that the page must hand on."""
    return ", ".join(f"{table.alias}.{name}" for name in sorted(table.base | {shape.column}))


def order(shape: Shape, alias: str, *, listed: bool = False) -> str:
    """The order in which rows are read, or that of the list; `last` reads from its end."""
    down = shape.descending if listed else shape.descending is not shape.backward
    way = "DESC" if down else "ASC"
    return f"{alias}.{shape.column} {way}, {alias}.id {way}"


def limit(shape: Shape, bind: Placeholders) -> str:
    """How many rows are read."""
    text = f"LIMIT {bind('bigint')}"
    return text + (f" OFFSET {bind('bigint')}" if shape.offset else "")
