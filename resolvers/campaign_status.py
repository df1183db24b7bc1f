"""The life of a campaign as one table: which status may follow which."""

from __future__ import annotations

from collections.abc import Mapping

from models import CampaignStatus, EventType

S = CampaignStatus

MOVES: Mapping[CampaignStatus, frozenset[CampaignStatus]] = {
    S.DRAFT: frozenset({S.SCHEDULED, S.IN_PROGRESS, S.CANCELLED}),
    S.SCHEDULED: frozenset({S.IN_PROGRESS, S.PAUSED, S.FINISHED, S.FAILED, S.CANCELLED}),
    S.IN_PROGRESS: frozenset({S.PAUSED, S.FINISHED, S.FAILED, S.CANCELLED}),
    S.PAUSED: frozenset({S.SCHEDULED, S.IN_PROGRESS, S.FINISHED, S.CANCELLED}),
    S.FINISHED: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELLED: frozenset(),
}
#: Over, for good.
OVER = (S.FINISHED, S.FAILED, S.CANCELLED)

EVENTS: Mapping[CampaignStatus, EventType] = {
    S.SCHEDULED: EventType.CAMPAIGN_SCHEDULED,
    S.IN_PROGRESS: EventType.CAMPAIGN_STARTED,
    S.PAUSED: EventType.CAMPAIGN_PAUSED,
    S.FINISHED: EventType.CAMPAIGN_FINISHED,
    S.FAILED: EventType.CAMPAIGN_FAILED,
    S.CANCELLED: EventType.CAMPAIGN_CANCELLED,
}
TITLES: Mapping[CampaignStatus, str] = {
    S.SCHEDULED: "{} waits for its start date",
    S.IN_PROGRESS: "{} is dialling",
    S.PAUSED: "{} was paused",
    S.FINISHED: "{} is finished",
    S.FAILED: "{} was given up",
    S.CANCELLED: "{} was cancelled",
}


def sources(after: CampaignStatus) -> tuple[CampaignStatus, ...]:
    """The statuses from which this one can be reached."""
    return tuple(before for before, moves in MOVES.items() if after in moves)
