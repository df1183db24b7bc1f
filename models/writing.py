"""Writing rows inside a transaction: statements made once per model and set of columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from tortoise.models import Model

from models.columns import Choice, Json, Uuid, dump_json, wire
from models.database import Dialect, Reader, Row, Transaction
from models.vocabulary import Vocabulary

Values = Mapping[str, Any]
Names = tuple[str, ...]


async def insert(transaction: Transaction, model: type[Model], values: Values) -> dict[str, Any]:
    """Add a row; columns left out get the model's defaults. Gives the row as written."""
    row = complete(model, values)
    names = tuple(row)
    await transaction.fetch(
        _insert(model, names, transaction.dialect), all_stored(model, row, names)
    )
    return row


async def insert_many(
    transaction: Transaction, model: type[Model], rows: Sequence[Values]
) -> list[dict[str, Any]]:
    """Add rows that all name the same columns."""
    if not rows:
        return []
    full = [complete(model, values) for values in rows]
    names = tuple(full[0])
    sql = _insert(model, names, transaction.dialect)
    await transaction.fetch_many(sql, [all_stored(model, row, names) for row in full])
    return full


async def update(
    transaction: Transaction,
    model: type[Model],
    workspace_id: str,
    id: str,
    changes: Values,
    returning: Sequence[str] = ("version",),
) -> Row | None:
    """Change a row and count its version; gives `returning` as it is now, None without the row."""
    names = tuple(changes)
    rows = await transaction.fetch(
        _update(model, names, tuple(returning), transaction.dialect),
        [workspace_id, id, *all_stored(model, changes, names)],
    )
    return rows[0] if rows else None


async def delete(transaction: Transaction, model: type[Model], workspace_id: str, id: str) -> bool:
    """Remove a row; whether there was one."""
    rows = await transaction.fetch(_delete(model, transaction.dialect), [workspace_id, id])
    return bool(rows)


async def find(
    reader: Reader,
    model: type[Model],
    columns: Sequence[str],
    where: Values,
    *,
    lock: bool = False,
    limit: int = 1000,
) -> list[Row]:
    """Rows whose columns have these values, the oldest first; a list means any of them.

    `lock` keeps others from changing them until the transaction ends.
    """
    sql, values = finding(reader.dialect, model, columns, where, lock=lock, limit=limit)
    return await reader.fetch(sql, values)


async def detach(
    transaction: Transaction,
    model: type[Model],
    workspace_id: str,
    column: str,
    id: str,
    now: str,
) -> None:
    """Clear a reference to a row that is about to be deleted, which changes the rows that had it."""
    values = [workspace_id, id]
    if "updated_at" in model._meta.fields_map:
        values.append(now)
    await transaction.fetch(_detach(model, column, transaction.dialect), values)


def finding(
    dialect: Dialect,
    model: type[Model],
    columns: Sequence[str],
    where: Values,
    *,
    lock: bool = False,
    limit: int = 1000,
) -> tuple[str, list[Any]]:
    """The statement of `find`."""
    kinds = tuple((name, _kind(model, name, value)) for name, value in where.items())
    # One column's values are looked for one by one at most.
    assert [kind for _, kind in kinds].count("each") <= 1
    values: list[Any] = []
    for name, value in where.items():
        if value is None:
            continue
        if isinstance(value, list):
            # Those who lock several rows lock them in one order.
            value = sorted(set(value))
            values.append(dump_json(value) if dialect == "sqlite" else value)
        else:
            values.append(stored(model, name, value))
    return _find(model, tuple(columns), kinds, lock, limit, dialect), values


def complete(model: type[Model], values: Values) -> dict[str, Any]:
    """The row with the model's defaults for what is left out."""
    plain, made = _defaults(model)
    row = {**plain, **values}
    for name, make in made:
        if name not in values:
            row[name] = make()
    return row


def stored(model: type[Model], name: str, value: Any) -> Any:
    """A value as both drivers take it."""
    if value is not None and isinstance(model._meta.fields_map[name], Json):
        return dump_json(value)
    return value if type(value) in _AS_IS else _plain(value)


def all_stored(model: type[Model], row: Values, names: Names) -> list[Any]:
    """These values of a row, as both drivers take them."""
    values = [
        each if type(each) in _AS_IS else _plain(each) for each in map(row.__getitem__, names)
    ]
    for place in _documents(model, names):
        if values[place] is not None:
            values[place] = dump_json(values[place])
    return values


def key(model: type[Model]) -> str:
    """The column that says whose row it is."""
    return "workspace_id" if "workspace_id" in model._meta.fields_map else "id"


