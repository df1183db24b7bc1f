"""Somebody a campaign calls."""

from __future__ import annotations

from models.columns import Integer, Json, Text, Timestamp, Uuid, choice
from models.row import Noun
from models.vocabulary import Vocabulary


class RecipientState(Vocabulary):
    """How far a campaign has come with one recipient."""

    PENDING = "PENDING", "Added; the campaign has not come to it yet."
    CALLING = "CALLING", "A call is being placed or goes on."
    RETRYING = "RETRYING", "An attempt failed; another one is due at `nextAttemptAt`."
    COMPLETED = "COMPLETED", "Was reached."
    FAILED = "FAILED", "Could not be reached in all attempts, or a call ended in doubt."
    BLOCKED = "BLOCKED", "Must not be called; `blockedCode` says why."
    CANCELLED = "CANCELLED", "Withdrawn, alone or with the campaign."
    EXPIRED = "EXPIRED", "The campaign's end date came first."


class Recipient(Noun):
    """A lead as member of a campaign, with its own variables, attempts and result."""

    number = Integer(
        description="Integer that names this recipient in the workspace, counted from 1 with gaps."
    )
    campaign_id = Uuid(description="The campaign that calls.")
    lead_id = Uuid(null=True, description="The lead to be called; null once the lead is deleted.")
    to_number = Text(description="Number the campaign calls, in E.164, as of when it was added.")
    name = Text(null=True, description="Name given with the recipient, where it was.")
    external_id = Text(
        null=True,
        description="The recipient's id in a system of yours. Unique in the campaign; upserts go by it.",
    )
    variables = Json(
        default=dict,
        description="What the agent is told about this recipient, as one JSON object of at most 4 KiB.",
    )
    state = choice(
        RecipientState,
        default=RecipientState.PENDING,
        description="How far the campaign has come with this recipient.",
    )
    attempts = Integer(default=0, description="How many calls have been placed so far.")
    next_attempt_at = Timestamp(
        null=True, description="When the next call is due, where one is planned; null otherwise."
    )
    blocked_code = Text(
        null=True,
        description="The rule of the policy that forbids calling, for `BLOCKED`; the codes are those of `contactability`.",
    )
    finished_at = Timestamp(
        null=True, description="When the campaign was done with this recipient."
    )

    result = Json(
        null=True,
        description="The recipient's row of the results: the campaign's display columns by name, filled from what was extracted and from the lead; null until a call has come to its end.",
    )

    class Meta:
        """Where rows are kept."""

        table = "recipient"
