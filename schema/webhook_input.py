"""Inputs and payloads of the verbs on webhooks and their deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from models import Webhook as Row
from schema.fields import attribute, referenced
from schema.input import like, optional, required
from schema.payload import Payload
from schema.scalars import JSON, DateTime

if TYPE_CHECKING:
    from schema.delivery import Delivery
    from schema.webhook import Webhook


@strawberry.input(description="What is known of a webhook.")
class WebhookFields:
    """The fields that creating and updating share."""

    name: str | None = like(Row, "name")
    events: list[str] | None = optional(
        "Which events are sent, by their names, such as `call.completed`; empty or null means all. "
        "`docs/events.md` lists them."
    )
    active: bool | None = like(Row, "active")
    include_transcript: bool | None = like(Row, "include_transcript")
    include_recording_url: bool | None = like(Row, "include_recording_url")
    custom_headers: JSON | None = optional(
        "Headers of yours sent along, as one JSON object of strings; at most 20."
    )
    timeout_seconds: int | None = optional(
        "How long to wait for the endpoint's answer, 1 to 30 seconds; 15 if absent."
    )


@strawberry.input(description="An address of yours that is to be told what happens.")
class CreateWebhookInput(WebhookFields):
    """A webhook to create."""

    url: str = required("Where events are posted to, an address that begins with https://.")
    agent_id: strawberry.ID | None = like(Row, "agent_id")


@strawberry.input(description="What to change of a webhook; absent fields stay, null clears.")
class UpdateWebhookInput(WebhookFields):
    """What to change of a webhook."""

    id: strawberry.ID = required("The webhook.")
    url: str | None = optional("Where events are posted to.")
    agent_id: strawberry.ID | None = like(Row, "agent_id")


@strawberry.input(description="A webhook to delete.")
class DeleteWebhookInput:
    """A webhook to delete."""

    id: strawberry.ID = required("The webhook.")


@strawberry.input(description="A webhook that gets a new secret.")
class RotateWebhookSecretInput:
    """A webhook that gets a new secret."""

    id: strawberry.ID = required("The webhook.")
    keep_hours: int | None = optional(
        "For how many hours the old secret signs along, 0 to 168; 24 if absent."
    )


@strawberry.input(description="A webhook to try out.")
class TestWebhookInput:
    """A webhook to try out."""

    id: strawberry.ID = required("The webhook; it must be on.")


@strawberry.input(description="A delivery to send again.")
class RedeliverInput:
    """A delivery to send again."""

    id: strawberry.ID = required("The delivery.")


@strawberry.input(description="Where to begin telling a webhook again; exactly one of these.")
class ReplayWebhookInput:
    """Where to begin telling a webhook again."""

    id: strawberry.ID = required("The webhook; it must be on.")
    after: str | None = optional(
        "A cursor of the event log, as subscriptions, queries and `activity` give it: what "
        "happened up to it has arrived."
    )
    after_activity_id: strawberry.ID | None = optional("The last activity that has arrived.")
    since: DateTime | None = optional("The first instant whose events may be missing.")


@strawberry.type(description="The new webhook and, this once, its secret.")
class CreateWebhookPayload(Payload):
    """The new webhook."""

    webhook: Annotated[Webhook, strawberry.lazy("schema.webhook")] | None = referenced(
        "Webhook", "webhook_id", "The webhook; null if there are errors."
    )
    secret: str | None = attribute(
        "secret",
        "What deliveries are signed with, `whsec_…`: it is shown now and never again. Null if "
        "there are errors, and null on a replay.",
    )


@strawberry.type(description="The changed webhook.")
class UpdateWebhookPayload(Payload):
    """The changed webhook."""

    webhook: Annotated[Webhook, strawberry.lazy("schema.webhook")] | None = referenced(
        "Webhook", "webhook_id", "The webhook as it is now; null if there are errors."
    )
    secret: str | None = attribute(
        "secret",
        "A new secret, where the webhook was switched on and its old one could not be read any "
        "more; null otherwise.",
    )


@strawberry.type(description="The deleted webhook's id.")
class DeleteWebhookPayload(Payload):
    """The deleted webhook's id."""

    deleted_id: strawberry.ID | None = attribute("deleted_id", "The id that is gone.")


@strawberry.type(description="The webhook and, this once, its new secret.")
class RotateWebhookSecretPayload(Payload):
    """The webhook with its new secret."""

    webhook: Annotated[Webhook, strawberry.lazy("schema.webhook")] | None = referenced(
        "Webhook", "webhook_id", "The webhook as it is now; null if there are errors."
    )
    secret: str | None = attribute(
        "secret", "The new secret, shown now and never again. Null on a replay."
    )


@strawberry.type(description="The webhook that is about to get a test event, `webhook.test`.")
class TestWebhookPayload(Payload):
    """The webhook that is about to get a test event."""

    webhook: Annotated[Webhook, strawberry.lazy("schema.webhook")] | None = referenced(
        "Webhook", "webhook_id", "The webhook; the newest of its `deliveries` will be the test."
    )


@strawberry.type(description="The delivery that is about to be sent again.")
class RedeliverPayload(Payload):
    """The delivery that is about to be sent again."""

    delivery: Annotated[Delivery, strawberry.lazy("schema.delivery")] | None = referenced(
        "Delivery", "delivery_id", "The delivery as it is now; null if there are errors."
    )


@strawberry.type(description="How much the webhook is told again.")
class ReplayWebhookPayload(Payload):
    """How much the webhook is told again."""

    webhook: Annotated[Webhook, strawberry.lazy("schema.webhook")] | None = referenced(
        "Webhook", "webhook_id", "The webhook; null if there are errors."
    )
    count: int | None = attribute(
        "count",
        "How many deliveries are under way: those that were given up, and of events that it was "
        "never told of. What was delivered is not sent again.",
    )
    has_more: bool | None = attribute(
        "has_more",
        "Whether there were more events than are looked at at once; go on from `lastActivityId`.",
    )
    last_activity_id: strawberry.ID | None = attribute(
        "last_activity_id", "The last activity that was looked at."
    )
