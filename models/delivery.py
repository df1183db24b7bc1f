"""An event on its way to a webhook."""

from __future__ import annotations

from models.columns import Integer, Text, Timestamp, Uuid, choice
from models.row import Noun
from models.vocabulary import Vocabulary


class DeliveryState(Vocabulary):
    """How far an event has come on its way to a webhook."""

    PENDING = "PENDING", "Waits for its first or next attempt."
    DELIVERED = "DELIVERED", "The endpoint accepted it."
    FAILED = "FAILED", "Given up after the last attempt; can be replayed."
    STOPPED = "STOPPED", "The webhook was switched off or deleted first."


class Delivery(Noun):
    """One event for one webhook, with its attempts. The body stays the same in all of them."""

    webhook_id = Uuid(description="The webhook that is told.")
    event_id = Uuid(description="The event it is told of.")
    event_name = Text(
        description="Name of the event in the webhook's format, such as `call.completed`."
    )
    call_id = Uuid(null=True, description="The call the event is about, if it is about one.")
    state = choice(
        DeliveryState, default=DeliveryState.PENDING, description="How far the event has come."
    )
    body = Text(null=True, description="The body as first sent; null before the first attempt.")
    attempt_count = Integer(default=0, description="How many attempts have been made.")
    next_attempt_at = Timestamp(
        null=True, description="When the next attempt is due; null when none is."
    )
    owner = Text(null=True, description="The worker that holds the delivery. Never shown.")
    lease_until = Timestamp(
        null=True,
        description="Until when the owner's hold is good, by the database's clock. Never shown.",
    )
    last_status_code = Integer(
        null=True, description="HTTP status of the last attempt; null if there was no answer."
    )
    last_error = Text(null=True, description="What went wrong in the last attempt, if anything.")
    delivered_at = Timestamp(null=True, description="When the endpoint accepted it.")

    class Meta:
        """Where rows are kept."""

        table = "delivery"
