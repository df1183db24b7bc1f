"""The demo's event log: everything that happened, in order, and where that leaves its objects."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from tortoise.models import Model

from gateway.demo.book import Book, Happening, Values
from gateway.demo.dice import Dice
from models import (
    Agent,
    Call,
    Campaign,
    Email,
    Event,
    Follower,
    Lead,
    Log,
    Member,
    PhoneNumber,
    Recipient,
    Subject,
    Webhook,
)
from schema.entry import COLUMNS

#: Positions older than this can't be resumed from.
WINDOW = timedelta(days=7)
#: Whose versions count their events.
SUBJECTS: dict[Subject, type[Model]] = {
    Subject.MEMBER: Member,
    Subject.AGENT: Agent,
    Subject.PHONE_NUMBER: PhoneNumber,
    Subject.LEAD: Lead,
    Subject.CAMPAIGN: Campaign,
    Subject.RECIPIENT: Recipient,
    Subject.CALL: Call,
    Subject.EMAIL: Email,
    Subject.WEBHOOK: Webhook,
}


def activity(book: Book, dice: Dice) -> list[Values]:
    """Write the log; objects get the version and the time of their newest event."""
    # Recipients, and the workspace itself, come into being without an event of their own.
    unannounced = (row["id"] for row in book.rows[Recipient])
    versions: defaultdict[str, int] = defaultdict(
        int, dict.fromkeys([*unannounced, book.workspace_id], 1)
    )
    changed: dict[str, datetime] = {}
    active: dict[str, datetime] = {}
    # The sort is stable: what happened at once stays in the order of telling.
    for position, happening in enumerate(sorted(book.happenings, key=lambda each: each.at), 1):
        versions[happening.subject_id] += 1
        changed[happening.subject_id] = happening.at
        event = _event(dice, happening, position, versions[happening.subject_id])
        if event["lead_id"]:
            active[event["lead_id"]] = happening.at
        book.add(Event, event)
    for model in SUBJECTS.values():
        for row in book.rows[model]:
            row["version"] = versions[row["id"]]
            row["updated_at"] = changed.get(row["id"], row["created_at"])
    for lead in book.rows[Lead]:
        lead["last_activity_at"] = active[lead["id"]]
    _log(book, dice)
    return book.rows[Event]


def _event(dice: Dice, happening: Happening, position: int, version: int) -> Values:
    event: dict[str, Any] = {
        "id": dice.id(happening.at),
        "created_at": happening.at,
        "position": position,
        "type": happening.type,
        "subject_kind": happening.subject,
        "subject_id": happening.subject_id,
        "version": version,
        "status": happening.status,
        "title": happening.title,
        "detail": happening.detail,
        "metadata": happening.metadata,
        "actor": happening.actor,
        "actor_id": happening.actor_id,
        **dict.fromkeys(COLUMNS.values()),
        **happening.about,
    }
    if happening.subject in COLUMNS:
        event[COLUMNS[happening.subject]] = happening.subject_id
    return event


def _log(book: Book, dice: Dice) -> None:
    events = book.rows[Event]
    created = events[0]["created_at"]
    last = len(events)
    resumable = [each["position"] for each in events if each["created_at"] >= book.now - WINDOW]
    floor = resumable[0] - 1 if resumable else last
    book.add(
        Log,
        {
            "id": dice.id(created),
            "created_at": created,
            "epoch": dice.id(created),
            "position": last,
            "floor": floor,
        },
    )
    # The demo's past has been delivered; webhooks go on from here.
    book.add(
        Follower,
        {
            "id": dice.id(created),
            "created_at": created,
            "name": "webhooks",
            "position": last,
            "updated_at": book.now,
        },
    )
