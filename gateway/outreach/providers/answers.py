"""Reading what providers answer: never more is believed than what can be read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from gateway.outreach.providers.provider import Deferred, Response
from gateway.retry_after import retry_after

#: Seconds to wait where a provider that has too much to do doesn't say how long.
USUAL = 1.0
#: What no figure that is kept reaches.
MOST = 2.0**53


def parsed(body: bytes) -> Any:
    """The JSON of a body; None where it is none."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    # PostgreSQL keeps no NUL, and nobody says one: a slip of some transcriber.
    return _spoken(found) if b"\\u0000" in body else found


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body; an empty one where it is none."""
    found = parsed(body)
    return found if isinstance(found, dict) else {}


def _spoken(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [_spoken(each) for each in value]
    if isinstance(value, dict):
        return {_spoken(name): _spoken(each) for name, each in value.items()}
    return value


def deferred(response: Response, dialed_at: datetime, detail: str) -> Deferred:
    """A refusal that is documented as not processed, until `Retry-After`."""
    asked = retry_after(response.headers.get("retry-after"), dialed_at)
    return Deferred(USUAL if asked is None else asked.total_seconds(), detail)


def instant(value: datetime) -> datetime | None:
    """An instant in UTC; None where no call can have been."""
    try:
        found = value.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    return found if 2000 <= found.year <= 2100 else None


def whole(value: Any, scale: float = 1) -> int | None:
    """A figure times `scale` as a whole number that can be kept; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    found = value * scale
    return round(found) if abs(found) < MOST else None


def text(found: Mapping[str, Any], name: str) -> str:
    """A text of an answer; an empty one where it is none."""
    value = found.get(name)
    return value if isinstance(value, str) else ""
