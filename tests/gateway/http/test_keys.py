"""Keys: how they are given, when they stop, what guesses cost, and whose budget counts."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway import auth
from models import ApiKey, ApiKeyKind
from models.columns import now, wire
from models.database import Database, DatabaseUnavailableError, connect
from tests.gateway.serving import House, Visitor, add_key, inside, server

QUERY = {"query": "{ leads(first: 1) { nodes { id } } }"}


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"authorization": "Bearer key-full"}, None),
        ({"authorization": "bearer key-full"}, None),
        ({"authorization": "BEARER   key-full  "}, None),
        ({"x-api-key": "key-full"}, None),
        ({"authorization": "Bearer key-full", "x-api-key": "key-full"}, None),
        ({"authorization": "Basic YTpi", "x-api-key": "key-full"}, None),
        ({"authorization": "Bearer key-full", "x-api-key": "key-other"}, "AMBIGUOUS"),
        ({"authorization": "Bearer ", "x-api-key": ""}, "MISSING"),
        ({"authorization": "key-full"}, "MISSING"),
        ({"authorization": "Bearer key-full key-full"}, "UNKNOWN"),
        ({"authorization": "Bearer unknown"}, "UNKNOWN"),
        ({"authorization": "Bearer " + "x" * 20_000}, "UNKNOWN"),
        ({"authorization": b"Bearer \xff\xfe"}, "UNKNOWN"),
        ({"authorization": "Bearer key-revoked"}, "REVOKED"),
        ({"authorization": "Bearer key-expired"}, "EXPIRED"),
        ({}, "MISSING"),
    ],
)  # fmt: skip
async def test_how_a_key_is_given(
    visitor: Visitor, headers: dict[str, Any], reason: str | None
) -> None:
    answer = await visitor.http.post("/graphql", json=QUERY, headers=headers)
    assert answer.status_code == (401 if reason else 200)
    if reason:
        extensions = answer.json()["errors"][0]["extensions"]
        assert extensions == {"code": "UNAUTHENTICATED", "reason": reason}
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert answer.headers["x-ratelimit-limit"] == "600"
    query = await visitor.http.get("/graphql?api_key=key-full&query={__typename}")
    assert query.status_code == 401


@pytest.mark.parametrize("other", ["", "Basic YTpi", "Bearer", "bearer "])
async def test_a_header_beside_the_key_opens_nothing(visitor: Visitor, other: str) -> None:
    for given in (["Bearer key-full", other], [other, "Bearer key-full"]):
        headers = [("authorization", each) for each in given]
        answer = await visitor.http.post("/graphql", json=QUERY, headers=headers)
        assert answer.status_code == 200
        for without in ([], [("authorization", other)]):
            answer = await visitor.http.post("/graphql", json=QUERY, headers=without)
            assert answer.status_code == 401


async def test_scopes_and_tenants(visitor: Visitor) -> None:
    reader = await visitor.ask("{ calls { nodes { id } } }", key="key-leads")
    assert reader.status_code == 403
    (error,) = reader.json()["errors"]
    assert error["extensions"] == {"code": "FORBIDDEN", "missingScopes": ["calls:read"]}
    writing = 'mutation { deleteLead(input: { id: "x" }) { errors { code } } }'
    assert (await visitor.ask(writing, key="key-reader")).status_code == 403
    one = await visitor.ask(f'{{ lead(id: "{visitor.house.leads[0]}") {{ id }} }}', key="key-other")
    assert one.json()["data"] == {"lead": None}


async def test_revoked_within_seconds_on_a_real_server(house: House, tmp_path: Path) -> None:
    database = await connect(house.url)
    with server(house.url, tmp_path) as found:

        def asked(key: str) -> int:
            headers = {"authorization": f"Bearer {key}"}
            return httpx2.post(f"{found.url}/graphql", json=QUERY, headers=headers).status_code

        ends = {"scopes": ["full"], "expires_at": wire(now() + timedelta(seconds=2))}
        await add_key(database, house.workspaces[0], "brief", 900, ends)
        assert asked("key-second") == asked("key-full") == asked("brief") == 200
        mark = "$" if database.dialect == "postgres" else "?"
        async with database.transaction() as transaction:
            await transaction.fetch(
                f"UPDATE api_key SET revoked_at = {mark}1 WHERE name = {mark}2",
                [wire(now()), "key-second"],
            )
        revoked = time.monotonic()
        while asked("key-second") == 200:
            assert time.monotonic() - revoked < 5
            await asyncio.sleep(0.1)
        assert asked("key-full") == 200
        while time.monotonic() - revoked < 2.5:
            await asyncio.sleep(0.1)
        assert asked("brief") == 401
    await database.close()


async def test_a_client_token_ends_with_its_key(house: House) -> None:
    database = await connect(house.url)
    parent = await add_key(database, house.workspaces[0], "parent", 901, {"scopes": ["full"]})
    token = {"scopes": ["full"], "kind": ApiKeyKind.CLIENT_TOKEN, "parent_id": parent}
    await add_key(database, house.workspaces[0], "token", 902, {**token, "subject": "u1"})
    async with inside(house) as visitor:
        assert (await visitor.ask("{__typename}", key="token")).status_code == 200
    mark = "$" if database.dialect == "postgres" else "?"
    async with database.transaction() as transaction:
        await transaction.fetch(
            f"UPDATE api_key SET revoked_at = {mark}1 WHERE id = {mark}2", [wire(now()), parent]
        )
    async with inside(house) as visitor:
        assert (await visitor.ask("{__typename}", key="token")).status_code == 401
    await database.close()


async def test_a_client_token_may_no_more_than_its_key(house: House) -> None:
    database = await connect(house.url)
    scopes = ["leads:write", "calls:read"]
    parent = await add_key(database, house.workspaces[0], "wide", 903, {"scopes": scopes})
    token = {"scopes": scopes, "kind": ApiKeyKind.CLIENT_TOKEN, "parent_id": parent}
    await add_key(database, house.workspaces[0], "narrowed", 904, {**token, "subject": "u2"})
    mark = "$" if database.dialect == "postgres" else "?"
    async with database.transaction() as transaction:
        await transaction.fetch(
            f"UPDATE api_key SET scopes = {mark}1 WHERE id = {mark}2", ['["leads:read"]', parent]
        )
    async with inside(house) as visitor:

        async def codes(query: str) -> list[str]:
            answer = (await visitor.ask(query, key="narrowed")).json()
            return [each["extensions"]["code"] for each in answer.get("errors", [])]

        assert await codes("{ calls(first: 1) { nodes { id } } }") == ["FORBIDDEN"]
    await database.close()


class Counting:
    """A database that counts its reads, and can be taken away."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.dialect = database.dialect
        self.reads = 0
        self.away = False

    async def run(self, reads: Any) -> Any:
        self.reads += 1
        if self.away:
            reads.close()
            raise DatabaseUnavailableError("away")
        return await self.database.run(reads)

    def transaction(self) -> Any:
        return self.database.transaction()


