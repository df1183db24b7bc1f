"""Inputs and payloads of the verbs on agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from models import Agent as Row
from models import AgentMode, AgentType, OutreachModel, Provider, VoicemailAction
from schema.fields import attribute, referenced
from schema.input import like, optional, required
from schema.payload import Payload
from schema.scalars import JSON

if TYPE_CHECKING:
    from schema.agent import Agent


@strawberry.input(description="What an agent is and knows.")
class AgentFields:
    """The fields that creating and updating share."""

    name: str | None = like(Row, "name")
    mode: AgentMode | None = like(Row, "mode")
    automation_enabled: bool | None = like(Row, "automation_enabled")
    active: bool | None = like(Row, "active")
    outreach_model: OutreachModel | None = like(Row, "outreach_model")
    language: str | None = like(Row, "language")
    time_zone: str | None = like(Row, "time_zone")
    provider: Provider | None = like(Row, "provider")
    provider_account_id: strawberry.ID | None = like(Row, "provider_account_id")
    provider_agent_id: str | None = like(Row, "provider_agent_id")
    elevenlabs_agent_id: str | None = like(Row, "elevenlabs_agent_id")
    voice_engine: str | None = like(Row, "voice_engine")
    voice_id: str | None = like(Row, "voice_id")
    model: str | None = like(Row, "model")
    stream_url: str | None = like(Row, "stream_url")
    email_address: str | None = like(Row, "email_address")
    reply_to: str | None = like(Row, "reply_to")
    email_signature: str | None = like(Row, "email_signature")
    system_prompt: str | None = like(Row, "system_prompt")
    product_explanation: str | None = like(Row, "product_explanation")
    value_proposition: str | None = like(Row, "value_proposition")
    pain_points: str | None = like(Row, "pain_points")
    benefits: str | None = like(Row, "benefits")
    features_differentiators: str | None = like(Row, "features_differentiators")
    elevator_pitch: str | None = like(Row, "elevator_pitch")
    first_message: str | None = like(Row, "first_message")
    email_knowledge: str | None = like(Row, "email_knowledge")
    example_email: str | None = like(Row, "example_email")
    general_tools: JSON | None = like(Row, "general_tools")
    post_call_analysis_data: JSON | None = like(Row, "post_call_analysis_data")
    provider_settings: JSON | None = like(Row, "provider_settings")
    transfer_number: str | None = like(Row, "transfer_number")
    record_calls: bool | None = like(Row, "record_calls")
    voicemail_action: VoicemailAction | None = like(Row, "voicemail_action")
    voicemail_message: str | None = like(Row, "voicemail_message")
    ring_timeout_seconds: int | None = optional(
        "How long to let it ring before giving up: 5 to 600 seconds."
    )
    max_duration_seconds: int | None = optional(
        "How long a call may last, unless the call says otherwise: 10 to 14,400 seconds."
    )
    max_concurrent_calls: int | None = like(Row, "max_concurrent_calls")
    max_emails_per_day: int | None = like(Row, "max_emails_per_day")


@strawberry.input(
    description="An agent to create. Nothing is provisioned at a vendor, and automation is off "
    "unless it is asked for."
)
class CreateAgentInput(AgentFields):
    """An agent to create."""

    type: AgentType = required("Whether the agent reaches out or answers.")


@strawberry.input(description="What to change of an agent; absent fields stay, null clears.")
class UpdateAgentInput(AgentFields):
    """What to change of an agent."""

    id: strawberry.ID = required("The agent.")


@strawberry.input(description="An agent.")
class ArchiveAgentInput:
    """An agent to put away."""

    id: strawberry.ID = required("The agent.")


@strawberry.input(description="An archived agent.")
class UnarchiveAgentInput:
    """An agent to bring back."""

    id: strawberry.ID = required("The agent.")


@strawberry.input(description="An agent to delete.")
class DeleteAgentInput:
    """An agent to delete."""

    id: strawberry.ID = required("The agent.")


@strawberry.type(description="The created agent.")
class CreateAgentPayload(Payload):
    """The created agent."""

    agent: Annotated[Agent, strawberry.lazy("schema.agent")] | None = referenced(
        "Agent", "agent_id", "The agent; null if there are errors."
    )


@strawberry.type(description="The changed agent.")
class UpdateAgentPayload(Payload):
    """The changed agent."""

    agent: Annotated[Agent, strawberry.lazy("schema.agent")] | None = referenced(
        "Agent", "agent_id", "The agent as it is now; null if there are errors."
    )


@strawberry.type(description="The archived agent.")
class ArchiveAgentPayload(Payload):
    """The archived agent."""

    agent: Annotated[Agent, strawberry.lazy("schema.agent")] | None = referenced(
        "Agent", "agent_id", "The agent as it is now; null if there are errors."
    )


@strawberry.type(description="The agent that works again.")
class UnarchiveAgentPayload(Payload):
    """The agent that works again."""

    agent: Annotated[Agent, strawberry.lazy("schema.agent")] | None = referenced(
        "Agent", "agent_id", "The agent as it is now; null if there are errors."
    )


@strawberry.type(description="The deleted agent's id.")
class DeleteAgentPayload(Payload):
    """The deleted agent's id."""

    deleted_id: strawberry.ID | None = attribute("deleted_id", "The id that is gone.")
