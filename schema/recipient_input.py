"""Inputs and payloads of the verbs on recipients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from models import Recipient as Row
from schema.campaign_input import CampaignCondition
from schema.fields import attribute, referenced
from schema.input import like, optional, required
from schema.payload import Payload
from schema.scalars import JSON
from schema.user_error import UserError

if TYPE_CHECKING:
    from schema.campaign import Campaign
    from schema.lead import LeadFilter
    from schema.recipient import Recipient


@strawberry.input(
    description="Somebody to call, by number or as a lead. A bare number finds or makes its lead."
)
class RecipientInput:
    """Somebody to call."""

    phone: str | None = optional("The number to call in E.164; the lead's own if absent.")
    lead_id: strawberry.ID | None = optional("The lead; found by the number if absent.")
    name: str | None = like(Row, "name")
    external_id: str | None = like(Row, "external_id")
    variables: JSON | None = like(Row, "variables")


@strawberry.input(
    description="Recipients to add to a campaign that is not over: a list, or leads by a filter."
)
class AddRecipientsInput:
    """Recipients to add to a campaign."""

    campaign_id: strawberry.ID = required("The campaign.")
    recipients: list[RecipientInput] | None = optional("The recipients, at most 5,000.")
    filter: Annotated[LeadFilter, strawberry.lazy("schema.lead")] | None = optional(
        "All leads that meet this, have a number and are not in the campaign yet, the oldest 5,000 "
        "at a time: ask again until `remainingCount` is 0."
    )
    only_if: CampaignCondition | None = optional("What must hold for it.")


@strawberry.input(description="What to change of a recipient; absent fields stay, null clears.")
class UpdateRecipientInput:
    """What to change of a recipient."""

    id: strawberry.ID = required("The recipient.")
    phone: str | None = optional("Another number in E.164, as long as no call was placed.")
    name: str | None = like(Row, "name")
    external_id: str | None = like(Row, "external_id")
    variables: JSON | None = like(Row, "variables")


@strawberry.input(description="A recipient to take out of its campaign.")
class RemoveRecipientInput:
    """A recipient to take out of its campaign."""

    id: strawberry.ID = required("The recipient.")


@strawberry.type(description="What became of one of many recipients.")
class RecipientResult:
    """What became of one recipient."""

    index: int = attribute("index", "Its place in the input, from 0.")
    recipient: Annotated[Recipient, strawberry.lazy("schema.recipient")] | None = referenced(
        "Recipient", "recipient_id", "The recipient; null if there are errors."
    )
    created: bool = attribute(
        "created",
        "Whether it is new; false where the campaign had its external id or number already, and "
        "the recipient was updated.",
    )
    errors: list[UserError] = attribute("errors", "Why it was neither added nor updated.")


@strawberry.type(description="What became of many recipients.")
class AddRecipientsPayload(Payload):
    """What became of many recipients."""

    campaign: Annotated[Campaign, strawberry.lazy("schema.campaign")] | None = referenced(
        "Campaign", "campaign_id", "The campaign; null if there are errors."
    )
    results: list[RecipientResult] | None = attribute(
        "results", "One for each recipient of the list, in order; empty with a filter."
    )
    created_count: int | None = attribute("created_count", "How many are new.")
    updated_count: int | None = attribute(
        "updated_count", "How many the campaign had already, changed or not."
    )
    failed_count: int | None = attribute("failed_count", "How many have errors.")
    remaining_count: int | None = attribute(
        "remaining_count", "How many leads that meet the filter are left for the next time."
    )


@strawberry.type(description="The changed recipient.")
class UpdateRecipientPayload(Payload):
    """The changed recipient."""

    recipient: Annotated[Recipient, strawberry.lazy("schema.recipient")] | None = referenced(
        "Recipient", "recipient_id", "The recipient as it is now; null if there are errors."
    )


@strawberry.type(description="What became of the recipient.")
class RemoveRecipientPayload(Payload):
    """What became of the recipient."""

    recipient: Annotated[Recipient, strawberry.lazy("schema.recipient")] | None = referenced(
        "Recipient", "recipient_id", "The cancelled recipient, if it had been called before."
    )
    deleted_id: strawberry.ID | None = attribute(
        "deleted_id", "The id that is gone, if it had never been called."
    )
