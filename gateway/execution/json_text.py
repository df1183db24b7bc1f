"""JSON that PostgreSQL writes from a row's columns, byte for byte as orjson would.

Plain concatenation: it costs a third of `json_build_object`, and the keys come in their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from gateway.execution.clauses import Placeholders
from gateway.execution.page import Shape
from models.columns import Choice
from schema.noun import Noun
from schema.source import Codec

NULL = "'null'"


@dataclass(frozen=True, slots=True)
class Fixed:
    """JSON that is the same in every row."""

    text: str


@dataclass(frozen=True, slots=True)
class Value:
    """SQL of type text that is never null."""

    sql: str


class Nested(Protocol):
    """Text whose SQL depends on the request's shape."""

    def sql(self, bind: Placeholders, shapes: Sequence[Shape]) -> str:
        """The SQL, never null."""


@dataclass(frozen=True, slots=True)
class Where:
    """Something where a condition holds, `null` elsewhere."""

    condition: str
    then: Text

    def sql(self, bind: Placeholders, shapes: Sequence[Shape]) -> str:
        """The SQL, never null."""
        then = written(self.then, bind, shapes)
        return f"CASE WHEN {self.condition} THEN {then} ELSE {NULL} END"


Text: TypeAlias = Sequence["Fixed | Value | Nested"]
_Simple: TypeAlias = Sequence[Fixed | Value]


def written(text: Text, bind: Placeholders, shapes: Sequence[Shape]) -> str:
    """The SQL of the whole text."""
    operands: list[str] = []
    fixed = ""
    for piece in text:
        if isinstance(piece, Fixed):
            fixed += piece.text
            continue
        if fixed:
            operands.append(_literal(fixed))
            fixed = ""
        operands.append(piece.sql if isinstance(piece, Value) else piece.sql(bind, shapes))
    if fixed:
        operands.append(_literal(fixed))
    return _joined(operands) if operands else "''"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _joined(operands: list[str]) -> str:
    """By halves: each operand is copied as often as the tree is deep."""
    if len(operands) == 1:
        return operands[0]
    middle = len(operands) // 2
    return f"({_joined(operands[:middle])} || {_joined(operands[middle:])})"


def members(items: Sequence[tuple[str, Text]]) -> Text:
    """An object of these keys."""
    found: list[Fixed | Value | Nested] = []
    for key, value in items:
        found += [Fixed(f'{"," if found else "{"}"{key}":'), *value]
    return [*found, Fixed("}" if found else "{}")]


def column(noun: Noun, alias: str, name: str, codec: Codec | None) -> Text:
    """A column as it goes on the wire."""
    text = _column(noun, f"{alias}.{name}", name, codec)
    if not noun.nullable(name):
        return text
    return [Value(f"coalesce({_nullable(text)}, {NULL})")]


def _nullable(text: _Simple) -> str:
    return " || ".join(
        _literal(each.text) if isinstance(each, Fixed) else each.sql for each in text
    )


def _column(noun: Noun, sql: str, name: str, codec: Codec | None) -> _Simple:
    kind = noun.kind(name)
    if codec == "id":
        return _quoted(f"{noun.prefix}_", f"{sql}::text")
    if codec == "seconds":
        # As `//` does, which does not cut towards zero.
        whole = f"CASE WHEN {sql} < 0 THEN ({sql}::bigint - 999) / 1000 ELSE {sql} / 1000 END"
        return [Value(f"({whole})::text")]
    if kind == "timestamp":
        return [Value(instant(sql)), Fixed('Z"')]
    if kind == "uuid" or (kind == "int" and codec == "string"):
        return _quoted("", f"{sql}::text")
    if isinstance(noun.model._meta.fields_map[name], Choice):
        # Words have nothing to escape.
        return _quoted("", sql)
    if kind == "text":
        return [Value(f"to_json({sql})::text")]
    return [Value(f"{sql}::text")]


def _quoted(before: str, sql: str) -> _Simple:
    return [Fixed(f'"{before}'), Value(sql), Fixed('"')]


def instant(sql: str) -> str:
    """An instant with the quote before it and no `Z` behind; always 24 characters."""
    return f"to_json({sql} AT TIME ZONE 'UTC' + interval '1 microsecond')::varchar(24)"
