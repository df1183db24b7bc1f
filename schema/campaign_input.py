"""Inputs and payloads of the verbs on campaigns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from models import Campaign as Row
from models import CampaignPurpose, CampaignStatus, LanguageMode, RetryOn
from schema.calling_window_input import CallingWindowInput
from schema.fields import attribute, referenced
from schema.input import like, optional, required
from schema.payload import Payload
from schema.scalars import JSON

if TYPE_CHECKING:
    from schema.campaign import Campaign


@strawberry.input(description="A column of a campaign's results.")
class DisplayColumnInput:
    """A column of a campaign's results."""

    name: str = required("A field of the extraction schema or of the lead, such as `phone`.")
    label: str | None = optional("What stands above the column; the name if absent.")


@strawberry.input(
    description="What must hold for a verb to go on, checked in its transaction; absent means any."
)
class CampaignCondition:
    """What must hold for a verb to go on."""

    status: list[CampaignStatus] | None = optional(
        "The campaign is in one of these statuses; otherwise `ILLEGAL_TRANSITION`."
    )
    agent_id: strawberry.ID | None = optional(
        "The campaign is this agent's; otherwise `NOT_FOUND`."
    )


@strawberry.input(description="What a campaign is.")
class CampaignFields:
    """The fields that creating and updating share."""

    phone_number_id: strawberry.ID | None = like(Row, "phone_number_id")
    purpose: CampaignPurpose | None = like(Row, "purpose")
    reason: str | None = like(Row, "reason")
    first_message_override: str | None = like(Row, "first_message_override")
    language_mode: LanguageMode | None = like(Row, "language_mode")
    output_language: str | None = like(Row, "output_language")
    extraction_schema: JSON | None = optional(
        "JSON Schema of what to find out in each call, an object's; `required: true` on a property "
        "is understood. The answers are the calls' `extracted`."
    )
    display_columns: list[DisplayColumnInput] | None = optional(
        "Columns of the results table, at most 100, each name once."
    )
    time_zone: str | None = like(Row, "time_zone")
    start_date: str | None = like(Row, "start_date")
    end_date: str | None = like(Row, "end_date")
    calling_windows: list[CallingWindowInput] | None = like(Row, "calling_windows")
    max_retries: int | None = optional(
        "How many further attempts follow an unsuccessful first one: 0 to 5, 0 if absent."
    )
    retry_delay_seconds: int | None = optional(
        "How long to wait before the next attempt: 60 to 86,400 seconds, 3,600 if absent."
    )
    retry_on: list[RetryOn] | None = optional(
        "Which ends of a call are tried again; with retries at least one. A new campaign with "
        "retries that names none retries `NO_ANSWER` and `BUSY`."
    )
    max_concurrent_calls: int | None = like(Row, "max_concurrent_calls")
    metadata: JSON | None = like(Row, "metadata")


@strawberry.input(description="A campaign to draft; it dials nobody until it is started.")
class CreateCampaignInput(CampaignFields):
    """A campaign to draft."""

    name: str = required("What people call the campaign.")
    agent_id: strawberry.ID = required("The agent that makes the calls.")


@strawberry.input(description="What to change of a campaign; absent fields stay, null clears.")
class UpdateCampaignInput(CampaignFields):
    """What to change of a campaign."""

    id: strawberry.ID = required("The campaign.")
    name: str | None = like(Row, "name")
    agent_id: strawberry.ID | None = like(Row, "agent_id")
    only_if: CampaignCondition | None = optional("What must hold for it.")


@strawberry.input(description="A draft to delete.")
class DeleteCampaignInput:
    """A draft to delete."""

    id: strawberry.ID = required("The campaign.")
    only_if: CampaignCondition | None = optional("What must hold for it.")


@strawberry.type(description="The drafted campaign.")
class CreateCampaignPayload(Payload):
    """The drafted campaign."""

    campaign: Annotated[Campaign, strawberry.lazy("schema.campaign")] | None = referenced(
        "Campaign", "campaign_id", "The campaign; null if there are errors."
    )


@strawberry.type(description="The changed campaign.")
class UpdateCampaignPayload(Payload):
    """The changed campaign."""

    campaign: Annotated[Campaign, strawberry.lazy("schema.campaign")] | None = referenced(
        "Campaign", "campaign_id", "The campaign as it is now; null if there are errors."
    )


@strawberry.type(description="The deleted campaign's id.")
class DeleteCampaignPayload(Payload):
    """The deleted campaign's id."""

    deleted_id: strawberry.ID | None = attribute("deleted_id", "The id that is gone.")
