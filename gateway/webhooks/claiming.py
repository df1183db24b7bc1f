"""Claiming deliveries that are due, and recording what came of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from gateway.retry_after import retry_after
from gateway.webhooks.schedule import GIVE_UP, next_attempt
from gateway.webhooks.sending import Outcome
from models import (
    Actor,
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    EventType,
    Subject,
    Webhook,
    WebhookDisabledReason,
)
from models.columns import dump_json, new_id, wire
from models.database import ConflictError, Database, Dialect, Reads, Row, Transaction
from resolvers.deliveries import REPLAY
from resolvers.webhooks import stop
from schema.context import Caller
from schema.unit import Unit

#: Attempts at one webhook that one process makes at once.
EACH = 4
#: How much longer than its time-out an attempt is held: for reading and recording.
SPARE = timedelta(seconds=5)
#: Due deliveries among which a fair share of each webhook's is looked for.
LOOKED_AT = 256
#: How often an outcome is written down where others are in the way.
TRIES = 4
#: Who acts when webhooks are told.
TELLER = "00000000-0000-7000-8000-000000000002"


@dataclass(frozen=True)
class Claimed:
    """A delivery that is ours to attempt."""

    workspace_id: str
    id: str
    webhook_id: str
    event_id: str
    event_name: str
    body: str | None
    attempts: int
    replayed: bool
    url: str
    secret: bytes
    previous_secret: bytes | None
    previous_until: datetime | None
    headers: dict[str, str]
    timeout_ms: int
    transcript: bool
    recording: bool


_COLUMNS = (
    "d.workspace_id, d.id, d.webhook_id, d.event_id, d.event_name, d.body, d.attempt_count, "
    "d.owner, w.url, w.secret, w.previous_secret, w.previous_secret_until, w.custom_headers, "
    "w.timeout_ms, w.include_transcript, w.include_recording_url"
)


def due(dialect: Dialect, now: str) -> Reads[bool]:
    """Whether anything is to be sent."""
    at = "$1::timestamptz" if dialect == "postgres" else "?1"
    rows = yield (
        f"SELECT 1 FROM delivery WHERE state = 'PENDING' AND next_attempt_at <= {at} LIMIT 1",
        [now],
    )
    return bool(rows)


async def claim(
    database: Database, worker: str, now: datetime, free: int, busy: Sequence[str]
) -> list[Claimed]:
    """Take up to `free` due deliveries, a few of each webhook; none of those that are busy.

    A claimed one is due again when its hold ends, so that nobody need look for who has died.
    """
    async with database.transaction() as transaction:
        rows = await transaction.fetch(*due_ones(transaction.dialect, wire(now), free, busy))
        found = [_claimed(row) for row in rows]
        if found:
            await transaction.fetch_many(
                _hold(transaction.dialect), [_held(each, worker, now) for each in found]
            )
    return found


def due_ones(dialect: Dialect, now: str, free: int, busy: Sequence[str]) -> tuple[str, list[Any]]:
    """The statement that finds and locks what is due: a fair share of each webhook's."""
    if dialect == "postgres":
        at, most, among = "$1::timestamptz", "$2", "<> ALL($3::uuid[])"
        lock, values = " FOR UPDATE OF d SKIP LOCKED", [now, free, list(busy)]
    else:
        at, most, among = "?1", "?2", "NOT IN (SELECT value FROM json_each(?3))"
        lock, values = "", [now, free, dump_json(list(busy))]
    waiting = f"state = 'PENDING' AND next_attempt_at <= {at}"
    return (
        "WITH early AS (SELECT workspace_id, id, webhook_id, next_attempt_at FROM delivery "
        f"WHERE {waiting} AND webhook_id {among} ORDER BY next_attempt_at, workspace_id, id "
        f"LIMIT {LOOKED_AT}), shared AS (SELECT workspace_id, id, row_number() OVER (PARTITION BY "
        "webhook_id ORDER BY next_attempt_at, id) AS place FROM early) "
        f"SELECT {_COLUMNS} FROM shared s "
        "JOIN delivery d ON d.workspace_id = s.workspace_id AND d.id = s.id "
        "JOIN webhook w ON w.workspace_id = d.workspace_id AND w.id = d.webhook_id "
        f"WHERE s.place <= {EACH} AND d.state = 'PENDING' AND d.next_attempt_at <= {at} "
        f"ORDER BY s.place LIMIT {most}{lock}",
        values,
    )


def _hold(dialect: Dialect) -> str:
    if dialect == "postgres":
        at = ("$1::uuid", "$2::uuid", "$3", "$4::timestamptz", "$5::timestamptz")
    else:
        at = ("?1", "?2", "?3", "?4", "?5")
    return (
        f"UPDATE delivery SET owner = {at[2]}, lease_until = {at[3]}, next_attempt_at = {at[3]}, "
        f"updated_at = {at[4]}, version = version + 1 WHERE workspace_id = {at[0]} AND id = {at[1]}"
    )


def _held(claimed: Claimed, worker: str, now: datetime) -> list[Any]:
    until = now + timedelta(milliseconds=claimed.timeout_ms) + SPARE
    return [claimed.workspace_id, claimed.id, worker, wire(until), wire(now)]


def _claimed(row: Row) -> Claimed:
    (
        workspace,
        id,
        webhook,
        event,
        name,
        body,
        attempts,
        owner,
        url,
        secret,
        previous,
        until,
        headers,
        timeout,
        transcript,
        recording,
    ) = row
    return Claimed(
        workspace_id=workspace,
        id=id,
        webhook_id=webhook,
        event_id=event,
        event_name=name,
        body=body,
        attempts=int(attempts),
        replayed=owner == REPLAY,
        url=url,
        secret=bytes(secret),
        previous_secret=None if previous is None else bytes(previous),
        previous_until=None if until is None else datetime.fromisoformat(until),
        headers=orjson.loads(headers),
        timeout_ms=int(timeout),
        transcript=bool(transcript),
        recording=bool(recording),
    )


