"""A start of a campaign that waits for a yes."""

from __future__ import annotations

from models.columns import Json, Text, Timestamp, Uuid, choice
from models.row import Noun
from models.vocabulary import Vocabulary


class ProposalState(Vocabulary):
    """What became of a proposal."""

    PENDING = "PENDING", "Waits to be confirmed, until it expires."
    CONFIRMED = "CONFIRMED", "Was confirmed; the campaign has started."
    EXPIRED = "EXPIRED", "Nobody confirmed it in time."
    WITHDRAWN = "WITHDRAWN", "The campaign changed or another proposal replaced it."


class Proposal(Noun):
    """An announced start of a campaign, which dials nobody until it is confirmed."""

    campaign_id = Uuid(description="The campaign that would start.")
    state = choice(
        ProposalState, default=ProposalState.PENDING, description="What became of the proposal."
    )
    summary = Json(
        default=dict,
        description="What would happen: how many recipients, when, and what the policy objects to.",
    )
    requested_by = Text(
        null=True, description="Who asked for the start: the public id of the key or the person."
    )
    expires_at = Timestamp(
        description="Until when it can be confirmed: 15 minutes from its making."
    )
    decided_at = Timestamp(
        null=True, description="When it was confirmed, withdrawn or found expired."
    )

    class Meta:
        """Where rows are kept."""

        table = "proposal"
