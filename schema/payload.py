"""What every verb answers: the changed noun, why not, and whether it had been done before."""

from __future__ import annotations

from typing import Any

import strawberry

from schema.fields import attribute, start
from schema.user_error import UserError


@strawberry.type
class Payload:
    """What every payload has."""

    errors: list[UserError] = attribute(
        "errors", "Why nothing was changed, for a person to act on; empty if all went well."
    )
    replayed: bool = attribute(
        "replayed",
        "Whether this very order, by its idempotency key, had been carried out before. "
        "Objects are as they are now, and null if they are gone.",
    )
    cursor: str = start(
        "The place in the event log where this operation began: give it as `after` of a "
        "subscription for all that happens then, what this verb did included."
    )


class Values(dict[str, Any]):
    """Plain values of a payload, read as attributes; what is missing is None."""

    def __getattr__(self, name: str) -> Any:
        value = self.get(name)
        return wrapped(value) if isinstance(value, dict | list) else value


def wrapped(value: Any) -> Any:
    """Dicts as `Values`, all the way down."""
    if isinstance(value, dict):
        return Values(value)
    if isinstance(value, list):
        return [wrapped(each) for each in value]
    return value