async def freeze(database: Database, worker: str, claimed: Claimed, body: str) -> bool:
    """Keep the body before anything of it is sent; whether the delivery is still ours."""
    postgres = database.dialect == "postgres"
    at = ("$1::uuid", "$2::uuid", "$3", "$4") if postgres else ("?1", "?2", "?3", "?4")
    async with database.transaction() as transaction:
        rows = await transaction.fetch(
            f"UPDATE delivery SET body = {at[3]} WHERE workspace_id = {at[0]} AND id = {at[1]} "
            f"AND owner = {at[2]} AND state = 'PENDING' RETURNING id",
            [claimed.workspace_id, claimed.id, worker, body],
        )
    return bool(rows)


async def release(database: Database, worker: str | None, now: datetime) -> None:
    """Give back what a worker holds; without a worker, whatever anybody does."""
    postgres = database.dialect == "postgres"
    at, who = ("$1::timestamptz", "$2") if postgres else ("?1", "?2")
    whose = "lease_until IS NOT NULL" if worker is None else f"owner = {who}"
    async with database.transaction() as transaction:
        await transaction.fetch(
            f"UPDATE delivery SET owner = NULL, lease_until = NULL, next_attempt_at = {at}, "
            f"version = version + 1 WHERE state = 'PENDING' AND {whose}",
            [wire(now)] if worker is None else [wire(now), worker],
        )


@dataclass(frozen=True)
class Recording:
    """Writes down what came of attempts."""

    database: Database
    worker: str
    clock: Callable[[], datetime]
    ring: Callable[[str], None]
    chance: Callable[[], float]

    async def record(self, claimed: Claimed, outcome: Outcome) -> None:
        """The attempt, the delivery after it, and the webhook, which may be switched off."""
        for _ in range(TRIES - 1):
            try:
                return await self._commit(claimed, outcome)
            except ConflictError:
                continue
        return await self._commit(claimed, outcome)

    async def _commit(self, claimed: Claimed, outcome: Outcome) -> None:
        caller = Caller(claimed.workspace_id, TELLER, frozenset({"full"}), actor=Actor.SYSTEM)
        async with self.database.transaction() as transaction:
            unit = Unit(transaction, caller, wire(self.clock()))
            await self._record(unit, transaction, claimed, outcome)
            recorded = unit.recorded
            await unit.flush()
        if recorded:
            self.ring(claimed.workspace_id)

    async def _record(
        self, unit: Unit, transaction: Transaction, claimed: Claimed, outcome: Outcome
    ) -> None:
        # The webhook first, as the verbs do: nobody waits for the other.
        hooks = await unit.find(
            Webhook,
            ("active", "failing_since", "consecutive_failures", "url"),
            {"id": claimed.webhook_id},
            lock=True,
        )
        mine = await unit.find(
            Delivery, ("state", "owner", "attempt_count"), {"id": claimed.id}, lock=True
        )
        if not hooks or not mine:
            return
        if mine[0][0] != DeliveryState.PENDING or mine[0][1] != self.worker:
            # Stopped, or somebody else's after all: what was sent was sent.
            return
        active, since, failures, url = hooks[0]
        now = datetime.fromisoformat(unit.now)
        number = int(mine[0][2]) + 1
        changes: dict[str, Any] = {
            "attempt_count": number,
            "owner": None,
            "lease_until": None,
            "next_attempt_at": None,
            "last_status_code": outcome.status,
            "last_error": outcome.error,
        }
        gone = outcome.status == 410
        failing = now if since is None else datetime.fromisoformat(since)
        given_up = not outcome.arrived and (gone or now - failing >= GIVE_UP) and bool(active)
        if outcome.arrived:
            changes |= {"state": DeliveryState.DELIVERED, "delivered_at": unit.now}
        elif gone or given_up:
            changes["state"] = DeliveryState.STOPPED
        else:
            asked = retry_after(outcome.retry_after, now)
            again = next_attempt(number, now, self.chance(), asked)
            changes["next_attempt_at"] = None if again is None else wire(again)
            if again is None:
                changes["state"] = DeliveryState.FAILED
        await unit.update(Delivery, claimed.id, changes)
        await unit.insert(
            DeliveryAttempt,
            {
                "id": new_id(),
                "delivery_id": claimed.id,
                "webhook_id": claimed.webhook_id,
                "attempt": number,
                "replayed": claimed.replayed,
                "status_code": outcome.status,
                "duration_ms": outcome.duration_ms,
                "response": outcome.response,
                "error": outcome.error,
            },
        )
        hook: dict[str, Any] = {
            "last_delivery_at": unit.now,
            "last_status_code": outcome.status,
            "consecutive_failures": 0 if outcome.arrived else failures + 1,
            "failing_since": None if outcome.arrived else wire(failing),
        }
        if given_up:
            reason = WebhookDisabledReason.GONE if gone else WebhookDisabledReason.FAILING
            hook |= {"active": False, "disabled_at": unit.now, "disabled_reason": reason}
            await stop(unit, claimed.webhook_id)
        row = await unit.update(Webhook, claimed.webhook_id, hook)
        assert row is not None
        if given_up:
            title = f"{url} is told no more: " + ("it is gone" if gone else "it failed for days")
            unit.record(
                EventType.WEBHOOK_DISABLED,
                Subject.WEBHOOK,
                claimed.webhook_id,
                title,
                version=row[0],
            )
