"""Which events webhooks are told of, by which names, and the deliveries that come of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from models import Delivery, EventType
from models.columns import new_id, wire
from models.database import Dialect, Reads, Row
from models.writing import all_stored, complete
from schema.condition import Values

#: Carries out one statement once per row of values, as `Transaction.fetch_many` does.
WriteMany = Callable[[str, Sequence[Sequence[Any]]], Awaitable[None]]
#: What is read of a webhook to see what it is told of.
LISTENER = ("id", "agent_id", "events", "created_at")

#: Kinds of events that webhooks are told of. Keys, accounts and webhooks are nobody else's matter.
KINDS = (
    *("LEAD_", "AGENT_", "PHONE_NUMBER_", "CALL_", "EMAIL_", "CAMPAIGN_"),
    *("RECIPIENTS_", "RECIPIENT_", "SUPPRESSION_", "WORKSPACE_"),
)
#: What is said in a call comes by `callTranscript` while it is said, and with the finished call.
UNTOLD = frozenset({EventType.CALL_TRANSCRIPT_TURN})
SPELLED = {
    EventType.CALL_IN_PROGRESS: "call.started",
    EventType.RECIPIENTS_ADDED: "recipients.added",
}
TEST = "webhook.test"


def _name(type: EventType) -> str | None:
    kind = next((each for each in KINDS if type.startswith(each)), None)
    if kind is None or type in UNTOLD:
        return None
    return SPELLED.get(type) or f"{kind[:-1].lower()}.{type.removeprefix(kind).lower()}"


#: The names of all events that webhooks can be told of.
NAMES: Mapping[str, str] = {type.value: name for type in EventType if (name := _name(type))}
#: As they can be asked for, in order.
KNOWN = tuple(sorted(NAMES.values()))


@dataclass(frozen=True)
class Listener:
    """A webhook, as far as it decides what it is told."""

    id: str
    agent_id: str | None
    events: frozenset[str]
    since: str
    """What happened before is not for it."""


#: What is read of an event to see who is told of it.
HAPPENED = ("id", "position", "type", "subject_id", "agent_id", "call_id", "created_at")


@dataclass(frozen=True)
class Happened:
    """An event, as far as it decides who is told."""

    id: str
    position: int
    type: str
    subject_id: str
    agent_id: str | None
    call_id: str | None
    created_at: str


def told(event: Happened, listener: Listener) -> str | None:
    """The name under which the webhook is told of the event, if it is."""
    if event.type == EventType.WEBHOOK_TESTED:
        return TEST if event.subject_id == listener.id else None
    name = NAMES.get(event.type)
    if name is None or (listener.events and name not in listener.events):
        return None
    if listener.agent_id is not None and listener.agent_id != event.agent_id:
        return None
    return name if event.created_at >= listener.since else None


def listeners(rows: Iterable[Row]) -> list[Listener]:
    """Webhooks from their id, agent, events and creation."""
    return [
        Listener(id, agent, frozenset(orjson.loads(events)), _instant(created))
        for id, agent, events, created in rows
    ]


def happened(dialect: Dialect, workspace_id: str, after: int, limit: int) -> Reads[list[Happened]]:
    """What got its place in the log after a position, in order."""
    bind = Values(dialect)
    low, most = bind("bigint", after), bind("int", limit)
    rows = yield (
        f"SELECT {', '.join(f't.{name}' for name in HAPPENED)} FROM event t "
        f"WHERE t.workspace_id = {bind.workspace} AND t.position > {low} "
        f"ORDER BY t.position LIMIT {most}",
        bind.all(workspace_id),
    )
    return [
        Happened(id, int(position), type, subject, agent, call, _instant(created))
        for id, position, type, subject, agent, call, created in rows
    ]


def _instant(text: str) -> str:
    """As the wire has it; PostgreSQL writes instants its own way."""
    return wire(datetime.fromisoformat(text))


async def deliver(
    write_many: WriteMany,
    dialect: Dialect,
    workspace_id: str,
    now: str,
    events: Sequence[Happened],
    to: Sequence[Listener],
) -> int:
    """Make the deliveries of these events that aren't there yet; how many were to be there."""
    rows = [
        {
            "id": new_id(),
            "workspace_id": workspace_id,
            "created_at": now,
            "updated_at": now,
            "webhook_id": listener.id,
            "event_id": event.id,
            "event_name": name,
            "call_id": event.call_id,
            "next_attempt_at": now,
        }
        for event in events
        for listener in to
        if (name := told(event, listener)) is not None
    ]
    if not rows:
        return 0
    full = [complete(Delivery, row) for row in rows]
    names = tuple(full[0])
    await write_many(_insert(dialect, names), [all_stored(Delivery, row, names) for row in full])
    return len(rows)


def _insert(dialect: Dialect, names: tuple[str, ...]) -> str:
    mark = "$" if dialect == "postgres" else "?"
    at = {name: f"{mark}{n}" for n, name in enumerate(names, 1)}
    call = at["call_id"] if dialect == "sqlite" else f"{at['call_id']}::uuid"
    # A call that an event tells of may be gone.
    at["call_id"] = (
        f"(SELECT c.id FROM call c WHERE c.workspace_id = {at['workspace_id']} AND c.id = {call})"
    )
    return (
        f"INSERT INTO delivery ({', '.join(names)}) VALUES ({', '.join(at.values())}) "
        "ON CONFLICT (workspace_id, webhook_id, event_id) DO NOTHING"
    )
