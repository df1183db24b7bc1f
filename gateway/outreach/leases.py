"""Whose a claimed call is: its sender's, for as long as that process lives."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.outreach.due import clock
from gateway.outreach.scene import Scene

#: Seconds for which a claimed call is its sender's; kept on as long as that process lives.
LEASE = 7.0


async def renew(scene: Scene, calls: Sequence[tuple[str, str]]) -> None:
    """Keep calls that are still under way from being taken for orphans."""
    dialect = scene.database.dialect
    postgres = dialect == "postgres"
    mark = "$" if postgres else "?"
    lease = (
        f"{clock(dialect)} + $4::float8 * interval '1 second'"
        if postgres
        else "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?4 || ' seconds')"
    )
    sql = (
        f"UPDATE call SET lease_until = {lease}, due_at = {lease} "
        f"WHERE workspace_id = {mark}1 AND id = {mark}2 AND owner = {mark}3 "
        "AND status = 'DIALING' AND provider_call_id IS NULL"
    )
    rows = [[workspace, id, scene.worker, LEASE] for workspace, id in calls]
    await scene.database.transact(lambda within: within.fetch_many(sql, rows))


async def release(scene: Scene) -> None:
    """On SQLite nobody else places calls: whose sender is not this process has no sender."""
    if scene.database.dialect != "sqlite":
        return
    sql = (
        f"UPDATE call SET due_at = {clock('sqlite')} WHERE status IN "
        "('DIALING', 'UNKNOWN', 'RINGING', 'IN_PROGRESS') AND due_at IS NOT NULL "
        "AND (owner IS NULL OR owner <> ?1) AND status <> 'UNKNOWN'"
    )
    await scene.database.transact(lambda within: within.fetch(sql, [scene.worker]))
