"""What one read takes from a noun's table and from the rows joined to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway.execution.page import Shape
from models.database import Dialect
from schema.noun import Noun

if TYPE_CHECKING:
    from gateway.execution.clauses import Placeholders
    from gateway.execution.splice import Splice

#: How many rows are joined to one. SQLite joins at most 64 tables; PostgreSQL returns at most 1,664
#: columns, SQLite 2,000; a noun has up to 70.
MAX_JOINS = 20
#: Stands among the columns for the one that the rows are ordered by.
_ORDER = "<order>"


@dataclass(eq=False)
class Table:
    """One read, under construction."""

    dialect: Dialect
    noun: Noun
    by: str | None = None
    """The column that refers to the parents, for children and for rows read by another's id."""
    maximum: int = 100
    alias: str = "t"
    columns: list[str | Splice] = field(default_factory=list)
    joins: dict[tuple[str, str, str, str], str] = field(default_factory=dict)
    """The joins' SQL by what is joined to what."""
    base: set[str] = field(default_factory=lambda: {"id"})
    """The table's own columns that the outer statement needs."""
    texts: dict[Any, Any] = field(default_factory=dict)
    """The statements that have been written for it."""
    _nouns: dict[str, Noun] = field(default_factory=dict)
    """What the joined aliases stand for."""

    def selection(
        self, bind: Placeholders, shapes: Sequence[Shape], shape: Shape | None = None
    ) -> str:
        """The columns as SQL; there is always one."""
        found = []
        for each in self.columns or [f"{self.alias}.id"]:
            if not isinstance(each, str):
                found.append(each.sql(bind, shapes))
            elif each == _ORDER and shape is not None:
                found.append(self.sql(self.alias, shape.column))
            else:
                found.append(each)
        return ", ".join(found)

    def column(self, alias: str, name: str) -> int:
        """The place of a column in the rows, selecting it if it isn't yet."""
        self.need(alias, name)
        return self._place(self.sql(alias, name))

    def order(self) -> int:
        """The place of the column that the rows are ordered by, whichever that is."""
        return self._place(_ORDER)

    def splice(self, splice: Splice) -> int:
        """The place of a spliced connection in the rows."""
        return self._place(splice)

    def need(self, alias: str, name: str) -> None:
        """Have the column at hand outside the page."""
        if alias == self.alias:
            self.base.add(name)

    def sql(self, alias: str, name: str) -> str:
        """A column as rows carry it."""
        text = f"{alias}.{name}"
        noun = self._nouns.get(alias, self.noun)
        return instant(self.dialect, text) if noun.kind(name) == "timestamp" else text

    def join(self, alias: str, column: str, noun: Noun, target: str) -> str | None:
        """Join the row of `noun` that `alias.column` refers to; gives its alias.

        None where there are so many joins already that the row must be read by itself.
        """
        key = (alias, column, noun.name, target)
        if key in self.joins:
            return self._joined(list(self.joins).index(key) + 1)
        if len(self.joins) >= MAX_JOINS:
            return None
        root = alias == self.alias and self.noun.name == "Workspace"
        self.need(alias, column)
        self.need(alias, "id" if root else "workspace_id")
        joined = self._joined(len(self.joins) + 1)
        workspace = "id" if noun.name == "Workspace" else "workspace_id"
        own = f"{alias}.{'id' if root else 'workspace_id'}"
        text = f'LEFT JOIN "{noun.table}" {joined} ON {joined}.{workspace} = {own}'
        if noun.name != "Workspace":
            text += f" AND {joined}.{target} = {alias}.{column}"
        self.joins[key] = text
        self._nouns[joined] = noun
        return joined

    def _joined(self, number: int) -> str:
        return f"{'' if self.alias == 't' else self.alias}j{number}"

    def _place(self, column: str | Splice) -> int:
        if column not in self.columns:
            self.columns.append(column)
        return self.columns.index(column)


def instant(dialect: Dialect, text: str) -> str:
    """The SQL of an instant as rows carry it.

    PostgreSQL leaves out zeros at the fraction's end. A microsecond more, where there are only
    milliseconds, gives all instants the same length.
    """
    return f"{text} + interval '1 microsecond'" if dialect == "postgres" else text
