"""E-mails whose sender is gone: those before the final dot are sent after all, the others never."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.outreach.due import clock, hence
from gateway.outreach.mail_claim import CLAIMED, LEASE, doubt, withdrawn
from gateway.outreach.scene import Scene
from models import EmailStatus
from models.database import Reads, Row
from resolvers.email_progress import AT_REST, locked, move
from schema.unit import Unit

#: What is said of an e-mail that nobody knows more about.
SAID = "The mail server's answer was lost."
#: E-mails looked at at once.
MANY = 100


async def settle(scene: Scene, *, alone: bool = False) -> int:
    """Settle e-mails whose time is over; how many. `alone`: nobody else sends, so all but ours."""
    rows = await scene.database.run(_late(scene, alone))
    for workspace_id, id in rows:
        await _settle(scene, workspace_id, id, alone=alone)
    return len(rows)


def _late(scene: Scene, alone: bool) -> Reads[list[Row]]:
    dialect = scene.database.dialect
    if alone:
        mark = "$1" if dialect == "postgres" else "?1"
        late, values = f"due_at IS NOT NULL AND (owner IS NULL OR owner <> {mark})", [scene.worker]
    else:
        late, values = f"due_at <= {clock(dialect)} ORDER BY due_at", []
    rows = yield (
        f"SELECT workspace_id, id FROM email WHERE status = 'SENDING' AND {late} LIMIT {MANY}",
        values,
    )
    return rows


async def _settle(scene: Scene, workspace_id: str, id: str, *, alone: bool) -> None:
    async def within(unit: Unit) -> None:
        email = await locked(unit, id, *CLAIMED, "owner", "lease_until")
        if not email or email["status"] is not EmailStatus.SENDING:
            return
        mark = "$" if unit.dialect == "postgres" else "?"
        late = f"SELECT 1 FROM email WHERE workspace_id = {mark}1 AND id = {mark}2 AND due_at <= {clock(unit.dialect)}"
        # Its sender may have been there in between.
        over_time = await unit.read(late, [workspace_id, id])
        if not over_time and not (alone and email["owner"] != scene.worker):
            return
        if email["lease_until"] is None:
            await doubt(unit, email, SAID)
        elif email["cancel_requested"]:
            await withdrawn(unit, email)
        else:
            back = {**AT_REST, "sending_at": None, "due_at": unit.now}
            await move(unit, email, EmailStatus.QUEUED, back)

    await scene.transact(workspace_id, within)


async def renew(scene: Scene, emails: Sequence[tuple[str, str]]) -> None:
    """Keep e-mails that are under way from being taken for orphans."""
    dialect = scene.database.dialect
    mark = "$" if dialect == "postgres" else "?"
    lease = hence(dialect, f"{mark}4")
    sql = (
        f"UPDATE email SET lease_until = {lease}, due_at = {lease} "
        f"WHERE workspace_id = {mark}1 AND id = {mark}2 AND owner = {mark}3 "
        "AND status = 'SENDING' AND lease_until IS NOT NULL"
    )
    rows = [[workspace, id, scene.worker, LEASE] for workspace, id in emails]
    await scene.database.transact(lambda within: within.fetch_many(sql, rows))
