"""A workspace, a clock that is moved by hand, and a process that tells webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from gateway.execution.engine import Engine, Request, body
from gateway.execution.numbers import Numbers
from gateway.execution.verbs import Verbs
from gateway.graph import core
from gateway.sequencer import stamp
from gateway.webhooks.payload import Writing
from gateway.webhooks.telling import Telling
from models import Counter, Workspace, writing
from models.columns import new_id, wire
from models.database import Database, Row, connect
from schema.context import Caller
from schema.installation import Installation
from schema.vault import Vault
from tests.gateway.webhooks.receiver import Receiver, receiver

KEY = "0123456789abcdef" * 4
HOUSE = Installation(Vault.of([KEY]), "http://gateway.test", private_webhooks=True)


@dataclass(eq=False)
class Stage:
    """Everything in one place."""

    url: str
    database: Database
    receiver: Receiver
    workspace: str = field(default_factory=new_id)
    now: datetime = datetime(2026, 3, 2, 12, tzinfo=UTC)
    installation: Installation = HOUSE
    tellers: list[Telling] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    def engine(self) -> Engine:
        verbs = Verbs(self.database, self.clock, Numbers(self.database), lambda _: None)
        return Engine(core(), self.database, verbs)

    async def verb(self, name: str, input: dict[str, Any], selection: str = "") -> dict[str, Any]:
        """A mutation's payload."""
        type_ = f"{name[0].upper()}{name[1:]}Input!"
        text = (
            f"mutation ($input: {type_}) {{ {name}(input: $input) "
            f"{{ {selection} errors {{ code message path }} }} }}"
        )
        found: dict[str, Any] = (await self.ask(text, input=input))[name]
        return found

    async def done(self, name: str, input: dict[str, Any], selection: str = "") -> dict[str, Any]:
        """The payload of a mutation that goes well."""
        found = await self.verb(name, input, selection)
        assert found["errors"] == []
        return found

    async def ask(self, text: str, **variables: Any) -> Any:
        caller = Caller(
            self.workspace,
            self.workspace,
            frozenset({"full"}),
            now=wire(self.now),
            installation=self.installation,
        )
        answer = await self.engine().execute(Request(text, variables=variables), caller)
        found = orjson.loads(body(answer, 20_000))
        assert "errors" not in found, found
        await self.stamp()
        return found["data"]

    async def stamp(self) -> None:
        """Give events their places, as the sequencer does."""
        if self.database.dialect == "postgres":
            async with self.database.session() as session:
                while await stamp(session):
                    pass

    async def hook(self, path: str = "/hook", **more: Any) -> dict[str, Any]:
        """A webhook to the receiver: its id and secret."""
        made = await self.done(
            "createWebhook", {"url": self.receiver.url(path), **more}, "webhook { id } secret"
        )
        return {"id": made["webhook"]["id"], "secret": made["secret"]}

    async def happen(self, count: int = 1) -> None:
        """Something that webhooks are told of."""
        for _ in range(count):
            await self.done("createLead", {"name": "Ada Lovelace"})

    def tell(self, start: bool = True) -> Telling:
        """A process that tells."""
        engine = self.engine()
        made = Telling(
            self.database,
            Writing(engine, self.database, self.installation, self.clock),
            self.installation,
            self.clock,
            lambda _: None,
            look=0.01,
            chance=lambda: 0.5,
        )
        self.tellers.append(made)
        if start:
            made.start()
        return made

    async def until(self, done: Callable[[], Any], seconds: float = 10.0) -> None:
        """Wait until something is so."""
        async with asyncio.timeout(seconds):
            while True:
                found = done()
                if asyncio.iscoroutine(found):
                    found = await found
                if found:
                    return
                await asyncio.sleep(0.01)

    async def fetch(self, sql: str, *values: Any) -> list[Row]:
        if self.database.dialect == "postgres":
            sql = sql.replace("?", "$")
        async with self.database.transaction() as transaction:
            return await transaction.fetch(sql, values)

    async def attempts(self) -> int:
        return int((await self.fetch("SELECT count(*) FROM delivery_attempt"))[0][0])

    async def states(self) -> list[str]:
        rows = await self.fetch("SELECT state FROM delivery ORDER BY id")
        return [row[0] for row in rows]

    async def settled(self, attempts: int) -> None:
        """So many attempts have been written down."""

        async def enough() -> bool:
            return await self.attempts() >= attempts

        await self.until(enough)

    def pass_(self, **span: float) -> None:
        """Let time go by."""
        self.now += timedelta(**span)


@asynccontextmanager
async def stage(url: str) -> AsyncIterator[Stage]:
    """The scene, cleared away at the end."""
    database = await connect(url)
    async with receiver() as endpoint:
        made = Stage(url, database, endpoint)
        async with database.transaction() as transaction:
            await writing.insert(
                transaction,
                Workspace,
                {"id": made.workspace, "created_at": wire(made.now), "number": 1, "name": "Acme"},
            )
            for noun in ("LEAD", "CALL", "AGENT"):
                await writing.insert(
                    transaction,
                    Counter,
                    {"workspace_id": made.workspace, "noun": noun, "next_number": 1},
                )
        try:
            yield made
        finally:
            for each in made.tellers:
                await each.stop()
            await database.close()
