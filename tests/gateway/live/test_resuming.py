"""Cursors: what may be gone on from, what may not, and that nothing is lost or told twice."""

from __future__ import annotations

import asyncio
import base64
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from models.columns import new_id, now, wire
from models.database import Database, DatabaseUnavailableError
from tests.gateway.live.hall import ACTIVITY, CREATE, Hall, opened
from tests.gateway.serving import House

START = "{ cursor }"


async def write(database: Database, sql: str, *values: Any) -> None:
    """Carry out a statement written for PostgreSQL."""
    if database.dialect == "sqlite":
        for place in range(len(values), 0, -1):
            sql = sql.replace(f"${place}", f"?{place}")
    async with database.transaction() as transaction:
        await transaction.fetch(sql, values)


def cursor(workspace: str, epoch: str, position: int) -> str:
    raw = UUID(workspace).bytes + UUID(epoch).bytes + position.to_bytes(8, "big")
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def parts(text: str) -> tuple[str, str, int]:
    raw = base64.urlsafe_b64decode(text + "==")
    return str(UUID(bytes=raw[:16])), str(UUID(bytes=raw[16:32])), int.from_bytes(raw[32:], "big")


async def refused(hall: Hall, after: str, key: str = "key-full") -> dict[str, Any]:
    async with hall.socket(key) as talk:
        await talk.begin(ACTIVITY, after=after)
        answer = await talk.hear()
        assert answer["type"] == "error"
        found: dict[str, Any] = answer["payload"][0]["extensions"]
        return found


async def test_what_was_missed_comes_first(hall: Hall) -> None:
    start = (await hall.ask(START))["cursor"]
    for number in range(5):
        await hall.ask(CREATE, name=f"before {number}")
    async with hall.socket() as talk:
        await talk.begin(ACTIVITY, after=start)
        events = await talk.events(5)
        await hall.ask(CREATE, name="after")
        events += await talk.events(1)
    names = [each["activity"]["subject"]["name"] for each in events]
    assert names == [*[f"before {number}" for number in range(5)], "after"]
    # Any of them goes on from there, whatever the filter.
    async with hall.socket() as talk:
        await talk.begin(ACTIVITY, after=events[2]["cursor"], filter={"type": ["LEAD_CREATED"]})
        assert await talk.events(3) == events[3:]
        await talk.begin(ACTIVITY, "2", after=events[-1]["cursor"])
        assert await talk.silent()


async def test_the_cursor_of_a_mutation_is_before_what_it_did(hall: Hall) -> None:
    done = (await hall.ask(CREATE, name="Ada"))["createLead"]
    async with hall.socket() as talk:
        await talk.begin(ACTIVITY, after=done["cursor"], filter={"leadId": done["lead"]["id"]})
        (event,) = await talk.events(1)
        assert event["type"] == "LEAD_CREATED"


async def test_entries_of_the_feed_are_cursors(hall: Hall) -> None:
    for name in "abc":
        await hall.ask(CREATE, name=name)
    await hall.settle()
    ascending = "activity(first: 100, orderBy: {field: POSITION, direction: ASC}"
    feed = await hall.ask(
        f"{{ newest: activity(first: 2) {{ pageInfo {{ startCursor endCursor }} }} "
        f"oldest: {ascending}) {{ pageInfo {{ hasNextPage endCursor }} }} }}"
    )
    newest, oldest = feed["newest"]["pageInfo"], feed["oldest"]["pageInfo"]
    while oldest["hasNextPage"]:
        query = f'{{ activity: {ascending}, after: "{oldest["endCursor"]}") {{ pageInfo {{ hasNextPage endCursor }} }} }}'
        oldest = (await hall.ask(query))["activity"]["pageInfo"]
    async with hall.socket() as talk:
        await talk.begin(ACTIVITY, "a", after=newest["startCursor"])
        await talk.begin(ACTIVITY, "b", after=oldest["endCursor"])
        assert await talk.silent()
        await talk.begin(ACTIVITY, "c", after=newest["endCursor"])
        (event,) = await talk.events(1, "c")
        assert event["activity"]["subject"]["name"] == "c"
    # Another workspace's entry is as one that never was.
    assert (await refused(hall, newest["startCursor"], "key-other"))["code"] == "INVALID_CURSOR"


async def test_foreign_future_and_foul_cursors(hall: Hall) -> None:
    await hall.ask(CREATE, name="Ada")
    await hall.settle()
    good = (await hall.ask(START))["cursor"]
    workspace, epoch, position = parts(good)
    assert workspace == hall.house.workspaces[0]
    bad = [
        (await hall.ask(START, "key-other"))["cursor"],
        cursor(workspace, epoch, position + 1),
        cursor(workspace, epoch, 2**64 - 1),
        cursor(new_id(), epoch, position),
        good[:-1],
        good + "A",
        good[:-1] + "é",
        good[:-1] + "/",
        # The same bytes, spelled otherwise.
        good[:-1] + chr(ord(good[-1]) + 1),
        "A" * 54,
        "",
        "\x7f" * 54,
    ]
    for each in bad:
        found = await refused(hall, each)
        assert (found["code"], found["argument"]) == ("INVALID_CURSOR", ["after"]), each


