"""What providers reported, word for word."""

from __future__ import annotations

from models.columns import Bytes, Json, Text, Timestamp, Uuid, choice
from models.provider import Provider
from models.row import Row
from models.vocabulary import Vocabulary


class CallbackState(Vocabulary):
    """What became of a provider's report."""

    RECEIVED = "RECEIVED", "Verified and stored; not applied yet."
    APPLIED = "APPLIED", "Applied to its call or e-mail."
    UNMATCHED = "UNMATCHED", "Belongs to no call or e-mail we know; waits for one."
    IGNORED = "IGNORED", "Says nothing that we keep."
    FAILED = "FAILED", "Could not be read."


class Callback(Row):
    """A report of a provider about a call or e-mail, stored as it came before it is applied."""

    provider = choice(Provider, description="The vendor that reported.")
    provider_account_id = Uuid(null=True, description="The account it reported to.")
    call_id = Uuid(null=True, description="The call it is about, once known.")
    email_id = Uuid(null=True, description="The e-mail it is about, once known.")
    provider_reference = Text(
        null=True, description="The vendor's id of the call or message it is about."
    )
    fingerprint = Text(
        description="Mark by which a repeated report is recognised; unique per workspace and vendor."
    )
    state = choice(
        CallbackState, default=CallbackState.RECEIVED, description="What became of the report."
    )
    headers = Json(default=dict, description="Headers worth keeping, without credentials.")
    body = Bytes(description="The body, byte for byte.")
    error = Text(null=True, description="Why it could not be applied, if it could not.")
    applied_at = Timestamp(null=True, description="When it was applied or set aside.")

    class Meta:
        """Where rows are kept."""

        table = "callback"
