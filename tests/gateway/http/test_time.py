"""Requests that take too long, clients that leave, and databases that don't answer."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from models.database import DatabaseUnavailableError
from tests.gateway.serving import House, Visitor, inside

RENAME = """mutation($id: ID!) { updateLead(input: { id: $id, name: "Renamed" }) {
  lead { id } errors { code } } }"""
TWO = """mutation($id: ID!) {
  one: createLead(input: { name: "Made first" }) { lead { id } }
  two: updateLead(input: { id: $id, name: "Renamed" }) { lead { id } }
}"""


async def name(visitor: Visitor) -> str:
    query = f'{{ lead(id: "{visitor.house.leads[0]}") {{ name }} }}'
    found: str = (await visitor.data(query))["lead"]["name"]
    return found


class Blocked:
    """Holds the first lead's row, or SQLite's one writer, so that verbs wait."""

    def __init__(self, visitor: Visitor) -> None:
        self._database = visitor.gateway.parts.database
        self._lead = visitor.house.leads[0].removeprefix("lead_")
        self._context: Any = None

    async def __aenter__(self) -> None:
        self._context = self._database.transaction()
        transaction = await self._context.__aenter__()
        mark = "$1" if self._database.dialect == "postgres" else "?1"
        sql = f"UPDATE lead SET name = 'Held' WHERE id = {mark}"
        await transaction.fetch(sql, [self._lead])

    async def __aexit__(self, *_: object) -> None:
        await self._context.__aexit__(ValueError, ValueError(), None)


async def rolled_back(visitor: Visitor, before: str) -> None:
    await asyncio.sleep(0.3)
    assert await name(visitor) == before
    again = await visitor.ask(RENAME, variables={"id": visitor.house.leads[0]})
    assert "errors" not in again.json()
    assert await name(visitor) == "Renamed"


@pytest.mark.parametrize("query", [RENAME, TWO])
async def test_a_mutation_past_its_time_is_rolled_back(house: House, query: str) -> None:
    async with inside(house, request_timeout=0.4) as visitor:
        before = await name(visitor)
        async with Blocked(visitor):
            begun = time.monotonic()
            answer = await visitor.ask(query, variables={"id": house.leads[0]})
            assert time.monotonic() - begun < 2
            assert answer.status_code == 504
            assert answer.json()["errors"][0]["extensions"]["code"] == "TIMEOUT"
            assert "data" not in answer.json()
            assert "x-ratelimit-limit" in answer.headers
        await rolled_back(visitor, before)


async def test_a_client_that_leaves_ends_the_work(house: House) -> None:
    async with inside(house) as visitor:
        before = await name(visitor)
        body = b'{"query":"%s","variables":{"id":"%s"}}' % (
            RENAME.replace("\n", " ").replace('"', '\\"').encode(),
            house.leads[0].encode(),
        )
        sent: list[Any] = []
        async with Blocked(visitor):
            messages = [{"type": "http.request", "body": body}]

            async def receive() -> Any:
                if messages:
                    return messages.pop()
                await asyncio.sleep(0.2)
                return {"type": "http.disconnect"}

            async def send(message: Any) -> None:
                sent.append(message)

            scope = {
                "type": "http",
                "method": "POST",
                "path": "/graphql",
                "query_string": b"",
                "headers": [
                    (b"authorization", b"Bearer key-full"),
                    (b"content-type", b"application/json"),
                ],
                "client": ("127.0.0.1", 1),
            }
            async with asyncio.timeout(2):
                await visitor.gateway(scope, receive, send)
        assert sent == []
        await rolled_back(visitor, before)


async def test_errors_after_a_mutation_began(visitor: Visitor) -> None:
    query = """mutation { one: createLead(input: { name: "Kept" }) { lead { name } }
      two: updateLead(input: { id: "nonsense", name: "x" }) { lead { id } errors { code } }
      three: createLead(input: { name: "Kept too" }) { lead { name calls(first: 999) { nodes { id } } } } }"""
    answer = await visitor.ask(query)
    assert answer.status_code == 200
    found = answer.json()
    assert found["data"]["one"] == {"lead": {"name": "Kept"}}
    assert found["data"]["two"]["errors"][0]["code"]
    assert found["data"]["three"] is None or found["data"]["three"]["lead"] is None
    assert found["errors"][0]["extensions"]["code"] == "INVALID_PAGE"
    assert found["errors"][0]["path"][0] == "three"


async def test_the_database_goes_away(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async with inside(house) as visitor:
        await visitor.ask("{ __typename }")
        database = visitor.gateway.parts.database

        async def away(reads: Any) -> Any:
            reads.close()
            raise DatabaseUnavailableError("no route to 10.0.0.1, password hunter2")

        with monkeypatch.context() as patch:
            patch.setattr(database, "run", away)
            answer = await visitor.ask("{ leads { nodes { id } } }")
            assert answer.status_code == 503
            assert answer.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
            assert "hunter2" not in answer.text
            ready = await visitor.http.get("/readyz")
            assert (ready.status_code, ready.json()["database"]) == (503, "unreachable")
            assert (await visitor.http.get("/healthz")).status_code == 200
        assert (await visitor.http.get("/readyz")).json() == {"status": "ready"}
        async with database.transaction() as transaction:
            await transaction.fetch("DELETE FROM tortoise_migrations")
        ready = await visitor.http.get("/readyz")
        assert (ready.status_code, ready.json()["database"]) == (503, "lacks migrations")


async def test_a_fault_is_masked(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async with inside(house) as visitor:
        await visitor.ask("{ __typename }")

        async def broken(*_: Any) -> Any:
            raise RuntimeError("secret +14155550123")

        monkeypatch.setattr(visitor.gateway.parts.engine, "execute", broken)
        answer = await visitor.ask("{ leads { nodes { id } } }")
        assert answer.status_code == 500
        assert answer.json()["errors"][0]["extensions"]["code"] == "INTERNAL"
        assert "secret" not in answer.text
        for header in ("x-request-id", "x-ratelimit-limit", "x-content-type-options"):
            assert header in answer.headers
