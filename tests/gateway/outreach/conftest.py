"""A gateway that places calls through a carrier whose faults the tests choose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest_asyncio

from models.database import Row, connect
from tests.gateway.outreach.carrier import Carrier
from tests.gateway.outreach.workspace import KEY, furnish
from tests.gateway.serving import House, Visitor, inside
from tests.resolvers.conftest import door, other

__all__ = ["door", "office", "other"]

PLACE = """
mutation Place($input: PlaceCallInput!, $key: String!) {
  placeCall(input: $input, idempotencyKey: $key) {
    call { id status waitingFor toNumber warnings lead { name } }
    errors { code message path }
    replayed
  }
}
"""
#: Statuses in which a call stays.
OVER = {"COMPLETED", "VOICEMAIL", "NO_ANSWER", "BUSY", "REJECTED", "FAILED", "CANCELLED", "BLOCKED"}


@dataclass(eq=False)
class Office:
    """A gateway with its carrier."""

    visitor: Visitor
    carrier: Carrier
    workspace: str
    url: str
    placed: int = 0
    more: dict[str, Any] = field(default_factory=dict)

    async def data(self, query: str, **variables: Any) -> Any:
        answer = (await self.visitor.ask(query, KEY, variables=variables)).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def place(self, phone: str | None = None, **input: Any) -> str:
        """Place a call that is accepted; gives its id."""
        payload = await self.ask(phone, **input)
        assert payload["errors"] == []
        found: str = payload["call"]["id"]
        return found

    async def ask(self, phone: str | None = None, key: str | None = None, **input: Any) -> Any:
        self.placed += 1
        phone = phone or f"+1212555{100 + self.placed % 100:04}"
        given = {"target": {"phone": phone}, **input}
        key = key or f"order-{self.placed}"
        return (await self.data(PLACE, input=given, key=key))["placeCall"]

    async def call(self, id: str) -> dict[str, Any]:
        """How the call is now."""
        query = """query ($id: ID!) { call(id: $id) {
          status providerCallId endReason endDetail waitingFor blockedCode cancelRequested
          durationSeconds answeredBy hangupBy summary outcome artifactsAt dialedAt version
          events(first: 50) { nodes { type status late } }
          transcript(first: 100) { nodes { speaker text } }
        } }"""
        found: dict[str, Any] = (await self.data(query, id=id))["call"]
        return found

    async def until(
        self, id: str, done: Callable[[dict[str, Any]], bool], seconds: float = 20
    ) -> dict[str, Any]:
        """The call as soon as it is so."""
        end = asyncio.get_running_loop().time() + seconds
        while True:
            found = await self.call(id)
            if done(found):
                return found
            assert asyncio.get_running_loop().time() < end, found
            await asyncio.sleep(0.03)

    async def over(self, id: str, seconds: float = 20) -> dict[str, Any]:
        """The call as soon as it has ended and nothing more will follow."""
        return await self.until(
            id, lambda each: each["status"] in OVER and each["artifactsAt"] is not None, seconds
        )

    async def rows(self, sql: str, *values: Any) -> list[Row]:
        database = await connect(self.url, connections=2)
        try:
            if database.dialect == "postgres":
                sql = sql.replace("?", "$")
            async with database.transaction() as transaction:
                return await transaction.fetch(sql, values)
        finally:
            await database.close()

    def made(self, id: str) -> int:
        """How many calls the carrier has made for this one."""
        return self.carrier.creates[id.removeprefix("call_")]


Opening = Callable[..., AbstractAsyncContextManager[Office]]


@asynccontextmanager
async def opened(
    url: str,
    carrier: Carrier | None = None,
    account: dict[str, Any] | None = None,
    columns: dict[str, Any] | None = None,
    **settings: Any,
) -> AsyncIterator[Office]:
    """An office on this database; without a carrier calls are played out within."""
    base = None if carrier is None else await carrier.start()
    workspace = await furnish(url, base, account, **(columns or {}))
    # Carriers, vendors and mail servers of the tests are on this machine.
    usual = {"dispatcher": "on", "secret_keys": "k" * 64, "private_providers": True}
    settings = {**usual, **settings}
    try:
        async with inside(House(url, (workspace, workspace), ()), **settings) as visitor:
            yield Office(visitor, carrier or Carrier(), workspace, url)
    finally:
        if carrier is not None:
            await carrier.stop()


@pytest_asyncio.fixture
async def office(database_url: str) -> AsyncIterator[Opening]:
    """Opens an office on a fresh database."""

    def opening(*given: Any, **more: Any) -> AbstractAsyncContextManager[Office]:
        return opened(database_url, *given, **more)

    yield opening
