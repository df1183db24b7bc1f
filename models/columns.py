"""Column types that SQLite and PostgreSQL store and order alike."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
from tortoise import fields
from tortoise.models import Model


class Timestamp(fields.DatetimeField):
    """An instant in UTC at millisecond precision.

    PostgreSQL: `timestamptz(3)`. SQLite: text such as `2026-01-31T09:30:00.000Z`, the wire
    format itself, which sorts by time.
    """

    SQL_TYPE = "TEXT"

    class _db_postgres:
        SQL_TYPE = "TIMESTAMPTZ(3)"

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        """Milliseconds; text where the database has no type of its own."""
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        moment = moment.astimezone(UTC)
        moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        dialect = getattr(getattr(instance, "_meta", None), "db", None)
        if dialect is not None and dialect.capabilities.dialect == "postgres":
            return moment
        return wire(moment)

    def to_python_value(self, value: Any) -> datetime | None:
        """An aware datetime in UTC."""
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC)


def wire(moment: datetime) -> str:
    """The one wire format of an instant: ISO-8601, UTC, three fraction digits, `Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + (
        f"{moment.microsecond // 1000:03d}Z"
    )


class Json(fields.JSONField[Any]):
    """A JSON document, kept letter for letter: `json` on PostgreSQL, text on SQLite."""

    SQL_TYPE = "TEXT"

    class _db_postgres:
        SQL_TYPE = "JSON"

    def __init__(self, **options: Any) -> None:
        super().__init__(encoder=dump_json, decoder=orjson.loads, **options)


def dump_json(value: Any) -> str:
    """Compact JSON text, the form in which documents are stored."""
    return orjson.dumps(value).decode()
