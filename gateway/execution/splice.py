"""A nested connection that PostgreSQL writes as JSON text, one column of its parent's row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gateway.execution import clauses
from gateway.execution.clauses import Placeholders, Taken
from gateway.execution.json_text import NULL, Fixed, Text, Value, instant, members, written
from gateway.execution.page import Page, PageArguments, Shape
from gateway.execution.table import Table
from gateway.execution.values import RefusedError, Variables
from schema.errors import SwitchboardError
from schema.paging import Ordering


class Pages(NamedTuple):
    """The arguments of a plan's spliced connections in one request."""

    pages: tuple[Page, ...]
    shapes: tuple[Shape, ...]

    def values(self, taken: Sequence[Taken]) -> list[Any]:
        """What the placeholders stand for that were taken while the SQL was written."""
        found: list[Any] = []
        for index, peek in taken:
            page = self.pages[index]
            found += page.filter_values
            if peek is not None:
                found += page.bounds
                found.append(page.size + peek)
                if page.offset:
                    found.append(page.offset)
        return found


NO_PAGES = Pages((), ())


@dataclass(eq=False)
class Splices:
    """All spliced connections of a plan."""

    arguments: list[PageArguments] = field(default_factory=list)
    _constant: Pages | None = None

    @property
    def sure(self) -> bool:
        """Whether no request's variables can make the arguments wrong."""
        return all(each.constant for each in self.arguments)

    def read(self, variables: Variables) -> Pages | None:
        """The pages asked for; None where arguments are wrong."""
        if self._constant is not None:
            return self._constant
        try:
            pages = tuple([each.read(variables) for each in self.arguments])
        except (RefusedError, SwitchboardError):
            return None
        found = Pages(pages, tuple([each.shape for each in pages]))
        if self.sure:
            self._constant = found
        return found


@dataclass(eq=False)
class Splice:
    """One of them."""

    index: int
    """Its place among the plan's."""
    table: Table
    parent: str
    """The SQL of the parent's id."""
    items: list[tuple[str, Text]] = field(default_factory=list)
    """The connection's fields."""
    rows: list[Text] = field(default_factory=list)
    """What is written of each row, once per list selected."""
    peeks: bool = False
    """Whether one row more is read, to know if there are more."""
    bounded: bool = False
    """Whether the cursors of the first and last row are selected."""

    def sql(self, bind: Placeholders, shapes: Sequence[Shape]) -> str:
        """The SQL of the connection."""
        shape = shapes[self.index]
        if not self.gathers:
            return written(members(self.items), bind, shapes)
        page = self.page(bind, shape)
        columns = [
            f"{written(text, bind, shapes)} AS r{place}" for place, text in enumerate(self.rows)
        ]
        if self.bounded:
            alias = self.table.alias
            columns += [f"{alias}.id AS c", f"{alias}.{shape.column} AS v"]
        order = clauses.order(shape, self.table.alias, listed=True)
        text = written(members(self.items), bind, shapes)
        # One row even if nothing in it depends on the rows.
        return (
            f"(SELECT {text} FROM (SELECT {', '.join(columns) or '1'} FROM {page} "
            f"ORDER BY {order}) {self.table.alias}x HAVING true)"
        )

    @property
    def gathers(self) -> bool:
        """Whether several things are said of the same rows."""
        return len(self.rows) > 1 or self.peeks or self.bounded

    def page(self, bind: Placeholders, shape: Shape) -> str:
        """The rows of the page and what is joined to them."""
        table, alias = self.table, self.table.alias
        where = [*self._own(bind), *clauses.where(table, alias, shape.conditions, bind)]
        where += clauses.bounds(table, alias, shape, bind)
        order = clauses.order(shape, alias)
        limit = bind.limits[self.index] = bind("int")
        offset = f" OFFSET {bind('int')}" if shape.offset else ""
        bind.taken.append((self.index, int(self.peeks)))
        rows = (
            f'(SELECT {clauses.base(table, shape)} FROM "{table.noun.table}" {alias} '
            f"WHERE {' AND '.join(where)} ORDER BY {order} LIMIT {limit}{offset}) {alias}"
        )
        if not table.joins:
            return rows
        # The constant tells the planner how few rows there are to be joined.
        return (
            f"(SELECT * FROM {rows} ORDER BY {order} LIMIT {table.maximum + 1}) {alias} "
            f"{' '.join(table.joins.values())}"
        )

    def count(self, bind: Placeholders, shape: Shape) -> str:
        """How many rows the filter matches."""
        table, alias = self.table, f"{self.table.alias}n"
        where = [*self._own(bind, alias), *clauses.where(table, alias, shape.conditions, bind)]
        bind.taken.append((self.index, None))
        return (
            f'(SELECT count(*) FROM "{table.noun.table}" {alias} WHERE {" AND ".join(where)})::text'
        )

    def _own(self, bind: Placeholders, alias: str = "") -> list[str]:
        alias = alias or self.table.alias
        workspace = clauses.workspace(self.table.noun, alias)
        return [f"{workspace} = {bind.workspace}", f"{alias}.{self.table.by} = {self.parent}"]

    def kept(self, column: str, bind: Placeholders, shape: Shape) -> str:
        """A column's values as an array, without the row that was only peeked at."""
        found = f"array_agg({self.table.alias}x.{column})"
        if not self.peeks:
            return found
        limit = bind.limits[self.index]
        if shape.backward:
            return f"({found})[CASE WHEN count(*) = {limit} THEN 2 ELSE 1 END:]"
        return f"({found})[:{limit} - 1]"

    def cursor(self, shape: Shape, id_: str, value: str) -> Text:
        """The cursor of a row with this id and sort value, in its quotes."""
        noun = self.table.noun
        kind = noun.kind(shape.column)
        mark = Ordering(noun.prefix, shape.column, kind, shape.descending).mark
        if kind == "text":
            return [Value(f"to_json('{mark}' || {id_}::text || {value})::text")]
        if kind == "timestamp":
            # Without the quote before the instant.
            spelled: Text = [Value(f"substr({instant(value)}, 2)"), Fixed('Z"')]
        else:
            spelled = [Value(f"{value}::text"), Fixed('"')]
        return [Fixed(f'"{mark}'), Value(f"{id_}::text"), *spelled]


