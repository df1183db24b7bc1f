"""Answers kept, so that a repeated request is the same request."""

from __future__ import annotations

from models.columns import Json, Text, Timestamp, Uuid
from models.row import Row


class Idempotency(Row):
    """What a request with an idempotency key did, so that repeating it does nothing more."""

    verb = Text(
        description="The verb that was asked for, such as `placeCall`; the same on every door."
    )
    key = Text(description="The key that the client chose, at most 255 characters.")
    request_hash = Text(
        description="Hash of the verb's canonical input; another input under the same key is a conflict."
    )
    result = Json(
        default=dict, description="Ids and plain values of the answer. Never holds a secret."
    )
    outcome_id = Uuid(
        null=True,
        description="The call or e-mail it made, whose end prolongs the key's life; null for other verbs.",
    )
    expires_at = Timestamp(
        description="When the key may be forgotten: 24 hours from now, and from the end of what it made."
    )

    class Meta:
        """Where rows are kept."""

        table = "idempotency"
