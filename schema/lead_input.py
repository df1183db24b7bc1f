"""Inputs and payloads of the verbs on leads."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from models import ConsentCapture, ConsentState, LeadStage
from schema.fields import attribute, referenced
from schema.input import optional
from schema.payload import Payload
from schema.scalars import JSON, DateTime
from schema.user_error import UserError

if TYPE_CHECKING:
    from schema.agent import Agent
    from schema.lead import Lead, LeadFilter


@strawberry.input(
    description="What is known of a lead. Give at least one of the names or a company."
)
class LeadFields:
    """The fields that creating and updating share."""

    name: str | None = optional("The whole name; made of first and last name if absent.")
    first_name: str | None = optional("Given name.")
    last_name: str | None = optional("Family name.")
    company: str | None = optional("Company the lead works for, or is.")
    role: str | None = optional("What the lead does at the company.")
    email: str | None = optional("E-mail address.")
    phone: str | None = optional("Telephone number in E.164, such as `+14155550123`.")
    language: str | None = optional("BCP 47 language the lead prefers.")
    time_zone: str | None = optional("IANA zone the lead lives in.")
    stage: LeadStage | None = optional("How far the conversation has come.")
    meeting_booked: bool | None = optional("Whether a meeting has been agreed.")
    outreach_disabled: bool | None = optional("Whether outreach to this lead is stopped.")
    consent_state: ConsentState | None = optional("Whether the lead agreed to be contacted.")
    consent_capture: ConsentCapture | None = optional("How the consent was obtained.")
    consent_at: DateTime | None = optional("When consent was given or withdrawn.")
    custom_fields: JSON | None = optional(
        "Fields of your own, one JSON object of at most 64 kB; all of them, as it replaces those "
        "that were there."
    )
    external_id: str | None = optional("The lead's id in a system of yours.")
    assigned_user_uid: str | None = optional("The person who looks after the lead.")
    agent_id: strawberry.ID | None = optional("The agent the lead is assigned to.")


@strawberry.input(description="A lead to create. At least one of the names or a company is needed.")
class CreateLeadInput(LeadFields):
    """A lead to create."""


@strawberry.input(description="What to change of a lead; absent fields stay, null clears.")
class UpdateLeadInput(LeadFields):
    """What to change of a lead."""

    id: strawberry.ID = strawberry.field(description="The lead.")


@strawberry.input(
    description="A lead to create, or to update if the workspace has one with this phone number."
)
class UpsertLeadInput(LeadFields):
    """A lead to create or update by phone."""

    phone: str = strawberry.field(
        description="Telephone number in E.164, by which the lead is found."
    )


@strawberry.input(description="A lead to delete.")
class DeleteLeadInput:
    """A lead to delete."""

    id: strawberry.ID = strawberry.field(description="The lead.")


@strawberry.enum(description="What to do with a lead whose e-mail address another one has.")
class Duplicates(Enum):
    """What to do with duplicates."""

    SKIP = strawberry.enum_value("SKIP", description="Leave it out and give the one there is.")
    CREATE = strawberry.enum_value("CREATE", description="Create it all the same.")


@strawberry.input(description="Up to 500 leads to create; good ones are, whatever the others are.")
class BulkCreateLeadsInput:
    """Leads to create."""

    leads: list[CreateLeadInput] = strawberry.field(description="The leads, at most 500.")
    agent_id: strawberry.ID | None = optional("The agent for those that name none.")
    duplicates: Duplicates | None = optional(
        "What to do with known e-mail addresses; `SKIP` if absent."
    )


@strawberry.input(
    description="Leads to give to an agent: by id, by filter, or all unassigned ones."
)
class AssignLeadsInput:
    """Leads to give to an agent."""

    agent_id: strawberry.ID | None = strawberry.field(
        description="The agent; null takes the leads from theirs."
    )
    lead_ids: list[strawberry.ID] | None = optional("These leads, at most 5,000.")
    filter: Annotated[LeadFilter, strawberry.lazy("schema.lead")] | None = optional(
        "All leads that meet this."
    )
    all_unassigned: bool | None = optional("All leads without an agent.")


@strawberry.type(description="The created lead.")
class CreateLeadPayload(Payload):
    """The created lead."""

    lead: Annotated[Lead, strawberry.lazy("schema.lead")] | None = referenced(
        "Lead", "lead_id", "The lead; null if there are errors."
    )


@strawberry.type(description="The changed lead.")
class UpdateLeadPayload(Payload):
    """The changed lead."""

    lead: Annotated[Lead, strawberry.lazy("schema.lead")] | None = referenced(
        "Lead", "lead_id", "The lead as it is now; null if there are errors."
    )


@strawberry.type(description="The created or changed lead.")
class UpsertLeadPayload(Payload):
    """The created or changed lead."""

    lead: Annotated[Lead, strawberry.lazy("schema.lead")] | None = referenced(
        "Lead", "lead_id", "The lead as it is now; null if there are errors."
    )
    created: bool | None = attribute(
        "created", "Whether the lead is new; null if there are errors."
    )


@strawberry.type(description="The deleted lead's id.")
class DeleteLeadPayload(Payload):
    """The deleted lead's id."""

    deleted_id: strawberry.ID | None = attribute("deleted_id", "The id that is gone.")


@strawberry.type(description="What became of one of many leads.")
class LeadResult:
    """What became of one lead."""

    index: int = attribute("index", "Its place in the input, from 0.")
    lead: Annotated[Lead, strawberry.lazy("schema.lead")] | None = referenced(
        "Lead", "lead_id", "The lead created, or the one that had its address already."
    )
    created: bool = attribute("created", "Whether it was created.")
    errors: list[UserError] = attribute("errors", "Why it was not.")


@strawberry.type(description="What became of many leads.")
class BulkCreateLeadsPayload(Payload):
    """What became of many leads."""

    results: list[LeadResult] | None = attribute("results", "One for each lead, in order.")
    created_count: int | None = attribute("created_count", "How many were created.")
    duplicate_count: int | None = attribute("duplicate_count", "How many were known already.")
    error_count: int | None = attribute("error_count", "How many could not be created.")


@strawberry.type(description="How many leads were assigned.")
class AssignLeadsPayload(Payload):
    """How many leads were assigned."""

    agent: Annotated[Agent, strawberry.lazy("schema.agent")] | None = referenced(
        "Agent", "agent_id", "The agent."
    )
    assigned_count: int | None = attribute("assigned_count", "How many leads changed hands.")
    total_count: int | None = attribute("total_count", "How many leads were named or matched.")