class _Part(NamedTuple):
    splice: Splice


class Cursor(_Part):
    """The cursor of each row."""

    def sql(self, bind: Placeholders, shapes: Sequence[Shape]) -> str:
        """The SQL, never null."""
        alias, shape = self.splice.table.alias, shapes[self.splice.index]
        cursor = self.splice.cursor(shape, f"{alias}.id", f"{alias}.{shape.column}")
        return written(cursor, bind, shapes)


class Count(_Part):
    """The connection's `totalCount`."""

    def sql(self, bind: Placeholders, shapes: Sequence[Shape]) -> str:
        """The SQL, never null."""
        return self.splice.count(bind, shapes[self.splice.index])


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one selected list, with commas between them."""

    splice: Splice
    place: int

    def sql(self, bind: Placeholders, shapes: Sequence[Shape]) -> str:
        """The SQL, never null."""
        splice, shape = self.splice, shapes[self.splice.index]
        if splice.gathers:
            kept = splice.kept(f"r{self.place}", bind, shape)
            return f"coalesce(array_to_string({kept}, ','), '')"
        page = splice.page(bind, shape)
        order = clauses.order(shape, splice.table.alias, listed=True)
        text = written(splice.rows[0], bind, shapes)
        return f"array_to_string(ARRAY(SELECT {text} FROM {page} ORDER BY {order}), ',')"


@dataclass(frozen=True, slots=True)
class More:
    """`hasNextPage` or `hasPreviousPage`."""

    splice: Splice
    forward: bool

    def sql(self, bind: Placeholders, shapes: Sequence[Shape]) -> str:
        """The SQL, never null."""
        shape = shapes[self.splice.index]
        if shape.backward is not self.forward:
            limit = bind.limits[self.splice.index]
            return f"CASE WHEN count(*) = {limit} THEN 'true' ELSE 'false' END"
        beyond = shape.before if self.forward else shape.after or shape.offset
        return "'true'" if beyond else "'false'"


@dataclass(frozen=True, slots=True)
class Bound:
    """`startCursor` or `endCursor`."""

    splice: Splice
    last: bool

    def sql(self, bind: Placeholders, shapes: Sequence[Shape]) -> str:
        """The SQL, never null."""
        splice, shape = self.splice, shapes[self.splice.index]
        place = "1"
        if self.last:
            peeked = f"least(count(*), {bind.limits[splice.index]} - 1)"
            place = peeked if splice.peeks else "count(*)"
        id_, value = (f"({splice.kept(each, bind, shape)})[{place}]" for each in ("c", "v"))
        return f"coalesce({written(splice.cursor(shape, id_, value), bind, shapes)}, {NULL})"
