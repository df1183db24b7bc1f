"""Moving a campaign on, and what that means for its calls."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models import Campaign, CampaignStatus, PauseReason, Subject
from resolvers.calling_hours import day_begins
from resolvers.campaign_status import EVENTS, MOVES, OVER, TITLES
from schema.unit import Unit

#: What moving a campaign on takes to know of it.
KNOWN = ("id", "version", "name", "status", "agent_id", "started_at")


async def move(
    unit: Unit,
    campaign: dict[str, Any],
    status: CampaignStatus,
    *,
    reason: PauseReason | None = None,
    detail: str | None = None,
) -> None:
    """Bring a locked or watched campaign to another status, which the table must have."""
    assert status in MOVES[CampaignStatus[campaign["status"]]]
    changes: dict[str, Any] = {
        "status": status,
        "pause_reason": reason if status is CampaignStatus.PAUSED else None,
        "paused_at": unit.now if status is CampaignStatus.PAUSED else None,
    }
    if status in (CampaignStatus.SCHEDULED, CampaignStatus.IN_PROGRESS):
        changes["started_at"] = campaign["started_at"] or unit.now
    if status in OVER:
        changes |= {"finished_at": unit.now, "clearing": True}
    row = await unit.update(Campaign, campaign["id"], changes, ("version", "name", "agent_id"))
    assert row is not None
    campaign |= {**changes, "version": row[0]}
    unit.record(
        EVENTS[status],
        Subject.CAMPAIGN,
        campaign["id"],
        TITLES[status].format(row[1]),
        version=row[0],
        status=status,
        detail=detail,
        metadata={"reason": reason} if reason else None,
        agent_id=row[2],
    )


def begins(campaign: Mapping[str, Any], zone: str, now: datetime) -> datetime | None:
    """When its first day begins, if that is still to come."""
    date = campaign["start_date"]
    if date is None:
        return None
    found = day_begins(campaign["time_zone"] or zone, date)
    return found if found > now else None
