"""How far a reader of the event log has come."""

from __future__ import annotations

from models.columns import BigInteger, Text, Timestamp, now
from models.row import Row


class Follower(Row):
    """How far a reader that must miss nothing, such as the webhooks, has come in a log."""

    name = Text(description="Who reads, such as `webhooks`. Unique in the workspace.")
    position = BigInteger(default=0, description="The position read last.")
    updated_at = Timestamp(default=now, description="When the reader last came on.")

    class Meta:
        """Where rows are kept."""

        table = "follower"