async def test_guesses_do_not_flood_the_database(house: House) -> None:
    async with inside(house, address_rate_limit="20/minute") as visitor:
        keys = visitor.gateway.parts.authentication
        counting = keys._database = Counting(keys._database)  # type: ignore[assignment]
        assert (await visitor.ask("{__typename}")).status_code == 200
        for _ in range(5):
            assert (await visitor.ask("{__typename}", key="same")).status_code == 401
        statuses = [(await visitor.ask("{__typename}", key=f"guess{n}")) for n in range(60)]
        assert {each.status_code for each in statuses} == {401, 429}
        assert counting.reads <= 21
        refused = statuses[-1]
        assert refused.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
        assert int(refused.headers["retry-after"]) > 0
        # A key that was good is not held up by its neighbour's guesses.
        for known in keys._known.values():
            known.until = 0.0
        assert (await visitor.ask("{__typename}")).status_code == 200


async def test_requests_at_once_share_a_look_up(house: House) -> None:
    async with inside(house) as visitor:
        keys = visitor.gateway.parts.authentication
        counting = keys._database = Counting(keys._database)  # type: ignore[assignment]
        answers = await asyncio.gather(*[visitor.ask("{__typename}") for _ in range(30)])
        assert {each.status_code for each in answers} == {200}
        assert counting.reads == 1


async def test_an_outage(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "BELIEVED", 0.3)
    async with inside(house) as visitor:
        keys = visitor.gateway.parts.authentication
        counting = keys._database = Counting(keys._database)  # type: ignore[assignment]
        assert (await visitor.ask("{__typename}")).status_code == 200
        counting.away = True
        assert (await visitor.ask("{__typename}")).status_code == 200
        stranger = await visitor.ask("{__typename}", key="key-second")
        assert (stranger.status_code, _code(stranger)) == (503, "UNAVAILABLE")
        await asyncio.sleep(0.35)
        known = await visitor.ask("{__typename}")
        assert (known.status_code, _code(known)) == (503, "UNAVAILABLE")
        counting.away = False
        assert (await visitor.ask("{__typename}")).status_code == 200


async def test_last_use_is_noted(house: House) -> None:
    async with inside(house) as visitor:
        await visitor.ask("{__typename}", key="key-reader")
    database = await connect(house.url)
    async with database.transaction() as transaction:
        (row,) = await transaction.fetch(
            f"SELECT last_used_at FROM {ApiKey._meta.db_table} WHERE name = 'key-reader' "
            "AND last_used_at IS NOT NULL"
        )
    assert row[0]
    await database.close()


def _code(answer: httpx2.Response) -> str:
    code: str = answer.json()["errors"][0]["extensions"]["code"]
    return code
