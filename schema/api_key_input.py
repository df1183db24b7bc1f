"""Inputs and payloads of the verbs on API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from models import Dialect
from schema.fields import attribute, referenced
from schema.input import optional, required
from schema.payload import Payload
from schema.scalars import DateTime

if TYPE_CHECKING:
    from schema.api_key import ApiKey


@strawberry.input(description="An API key to make, for a program on a server.")
class CreateApiKeyInput:
    """An API key to make."""

    name: str = required("What to call it, usually the program that will use it.")
    scopes: list[str] = required(
        "What it may do, such as `leads:read`; none wider than those of the key that asks."
    )
    dialect: Dialect | None = optional("Whose form the key has; `SWITCHBOARD` if absent.")
    expires_at: DateTime | None = optional("When it stops working; never if absent.")
    requests_per_minute: int | None = optional(
        "Requests it may make in a minute: no more than the key that asks, and as many if absent."
    )
    documents_only: bool | None = optional(
        "Whether only documents of the installation's manifest are served to it; false if absent, "
        "and true in any case if the key that asks is so bound."
    )


@strawberry.input(description="A token to make for a browser, narrower than the key that asks.")
class CreateClientTokenInput:
    """A client token to make."""

    subject: str = required("Whom it speaks for: an id of your own, which has its own rate limit.")
    scopes: list[str] = required(
        "What it may do, such as `leads:read`: a part of what the key may that asks, never `full` "
        "and never `keys:write`."
    )
    lifetime_seconds: int | None = optional(
        "How long it works: 60 to 86,400 seconds, 3,600 if absent, never longer than its key."
    )
    requests_per_minute: int | None = optional(
        "Requests it may make in a minute together with the subject's other tokens of the same "
        "limit: no more than the key that asks, and as many if absent."
    )
    documents_only: bool | None = optional(
        "Whether only documents of the installation's manifest are served to it; false if absent, "
        "and true in any case if the key that asks is so bound."
    )


@strawberry.input(description="An API key or client token to revoke.")
class RevokeApiKeyInput:
    """An API key or client token to revoke."""

    id: strawberry.ID = required("The key or token.")


@strawberry.type(description="The new API key and, this once, its secret.")
class CreateApiKeyPayload(Payload):
    """The new API key."""

    api_key: Annotated[ApiKey, strawberry.lazy("schema.api_key")] | None = referenced(
        "ApiKey", "api_key_id", "The key without its secret; null if there are errors."
    )
    key: str | None = attribute(
        "key",
        "The secret itself, to be kept safe: it is shown now and never again. Null if there are "
        "errors, and null on a replay.",
    )


@strawberry.type(description="The new client token and, this once, its secret.")
class CreateClientTokenPayload(Payload):
    """The new client token."""

    api_key: Annotated[ApiKey, strawberry.lazy("schema.api_key")] | None = referenced(
        "ApiKey", "api_key_id", "The token without its secret; null if there are errors."
    )
    token: str | None = attribute(
        "token",
        "The secret itself, for the browser: it is shown now and never again. Null if there are "
        "errors, and null on a replay.",
    )


@strawberry.type(description="The revoked key.")
class RevokeApiKeyPayload(Payload):
    """The revoked key."""

    api_key: Annotated[ApiKey, strawberry.lazy("schema.api_key")] | None = referenced(
        "ApiKey", "api_key_id", "The key or token as it is now; null if there are errors."
    )
    revoked_count: int | None = attribute(
        "revoked_count", "How many stopped working: the key, and the client tokens made from it."
    )
