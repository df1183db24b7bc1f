"""The pump of running campaigns: begins and ends them, and keeps a few of their calls due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from gateway.outreach.campaign_clearing import clear
from gateway.outreach.scene import Scene
from models import (
    Campaign,
    CampaignPurpose,
    CampaignStatus,
    PauseReason,
    Workspace,
)
from models.columns import wire
from models.database import Dialect, Reads, Row
from models.writing import finding
from resolvers.calling_hours import day_begins, midnight
from resolvers.campaign_progress import KNOWN, begins, move
from resolvers.existing import held
from schema.unit import Unit

S = CampaignStatus
COLUMNS = (*KNOWN, "start_date", "end_date", "time_zone", "purpose", "clearing")
#: Calls of a campaign that are kept due: enough for two seconds, within these bounds.
LEAST, MOST = 10, 500
#: The breaker looks at calls that ended within this time, if they are so many.
SPAN = timedelta(seconds=120)
ENOUGH = 20


def running(dialect: Dialect) -> Reads[list[Row]]:
    """Campaigns that the pump has to look at: workspace and id."""
    rows = yield (
        "SELECT workspace_id, id FROM campaign WHERE status IN ('SCHEDULED', 'IN_PROGRESS') "
        "UNION ALL SELECT workspace_id, id FROM campaign WHERE clearing = true",
        (),
    )
    return rows


async def pump(scene: Scene, workspace_id: str, id: str) -> bool:
    """Bring one campaign on; whether there is more to do at once."""

    async def within(unit: Unit) -> bool:
        campaign = await _free(unit, id)
        if not campaign:
            return False
        if campaign["clearing"]:
            return await clear(unit, campaign)
        workspace = await _workspace(unit)
        now = datetime.fromisoformat(unit.now)
        if _past(campaign, workspace["time_zone"], now):
            await move(unit, campaign, S.FINISHED, detail="Its last day is over.")
            return True
        if campaign["status"] == S.SCHEDULED:
            if begins(campaign, workspace["time_zone"], now) is not None:
                return False
            await move(unit, campaign, S.IN_PROGRESS)
        if campaign["purpose"] == CampaignPurpose.INBOUND:
            return False
        if await _broken(unit, campaign, now):
            detail = "At least half of its calls failed at the provider."
            await move(unit, campaign, S.PAUSED, reason=PauseReason.BREAKER, detail=detail)
            return False
        if not await _top_up(unit, campaign, workspace) and await _done(unit, campaign):
            await move(unit, campaign, S.FINISHED)
        return False

    more = await scene.transact(workspace_id, within)
    scene.ring(workspace_id)
    return more


async def _free(unit: Unit, id: str) -> dict[str, Any]:
    """The campaign, locked, unless somebody else is at it."""
    where = {"workspace_id": unit.workspace_id, "id": id}
    sql, values = finding(unit.dialect, Campaign, COLUMNS, where, lock=True)
    if unit.dialect == "postgres":
        sql += " SKIP LOCKED"
    rows = await unit.work.fetch(sql, values)
    if not rows:
        return {}
    campaign = held(Campaign, COLUMNS, rows[0])
    looked = campaign["status"] in (S.SCHEDULED, S.IN_PROGRESS) or campaign["clearing"]
    return campaign if looked else {}


async def _workspace(unit: Unit) -> dict[str, Any]:
    names = ("time_zone", "calls_per_second")
    rows = await unit.find(Workspace, names, {})
    return dict(zip(names, rows[0], strict=True))


def _past(campaign: Mapping[str, Any], zone: str, now: datetime) -> bool:
    """Whether its last day is over."""
    if campaign["end_date"] is None:
        return False
    zone = campaign["time_zone"] or zone
    return now >= midnight(zone, day_begins(zone, campaign["end_date"]), 1)


async def _broken(unit: Unit, campaign: Mapping[str, Any], now: datetime) -> bool:
    """Whether the provider fails its calls: such faults only, and since it was last begun."""
    mark = "$" if unit.dialect == "postgres" else "?"
    rows = await unit.read(
        "SELECT count(*), count(CASE WHEN status IN ('FAILED', 'UNKNOWN') THEN 1 END) FROM call "
        f"WHERE workspace_id = {mark}1 AND campaign_id = {mark}2 AND updated_at > {mark}3 "
        "AND status IN ('COMPLETED', 'VOICEMAIL', 'NO_ANSWER', 'BUSY', 'REJECTED', 'FAILED', "
        "'UNKNOWN') AND dialed_at IS NOT NULL",
        [unit.workspace_id, campaign["id"], await _since(unit, campaign, now)],
    )
    ended, failed = rows[0]
    return int(ended) >= ENOUGH and int(failed) * 2 >= int(ended)


async def _since(unit: Unit, campaign: Mapping[str, Any], now: datetime) -> str:
    """From when on ends count: who resumes a campaign starts anew."""
    mark = "$" if unit.dialect == "postgres" else "?"
    rows = await unit.read(
        f"SELECT max(created_at) FROM event WHERE workspace_id = {mark}1 "
        f"AND campaign_id = {mark}2 AND position IS NOT NULL AND type = 'CAMPAIGN_STARTED'",
        [unit.workspace_id, campaign["id"]],
    )
    begun = rows[0][0]
    since = now - SPAN
    return wire(since if begun is None else max(since, datetime.fromisoformat(begun)))


async def _top_up(unit: Unit, campaign: Mapping[str, Any], workspace: Mapping[str, Any]) -> bool:
    """Make as many resting calls due as can be dialled soon; whether any wait at all."""
    postgres = unit.dialect == "postgres"
    mark = "$" if postgres else "?"
    rows = await unit.read(
        "SELECT count(*) FROM (SELECT 1 FROM call WHERE "
        f"workspace_id = {mark}1 AND status IN ('SCHEDULED', 'QUEUED') AND priority = 'CAMPAIGN' "
        f"AND due_at <= {mark}2 LIMIT {MOST}) d",
        [unit.workspace_id, unit.now],
    )
    due = int(rows[0][0])
    wanted = min(max(2 * workspace["calls_per_second"], LEAST), MOST) - due
    if wanted <= 0:
        return True
    skip = " FOR NO KEY UPDATE SKIP LOCKED" if postgres else ""
    rows = await unit.write(
        f"UPDATE call SET due_at = {mark}3 WHERE workspace_id = {mark}1 AND id IN ("
        f"SELECT id FROM call WHERE workspace_id = {mark}1 AND campaign_id = {mark}2 "
        "AND status = 'SCHEDULED' AND due_at IS NULL ORDER BY created_at, id "
        f"LIMIT {wanted}{skip}) RETURNING id",
        [unit.workspace_id, campaign["id"], unit.now],
    )
    return due > 0 or bool(rows)


async def _done(unit: Unit, campaign: Mapping[str, Any]) -> bool:
    """Whether nobody is left to be called, and nobody is being called."""
    mark = "$" if unit.dialect == "postgres" else "?"
    rows = await unit.read(
        f"SELECT 1 FROM recipient WHERE workspace_id = {mark}1 AND campaign_id = {mark}2 "
        "AND state IN ('PENDING', 'CALLING', 'RETRYING') LIMIT 1",
        [unit.workspace_id, campaign["id"]],
    )
    return not rows
