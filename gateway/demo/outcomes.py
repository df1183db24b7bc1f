"""How often which end of a call or an e-mail comes about."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.demo.book import Values
from gateway.demo.dice import Dice
from gateway.demo.stages import Story
from models import CallStatus, EmailStatus, LeadStage

S = CallStatus

#: Nobody signs before having tried the product for so long.
TRIAL = timedelta(days=6)

#: Calls that come to no conversation.
UNSPOKEN = {
    S.VOICEMAIL: 38,
    S.NO_ANSWER: 40,
    S.BUSY: 9,
    S.REJECTED: 6,
    S.FAILED: 6,
    S.UNKNOWN: 0.7,
}

#: What conversations come to, by the stage of the lead.
SPOKEN: dict[LeadStage, dict[str, float]] = {
    LeadStage.NEW: {
        "callback": 22,
        "interested": 22,
        "meeting": 13,
        "not_interested": 9,
        "opt_out": 2.5,
        "gatekeeper": 21,
        "transferred": 4,
    },
    LeadStage.QUALIFIED: {
        "callback": 22,
        "interested": 16,
        "meeting": 16,
        "not_interested": 5,
        "opt_out": 1,
        "gatekeeper": 17,
        "transferred": 5,
        "won": 17,
    },
}

#: Ends of a first e-mail that nobody answers.
SENT = {
    EmailStatus.DELIVERED: 78,
    EmailStatus.SENT: 12,
    EmailStatus.BOUNCED: 5,
    EmailStatus.FAILED: 1.5,
    EmailStatus.CANCELLED: 1.5,
    EmailStatus.COMPLAINED: 1,
    EmailStatus.UNKNOWN: 0.5,
}

#: What leads answer by e-mail.
REPLIES = {"yes": 20, "question": 40, "later": 22, "decline": 7, "unsubscribe": 4}


def unspoken(dice: Dice, *, answered: float) -> CallStatus:
    """How a call ends: a conversation as often as said, else one of the other ends."""
    return S.COMPLETED if dice.chance(answered) else dice.weighted(UNSPOKEN)


def spoken_outcome(story: Story, agent: Values, at: datetime) -> str:
    """What a conversation of this agent with this lead at this time comes to."""
    qualified = story.row["stage"] is LeadStage.QUALIFIED
    weights = dict(SPOKEN[LeadStage.QUALIFIED if qualified else LeadStage.NEW])
    if at - story.since < TRIAL:
        weights.pop("won", None)
    if not agent["transfer_number"]:
        weights.pop("transferred")
    return story.dice.weighted(weights)
