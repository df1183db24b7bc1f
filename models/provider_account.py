"""An account with a vendor of calls or mail."""

from __future__ import annotations

from models.columns import Bytes, Flag, Integer, Json, Text, Timestamp, choice
from models.provider import Provider
from models.row import Noun


class ProviderAccount(Noun):
    """The workspace's account with a vendor, with its credentials, encrypted and never shown."""

    name = Text(description="What people call this account, such as `Twilio EU`.")
    provider = choice(Provider, description="The vendor.")
    is_default = Flag(
        default=False,
        description="Whether calls (or mails) that name no account go through this one. One account of each kind at most.",
    )
    active = Flag(
        default=True,
        description="Whether the account is used. An inactive one is kept but refused.",
    )
    settings = Json(
        default=dict,
        description="What is not secret: account id, region, server, port, sender, as one JSON object.",
    )
    credentials = Bytes(
        null=True,
        description="The secrets, encrypted with the installation's key. Never shown.",
    )
    credentials_hint = Text(
        null=True, description="The last characters of the secret, to tell accounts apart."
    )
    callback_token = Text(
        description="Secret part of the address the vendor reports to. Never shown by itself."
    )
    max_concurrent_calls = Integer(
        null=True,
        description="Most calls at once the vendor's contract permits; null means no limit.",
    )
    calls_per_second = Integer(
        null=True, description="Most calls started in one second; null means no limit."
    )
    verified_at = Timestamp(
        null=True, description="When the vendor last accepted the credentials; null means never."
    )
    last_error = Text(
        null=True,
        description="What the vendor said when it last refused the account; null after success.",
    )

    class Meta:
        """Where rows are kept."""

        table = "provider_account"
