"""Inputs and payloads of the verbs that start, pause and end campaigns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.campaign_input import CampaignCondition
from schema.fields import referenced
from schema.input import optional, required
from schema.payload import Payload

if TYPE_CHECKING:
    from schema.campaign import Campaign
    from schema.proposal import Proposal


@strawberry.input(description="A campaign to start.")
class StartCampaignInput:
    """A campaign to start."""

    id: strawberry.ID = required("The campaign, a draft.")
    only_if: CampaignCondition | None = optional("What must hold for it.")


@strawberry.input(description="A campaign whose start to announce.")
class ProposeCampaignStartInput:
    """A campaign whose start to announce."""

    id: strawberry.ID = required("The campaign, a draft.")
    only_if: CampaignCondition | None = optional("What must hold for it.")


@strawberry.input(description="A start to confirm.")
class ConfirmProposalInput:
    """A start to confirm."""

    id: strawberry.ID = required("The proposal, at most 15 minutes old.")


@strawberry.input(description="A campaign to pause.")
class PauseCampaignInput:
    """A campaign to pause."""

    id: strawberry.ID = required("The campaign, started and not over.")
    only_if: CampaignCondition | None = optional("What must hold for it.")


@strawberry.input(description="A campaign to resume.")
class ResumeCampaignInput:
    """A campaign to resume."""

    id: strawberry.ID = required("The campaign, paused.")
    only_if: CampaignCondition | None = optional("What must hold for it.")


@strawberry.input(description="A campaign to cancel.")
class CancelCampaignInput:
    """A campaign to cancel."""

    id: strawberry.ID = required("The campaign, not over.")
    only_if: CampaignCondition | None = optional("What must hold for it.")


@strawberry.type
class CampaignMovedPayload(Payload):
    """The campaign, brought to another status."""

    campaign: Annotated[Campaign, strawberry.lazy("schema.campaign")] | None = referenced(
        "Campaign", "campaign_id", "The campaign as it is now; null if there are errors."
    )


@strawberry.type(description="The started campaign.")
class StartCampaignPayload(CampaignMovedPayload):
    """The started campaign."""


@strawberry.type(description="The paused campaign.")
class PauseCampaignPayload(CampaignMovedPayload):
    """The paused campaign."""


@strawberry.type(description="The resumed campaign.")
class ResumeCampaignPayload(CampaignMovedPayload):
    """The resumed campaign."""


@strawberry.type(description="The cancelled campaign.")
class CancelCampaignPayload(CampaignMovedPayload):
    """The cancelled campaign."""


@strawberry.type(description="The announced start.")
class ProposeCampaignStartPayload(Payload):
    """The announced start."""

    proposal: Annotated[Proposal, strawberry.lazy("schema.proposal")] | None = referenced(
        "Proposal", "proposal_id", "The proposal; null if there are errors."
    )


@strawberry.type(description="The confirmed start.")
class ConfirmProposalPayload(CampaignMovedPayload):
    """The confirmed start."""

    proposal: Annotated[Proposal, strawberry.lazy("schema.proposal")] | None = referenced(
        "Proposal", "proposal_id", "The proposal; null if there are errors."
    )
