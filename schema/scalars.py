"""Scalars beyond GraphQL's own, each with one wire format."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, NewType

import orjson
import strawberry
from graphql import GraphQLError, Undefined, print_ast, value_from_ast_untyped

from models.columns import wire

MAX_JSON_DEPTH = 32
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:?\d\d)", re.ASCII
)

_HALF = re.compile("[\ud800-\udfff]")


def instant(value: object) -> str:
    """Read an ISO-8601 instant with an offset or `Z`; give it in the wire format."""
    if isinstance(value, str) and len(value) <= 40 and _INSTANT.fullmatch(value):
        try:
            moment = datetime.fromisoformat(_fraction(value.upper())).astimezone(UTC)
            if 1 < moment.year < 9999:
                return wire(moment)
        except (ValueError, OverflowError):
            pass
    raise GraphQLError(
        "A DateTime is an ISO-8601 instant with an offset, such as 2026-01-31T09:30:00.000Z."
    )


def _fraction(text: str) -> str:
    # Python 3.11 reads at most six fraction digits.
    return re.sub(r"(\.\d{6})\d+", r"\1", text)


def _instant_literal(node: Any, variables: dict[str, Any] | None = None) -> str:
    try:
        return instant(value_from_ast_untyped(node, variables))
    except GraphQLError as error:
        raise GraphQLError(error.message, node) from None


def json_value(value: object) -> Any:
    """Refuse what JSON can't hold or what nests deeper than 32 levels."""
    _measure(value, 1)
    return value


def storable(text: str) -> bool:
    """Whether both databases can keep this text: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and (text.isascii() or not _HALF.search(text))


def _measure(value: object, depth: int) -> None:
    if depth > MAX_JSON_DEPTH:
        raise GraphQLError(f"JSON nests at most {MAX_JSON_DEPTH} levels deep.")
    if isinstance(value, dict):
        for item in value.values():
            _measure(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _measure(item, depth + 1)
    elif isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise GraphQLError("Integers in JSON have at most 64 bits; use a string.")
    elif isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise GraphQLError("Numbers in JSON are finite.")


def _json_literal(node: Any, variables: dict[str, Any] | None = None) -> Any:
    try:
        return json_value(_given(value_from_ast_untyped(node, variables)))
    except (ValueError, TypeError):
        raise GraphQLError(f"{print_ast(node)[:40]} is no JSON.") from None


def _given(value: Any) -> Any:
    """The value without members whose variables were not given; null where an item's was not."""
    if isinstance(value, dict):
        return {name: _given(item) for name, item in value.items() if item is not Undefined}
    if isinstance(value, list):
        return [None if item is Undefined else _given(item) for item in value]
    return value


def _out(value: Any) -> Any:
    return wire(value) if isinstance(value, datetime) else value


DateTime = NewType("DateTime", str)
"""An instant: ISO-8601, UTC, milliseconds and `Z`."""
JSON = NewType("JSON", object)
"""Any JSON value."""
E164 = NewType("E164", str)
EmailAddress = NewType("EmailAddress", str)
Url = NewType("Url", str)
Micros = NewType("Micros", str)


def _no_input(value: object) -> Any:
    raise GraphQLError("This scalar is for output only.")


SCALARS: dict[object, Any] = {
    DateTime: strawberry.scalar(
        name="DateTime",
        description="An instant: ISO-8601 in UTC with milliseconds and `Z`, such as "
        "`2026-01-31T09:30:00.000Z`. Input may have any offset.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=_out,
        parse_value=instant,
        parse_literal=_instant_literal,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value. Input nests at most 32 levels; integers have at most 64 bits.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=lambda value: value,
        parse_value=json_value,
        parse_literal=_json_literal,
    ),
    E164: strawberry.scalar(
        name="E164",
        description="A telephone number in E.164: `+`, country code, number; 6 to 15 digits.",
        specified_by_url="https://www.itu.int/rec/T-REC-E.164",
        serialize=lambda value: value,
        parse_value=_no_input,
    ),
    EmailAddress: strawberry.scalar(
        name="EmailAddress",
        description="An e-mail address (RFC 5321), its domain in lower case.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc5321",
        serialize=lambda value: value,
        parse_value=_no_input,
    ),
    Url: strawberry.scalar(
        name="Url",
        description="An absolute http or https address.",
        specified_by_url="https://url.spec.whatwg.org/",
        serialize=lambda value: value,
        parse_value=_no_input,
    ),
    Micros: strawberry.scalar(
        name="Micros",
        description="Millionths of a currency unit as a decimal string, so that no client "
        "rounds it: `1500000` is 1.50.",
        serialize=lambda value: None if value is None else str(value),
        parse_value=_no_input,
    ),
}


def dump(value: Any) -> bytes:
    """Compact JSON."""
    return orjson.dumps(value)
