"""SQL text for the few kinds of read, on both databases; only declared names enter it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from gateway.execution import clauses
from gateway.execution.clauses import Conditions, Placeholders, Taken
from gateway.execution.page import Page, Shape
from gateway.execution.splice import Pages
from gateway.execution.table import Table
from models.database import Dialect, Statement
from schema.noun import NOUNS, Noun

#: How many statement texts each read keeps: one for each shape of arguments.
TEXTS = 64
Shapes: TypeAlias = tuple[Shape, ...]
#: A text, and whose values its placeholders of spliced connections stand for.
Spliced: TypeAlias = tuple[str, tuple[Taken, ...]]


P = ParamSpec("P")
T = TypeVar("T")


def _kept(
    write: Callable[Concatenate[Table, P], T],
) -> Callable[Concatenate[Table, P], T]:
    """Keeps the texts with their table: they go when its plan goes."""

    def read(table: Table, /, *shape: P.args, **named: P.kwargs) -> T:
        key = (write, shape)
        found: T | None = table.texts.get(key)
        if found is None:
            if len(table.texts) >= TEXTS:
                # Readers' threads may be here as well; a list is made in one step.
                oldest, *_rest = list(table.texts)
                table.texts.pop(oldest, None)
            found = table.texts[key] = write(table, *shape, **named)
        return found

    return read


def page(table: Table, asked: Page, workspace: str, peek: bool, below: Pages) -> Statement:
    """The rows of a root connection."""
    sql, taken = _page(table, asked.shape, below.shapes)
    values = [workspace, *asked.filter_values, *asked.bounds, asked.size + peek]
    if asked.offset:
        values.append(asked.offset)
    if taken:
        values += below.values(taken)
    return sql, _bound(table.dialect, values)


def children(
    table: Table, asked: Page, workspace: str, parents: Sequence[str], peek: bool, below: Pages
) -> Statement:
    """The rows of a nested connection for all parents at once, each with its own limit."""
    sql, taken = _children(table, asked.shape, below.shapes)
    values = [parents, workspace, *asked.filter_values, *asked.bounds, asked.size + peek]
    if asked.offset:
        values.append(asked.offset)
    if taken:
        values += below.values(taken)
    return sql, _bound(table.dialect, values)


def count(table: Table, asked: Page, workspace: str) -> Statement:
    """How many rows a root connection's filter matches."""
    return _count(table, asked.shape.conditions), _bound(
        table.dialect, [workspace, *asked.filter_values]
    )


def child_counts(table: Table, asked: Page, workspace: str, parents: Sequence[str]) -> Statement:
    """How many rows match for each parent."""
    values = [parents, workspace, *asked.filter_values]
    return _child_counts(table, asked.shape.conditions), _bound(table.dialect, values)


def by_ids(table: Table, workspace: str, ids: Sequence[str], below: Pages) -> Statement:
    """The rows with these ids, or with these values of `table.by`."""
    sql, taken = _by_ids(table, below.shapes)
    return sql, _bound(table.dialect, [workspace, ids, *below.values(taken)])


def by_id(table: Table, workspace: str, id: str, below: Pages) -> Statement:
    """The row with this id, or with this value of `table.by`."""
    sql, taken = _by_id(table, below.shapes)
    return sql, (workspace, id, *below.values(taken)) if taken else (workspace, id)


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
    return sql, _bound(dialect, [parents, workspace])


def _bound(dialect: Dialect, values: list[Any]) -> list[Any]:
    if dialect == "sqlite":
        return [json.dumps(each) if type(each) is list else each for each in values]
    return values


@_kept
def _page(table: Table, shape: Shape, shapes: Shapes) -> Spliced:
    bind = Placeholders(table.dialect)
    noun = table.noun
    base = clauses.base(table, shape)
    where = [bind.first(noun, "t")]
    where += clauses.where(table, "t", shape.conditions, bind)
    where += clauses.bounds(table, "t", shape, bind)
    order = clauses.order(shape, "t")
    inner = (
        f'SELECT {base} FROM "{noun.table}" t WHERE {" AND ".join(where)} '
        f"ORDER BY {order} {clauses.limit(shape, bind)}"
    )
    columns = table.selection(bind, shapes, shape)
    if not table.joins and table.dialect == "sqlite":
        return inner.replace(base, columns, 1), ()
    # The outer limit is a constant, so that PostgreSQL plans for few rows though `LIMIT $n` is
    # unknown to a generic plan.
    sql = (
        f"SELECT {columns} FROM "
        f"(SELECT * FROM ({inner}) t ORDER BY {order} LIMIT {table.maximum + 1}) t "
        f"{' '.join(table.joins.values())} ORDER BY {order}"
    )
    return sql, tuple(bind.taken)


