"""Webhook in the graph: its fields, filters and orderings."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from models import WebhookDisabledReason, WebhookFormat
from schema.condition import Equals, Refers, RefersToAny
from schema.fields import column, condition, connection, related, seconds
from schema.node import NodeInterface
from schema.noun import noun
from schema.paging import Connection, OrderDirection
from schema.scalars import DateTime, Url

if TYPE_CHECKING:
    from schema.agent import Agent
    from schema.delivery import Delivery


@strawberry.input(
    description="Narrows a list of webhooks; fields combine with AND, null means any."
)
class WebhookFilter:
    """Narrows a list of webhooks."""

    active: bool | None = condition(Equals("active", "bool"), "Whether it is on.")
    agent_id: strawberry.ID | None = condition(Refers("agent_id", "agent"), "Of this agent.")
    ids: list[strawberry.ID] | None = condition(
        RefersToAny("id", "webhook"), "One of these webhooks."
    )


@strawberry.enum(description="What a list of webhooks can be ordered by.")
class WebhookOrderField(Enum):
    """What a list of webhooks can be ordered by."""

    CREATED_AT = strawberry.enum_value("created_at", description="When it was created.")


@strawberry.input(description="An ordering of webhooks.")
class WebhookOrder:
    """An ordering of webhooks."""

    field: WebhookOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection | None = strawberry.field(
        default=strawberry.UNSET, description="Which end comes first; `DESC` if absent."
    )


@noun(
    models.Webhook,
    prefix="webhook",
    scope="webhooks",
    filter=WebhookFilter,
    order=WebhookOrderField,
)
class Webhook(NodeInterface):
    """An address of yours that receives events, signed, in order of happening per attempt."""

    created_at: DateTime = column()
    updated_at: DateTime = column()
    version: int = column()
    name: str | None = column()
    url: Url = column()
    format: WebhookFormat = column()
    events: list[str] = column()
    active: bool = column()
    include_transcript: bool = column()
    include_recording_url: bool = column()
    secret_hint: str | None = column()
    previous_secret_until: DateTime | None = column()
    timeout_seconds: int = seconds("timeout_ms")
    disabled_at: DateTime | None = column()
    disabled_reason: WebhookDisabledReason | None = column()
    failing_since: DateTime | None = column()
    consecutive_failures: int = column()
    last_delivery_at: DateTime | None = column()
    last_status_code: int | None = column()
    agent: Annotated[Agent, strawberry.lazy("schema.agent")] | None = related(
        "Agent", "agent_id", "The agent whose events it gets; null means the whole workspace."
    )
    deliveries: Connection[Annotated[Delivery, strawberry.lazy("schema.delivery")]] = connection(
        "Delivery", "webhook_id", "What was sent, newest first."
    )
