"""Column types that SQLite and PostgreSQL store, compare and order alike."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal, TypeVar, overload

import orjson
from tortoise import fields
from tortoise.fields.data import (
    T_BINARY,
    T_BOOL,
    T_INT,
    T_UUID,
    CharEnumFieldInstance,
)
from tortoise.models import Model
from uuid_utils import uuid7 as _new
from uuid_utils.compat import uuid7

from models.vocabulary import Vocabulary

__all__ = [
    "BigInteger",
    "Bytes",
    "Choice",
    "Flag",
    "Integer",
    "Json",
    "Text",
    "Timestamp",
    "Uuid",
    "choice",
    "dump_json",
    "new_id",
    "now",
    "uuid7",
    "wire",
]

TEXT = TypeVar("TEXT", str, str | None)
INSTANT = TypeVar("INSTANT", datetime, datetime | None)
WORD = TypeVar("WORD", bound=Vocabulary)


class Column:
    """What all our columns share: descriptions and Python defaults are not part of the schema.

    Descriptions become the API's documentation; rewording one must not ask for a migration.
    Defaults of a column in the database are `db_default`, or stand in the DDL.
    """

    def describe(self, serializable: bool) -> dict[str, Any]:
        """The field for the migration autodetector, without its description."""
        return super().describe(serializable) | {"description": None}  # type: ignore[misc,no-any-return]

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """The call that a generated migration writes."""
        path, arguments, options = super().deconstruct()  # type: ignore[misc]
        implied = {"description", "default"}
        if options.get("primary_key"):
            implied |= {"unique", "db_index"}
        return path, arguments, {k: v for k, v in options.items() if k not in implied}


class Uuid(Column, fields.UUIDField[T_UUID]):
    """`uuid`; on SQLite its text, which sorts the same way."""


class Integer(Column, fields.IntField[T_INT]):
    """A 32-bit integer."""


class BigInteger(Column, fields.Field[T_INT]):
    """A 64-bit integer; money is one, in millionths of its currency's unit."""

    field_type = int
    SQL_TYPE = "BIGINT"

    @overload
    def __init__(
        self: BigInteger[int], *, null: Literal[False] = False, **options: Any
    ) -> None: ...

    @overload
    def __init__(self: BigInteger[int | None], *, null: Literal[True], **options: Any) -> None: ...

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)


class Flag(Column, fields.BooleanField[T_BOOL]):
    """A truth value; 0 or 1 on SQLite."""


class Bytes(Column, fields.BinaryField[T_BINARY]):  # type: ignore[misc]
    """Raw bytes, such as an encrypted secret or a callback's body."""


class Text(Column, fields.Field[TEXT]):
    """Text of any length, compared and ordered by bytes on both databases."""

    field_type = str
    indexable = False
    SQL_TYPE = "TEXT"

    class _db_postgres:
        SQL_TYPE = 'TEXT COLLATE "C"'

    @overload
    def __init__(self: Text[str], *, null: Literal[False] = False, **options: Any) -> None: ...

    @overload
    def __init__(self: Text[str | None], *, null: Literal[True], **options: Any) -> None: ...

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)


class Choice(Column, CharEnumFieldInstance):
    """A word of a `Vocabulary`, stored as text. To migrations it is text and nothing more."""

    SQL_TYPE = "TEXT"

    class _db_postgres:
        SQL_TYPE = 'TEXT COLLATE "C"'

    def describe(self, serializable: bool) -> dict[str, Any]:
        """The field as if it were text, so that a new word asks for no migration."""
        return super().describe(serializable) | {
            "field_type": "Text",
            "constraints": {},
            "db_field_types": Text().get_db_field_types(),
        }

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """The call that a generated migration writes: it must outlive the vocabulary."""
        _, arguments, options = super().deconstruct()
        options = {k: v for k, v in options.items() if k not in {"enum_type", "max_length"}}
        return f"{Text.__module__}.{Text.__name__}", arguments, options


@overload
def choice(
    words: type[WORD], *, null: Literal[False] = False, **options: Any
) -> fields.Field[WORD]: ...


@overload
def choice(
    words: type[WORD], *, null: Literal[True], **options: Any
) -> fields.Field[WORD | None]: ...


def choice(words: type[WORD], **options: Any) -> Any:
    """A column of one word of this vocabulary."""
    return Choice(words, max_length=32, **options)


class Timestamp(Column, fields.Field[INSTANT]):
    """An instant in UTC at millisecond precision.

    PostgreSQL: `timestamptz(3)`. SQLite: text such as `2026-01-31T09:30:00.000Z`, the wire
    format itself, which sorts by time.
    """

    field_type = datetime
    SQL_TYPE = "TEXT"

    class _db_postgres:
        SQL_TYPE = "TIMESTAMPTZ(3)"

    @overload
    def __init__(
        self: Timestamp[datetime], *, null: Literal[False] = False, **options: Any
    ) -> None: ...

    @overload
    def __init__(
        self: Timestamp[datetime | None], *, null: Literal[True], **options: Any
    ) -> None: ...

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)

    def to_db_value(self, value: Any, instance: type[Model] | Model) -> Any:
        """Milliseconds; text where the database has no type of its own."""
        if value is None:
            return None
        moment = milliseconds(datetime.fromisoformat(value) if isinstance(value, str) else value)
        dialect = getattr(getattr(instance, "_meta", None), "db", None)
        if dialect is not None and dialect.capabilities.dialect == "postgres":
            return moment
        return wire(moment)

    def to_python_value(self, value: Any) -> Any:
        """An aware datetime in UTC."""
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC)


def new_id() -> str:
    """A UUIDv7 as the verbs and the wire have it."""
    return str(_new())


def milliseconds(moment: datetime) -> datetime:
    """This instant in UTC, cut to what the databases keep."""
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def now() -> datetime:
    """The present instant as it will be read back."""
    return milliseconds(datetime.now(UTC))


def wire(moment: datetime) -> str:
    """The one wire format of an instant: ISO-8601, UTC, three fraction digits, `Z`."""
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return f"{moment.isoformat(timespec='milliseconds')[:-6]}Z"


class Json(Column, fields.JSONField[Any]):  # type: ignore[misc]
    """A JSON document, kept letter for letter: `json` on PostgreSQL, text on SQLite."""

    SQL_TYPE = "TEXT"

    class _db_postgres:
        SQL_TYPE = "JSON"

    def __init__(self, **options: Any) -> None:
        # Migrations written by Tortoise name the coder again; ours is fixed.
        options |= {"encoder": dump_json, "decoder": orjson.loads}
        super().__init__(**options)


def dump_json(value: Any) -> str:
    """Compact JSON text, the form in which documents are stored."""
    return orjson.dumps(value).decode()
