"""Proposal in the graph: its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from models import ProposalState
from schema.fields import column, related
from schema.node import NodeInterface
from schema.noun import noun
from schema.scalars import JSON, DateTime

if TYPE_CHECKING:
    from schema.campaign import Campaign


@noun(models.Proposal, prefix="proposal", scope="campaigns")
class Proposal(NodeInterface):
    """An announced start of a campaign, which dials nobody until it is confirmed."""

    created_at: DateTime = column()
    updated_at: DateTime = column()
    version: int = column()
    state: ProposalState = column()
    summary: JSON = column()
    requested_by: str | None = column()
    expires_at: DateTime = column()
    decided_at: DateTime | None = column()
    campaign: Annotated[Campaign, strawberry.lazy("schema.campaign")] = related(
        "Campaign", "campaign_id", "The campaign that would start."
    )
