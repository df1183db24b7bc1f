"""What can be done with deliveries: sending again what did not arrive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from models import Delivery, DeliveryState, Event, Webhook
from models.columns import dump_json
from resolvers.counting import driven
from resolvers.existing import current
from resolvers.given import Given
from resolvers.webhook_events import LISTENER, deliver, happened, listeners
from schema.error_code import ErrorCode
from schema.errors import InvalidCursorError
from schema.place import decode
from schema.refusal import refuse
from schema.unit import Unit
from schema.verb import verb
from schema.webhook_input import (
    RedeliverInput,
    RedeliverPayload,
    ReplayWebhookInput,
    ReplayWebhookPayload,
)

#: Holds deliveries whose next attempt a person or program asked for.
REPLAY = "replay"
#: Events that one replay looks at.
MOST = 5_000


@verb(RedeliverInput, RedeliverPayload, "webhooks:write")
async def redeliver(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Send a delivery again now, whatever became of it: the same body under the same id."""
    given = Given(input)
    found = await current(unit, given, Delivery, "delivery", "webhook_id")
    given.check()
    rows = await unit.find(Webhook, ["active"], {"id": found["webhook_id"]}, lock=True)
    if not rows or not rows[0][0]:
        raise refuse(ErrorCode.ILLEGAL_TRANSITION, "The webhook is switched off.", "id")
    row = await unit.update(
        Delivery,
        found["id"],
        {
            "state": DeliveryState.PENDING,
            "next_attempt_at": unit.now,
            "owner": REPLAY,
            "lease_until": None,
        },
    )
    assert row is not None
    return {"delivery_id": found["id"]}


@verb(ReplayWebhookInput, ReplayWebhookPayload, "webhooks:write")
async def replay_webhook(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Tell a webhook again what it has missed since an activity or an instant.

    Deliveries that were given up or stopped are sent again; events that it was never told of, as
    while it was switched off, are sent for the first time. At most 5,000 events are looked at.
    """
    given = Given(input)
    way = given.chosen("after", "afterActivityId", "since")
    after = given.identity("activity", "afterActivityId") if way == "afterActivityId" else None
    before = await current(unit, given, Webhook, "webhook", *LISTENER, "active", lock=True)
    given.check()
    if not before["active"]:
        raise refuse(ErrorCode.ILLEGAL_TRANSITION, "The webhook is switched off.", "id")
    if way == "after":
        position = _place(unit, given)
    else:
        position = await _position(unit, given, after, input.get("since"))
    given.check()
    rows = await unit.find(Webhook, LISTENER, {"id": before["id"]})
    listener = replace(listeners(rows)[0], since="")
    events = await driven(unit.read, happened(unit.dialect, unit.workspace_id, position, MOST + 1))
    looked = events[:MOST]
    ids = [each.id for each in looked]
    where = {"webhook_id": before["id"], "event_id": ids}
    known = {row[0] for row in await unit.find(Delivery, ["event_id"], where, limit=MOST)}
    again = await _again(unit, before["id"], ids)
    fresh = [each for each in looked if each.id not in known]
    made = await deliver(
        unit.write_many, unit.dialect, unit.workspace_id, unit.now, fresh, [listener]
    )
    return {
        "webhook_id": before["id"],
        "count": again + made,
        "has_more": len(events) > MOST,
        "last_activity_id": f"activity_{looked[-1].id}" if looked else None,
    }


def _place(unit: Unit, given: Given) -> int:
    """The position of the cursor; what is older than the log is looked at from its beginning."""
    try:
        return decode(given.input["after"], unit.workspace_id).position
    except InvalidCursorError as error:
        given.problem(ErrorCode.INVALID, "after", error.message)
        return 0


async def _position(unit: Unit, given: Given, after: str | None, since: str | None) -> int:
    """The place in the log after which to begin."""
    if after is not None:
        rows = await unit.find(Event, ["position"], {"id": after})
        if rows and rows[0][0] is not None:
            return int(rows[0][0])
        given.missing("activity", "afterActivityId")
        return 0
    mark, types = (
        ("$", ("::uuid", "::timestamptz")) if unit.dialect == "postgres" else ("?", ("", ""))
    )
    rows = await unit.read(
        f"SELECT t.position FROM event t WHERE t.workspace_id = {mark}1{types[0]} "
        f"AND t.created_at >= {mark}2{types[1]} AND t.position IS NOT NULL "
        "ORDER BY t.created_at, t.id LIMIT 1",
        [unit.workspace_id, since],
    )
    if not rows:
        rows = await unit.read(
            f"SELECT position FROM log WHERE workspace_id = {mark}1{types[0]}", [unit.workspace_id]
        )
        return int(rows[0][0]) if rows else 0
    return int(rows[0][0]) - 1


async def _again(unit: Unit, webhook_id: str, events: Sequence[str]) -> int:
    """Have what was given up sent again; how many those are."""
    if unit.dialect == "postgres":
        mark, kind, instant, among = "$", "::uuid", "::timestamptz", "= ANY($4::uuid[])"
        ids: Any = list(events)
    else:
        mark, kind, instant, among = "?", "", "", "IN (SELECT value FROM json_each(?4))"
        ids = dump_json(list(events))
    rows = await unit.write(
        f"UPDATE delivery SET state = 'PENDING', next_attempt_at = {mark}3{instant}, "
        f"owner = '{REPLAY}', lease_until = NULL, version = version + 1, "
        f"updated_at = {mark}3{instant} WHERE workspace_id = {mark}1{kind} "
        f"AND webhook_id = {mark}2{kind} AND state IN ('FAILED', 'STOPPED') "
        f"AND event_id {among} RETURNING id",
        [unit.workspace_id, webhook_id, unit.now, ids],
    )
    return len(rows)


MUTATIONS = (redeliver, replay_webhook)
