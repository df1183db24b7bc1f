"""What each vendor needs of an account: the one place that says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from models import Provider
from models.vocabulary import Vocabulary
from schema.vocabulary import vocabulary


class ProviderKind(Vocabulary):
    """What an account with a vendor is for."""

    VOICE = "VOICE", "Calls."
    MAIL = "MAIL", "E-mails."


vocabulary(ProviderKind)


@dataclass(frozen=True)
class Vendor:
    """A vendor's account: its settings, which are shown, and its credentials, which never are."""

    kind: ProviderKind = ProviderKind.VOICE
    settings: tuple[str, ...] = ()
    """Settings that must be given."""
    more_settings: tuple[str, ...] = ()
    """Settings that may be given."""
    credentials: tuple[str, ...] = ()
    """Credentials that must be given; the first is the one that the hint shows the end of."""
    more_credentials: tuple[str, ...] = ()
    """Credentials that may be given."""
    together: tuple[str, str] | None = None
    """Two of these, either both or neither of which are given."""
    address: str | None = None
    """Where its API is, unless the account says otherwise; null where it has none."""

    @property
    def all_settings(self) -> frozenset[str]:
        """Every setting that it takes."""
        own = ("base_url",) if self.address else ()
        return frozenset((*self.settings, *self.more_settings, *own))

    @property
    def all_credentials(self) -> tuple[str, ...]:
        """Every credential that it takes."""
        return (*self.credentials, *self.more_credentials)


VENDORS: Mapping[Provider, Vendor] = {
    # Without an address of its own it plays calls out here.
    Provider.SIMULATOR: Vendor(more_settings=("base_url",)),
    Provider.TWILIO: Vendor(
        settings=("account_sid",),
        # The token also signs what Twilio reports, so a key can't stand in for it.
        credentials=("auth_token",),
        # Of the shared key, where its reports are signed with one.
        more_credentials=("api_key_sid", "api_key_secret", "webhook_secret"),
        together=("api_key_sid", "api_key_secret"),
        address="https://api.twilio.com",
    ),
    Provider.VAPI: Vendor(
        credentials=("api_key",),
        more_credentials=("webhook_secret",),
        address="https://api.vapi.ai",
    ),
    Provider.RETELL: Vendor(credentials=("api_key",), address="https://api.retellai.com"),
    Provider.BOLNA: Vendor(credentials=("api_key",), address="https://api.bolna.ai"),
    Provider.ELEVENLABS: Vendor(
        credentials=("api_key",),
        more_credentials=("webhook_secret",),
        address="https://api.elevenlabs.io",
    ),
    Provider.SIP: Vendor(
        settings=("host",),
        more_settings=("port", "username"),
        more_credentials=("password",),
        together=("username", "password"),
    ),
    Provider.SMTP: Vendor(
        kind=ProviderKind.MAIL,
        settings=("host",),
        more_settings=("port", "username"),
        more_credentials=("password",),
        together=("username", "password"),
    ),
}

#: What some values look like, and how that is said.
FORMS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "account_sid": (re.compile(r"AC[0-9a-f]{32}"), "Must be AC and 32 hexadecimal digits."),
    "api_key_sid": (re.compile(r"SK[0-9a-f]{32}"), "Must be SK and 32 hexadecimal digits."),
    "host": (
        re.compile(r"[A-Za-z0-9]([A-Za-z0-9.\-]*[A-Za-z0-9])?|[0-9a-fA-F:]*:[0-9a-fA-F:.]*"),
        "Must be the name or address of a host, such as smtp.example.com.",
    ),
}


@dataclass(frozen=True)
class Account:
    """An account as whoever works with the vendor needs it, its credentials opened."""

    id: str
    workspace_id: str
    provider: Provider
    settings: Mapping[str, object]
    credentials: Mapping[str, str] = field(repr=False)
    callback_token: str = field(repr=False)
    max_concurrent_calls: int | None = None
    calls_per_second: int | None = None

    @property
    def address(self) -> str | None:
        """Where the vendor's API is, without a slash at the end."""
        own = self.settings.get("base_url")
        return str(own).rstrip("/") if own else VENDORS[self.provider].address


def purpose(account_id: str) -> str:
    """What an account's credentials are sealed for."""
    return f"provider_account/{account_id}"
