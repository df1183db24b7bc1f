"""Inputs and payloads of the verbs on provider accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from models import Provider
from models import ProviderAccount as Row
from schema.fields import attribute, referenced
from schema.input import like, optional, required
from schema.payload import Payload

if TYPE_CHECKING:
    from schema.provider_account import ProviderAccount


@strawberry.input(
    description="The secrets of an account. They are encrypted at once and never shown again; "
    "which vendor needs which stands in the docs."
)
class ProviderCredentialsInput:
    """The secrets of an account."""

    auth_token: str | None = optional("Twilio's auth token.")
    api_key_sid: str | None = optional("A Twilio API key, to call with instead of the auth token.")
    api_key_secret: str | None = optional("The secret of the Twilio API key.")
    api_key: str | None = optional("The API key, of vendors that have one.")
    webhook_secret: str | None = optional("What the vendor's reports are signed with.")
    password: str | None = optional("The password at the mail server or telephone system.")


@strawberry.input(description="What is known of an account with a vendor.")
class ProviderAccountFields:
    """The fields that adding and updating share."""

    name: str | None = optional("What people call this account; the vendor's name if absent.")
    is_default: bool | None = optional(
        "Whether it becomes the default of its kind in place of the one that is; the first "
        "account of its kind is the default in any case."
    )
    active: bool | None = like(Row, "active")
    base_url: str | None = optional(
        "Where to reach the vendor's API instead of its own address, over https."
    )
    account_sid: str | None = optional("Twilio's name of the account, `AC…`.")
    host: str | None = optional("Name of the mail server or telephone system.")
    port: int | None = optional(
        "Its port. Mail: 587 if absent, with STARTTLS; 465 is TLS from the start."
    )
    username: str | None = optional("The name to sign in with there.")
    credentials: ProviderCredentialsInput | None = optional(
        "The secrets; those that are absent stay as they are, null removes one."
    )
    max_concurrent_calls: int | None = like(Row, "max_concurrent_calls")
    calls_per_second: int | None = like(Row, "calls_per_second")


@strawberry.input(description="An account with a vendor, which calls or e-mails go through.")
class AddProviderAccountInput(ProviderAccountFields):
    """An account to add."""

    provider: Provider = required("The vendor.")


@strawberry.input(description="What to change of an account; absent fields stay, null clears.")
class UpdateProviderAccountInput(ProviderAccountFields):
    """What to change of an account."""

    id: strawberry.ID = required("The account.")


@strawberry.input(description="An account to remove.")
class RemoveProviderAccountInput:
    """An account to remove."""

    id: strawberry.ID = required("The account.")


@strawberry.type(description="The added account.")
class AddProviderAccountPayload(Payload):
    """The added account."""

    provider_account: (
        Annotated[ProviderAccount, strawberry.lazy("schema.provider_account")] | None
    ) = referenced(
        "ProviderAccount", "provider_account_id", "The account; null if there are errors."
    )


@strawberry.type(description="The changed account.")
class UpdateProviderAccountPayload(Payload):
    """The changed account."""

    provider_account: (
        Annotated[ProviderAccount, strawberry.lazy("schema.provider_account")] | None
    ) = referenced(
        "ProviderAccount",
        "provider_account_id",
        "The account as it is now; null if there are errors.",
    )


@strawberry.type(description="The removed account's id.")
class RemoveProviderAccountPayload(Payload):
    """The removed account's id."""

    deleted_id: strawberry.ID | None = attribute("deleted_id", "The id that is gone.")
