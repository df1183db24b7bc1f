"""A workspace of a few rows that a test of outreach fills as it likes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tortoise.models import Model

import models
from models import writing
from models.columns import new_id, wire
from models.database import Database, Row
from resolvers import counting
from resolvers.contactability import Decision, contactability
from resolvers.counting import Timing
from resolvers.facts import Facts
from resolvers.routing import Route, Wish

#: A Thursday, noon in Rome.
NOON = datetime.fromisoformat("2026-01-15T11:00:00+00:00")
ROME = "+390612345678"


@dataclass(eq=False)
class Plain:
    """A workspace, and how many statements were asked of it."""

    database: Database
    id: str = field(default_factory=new_id)
    now: datetime = NOON
    asked: list[tuple[str, Sequence[Any]]] = field(default_factory=list)
    numbers: int = 0

    async def add(self, model: type[Model], **values: Any) -> str:
        """A row, with what it must have."""
        row: dict[str, Any] = {"id": new_id(), "created_at": wire(self.now), **values}
        if model is not models.Workspace:
            row["workspace_id"] = self.id
        self.numbers += 1
        for name in ("number", "name", "callback_token", "search"):
            if name in model._meta.fields_map:
                row.setdefault(name, self.numbers if name == "number" else f"{name} {self.numbers}")
        if "last_activity_at" in model._meta.fields_map:
            row.setdefault("last_activity_at", wire(self.now))
        async with self.database.transaction() as transaction:
            await writing.insert(transaction, model, row)
        return str(row["id"])

    async def open(self, **values: Any) -> None:
        """The workspace itself."""
        await self.add(models.Workspace, id=self.id, **values)

    async def agent(self, **values: Any) -> str:
        return await self.add(models.Agent, **{"type": "OUTBOUND", **values})

    async def line(self, agent: str | None, e164: str, **values: Any) -> str:
        return await self.add(models.PhoneNumber, outbound_agent_id=agent, e164=e164, **values)

    async def lead(self, **values: Any) -> str:
        return await self.add(models.Lead, **{"phone": ROME, **values})

    async def call(self, status: str, ago: float = 0, **values: Any) -> str:
        """A call dialled so many seconds ago."""
        dialed = wire(self.now - timedelta(seconds=ago))
        row = {"to_number": "+393200000000", "dialed_at": dialed, "status": status, **values}
        return await self.add(models.Call, **row)

    async def change(self, table: str, **values: Any) -> None:
        """Set columns of all rows of a table."""
        mark = "$" if self.database.dialect == "postgres" else "?"
        sets = ", ".join(f"{name} = {mark}{n}" for n, name in enumerate(values, 1))
        async with self.database.transaction() as transaction:
            await transaction.fetch(f'UPDATE "{table}" SET {sets}', list(values.values()))

    async def read(self, sql: str, values: Sequence[Any]) -> list[Row]:
        """Carry out a statement, and note it."""
        self.asked.append((sql, values))
        async with self.database.transaction() as transaction:
            return await transaction.fetch(sql, values)

    async def route(self, **wish: Any) -> Route:
        return await counting.routed(self.read, self.database.dialect, self.id, Wish(**wish))

    async def facts(self, route: Route, **timing: Any) -> Facts:
        return await counting.facts(
            self.read, self.database.dialect, self.id, route, Timing(wire(self.now), **timing)
        )

    async def decide(self, **wish: Any) -> Decision:
        return contactability(await self.facts(await self.route(**wish)))
