"""A whole answer over HTTP, whichever server or adapter sends it."""

from __future__ import annotations

from dataclasses import dataclass, field

import orjson

from models.database import DatabaseUnavailableError, StatementTimeoutError
from schema.errors import (
    InternalError,
    SwitchboardError,
    TimeoutExceededError,
    UnauthenticatedError,
    UnavailableError,
)

Headers = list[tuple[bytes, bytes]]

JSON = b"application/json; charset=utf-8"
#: On every answer that does not bring its own: nothing of ours is to be run, framed or guessed at.
SECURITY: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


@dataclass(slots=True, eq=False)
class Reply:
    """Status, headers and body."""

    status: int
    body: bytes = b""
    fixed: tuple[tuple[bytes, bytes], ...] = SECURITY
    """Headers of which there are few different sets: adapters may remember how they are written."""
    headers: Headers = field(default_factory=list)
    """Headers that differ from answer to answer."""
    close: bool = False
    """Whether the connection can't be used any more."""

    @property
    def sized(self) -> bool:
        """Whether the answer says how long its body is; some statuses never have one."""
        return self.status not in (204, 304)


def failure(error: SwitchboardError, media_type: bytes = JSON) -> Reply:
    """An error in GraphQL's shape."""
    body = orjson.dumps({"errors": [{"message": error.message, "extensions": error.extensions}]})
    headers: Headers = [(b"content-type", media_type), (b"cache-control", b"no-store")]
    if error.status == UnauthenticatedError.status:
        headers.append((b"www-authenticate", b'Bearer realm="switchboard"'))
    return Reply(error.status, body, headers=headers)


def masked(error: Exception) -> SwitchboardError:
    """What a client may know of an error."""
    if isinstance(error, SwitchboardError):
        return error
    if isinstance(error, StatementTimeoutError | TimeoutError):
        return TimeoutExceededError()
    if isinstance(error, DatabaseUnavailableError):
        return UnavailableError()
    return InternalError()
