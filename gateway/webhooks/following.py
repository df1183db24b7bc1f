"""Follows the logs for webhooks: every event becomes its deliveries exactly once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from models import Webhook
from models.columns import wire
from models.database import Database, Dialect, Reads, Transaction
from models.writing import finding
from resolvers.webhook_events import LISTENER, deliver, happened, listeners
from resolvers.webhooks import FOLLOWER, MAX_WEBHOOKS

#: Events that one transaction makes deliveries of.
BATCH = 500


def lagging(_dialect: Dialect) -> Reads[list[str]]:
    """Workspaces in whose logs there is something new."""
    rows = yield (
        "SELECT f.workspace_id FROM follower f JOIN log l ON l.workspace_id = f.workspace_id "
        f"WHERE f.name = '{FOLLOWER}' AND f.position < l.position LIMIT 100",
        [],
    )
    return [str(row[0]) for row in rows]


@dataclass(frozen=True)
class Followed:
    """What came of looking at a log."""

    more: bool = False
    """Whether there may be more events."""
    listened: bool = True
    """Whether anybody is told of them."""


async def follow(database: Database, workspace_id: str, clock: Callable[[], datetime]) -> Followed:
    """Make the deliveries of the next events.

    How far it has come stands in the same transaction as the deliveries: whoever dies in between
    has done neither. Where somebody else is at it, this one leaves it to them.
    """
    async with database.transaction() as transaction:
        position = await _position(transaction, workspace_id)
        if position is None:
            return Followed()
        events = await transaction.run(happened(transaction.dialect, workspace_id, position, BATCH))
        if not events:
            return Followed()
        now = wire(clock())
        where = {"workspace_id": workspace_id, "active": True}
        sql, values = finding(transaction.dialect, Webhook, LISTENER, where, limit=MAX_WEBHOOKS)
        if transaction.dialect == "postgres":
            # One that is deleted meanwhile waits, and takes its deliveries along.
            sql += " FOR KEY SHARE"
        to = listeners(await transaction.fetch(sql, values))
        if to:
            await deliver(
                transaction.fetch_many, transaction.dialect, workspace_id, now, events, to
            )
        await _advance(transaction, workspace_id, events[-1].position, now)
    return Followed(len(events) == BATCH, bool(to))


async def _position(transaction: Transaction, workspace_id: str) -> int | None:
    postgres = transaction.dialect == "postgres"
    mark, lock = ("$1::uuid", " FOR UPDATE SKIP LOCKED") if postgres else ("?1", "")
    rows = await transaction.fetch(
        f"SELECT position FROM follower WHERE workspace_id = {mark} AND name = '{FOLLOWER}'{lock}",
        [workspace_id],
    )
    return int(rows[0][0]) if rows else None


async def _advance(transaction: Transaction, workspace_id: str, position: int, now: str) -> None:
    postgres = transaction.dialect == "postgres"
    at = ("$1::uuid", "$2", "$3::timestamptz") if postgres else ("?1", "?2", "?3")
    await transaction.fetch(
        f"UPDATE follower SET position = {at[1]}, updated_at = {at[2]} "
        f"WHERE workspace_id = {at[0]} AND name = '{FOLLOWER}'",
        [workspace_id, position, now],
    )
