"""SQL text for the few kinds of read, on both databases; only declared names enter it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from gateway.execution.page import Page, Shape
from gateway.execution.table import Table
from models.database import Dialect, Statement
from schema.noun import NOUNS, Noun

#: How many statement texts are kept, over all operations.
STATEMENTS = 4096
Conditions: TypeAlias = tuple[tuple[str, str], ...]


class _Values:
    """Numbers placeholders in the order in which values are bound."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._count = 0
        self.workspace = ""

    def first(self, noun: Noun, alias: str) -> str:
        """The condition that every read has: the rows of the caller's workspace."""
        self.workspace = self("uuid")
        return f"{_workspace(noun, alias)} = {self.workspace}"

    def __call__(self, type_: str) -> str:
        self._count += 1
        return f"${self._count}::{type_}" if self._dialect == "postgres" else f"?{self._count}"


def page(table: Table, asked: Page, workspace: str, peek: bool) -> Statement:
    """The rows of a root connection."""
    limit = asked.size + peek
    values: list[Any] = [workspace, *asked.filter_values, *asked.bounds, limit]
    if asked.shape.offset:
        values.append(asked.offset)
    return _page(table, asked.shape), _bound(table.dialect, values)


def children(
    table: Table, asked: Page, workspace: str, parents: Sequence[str], peek: bool
) -> Statement:
    """The rows of a nested connection for all parents at once, each with its own limit."""
    limit = asked.size + peek
    values: list[Any] = [
        list(parents),
        workspace,
        *asked.filter_values,
        *asked.bounds,
        limit,
    ]
    if asked.shape.offset:
        values.append(asked.offset)
    return _children(table, asked.shape), _bound(table.dialect, values)


def count(table: Table, asked: Page, workspace: str) -> Statement:
    """How many rows a root connection's filter matches."""
    return _count(table, asked.shape.conditions), _bound(
        table.dialect, [workspace, *asked.filter_values]
    )


def child_counts(table: Table, asked: Page, workspace: str, parents: Sequence[str]) -> Statement:
    """How many rows match for each parent."""
    values = [list(parents), workspace, *asked.filter_values]
    return _child_counts(table, asked.shape.conditions), _bound(table.dialect, values)


def by_ids(table: Table, workspace: str, ids: Sequence[str]) -> Statement:
    """The rows with these ids, or with these values of `table.by`."""
    return _by_ids(table), _bound(table.dialect, [workspace, list(ids)])


def by_id(table: Table, workspace: str, id: str) -> Statement:
    """The row with this id, or with this value of `table.by`."""
    return _by_id(table), (workspace, id)


def figures(
    dialect: Dialect,
    noun: Noun,
    by: str,
    expressions: tuple[str, ...],
    workspace: str,
    parents: Sequence[str],
) -> Statement:
    """Figures over the rows that refer to each parent."""
    sql = _figures(dialect, noun.name, by, expressions)
    return sql, _bound(dialect, [list(parents), workspace])


def _bound(dialect: Dialect, values: list[Any]) -> list[Any]:
    if dialect == "sqlite":
        return [json.dumps(each) if type(each) is list else each for each in values]
    return values


def _workspace(noun: Noun, alias: str) -> str:
    return f"{alias}.{'id' if noun.name == 'Workspace' else 'workspace_id'}"


def _where(table: Table, alias: str, conditions: Conditions, bind: _Values) -> list[str]:
    noun = table.noun
    found = []
    if noun.restrict:
        found.append(noun.restrict.format(alias=alias))
    for name, kind in conditions:
        found.append(noun.conditions[name].sql(kind, alias, table.dialect, bind))
    return found


def _bounds(table: Table, alias: str, shape: Shape, bind: _Values) -> list[str]:
    column, kind = f"{alias}.{shape.column}", _PG_TYPES[table.noun.kind(shape.column)]
    found = []
    for given, behind in ((shape.after, True), (shape.before, False)):
        if given:
            sign = "<" if shape.descending is behind else ">"
            found.append(f"({column}, {alias}.id) {sign} ({bind(kind)}, {bind('uuid')})")
    return found


_PG_TYPES = {"timestamp": "timestamptz", "text": "text", "int": "bigint", "uuid": "uuid"}


def _order(shape: Shape, alias: str) -> str:
    way = "DESC" if shape.descending is not shape.backward else "ASC"
    return f"{alias}.{shape.column} {way}, {alias}.id {way}"


def _limit(shape: Shape, bind: _Values) -> str:
    text = f"LIMIT {bind('bigint')}"
    return text + (f" OFFSET {bind('bigint')}" if shape.offset else "")


