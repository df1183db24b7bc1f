"""One try at a delivery."""

from __future__ import annotations

from models.columns import Flag, Integer, Text, Uuid
from models.row import Row


class DeliveryAttempt(Row):
    """One attempt to deliver an event to a webhook, and the answer it got."""

    delivery_id = Uuid(description="The delivery that was tried.")
    webhook_id = Uuid(description="The webhook it was sent to.")
    attempt = Integer(description="Which attempt this was, from 1.")
    replayed = Flag(
        default=False, description="Whether a person or program asked for it, outside the schedule."
    )
    status_code = Integer(
        null=True, description="HTTP status of the answer; null if there was none."
    )
    duration_ms = Integer(
        null=True,
        description="How long the endpoint took, in milliseconds; null if it did not answer.",
    )
    response = Text(null=True, description="The beginning of the answer's body, at most 1 kB.")
    error = Text(null=True, description="What went wrong, such as a refused connection.")

    class Meta:
        """Where rows are kept."""

        table = "delivery_attempt"
