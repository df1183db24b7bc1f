"""Two small workspaces with random values in every column, the same on every run."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tortoise.models import Model

import models
from models import columns as column_types
from models import search, writing
from models.columns import wire
from models.database import Database, Transaction

START = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
WORDS = [
    "Jane",
    "Doe",
    "Ada",
    "Lovelace",
    "Grace",
    "Hopper",
    "Ünal",
    "Åse",
    "O'Neil",
    "Jean-Luc",
    "Zoë",
    "李",
    "acme",
    "Ace",
]
#: What columns of words hold.
LISTS = {
    "retry_on": [each.value for each in models.RetryOn],
    "scopes": ["full", "leads:read"],
    "ancestors": ["<1@example.com>", '<ü\n"@example.com>'],
    "events": ["call.completed", "lead.created"],
}
#: Which table a column refers to.
REFERENCES = {
    "agent_id": models.Agent,
    "default_agent_id": models.Agent,
    "outbound_agent_id": models.Agent,
    "inbound_agent_id": models.Agent,
    "lead_id": models.Lead,
    "phone_number_id": models.PhoneNumber,
    "campaign_id": models.Campaign,
    "recipient_id": models.Recipient,
    "call_id": models.Call,
    "email_id": models.Email,
    "webhook_id": models.Webhook,
    "event_id": models.Event,
    "delivery_id": models.Delivery,
    "provider_account_id": models.ProviderAccount,
    "parent_id": models.ApiKey,
}
#: How many rows of each, in an order in which references exist already.
AMOUNTS: tuple[tuple[type[Model], int], ...] = (
    (models.ProviderAccount, 4),
    (models.Agent, 5),
    (models.PhoneNumber, 6),
    (models.Lead, 40),
    (models.Campaign, 4),
    (models.Recipient, 25),
    (models.Call, 70),
    (models.CallEvent, 60),
    (models.TranscriptTurn, 60),
    (models.Recording, 30),
    (models.Email, 40),
    (models.Suppression, 8),
    (models.Webhook, 4),
    (models.Event, 60),
    (models.Delivery, 10),
    (models.DeliveryAttempt, 12),
    (models.ApiKey, 5),
    (models.Proposal, 4),
)


@dataclass
class Workspace:
    """One workspace's ids by model."""

    id: str
    ids: dict[type[Model], list[str]] = field(default_factory=dict)


class World:
    """Writes the rows."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)
        self._clock = START
        self._serial = 0

    async def build(self, database: Database) -> list[Workspace]:
        """Two workspaces."""
        made = []
        async with database.transaction() as transaction:
            for number in (1, 2):
                workspace = Workspace(self.uuid())
                await writing.insert(
                    transaction,
                    models.Workspace,
                    {"id": workspace.id, "number": number, "name": f"Workspace {number}"},
                )
                for model, amount in AMOUNTS:
                    await self._fill(transaction, workspace, model, amount)
                for noun in models.Numbered:
                    await writing.insert(
                        transaction,
                        models.Counter,
                        {"workspace_id": workspace.id, "noun": noun, "next_number": 1001},
                    )
                await writing.insert(
                    transaction, models.Log, {"workspace_id": workspace.id, "position": 1000}
                )
                made.append(workspace)
        return made

    def uuid(self) -> str:
        """A UUIDv7 of a clock that stands still now and then."""
        self._clock += timedelta(milliseconds=self._random.choice((0, 1, 60_000)))
        stamp = int(self._clock.timestamp() * 1000)
        bits = stamp << 80 | 7 << 76 | self._random.getrandbits(12) << 64
        return str(UUID(int=bits | 2 << 62 | self._random.getrandbits(62)))

    async def _fill(
        self, transaction: Transaction, workspace: Workspace, model: type[Model], amount: int
    ) -> None:
        workspace.ids[model] = []
        for place in range(amount):
            row: dict[str, Any] = {"id": self.uuid(), "workspace_id": workspace.id}
            for name, column in model._meta.fields_map.items():
                if name not in row and name != "sequence":
                    row[name] = self._value(workspace, model, name, column, place)
            if model is models.Event:
                row["subject_id"] = self._subject(workspace, row)
            if model is models.Lead:
                row["search"] = search.search_text(
                    row["name"], row["email"], row["phone"], row["company"]
                )
            await writing.insert(transaction, model, row)
            workspace.ids[model].append(row["id"])

    def _subject(self, workspace: Workspace, row: dict[str, Any]) -> str:
        """Something that is there, where the kind has a table that is filled already."""
        if row["subject_kind"] is models.Subject.WORKSPACE:
            return workspace.id
        tables: dict[str, list[str]] = {
            model._meta.db_table.upper(): ids for model, ids in workspace.ids.items()
        }
        there = tables.get(row["subject_kind"].value, [])
        place = row["position"]
        return there[place % len(there)] if there and place else str(row["subject_id"])

    def _value(
        self, workspace: Workspace, model: type[Model], name: str, column: Any, place: int
    ) -> Any:
        pick = self._random
        self._serial += 1
        unique = f"{name}-{self._serial}"
        if name in ("number", "position", "attempt") and not column.null:
            return place + 1
        if name == "position":
            return place + 1 if place < 55 else None
        if name in ("e164", "address"):
            return f"+1415556{self._serial:04d}"
        if name in ("prefix", "secret_hash", "callback_token", "fingerprint", "external_id"):
            return unique
        if name == "call_id" and model is models.Recording:
            return workspace.ids[models.Call][place]
        if name in ("contact_key", "provider_event_id", "member_id"):
            return None
        if name in REFERENCES:
            pool = workspace.ids.get(REFERENCES[name])
            if not pool or (column.null and pick.random() < 0.2):
                return None
            if name == "event_id":
                return pool[place]
            return pick.choice(pool[: len(pool) // 2 + 1])
        if column.null and pick.random() < 0.3:
            return None
        return self._plain(column, name)

    def _plain(self, column: Any, name: str) -> Any:
        pick = self._random
        if isinstance(column, column_types.Uuid):
            return self.uuid()
        if isinstance(column, column_types.Timestamp):
            steps = pick.choice((0, 1, 10, 100, 1000, 86_400_000))
            return wire(START + timedelta(milliseconds=steps * pick.randint(0, 9)))
        if isinstance(column, column_types.Choice):
            return pick.choice(list(column.enum_type))
        if isinstance(column, column_types.Flag):
            return pick.random() < 0.5
        if name == "settings":
            return pick.choice(({}, {"base_url": "https://api.example.com", "port": 587}))
        if name == "calling_windows":
            return pick.choice(([], [{"days": [1, 5, 7], "from": 480, "to": 1260}]))
        if name in ("start_date", "end_date"):
            return f"2026-0{pick.randint(1, 3)}-01"
        if name in LISTS:
            words = LISTS[name]
            return pick.sample(words, pick.randint(0, len(words)))
        if isinstance(column, column_types.Json):
            return pick.choice(({}, [], {"b": 1, "a": [None, True, 'ü\n"']}, ["x"], {"n": 1.5}))
        if isinstance(column, column_types.Bytes):
            return pick.randbytes(8)
        if isinstance(column, column_types.BigInteger):
            return pick.choice((0, 1, 1_500_000, 2**40))
        if isinstance(column, column_types.Integer):
            return pick.choice((1, 7, 1000, 61_999))
        if name in ("phone", "to_number", "from_number"):
            return f"+1415555{pick.randint(100, 140):04d}"
        if name in ("email", "to_email", "from_email"):
            return f"{pick.choice(WORDS[:6]).lower()}{pick.randint(1, 40)}@example.com"
        return " ".join(pick.sample(WORDS, 2))