async def test_gaps(hall: Hall) -> None:
    database = hall.gateway.parts.database
    start = (await hall.ask(START))["cursor"]
    workspace, epoch, position = parts(start)
    for name in "abc":
        await hall.ask(CREATE, name=name)
    await hall.settle()
    # The log was restored from a backup.
    found = await refused(hall, cursor(workspace, new_id(), position))
    assert found["code"] == "GAP"
    assert parts(found["cursor"])[1] == epoch
    # The floor has risen.
    await write(
        database, "UPDATE log SET floor = $1 WHERE workspace_id = $2", position + 2, workspace
    )
    found = await refused(hall, start)
    assert found["code"] == "GAP"
    assert parts(found["cursor"]) == (workspace, epoch, position + 2)
    async with hall.socket() as talk:
        await talk.begin(ACTIVITY, after=found["cursor"])
        (event,) = await talk.events(1)
        assert event["activity"]["subject"]["name"] == "c"
    # What followed is older than the window.
    old = wire(now() - timedelta(days=8))
    sql = "UPDATE event SET created_at = $1 WHERE workspace_id = $2 AND position = $3"
    await write(database, sql, old, workspace, position + 3)
    found = await refused(hall, cursor(workspace, epoch, position + 2))
    assert parts(found["cursor"])[2] == position + 3


async def test_a_log_that_is_restored_meanwhile(hall: Hall) -> None:
    async with hall.socket() as talk:
        await talk.begin(ACTIVITY)
        await asyncio.sleep(0.1)
        sql = "UPDATE log SET epoch = $1 WHERE workspace_id = $2"
        await write(hall.gateway.parts.database, sql, new_id(), hall.house.workspaces[0])
        answer = await talk.hear()
        assert answer["payload"][0]["extensions"]["code"] == "GAP"
        await talk.begin(ACTIVITY, after=answer["payload"][0]["extensions"]["cursor"])
        await hall.ask(CREATE, name="Ada")
        assert (await talk.events(1))[0]["activity"]["subject"]["name"] == "Ada"


async def test_a_workspace_without_a_past(house: House) -> None:
    async with opened(house) as hall:
        database = hall.gateway.parts.database
        for table in ("delivery", "event", "log"):
            await write(
                database, f"DELETE FROM {table} WHERE workspace_id = $1", house.workspaces[1]
            )
        start = (await hall.ask(START, "key-other"))["cursor"]
        async with hall.socket("key-other") as live, hall.socket("key-other") as late:
            await live.begin(ACTIVITY, after=start)
            await asyncio.sleep(0.1)
            await hall.ask(CREATE, "key-other", name="First")
            (event,) = await live.events(1)
            assert parts(event["cursor"])[2] == 1
            await late.begin(ACTIVITY, after=start)
            assert await late.events(1) == [event]


async def test_a_database_that_is_restarted(postgres_copy: House) -> None:
    async with opened(postgres_copy) as hall, hall.socket() as talk:
        await talk.begin(ACTIVITY)
        await hall.ask(CREATE, name="before")
        (before,) = await talk.events(1)
        database = hall.gateway.parts.database
        with pytest.raises(DatabaseUnavailableError):
            await write(
                database,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() ORDER BY pid = pg_backend_pid()",
            )
        await talk.begin(ACTIVITY, "2", after=before["cursor"])
        await asyncio.sleep(0.5)
        await hall.ask(CREATE, name="after")
        found = {(await talk.hear())["id"] for _ in range(2)}
        assert found == {"1", "2"}


@pytest.mark.parametrize("count", [3, 700])
async def test_the_seam(hall: Hall, count: int) -> None:
    """Many subscribe while others write: each gets every event once, in order."""
    start = (await hall.ask(START))["cursor"]
    many = "mutation($leads: [CreateLeadInput!]!) { bulkCreateLeads(input: {leads: $leads, duplicates: CREATE}) { createdCount } }"
    written = 0

    async def add(size: int) -> None:
        nonlocal written
        leads = [{"name": f"lead {written + number}"} for number in range(size)]
        written += size
        await hall.ask(many, leads=leads)

    for _ in range(0, count, 350):
        await add(min(count, 350))

    async def follow() -> list[int]:
        async with hall.socket() as talk:
            await talk.begin("subscription($a: String) { activity(after: $a) { cursor } }", a=start)
            events = await talk.events(count + 60)
            return [parts(each["cursor"])[2] for each in events]

    followers = []
    for _ in range(20):
        followers.append(asyncio.create_task(follow()))
        await add(3)
    first = parts(start)[2] + 1
    for each in followers:
        assert await each == list(range(first, first + len(await each)))
