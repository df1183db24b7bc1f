"""An address of yours that is told what happens."""

from __future__ import annotations

from models.columns import Bytes, Flag, Integer, Json, Text, Timestamp, Uuid, choice
from models.row import Noun
from models.vocabulary import Vocabulary


class WebhookFormat(Vocabulary):
    """How events are written and signed."""

    STANDARD = (
        "STANDARD",
        "Standard Webhooks: `webhook-id`, `webhook-timestamp`, `webhook-signature`.",
    )
    SAMORA = "SAMORA", "Samora's events: CALL_STARTED, CALL_FINISHED, CALL_FAILED."
    CUALIFY = "CUALIFY", "Cualify's events and `x-cualify-signature`."


class WebhookDisabledReason(Vocabulary):
    """Why a webhook is switched off."""

    USER = "USER", "A person or program switched it off."
    FAILING = "FAILING", "It failed for too long."
    GONE = "GONE", "It answered 410 Gone."


class Webhook(Noun):
    """An address of yours that receives events, signed, in order of happening per attempt."""

    name = Text(null=True, description="What people call this endpoint.")
    agent_id = Uuid(
        null=True, description="Only events of this agent are sent; null means those of all."
    )
    url = Text(
        description="Where events are posted to; https, except where the installation allows otherwise."
    )
    format = choice(
        WebhookFormat,
        default=WebhookFormat.STANDARD,
        description="How events are written and signed.",
    )
    events = Json(
        default=list,
        description="Which events are sent, as a list in the format's own names, such as `call.completed`; empty means all.",
    )
    active = Flag(default=True, description="Whether events are sent.")
    include_transcript = Flag(
        default=False, description="Whether events of finished calls carry the transcript."
    )
    include_recording_url = Flag(
        default=False, description="Whether events of finished calls carry a signed recording link."
    )
    custom_headers = Json(
        default=dict, description="Headers of yours sent along, as one JSON object of strings."
    )
    secret = Bytes(description="The signing secret, encrypted. Shown once, when it is made.")
    secret_hint = Text(null=True, description="The last characters of the signing secret.")
    previous_secret = Bytes(
        null=True,
        description="The secret before rotation, encrypted, which signs along for a while.",
    )
    previous_secret_until = Timestamp(
        null=True, description="Until when both secrets sign; null when there is only one."
    )
    timeout_ms = Integer(
        default=15_000, description="How long to wait for the endpoint's answer, in milliseconds."
    )
    disabled_at = Timestamp(null=True, description="When the webhook was switched off, if it is.")
    disabled_reason = choice(
        WebhookDisabledReason, null=True, description="Why it is switched off, if it is."
    )
    failing_since = Timestamp(
        null=True,
        description="When attempts began to fail without any success since; null if fine.",
    )
    consecutive_failures = Integer(
        default=0, description="Failed attempts since the last successful one."
    )
    last_delivery_at = Timestamp(
        null=True, description="When an attempt was last made; null means never."
    )
    last_status_code = Integer(
        null=True, description="HTTP status of the last attempt; null if there was no answer."
    )

    class Meta:
        """Where rows are kept."""

        table = "webhook"