@lru_cache
def _defaults(
    model: type[Model],
) -> tuple[dict[str, Any], tuple[tuple[str, Callable[[], Any]], ...]]:
    """The defaults of a model's columns, and what makes those that are new for each row."""
    found = {
        name: field.default
        for name, field in model._meta.fields_map.items()
        # The rest is filled by the database, such as the event log's sequence.
        if not field.generated and name != "sequence"
    }
    made = tuple((name, default) for name, default in found.items() if callable(default))
    return found, made


@lru_cache(2048)
def _documents(model: type[Model], names: Names) -> tuple[int, ...]:
    """Where JSON stands among the columns."""
    fields = model._meta.fields_map
    return tuple(place for place, name in enumerate(names) if isinstance(fields[name], Json))


#: What drivers take as it is.
_AS_IS = frozenset({str, int, bool, float, bytes, type(None)})


def _plain(value: Any) -> Any:
    if isinstance(value, Vocabulary):
        return value._value_
    if isinstance(value, datetime):
        return wire(value)
    return str(value) if isinstance(value, UUID) else value


def _mark(dialect: Dialect, place: int) -> str:
    return f"${place}" if dialect == "postgres" else f"?{place}"


@lru_cache(512)
def _insert(model: type[Model], names: Names, dialect: Dialect) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join(_mark(dialect, place + 1) for place in range(len(names)))
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks})'


@lru_cache(1024)
def _update(model: type[Model], names: Names, returning: Names, dialect: Dialect) -> str:
    changes = [f'"{name}" = {_mark(dialect, place + 3)}' for place, name in enumerate(names)]
    if "version" in model._meta.fields_map:
        changes.append("version = version + 1")
    return (
        f'UPDATE "{model._meta.db_table}" SET {", ".join(changes)} '
        f"WHERE {key(model)} = {_mark(dialect, 1)} AND id = {_mark(dialect, 2)} "
        f"RETURNING {', '.join(returning)}"
    )


@lru_cache(256)
def _delete(model: type[Model], dialect: Dialect) -> str:
    return (
        f'DELETE FROM "{model._meta.db_table}" '
        f"WHERE {key(model)} = {_mark(dialect, 1)} AND id = {_mark(dialect, 2)} RETURNING id"
    )


@lru_cache(256)
def _detach(model: type[Model], column: str, dialect: Dialect) -> str:
    changes = [f'"{column}" = NULL']
    if "version" in model._meta.fields_map:
        changes.append("version = version + 1")
    if "updated_at" in model._meta.fields_map:
        changes.append(f"updated_at = {_mark(dialect, 3)}")
    return (
        f'UPDATE "{model._meta.db_table}" SET {", ".join(changes)} '
        f'WHERE workspace_id = {_mark(dialect, 1)} AND "{column}" = {_mark(dialect, 2)}'
    )


@lru_cache(1024)
def _find(
    model: type[Model],
    columns: Names,
    kinds: tuple[tuple[str, str], ...],
    lock: bool,
    limit: int,
    dialect: Dialect,
) -> str:
    where = []
    sought = ""
    place = 0
    for name, kind in kinds:
        if kind == "null":
            where.append(f'"{name}" IS NULL')
            continue
        place += 1
        mark = _mark(dialect, place)
        if kind == "one":
            where.append(f'"{name}" = {mark}')
        elif dialect == "sqlite":
            where.append(f'"{name}" IN (SELECT value FROM json_each({mark}))')
        elif kind == "each":
            type = "uuid" if isinstance(model._meta.fields_map[name], Uuid) else "text"
            sought = f"unnest({mark}::{type}[]) AS sought(it)"
            where.append(f'"{name}" = sought.it')
        else:
            where.append(f'"{name}" = ANY({mark})')
    # Rows may still be made that refer to this one, as every event does to its workspace.
    end = " FOR NO KEY UPDATE" if lock and dialect == "postgres" else ""
    names = ", ".join(f'"{each}"' for each in columns)
    rows = f'FROM "{model._meta.db_table}" WHERE {" AND ".join(where)}'
    if sought:
        # Without statistics, as after a first import, the planner takes some values for most of
        # the rows there are, and reads them all.
        rows = f"FROM {sought} CROSS JOIN LATERAL (SELECT * {rows} OFFSET 0{end}) found"
        end = ""
    return f"SELECT {names} {rows} ORDER BY id LIMIT {limit}{end}"


def _kind(model: type[Model], name: str, value: Any) -> str:
    if value is None:
        return "null"
    if not isinstance(value, list):
        return "one"
    return "many" if isinstance(model._meta.fields_map[name], Choice) else "each"
