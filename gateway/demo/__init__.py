"""The demo workspace: a quarter of a year of an invented company's sales, the same on every run."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from tortoise.models import Model

from gateway.demo.activity import activity
from gateway.demo.agents import agents
from gateway.demo.book import Book, Happening, Values
from gateway.demo.campaigns import campaigns
from gateway.demo.dice import Dice
from gateway.demo.leads import prospects
from gateway.demo.phone_numbers import phone_numbers
from gateway.demo.stories import tell
from gateway.demo.suppressions import strangers
from gateway.demo.webhooks import deliveries, webhooks
from gateway.demo.workspace import ID, NAME, members, workspace
from models import (
    Actor,
    Agent,
    Call,
    CallEvent,
    Campaign,
    Counter,
    Delivery,
    DeliveryAttempt,
    Email,
    Event,
    EventType,
    Follower,
    Lead,
    Log,
    Member,
    Numbered,
    PhoneNumber,
    Recipient,
    Recording,
    Subject,
    Suppression,
    TranscriptTurn,
    Webhook,
    Workspace,
)
from models.columns import milliseconds
from models.database import Database, Reads, Transaction, UniqueViolationError
from models.database.again import again
from models.search import search_text
from models.writing import find, insert, insert_many, update

__all__ = ["ID", "NAME", "build", "load"]

#: Tables in an order in which every reference finds its row.
ORDER: tuple[type[Model], ...] = (
    Member,
    Agent,
    PhoneNumber,
    Lead,
    Campaign,
    Recipient,
    Call,
    CallEvent,
    TranscriptTurn,
    Recording,
    Email,
    Suppression,
    Webhook,
    Event,
    Delivery,
    DeliveryAttempt,
    Log,
    Follower,
    Counter,
)
#: Rows a statement; between two of them others get their turn on the event loop.
BATCH = 1_000

NUMBERED: dict[Numbered, type[Model] | None] = {
    Numbered.AGENT: Agent,
    Numbered.API_KEY: None,
    Numbered.CALL: Call,
    Numbered.CAMPAIGN: Campaign,
    Numbered.LEAD: Lead,
    Numbered.PHONE_NUMBER: PhoneNumber,
    Numbered.RECIPIENT: Recipient,
}


async def load(database: Database, *, now: datetime) -> str:
    """Write the demo workspace unless it is there, all or nothing; its id.

    The same `now` writes the same rows on every database.
    """
    if await _present(database):
        return ID
    book = await asyncio.to_thread(build, now)

    async def write() -> None:
        async with database.transaction() as transaction:
            if not await find(transaction, Workspace, ["id"], {"id": ID}):
                await _write(transaction, book)

    # Another process may be loading it, too, or make a workspace with our number.
    await again(write, UniqueViolationError)
    return ID


def build(now: datetime) -> Book:
    """All rows of the workspace but its own, as of `now`."""
    book = Book(ID, milliseconds(now))
    people = members(book, Dice("members"))
    owner_id = people[0]["id"]
    team = agents(book, Dice("agents"), owner_id)
    lines = phone_numbers(book, Dice("phone numbers"), team, owner_id)
    strangers(book, Dice("strangers"))
    leads = prospects(book, Dice("leads"), team, [each["uid"] for each in people[2:4]])
    joined = campaigns(book, Dice("campaigns"), team, leads, owner_id)
    tell(book, leads, joined, team, lines)
    hooks = webhooks(book, Dice("webhooks"), owner_id)
    _settled(book, owner_id)
    for lead in leads:
        row = lead.row
        parts = row["name"], row["email"], row["phone"], row["company"]
        book.add(Lead, row | {"search": search_text(*parts)})
    for place, call in enumerate(sorted(book.rows[Call], key=_age), 1):
        call["number"] = place
    deliveries(book, Dice("deliveries"), hooks, activity(book, Dice("activity")))
    _count(book)
    for rows in book.rows.values():
        rows.sort(key=_age)
    return book


def _settled(book: Book, owner_id: str) -> None:
    """The workspace gets the agent that calls when nobody says which; see `_write`."""
    book.tell(
        [
            Happening(
                _settled_at(book),
                EventType.WORKSPACE_UPDATED,
                Subject.WORKSPACE,
                ID,
                "Default agent chosen",
                {"agent_id": _default_agent(book)},
                actor=Actor.MEMBER,
                actor_id=owner_id,
            )
        ]
    )


def _settled_at(book: Book) -> datetime:
    return book.now - timedelta(days=87, hours=1)


def _default_agent(book: Book) -> str:
    agent_id: str = next(row["id"] for row in book.rows[Agent] if row["name"] == "Ava")
    return agent_id


def _count(book: Book) -> None:
    """The next free number of each noun."""
    created = workspace(book.now)["created_at"]
    dice = Dice("counters")
    for noun, model in NUMBERED.items():
        used = max((row["number"] for row in book.rows[model]), default=0) if model else 0
        row = {"id": dice.id(created), "created_at": created}
        book.add(Counter, row | {"noun": noun, "next_number": used + 1})


def _age(row: Values) -> tuple[datetime, str]:
    return row["created_at"], row["id"]


async def _present(database: Database) -> bool:
    mark = "$1" if database.dialect == "postgres" else "?1"

    def read() -> Reads[bool]:
        rows = yield f"SELECT 1 FROM workspace WHERE id = {mark}", [ID]
        return bool(rows)

    return await database.run(read())


async def _write(transaction: Transaction, book: Book) -> None:
    highest = await transaction.fetch("SELECT coalesce(max(number), 0) FROM workspace")
    await insert(transaction, Workspace, workspace(book.now) | {"number": highest[0][0] + 1})
    for model in ORDER:
        rows = book.rows[model]
        for start in range(0, len(rows), BATCH):
            await insert_many(transaction, model, rows[start : start + BATCH])
    # The workspace and its agents name each other.
    changes = {"default_agent_id": _default_agent(book), "updated_at": _settled_at(book)}
    await update(transaction, Workspace, ID, ID, changes)
