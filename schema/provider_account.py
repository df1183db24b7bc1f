"""ProviderAccount in the graph: its fields, filters and orderings."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

import strawberry

import models
from models import Provider
from schema.condition import AnyOf, Equals, RefersToAny
from schema.fields import column, computed, condition
from schema.node import NodeInterface
from schema.noun import noun
from schema.paging import OrderDirection
from schema.scalars import DateTime, Url
from schema.vendor import VENDORS, ProviderKind


@strawberry.input(
    description="Narrows a list of provider accounts; fields combine with AND, null means any."
)
class ProviderAccountFilter:
    """Narrows a list of provider accounts."""

    provider: list[Provider] | None = condition(AnyOf("provider"), "With one of these vendors.")
    active: bool | None = condition(Equals("active", "bool"), "Whether it is used.")
    is_default: bool | None = condition(
        Equals("is_default", "bool"), "Whether it is the default of its kind."
    )
    ids: list[strawberry.ID] | None = condition(
        RefersToAny("id", "provider_account"), "One of these accounts."
    )


@strawberry.enum(description="What a list of provider accounts can be ordered by.")
class ProviderAccountOrderField(Enum):
    """What a list of provider accounts can be ordered by."""

    CREATED_AT = strawberry.enum_value("created_at", description="When it was created.")


@strawberry.input(description="An ordering of provider accounts.")
class ProviderAccountOrder:
    """An ordering of provider accounts."""

    field: ProviderAccountOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection | None = strawberry.field(
        default=strawberry.UNSET, description="Which end comes first; `DESC` if absent."
    )


def _kind(provider: str) -> str:
    return VENDORS[Provider[provider]].kind.name


def _setting(name: str, description: str) -> Any:
    """One of the account's settings."""
    return computed(("settings",), _read(name), description)


def _read(name: str) -> Callable[[dict[str, Any]], Any]:
    def read(settings: dict[str, Any]) -> Any:
        return settings.get(name)

    return read


@noun(
    models.ProviderAccount,
    prefix="provider_account",
    scope="provider_accounts",
    filter=ProviderAccountFilter,
    order=ProviderAccountOrderField,
)
class ProviderAccount(NodeInterface):
    """The workspace's account with a vendor, with its credentials, encrypted and never shown."""

    created_at: DateTime = column()
    updated_at: DateTime = column()
    version: int = column()
    name: str = column()
    provider: Provider = column()
    kind: ProviderKind = computed(("provider",), _kind, "Whether it is for calls or for e-mails.")
    is_default: bool = column()
    active: bool = column()
    credentials_hint: str | None = column()
    base_url: Url | None = _setting(
        "base_url", "Where the vendor's API is reached, where that is not its own address."
    )
    account_sid: str | None = _setting("account_sid", "Twilio's name of the account.")
    host: str | None = _setting("host", "The mail server or telephone system.")
    port: int | None = _setting("port", "Its port; null means the usual one.")
    username: str | None = _setting("username", "The name that we sign in with there.")
    max_concurrent_calls: int | None = column()
    calls_per_second: int | None = column()
    verified_at: DateTime | None = column()
    last_error: str | None = column()
