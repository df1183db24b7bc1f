"""A workspace of random rows, and the engine to ask it through."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import orjson
import pytest_asyncio
from graphql import parse
from tortoise.context import TortoiseContext
from tortoise.models import Model

import models
from gateway.execution import reference
from gateway.execution.engine import Answer, Engine, Request, body
from gateway.execution.numbers import Numbers
from gateway.execution.verbs import Verbs
from gateway.graph import core
from models.columns import wire
from models.database import Database, Row, connect
from schema.context import Caller
from schema.installation import Installation
from schema.vault import Vault
from tests.conftest import Filled
from tests.world import Workspace

#: `yardstick(door, text, **variables)`: the data as the reference executor gives them.
Yardstick: TypeAlias = Callable[..., Awaitable[dict[str, Any] | None]]
#: What the engine's callers know of the installation.
INSTALLATION = Installation(Vault.of(["k" * 32]), "https://switchboard.example.com")
NOON = datetime(2026, 2, 2, 12, tzinfo=UTC)


@dataclass(eq=False)
class Clock:
    """A clock that the tests move."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass(eq=False)
class Door:
    """Asks the engine as one caller."""

    engine: Engine
    database: Database
    clock: Clock
    workspace: Workspace
    other: Workspace
    caller: Caller
    rings: list[str] = field(default_factory=list)

    async def answer(self, text: str, **variables: Any) -> Answer:
        caller = replace(self.caller, now=wire(self.clock()))
        return await self.engine.execute(Request(text, variables=variables), caller)

    async def ask(self, text: str, **variables: Any) -> dict[str, Any]:
        """The data; there must be no top-level errors."""
        found: dict[str, Any] = orjson.loads(body(await self.answer(text, **variables), 20_000))
        assert "errors" not in found, found["errors"]
        data: dict[str, Any] = found["data"]
        return data

    async def verb(
        self, name: str, input: dict[str, Any], selection: str = "", key: str | None = None
    ) -> dict[str, Any]:
        """A mutation's payload."""
        data = await self.ask(mutation(name, selection), input=input, key=key)
        payload: dict[str, Any] = data[name]
        return payload

    async def done(
        self, name: str, input: dict[str, Any], selection: str, key: str | None = None
    ) -> dict[str, Any]:
        """The payload of a mutation that goes well."""
        payload = await self.verb(name, input, selection, key)
        assert payload["errors"] == []
        return payload

    async def problems(self, name: str, input: dict[str, Any]) -> set[tuple[str, str]]:
        """Codes and dotted paths of a mutation that must change nothing at all."""
        before = await self.state()
        payload = await self.verb(name, input, "", "refused")
        assert payload["errors"]
        assert await self.state() == before
        return {(each["code"], ".".join(each["path"] or ())) for each in payload["errors"]}

    async def code(self, name: str, input: dict[str, Any], key: str | None = None) -> str:
        """The code of the only top-level error."""
        answer = await self.answer(mutation(name, ""), input=input, key=key)
        (error,) = answer.errors
        return str((error.extensions or {})["code"])

    def scoped(self, *scopes: str, key: str | None = None) -> Door:
        """The same with other scopes, or as another key."""
        caller = replace(
            self.caller, scopes=frozenset(scopes), key_id=(key or self.caller.key_id)[-36:]
        )
        return replace(self, caller=caller)

    def foreign(self) -> Door:
        """Somebody in the other workspace."""
        caller = replace(self.caller, workspace_id=self.other.id)
        return replace(self, caller=caller, workspace=self.other, other=self.workspace)

    def id(self, model: type[Model], place: int = 0) -> str:
        """The public id of one of the random rows."""
        return f"{model._meta.db_table}_{self.workspace.ids[model][place]}"

    async def fetch(self, sql: str, *values: Any) -> list[Row]:
        """Rows; `?1` stands for the first value on both databases."""
        if self.database.dialect == "postgres":
            sql = sql.replace("?", "$")
        async with self.database.transaction() as transaction:
            return await transaction.fetch(sql, values)

    async def count(self, table: str) -> int:
        rows = await self.fetch(f'SELECT count(*) FROM "{table}"')
        return int(rows[0][0])

    async def state(self) -> dict[str, Any]:
        """How many rows each table has, and the sum of versions where rows have them."""
        found = {}
        for model in models.MODELS:
            if model is models.Counter:
                continue
            table = model._meta.db_table
            version = "sum(version)" if "version" in model._meta.fields_map else "0"
            rows = await self.fetch(f'SELECT count(*), {version} FROM "{table}"')
            found[table] = (int(rows[0][0]), int(rows[0][1] or 0))
        return found

    async def events(self, id: str) -> list[tuple[str, int]]:
        """Types and versions of what happened to this, the oldest first."""
        rows = await self.fetch(
            "SELECT type, version FROM event WHERE subject_id = ?1 AND workspace_id = ?2 "
            "AND created_at >= ?3 ORDER BY sequence",
            id[-36:],
            self.workspace.id,
            wire(NOON),
        )
        return [(row[0], row[1]) for row in rows]


