"""Writing rows inside a transaction: statements made once per model and set of columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from tortoise.models import Model

from models.columns import Json, dump_json, wire
from models.database import Dialect, Row, Transaction

Values = Mapping[str, Any]


async def insert(transaction: Transaction, model: type[Model], values: Values) -> dict[str, Any]:
    """Add a row; columns left out get the model's defaults. Gives the row as written."""
    row = complete(model, values)
    names = tuple(row)
    await transaction.fetch(_insert(model, names, transaction.dialect), _stored(model, row, names))
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
    await transaction.fetch_many(sql, [_stored(model, row, names) for row in full])
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
        [workspace_id, id, *_stored(model, changes, names)],
    )
    return rows[0] if rows else None


async def delete(transaction: Transaction, model: type[Model], workspace_id: str, id: str) -> bool:
    """Remove a row; whether there was one."""
    rows = await transaction.fetch(_delete(model, transaction.dialect), [workspace_id, id])
    return bool(rows)


async def find(
    transaction: Transaction,
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
    kinds = tuple((name, _kind(value)) for name, value in where.items())
    sql = _find(model, tuple(columns), kinds, lock, limit, transaction.dialect)
    values: list[Any] = []
    for name, value in where.items():
        if value is None:
            continue
        if isinstance(value, list) and transaction.dialect == "sqlite":
            values.append(dump_json(value))
        else:
            values.append(value if isinstance(value, list) else stored(model, name, value))
    return await transaction.fetch(sql, values)


async def detach(
    transaction: Transaction, model: type[Model], workspace_id: str, column: str, id: str
) -> None:
    """Clear a reference to a row that is about to be deleted."""
    first, second = _mark(transaction.dialect, 1), _mark(transaction.dialect, 2)
    await transaction.fetch(
        f'UPDATE "{model._meta.db_table}" SET "{column}" = NULL '
        f'WHERE workspace_id = {first} AND "{column}" = {second}',
        [workspace_id, id],
    )


def complete(model: type[Model], values: Values) -> dict[str, Any]:
    """The row with the model's defaults for what is left out."""
    row = {}
    for name, field in model._meta.fields_map.items():
        if name in values:
            row[name] = values[name]
        elif not field.generated and name not in _by_database(model):
            default = field.default
            row[name] = default() if callable(default) else default
    return row


@lru_cache
def _by_database(model: type[Model]) -> frozenset[str]:
    """Columns that the database fills, such as the event log's sequence."""
    return frozenset(
        name
        for name, field in model._meta.fields_map.items()
        if field.generated or name == "sequence"
    )


def stored(model: type[Model], name: str, value: Any) -> Any:
    """A value as both drivers take it."""
    if value is None:
        return None
    if isinstance(value, datetime):
        return wire(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(model._meta.fields_map[name], Json):
        return dump_json(value)
    return value.value if hasattr(value, "__descriptions__") else value


def _stored(model: type[Model], row: Values, names: Iterable[str]) -> list[Any]:
    return [stored(model, name, row[name]) for name in names]


def _mark(dialect: Dialect, place: int) -> str:
    return f"${place}" if dialect == "postgres" else f"?{place}"


@lru_cache(512)
def _insert(model: type[Model], names: tuple[str, ...], dialect: Dialect) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join(_mark(dialect, place + 1) for place in range(len(names)))
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES ({marks})'


@lru_cache(1024)
def _update(
    model: type[Model], names: tuple[str, ...], returning: tuple[str, ...], dialect: Dialect
) -> str:
    changes = [f'"{name}" = {_mark(dialect, place + 3)}' for place, name in enumerate(names)]
    if "version" in model._meta.fields_map:
        changes.append("version = version + 1")
    return (
        f'UPDATE "{model._meta.db_table}" SET {", ".join(changes)} '
        f"WHERE {_key(model)} = {_mark(dialect, 1)} AND id = {_mark(dialect, 2)} "
        f"RETURNING {', '.join(returning)}"
    )


@lru_cache(256)
def _delete(model: type[Model], dialect: Dialect) -> str:
    return (
        f'DELETE FROM "{model._meta.db_table}" '
        f"WHERE {_key(model)} = {_mark(dialect, 1)} AND id = {_mark(dialect, 2)} RETURNING id"
    )


@lru_cache(1024)
def _find(
    model: type[Model],
    columns: tuple[str, ...],
    kinds: tuple[tuple[str, str], ...],
    lock: bool,
    limit: int,
    dialect: Dialect,
) -> str:
    where = []
    place = 0
    for name, kind in kinds:
        if kind == "null":
            where.append(f'"{name}" IS NULL')
            continue
        place += 1
        mark = _mark(dialect, place)
        if kind == "one":
            where.append(f'"{name}" = {mark}')
        elif dialect == "postgres":
            where.append(f'"{name}" = ANY({mark})')
        else:
            where.append(f'"{name}" IN (SELECT value FROM json_each({mark}))')
    end = " FOR UPDATE" if lock and dialect == "postgres" else ""
    names = ", ".join(f'"{each}"' for each in columns)
    return (
        f'SELECT {names} FROM "{model._meta.db_table}" WHERE {" AND ".join(where)} '
        f"ORDER BY id LIMIT {limit}{end}"
    )


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return "many" if isinstance(value, list) else "one"


def _key(model: type[Model]) -> str:
    return "workspace_id" if "workspace_id" in model._meta.fields_map else "id"
