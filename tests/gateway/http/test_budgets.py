"""Budgets of keys, subjects, workspaces and addresses, in memory and in Redis."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from gateway.limits import memory, rate
from gateway.limits.rate import RateLimits, network
from models import ApiKeyKind
from models.database import connect
from tests.databases import redis
from tests.gateway.serving import House, Visitor, add_key, inside
from tests.port import free_port


async def remaining(visitor: Visitor, key: str = "key-full") -> int:
    answer = await visitor.ask("{__typename}", key=key)
    return int(answer.headers["x-ratelimit-remaining"]) if answer.status_code == 200 else -1


async def test_a_key(house: House) -> None:
    async with inside(house, rate_limit="5/minute") as visitor:
        assert [await remaining(visitor) for _ in range(6)] == [4, 3, 2, 1, 0, -1]
        refused = await visitor.ask("{__typename}")
        assert refused.status_code == 429
        reset = int(refused.headers["x-ratelimit-reset"])
        assert 0 < reset - time.time() <= 61
        assert refused.json()["errors"][0]["extensions"]["resetAt"] == reset
        assert 0 < int(refused.headers["retry-after"]) <= 61
        # A key's own limit, another key, and no key: budgets of their own.
        assert [await remaining(visitor, "key-slow") for _ in range(4)] == [2, 1, 0, -1]
        assert await remaining(visitor, "key-second") == 4
        for path in ("/nope", "/"):
            answer = await visitor.http.get(path, headers={"x-api-key": "key-full"})
            assert answer.status_code == 429
        free = await visitor.http.get("/healthz", headers={"x-api-key": "key-full"})
        assert free.status_code == 200


async def test_a_subject_has_one_budget(house: House) -> None:
    database = await connect(house.url)
    parent = await add_key(database, house.workspaces[0], "parent", 901, {"scopes": ["full"]})
    token = {"scopes": ["full"], "kind": ApiKeyKind.CLIENT_TOKEN, "parent_id": parent}
    for number, (name, subject) in enumerate((("a", "one"), ("b", "one"), ("c", "two"))):
        columns = {**token, "subject": subject}
        await add_key(database, house.workspaces[0], name, 902 + number, columns)
    await database.close()
    async with inside(house, rate_limit="5/minute") as visitor:
        assert await remaining(visitor, "a") == 4
        assert await remaining(visitor, "b") == 3
        assert await remaining(visitor, "c") == 4
        assert await remaining(visitor, "parent") == 4


@pytest.mark.parametrize("column", ["requests_per_minute", "requests_per_day"])
async def test_a_workspace(house: House, column: str) -> None:
    database = await connect(house.url)
    async with database.transaction() as transaction:
        mark = "$1" if database.dialect == "postgres" else "?1"
        sql = f"UPDATE workspace SET {column} = 4 WHERE id = {mark}"
        await transaction.fetch(sql, [house.workspaces[0]])
    await database.close()
    async with inside(house, rate_limit="100/minute") as visitor:
        assert [await remaining(visitor) for _ in range(3)] == [3, 2, 1]
        assert await remaining(visitor, "key-second") == 0
        assert await remaining(visitor, "key-second") == -1
        assert await remaining(visitor, "key-other") == 99


async def test_the_installations_default_for_workspaces(house: House) -> None:
    async with inside(house, workspace_requests_per_minute=2) as visitor:
        assert await remaining(visitor) == 1
        assert await remaining(visitor, "key-second") == 0
        assert await remaining(visitor) == -1


async def test_large_documents_count_more(house: House) -> None:
    async with inside(house, rate_limit="50/minute") as visitor:
        fields = " ".join(f"n{n}: leads(first: 1) {{ nodes {{ ...F }} }}" for n in range(20))
        body = "id name email phone company number stage createdAt updatedAt version"
        query = f"{{ {fields} }} fragment F on Lead {{ {body} }}"
        first = await visitor.ask(query)
        assert (first.status_code, first.headers["x-ratelimit-remaining"]) == (200, "47")
        again = await visitor.ask(query)
        assert again.headers["x-ratelimit-remaining"] == "46"
        refused = query.replace("version", "version nothing")
        for left in ("43", "40"):
            assert (await visitor.ask(refused)).headers["x-ratelimit-remaining"] == left


def test_addresses() -> None:
    assert network("203.0.113.9") == "203.0.113.9"
    assert network("2001:db8:1:2:3:4:5:6") == network("2001:db8:1:2::1") == "2001:db8:1:2::"
    assert network("::ffff:203.0.113.9") == "203.0.113.9"
    assert network("fe80::1%eth0") == "fe80::"
    assert network("") == ""
    assert network("testclient") == "testclient"


def test_windows_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    store = memory.ProcessMemory()
    assert [store.acquire_entry("a", 2, 60) for _ in range(3)] == [True, True, False]
    clock[0] += 30
    assert store.get_moving_window("a", 2, 60) == (1000.0, 2)
    clock[0] += 31
    assert store.acquire_entry("a", 2, 60, amount=2)
    assert not store.acquire_entry("a", 2, 60)
    monkeypatch.setattr(store, "_until_swept", 1)
    clock[0] += 61
    assert store.acquire_entry("b", 1, 60)
    assert store.reset() == 1


async def test_servers_share_budgets_in_redis(postgres_copy: House, redis_url: str) -> None:
    house = postgres_copy
    async with (
        inside(house, rate_limit="50/hour", redis_url=redis_url) as first,
        inside(house, rate_limit="50/hour", redis_url=redis_url) as second,
    ):
        assert await remaining(first) == 49
        assert await remaining(second) == 48


@pytest.mark.parametrize("shared", [False, True])
async def test_batches_at_once(postgres_copy: House, redis_url: str, shared: bool) -> None:
    there = redis_url if shared else None
    batch = [{"query": "{__typename}"}] * 10
    async with inside(
        postgres_copy, rate_limit="21/minute", max_batch=10, redis_url=there
    ) as visitor:
        assert await remaining(visitor, "key-second") == 20
        headers = {"authorization": "Bearer key-second"}
        answers = await asyncio.gather(
            *[visitor.http.post("/graphql", json=batch, headers=headers) for _ in range(30)]
        )
        served = [each for each in answers if each.status_code == 200]
        # Those that were let in took one request each before any was counted whole.
        assert len(served) <= 2
        for each in answers:
            if each.status_code != 200:
                assert each.status_code == 429
                assert each.headers["x-ratelimit-remaining"] == "0"
                assert int(each.headers["retry-after"]) > 0
        assert await remaining(visitor, "key-second") == -1


async def test_redis_dies_and_comes_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate, "RETRY", 0.1)
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    async with inside(house, rate_limit="1000/minute", redis_url=url) as visitor:
        assert await remaining(visitor) == 999  # not there yet
        with redis(port):
            await asyncio.sleep(0.5)
            counted = [await remaining(visitor) for _ in range(5)]
            assert counted[-1] >= 994
        answers = await asyncio.gather(*[visitor.ask("{__typename}") for _ in range(50)])
        assert {each.status_code for each in answers} == {200}
        with redis(port):
            await asyncio.sleep(0.5)
            assert await remaining(visitor) >= 990
            assert await remaining(visitor) >= 990


async def test_redis_hangs() -> None:
    # The kernel takes connections, nobody ever answers.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        limits = RateLimits("5/minute", "5/minute", f"redis://127.0.0.1:{port}/0")
        begun = time.monotonic()
        for _ in range(5):
            assert (await limits.count((limits.key("a", None),))).allowed
        assert not (await limits.count((limits.key("a", None),))).allowed
        assert time.monotonic() - begun < 1.5
        await limits.close()


async def test_redis_hangs_when_many_come_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=500) as silent:
        port = silent.getsockname()[1]
        limits = RateLimits("50/minute", "5/minute", f"redis://127.0.0.1:{port}/0")
        begun = time.monotonic()
        coming = [limits.count((limits.key("a", None),)) for _ in range(100)]
        assert sum(each.allowed for each in await asyncio.gather(*coming)) == 50
        # Who stands in a queue for Redis does not wait for it once more.
        assert time.monotonic() - begun < 1.5
        await limits.close()