@lru_cache(STATEMENTS)
def _page(table: Table, shape: Shape) -> str:
    bind = _Values(table.dialect)
    noun = table.noun
    base = ", ".join(f"t.{name}" for name in sorted(table.base | {shape.column}))
    where = [bind.first(noun, "t")]
    where += _where(table, "t", shape.conditions, bind)
    where += _bounds(table, "t", shape, bind)
    order = _order(shape, "t")
    inner = (
        f'SELECT {base} FROM "{noun.table}" t WHERE {" AND ".join(where)} '
        f"ORDER BY {order} {_limit(shape, bind)}"
    )
    if not table.joins and table.dialect == "sqlite":
        return inner.replace(base, table.selection(shape), 1)
    # The outer limit is a constant, so that PostgreSQL plans for few rows though `LIMIT $n` is
    # unknown to a generic plan.
    return (
        f"SELECT {table.selection(shape)} FROM "
        f"(SELECT * FROM ({inner}) t ORDER BY {order} LIMIT {table.maximum + 1}) t "
        f"{' '.join(table.joins.values())} ORDER BY {order}"
    )


@lru_cache(STATEMENTS)
def _children(table: Table, shape: Shape) -> str:
    bind = _Values(table.dialect)
    noun = table.noun
    order = _order(shape, "t")
    columns = table.selection(shape)
    joins = " ".join(table.joins.values())
    if table.dialect == "postgres":
        base = ", ".join(f"t.{name}" for name in sorted(table.base | {shape.column}))
        parents = f"unnest({bind('uuid[]')}) WITH ORDINALITY p(id, place)"
        where = [bind.first(noun, "t"), f"t.{table.by} = p.id"]
        where += _where(table, "t", shape.conditions, bind) + _bounds(table, "t", shape, bind)
        return (
            f"SELECT p.place - 1, {columns} FROM {parents} CROSS JOIN LATERAL "
            f'(SELECT * FROM (SELECT {base} FROM "{noun.table}" t WHERE {" AND ".join(where)} '
            f"ORDER BY {order} {_limit(shape, bind)}) t ORDER BY {order} LIMIT {table.maximum + 1}) t "
            f"{joins} ORDER BY p.place, {order}"
        )
    parents = f"json_each({bind('json')}) p"
    where = [bind.first(noun, "c"), f"c.{table.by} = p.value"]
    # Without statistics SQLite would rather walk all of the workspace's rows in the right order
    # than sort those of one parent; a plus sign keeps it from the ordering's index.
    plus = "" if shape.column == noun.default_order[0] else "+"
    where += _where(table, "c", shape.conditions, bind) + _bounds(table, f"{plus}c", shape, bind)
    return (
        f'SELECT p.key, {columns} FROM {parents} CROSS JOIN "{noun.table}" t ON t.rowid IN '
        f'(SELECT c.rowid FROM "{noun.table}" c WHERE {" AND ".join(where)} '
        f"ORDER BY {_order(shape, f'{plus}c')} {_limit(shape, bind)}) "
        f"{joins} ORDER BY p.key, {order}"
    )


@lru_cache(STATEMENTS)
def _count(table: Table, conditions: Conditions) -> str:
    bind = _Values(table.dialect)
    where = [bind.first(table.noun, "t")]
    where += _where(table, "t", conditions, bind)
    return f'SELECT count(*) FROM "{table.noun.table}" t WHERE {" AND ".join(where)}'


@lru_cache(STATEMENTS)
def _child_counts(table: Table, conditions: Conditions) -> str:
    bind = _Values(table.dialect)
    where = [f"t.{table.by} {_among(table.dialect, bind)}", bind.first(table.noun, "t")]
    where += _where(table, "t", conditions, bind)
    return (
        f'SELECT t.{table.by}, count(*) FROM "{table.noun.table}" t '
        f"WHERE {' AND '.join(where)} GROUP BY 1"
    )


@lru_cache(STATEMENTS)
def _figures(dialect: Dialect, name: str, by: str, expressions: tuple[str, ...]) -> str:
    bind = _Values(dialect)
    noun = NOUNS[name]
    where = [f"t.{by} {_among(dialect, bind)}", bind.first(noun, "t")]
    if noun.restrict:
        where.append(noun.restrict.format(alias="t"))
    return (
        f'SELECT t.{by}, {", ".join(expressions)} FROM "{noun.table}" t '
        f"WHERE {' AND '.join(where)} GROUP BY 1"
    )


def _among(dialect: Dialect, bind: _Values) -> str:
    if dialect == "postgres":
        return f"= ANY({bind('uuid[]')})"
    return f"IN (SELECT value FROM json_each({bind('json')}))"


@lru_cache(STATEMENTS)
def _by_ids(table: Table) -> str:
    bind = _Values(table.dialect)
    workspace = bind.first(table.noun, "t")
    return _rows(table, [workspace, f"t.{table.by or 'id'} {_among(table.dialect, bind)}"])


@lru_cache(STATEMENTS)
def _by_id(table: Table) -> str:
    bind = _Values(table.dialect)
    workspace = bind.first(table.noun, "t")
    return _rows(table, [workspace, f"t.{table.by or 'id'} = {bind('uuid')}"])


def _rows(table: Table, where: list[str]) -> str:
    if table.noun.restrict:
        where.append(table.noun.restrict.format(alias="t"))
    return (
        f'SELECT {table.selection()} FROM "{table.noun.table}" t '
        f"{' '.join(table.joins.values())} WHERE {' AND '.join(where)}"
    )