#: Verbs that can't be asked for without a key.
KEYED = ("placeCall", "sendEmail")


def unfound(id: str, prefix: str) -> str:
    """The code for an id that nothing in the workspace has: another's, or none of the type."""
    kind, _, uuid = id.rpartition("_")
    return "NOT_FOUND" if (kind, len(uuid)) == (prefix, 36) else "INVALID_ID"


def mutation(name: str, selection: str) -> str:
    """A document with one verb."""
    type_ = name[0].upper() + name[1:]
    keyed = "!" if name in KEYED else ""
    return (
        f"mutation Verb($input: {type_}Input!, $key: String{keyed}) {{ "
        f"{name}(input: $input, idempotencyKey: $key) "
        f"{{ {selection} errors {{ code message path }} replayed }} }}"
    )


@pytest_asyncio.fixture
async def door(world: Filled) -> AsyncIterator[Door]:
    """The engine on two workspaces of random rows, asked by a key of the first that may do all."""
    database = await connect(world.url)
    clock = Clock()
    rings: list[str] = []
    mine, other = world.workspaces
    verbs = Verbs(database, clock, Numbers(database), rings.append)
    caller = Caller(
        mine.id, mine.ids[models.ApiKey][0], frozenset({"full"}), installation=INSTALLATION
    )
    made = Door(Engine(core(), database, verbs), database, clock, mine, other, caller, rings)
    # The random rows of the caller's key would make it revoked, expired or a client token.
    await made.fetch(
        "UPDATE api_key SET kind = 'KEY', revoked_at = NULL, expires_at = NULL, parent_id = NULL, "
        "documents_only = false WHERE id = ?1",
        caller.key_id,
    )
    try:
        yield made
    finally:
        await database.close()


@pytest_asyncio.fixture
async def yardstick(world: Filled) -> AsyncIterator[Yardstick]:
    """The reference executor on the same database."""
    reference.attach(core())

    async def ask(door: Door, text: str, **variables: Any) -> dict[str, Any] | None:
        caller = replace(door.caller, now=wire(door.clock()))
        reading = reference.Reading(caller, door.database)
        found = await reference.execute(core(), parse(text), variables, reading)
        assert found.errors is None
        return found.data

    async with TortoiseContext() as context:
        await context.init(config=models.orm_config(world.url))
        yield ask


@pytest_asyncio.fixture
async def other(door: Door, world: Filled) -> AsyncIterator[Door]:
    """The same workspace through another process: its own pool, keys in flight and numbers."""
    database = await connect(world.url)
    verbs = Verbs(database, door.clock, Numbers(database), door.rings.append)
    yield replace(door, engine=Engine(core(), database, verbs), database=database)
    await database.close()
