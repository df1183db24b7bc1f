"""Every error a client can see, each with its stable code and HTTP status."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import ClassVar, Self


class SwitchboardError(Exception):
    """The request can't be answered."""

    code: ClassVar[str] = "INTERNAL"
    status: ClassVar[int] = 500

    def __init__(self, message: str | None = None, **extensions: object) -> None:
        self.message = message or (type(self).__doc__ or "").strip()
        self.argument: tuple[str, ...] = ()
        """The way to the argument that is at fault, if one is."""
        self.extensions: dict[str, object] = {"code": self.code, **extensions}
        super().__init__(self.message)

    def at(self, *path: str) -> Self:
        """The same error, saying in which argument the fault lies."""
        self.argument = (*path, *self.argument)
        self.extensions["argument"] = list(self.argument)
        return self


class InternalError(SwitchboardError):
    """Something went wrong on our side; the request id finds it in the log."""


class UnavailableError(SwitchboardError):
    """The database or another part can't be reached right now; try again shortly."""

    code = "UNAVAILABLE"
    status = 503


class TimeoutExceededError(SwitchboardError):
    """The operation took longer than the limit; ask for less or narrow the filter."""

    code = "TIMEOUT"
    status = 504


class KeyFault(StrEnum):
    """What is wrong with a key or client token; an expired token's page fetches another one."""

    MISSING = "MISSING"
    UNKNOWN = "UNKNOWN"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"
    AMBIGUOUS = "AMBIGUOUS"
    NARROWED = "NARROWED"


class UnauthenticatedError(SwitchboardError):
    """A valid API key is needed: `Authorization: Bearer …` or `X-API-Key`."""

    code = "UNAUTHENTICATED"
    status = 401
    said: ClassVar[Mapping[KeyFault, str | None]] = {
        KeyFault.MISSING: None,
        KeyFault.UNKNOWN: "The API key or client token is unknown.",
        KeyFault.REVOKED: "The API key or client token was revoked.",
        KeyFault.EXPIRED: "The API key or client token has expired.",
        KeyFault.AMBIGUOUS: "Two different API keys were given.",
        KeyFault.NARROWED: "The API key or client token may do less than before: connect again.",
    }

    def __init__(self, reason: KeyFault = KeyFault.MISSING) -> None:
        super().__init__(self.said[reason], reason=reason.value)


class ForbiddenError(SwitchboardError):
    """The API key lacks a scope that the operation needs."""

    code = "FORBIDDEN"
    status = 403


class BadRequestError(SwitchboardError):
    """The request is malformed."""

    code = "BAD_REQUEST"
    status = 400


class InvalidTextError(SwitchboardError):
    """Text holds a NUL character or half a surrogate pair."""

    code = "INVALID_TEXT"
    status = 400


class InvalidIdError(SwitchboardError):
    """The id isn't one of the type that is expected here."""

    code = "INVALID_ID"
    status = 400


class InvalidCursorError(SwitchboardError):
    """The cursor isn't one of ours, or belongs to another ordering."""

    code = "INVALID_CURSOR"
    status = 400


class GapError(SwitchboardError):
    """What followed the cursor is no longer kept: read anew, and go on from `extensions.cursor`."""

    code = "GAP"
    status = 400


class InvalidPageError(SwitchboardError):
    """The paging arguments are out of bounds or contradict each other."""

    code = "INVALID_PAGE"
    status = 400


class InvalidFilterError(SwitchboardError):
    """A filter's value can't be used."""

    code = "INVALID_FILTER"
    status = 400


class NotFoundError(SwitchboardError):
    """No such thing exists in this workspace."""

    code = "NOT_FOUND"
    status = 404


class InvalidLinkError(SwitchboardError):
    """The link has expired or was altered; ask for a new one."""

    code = "INVALID_LINK"
    status = 403


class IdempotencyReusedError(SwitchboardError):
    """The idempotency key was used with other input within its lifetime."""

    code = "IDEMPOTENCY_KEY_REUSED"
    status = 422


class IdempotencyInProgressError(SwitchboardError):
    """A request with the same idempotency key is still being worked on; try again shortly."""

    code = "IDEMPOTENCY_IN_PROGRESS"
    status = 409


class RateLimitedError(SwitchboardError):
    """Too many requests; `Retry-After` says when to try again."""

    code = "RATE_LIMITED"
    status = 429