@_kept
def _children(table: Table, shape: Shape, shapes: Shapes) -> Spliced:
    bind = Placeholders(table.dialect)
    noun = table.noun
    order = clauses.order(shape, "t")
    joins = " ".join(table.joins.values())
    if table.dialect == "postgres":
        parents = f"unnest({bind('uuid[]')}) WITH ORDINALITY p(id, place)"
        where = [bind.first(noun, "t"), f"t.{table.by} = p.id"]
        where += clauses.where(table, "t", shape.conditions, bind)
        where += clauses.bounds(table, "t", shape, bind)
        inner = (
            f'SELECT {clauses.base(table, shape)} FROM "{noun.table}" t '
            f"WHERE {' AND '.join(where)} ORDER BY {order} {clauses.limit(shape, bind)}"
        )
        sql = (
            f"SELECT p.place - 1, {table.selection(bind, shapes, shape)} "
            f"FROM {parents} CROSS JOIN LATERAL "
            f"(SELECT * FROM ({inner}) t ORDER BY {order} LIMIT {table.maximum + 1}) t "
            f"{joins} ORDER BY p.place, {order}"
        )
        return sql, tuple(bind.taken)
    parents = f"json_each({bind('json')}) p"
    where = [bind.first(noun, "c"), f"c.{table.by} = p.value"]
    # Without statistics SQLite would rather walk all of the workspace's rows in the right order
    # than sort those of one parent; a plus sign keeps it from the ordering's index.
    plus = "" if shape.column == noun.default_order[0] else "+"
    where += clauses.where(table, "c", shape.conditions, bind)
    where += clauses.bounds(table, f"{plus}c", shape, bind)
    sql = (
        f"SELECT p.key, {table.selection(bind, shapes, shape)} "
        f'FROM {parents} CROSS JOIN "{noun.table}" t ON t.rowid IN '
        f'(SELECT c.rowid FROM "{noun.table}" c WHERE {" AND ".join(where)} '
        f"ORDER BY {clauses.order(shape, f'{plus}c')} {clauses.limit(shape, bind)}) "
        f"{joins} ORDER BY p.key, {order}"
    )
    return sql, ()


@_kept
def _count(table: Table, conditions: Conditions) -> str:
    bind = Placeholders(table.dialect)
    where = [bind.first(table.noun, "t")]
    where += clauses.where(table, "t", conditions, bind)
    return f'SELECT count(*) FROM "{table.noun.table}" t WHERE {" AND ".join(where)}'


@_kept
def _child_counts(table: Table, conditions: Conditions) -> str:
    bind = Placeholders(table.dialect)
    where = [f"t.{table.by} {_among(table.dialect, bind)}", bind.first(table.noun, "t")]
    where += clauses.where(table, "t", conditions, bind)
    return (
        f'SELECT t.{table.by}, count(*) FROM "{table.noun.table}" t '
        f"WHERE {' AND '.join(where)} GROUP BY 1"
    )


@lru_cache(1024)
def _figures(dialect: Dialect, name: str, by: str, expressions: tuple[str, ...]) -> str:
    bind = Placeholders(dialect)
    noun = NOUNS[name]
    where = [f"t.{by} {_among(dialect, bind)}", bind.first(noun, "t")]
    if noun.restrict:
        where.append(noun.restrict.format(alias="t"))
    return (
        f'SELECT t.{by}, {", ".join(expressions)} FROM "{noun.table}" t '
        f"WHERE {' AND '.join(where)} GROUP BY 1"
    )


def _among(dialect: Dialect, bind: Placeholders) -> str:
    if dialect == "postgres":
        return f"= ANY({bind('uuid[]')})"
    return f"IN (SELECT value FROM json_each({bind('json')}))"


@_kept
def _by_ids(table: Table, shapes: Shapes) -> Spliced:
    bind = Placeholders(table.dialect)
    workspace = bind.first(table.noun, "t")
    where = [workspace, f"t.{table.by or 'id'} {_among(table.dialect, bind)}"]
    return _rows(table, where, bind, shapes)


@_kept
def _by_id(table: Table, shapes: Shapes) -> Spliced:
    bind = Placeholders(table.dialect)
    workspace = bind.first(table.noun, "t")
    where = [workspace, f"t.{table.by or 'id'} = {bind('uuid')}"]
    return _rows(table, where, bind, shapes)


def _rows(table: Table, where: list[str], bind: Placeholders, shapes: Shapes) -> Spliced:
    if table.noun.restrict:
        where.append(table.noun.restrict.format(alias="t"))
    sql = (
        f'SELECT {table.selection(bind, shapes)} FROM "{table.noun.table}" t '
        f"{' '.join(table.joins.values())} WHERE {' AND '.join(where)}"
    )
    return sql, tuple(bind.taken)
