"""SQLite's planner knows how many rows there are, while they come and when the file is opened."""

from __future__ import annotations

import pytest

from models import Agent, Lead, Workspace, search, writing
from models.columns import dump_json, uuid7
from models.database import Database, Reads, connect, sqlite_writer

FOUND = (
    "EXPLAIN QUERY PLAN SELECT t.name FROM lead t WHERE t.workspace_id = ?1 AND "
    f"{search.condition('anywhere', 't', 'sqlite', '?1', '?2')} "
    "ORDER BY t.created_at DESC, t.id DESC LIMIT 20"
)


async def fill(database: Database, leads: int) -> str:
    """A workspace with so many leads."""
    workspace = str(uuid7())
    async with database.transaction() as transaction:
        await writing.insert(transaction, Workspace, {"id": workspace, "number": 1, "name": "Acme"})
        rows = [
            {
                "id": str(uuid7()),
                "workspace_id": workspace,
                "number": number,
                "name": f"Lead {number}",
                "search": search.search_text(f"Lead {number}"),
                "last_activity_at": "2026-01-31T09:30:00.000Z",
            }
            for number in range(leads)
        ]
        await writing.insert_many(transaction, Lead, rows)
    return workspace


async def goes_to_what_was_found(database: Database, workspace: str) -> bool:
    """Whether a search reads the leads that it found, not all in order to see which it found."""

    def plan() -> Reads[str]:
        rows = yield FOUND, [workspace, "lead 12"]
        return " ".join(row[3] for row in rows)

    return "INTEGER PRIMARY KEY" in await database.run(plan())


async def test_learned_while_rows_come(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite_writer, "LEARN_AFTER", 1000)
    database = await connect(sqlite_url)
    try:
        assert not await goes_to_what_was_found(database, str(uuid7()))
        workspace = await fill(database, 2000)
        assert await goes_to_what_was_found(database, workspace)
    finally:
        await database.close()


async def test_learned_when_opened(sqlite_url: str) -> None:
    database = await connect(sqlite_url)
    workspace = await fill(database, 2000)
    assert not await goes_to_what_was_found(database, workspace)
    await database.close()
    database = await connect(sqlite_url)
    assert await goes_to_what_was_found(database, workspace)
    await database.close()


async def test_few_rows_are_found_rightly_by_in_and_a_range(sqlite_url: str) -> None:
    """SQLite before 3.42 took the first row of each agent, whatever the range."""
    database = await connect(sqlite_url)
    workspace = await fill(database, 4)
    async with database.transaction() as transaction:
        await transaction.fetch("UPDATE workspace SET number = 2")
    await fill(database, 4)
    agents = [str(uuid7()) for _ in range(4)]
    async with database.transaction() as transaction:
        for number, agent in enumerate(agents):
            values = {"number": number, "name": "Ava", "type": "OUTBOUND"}
            row = {"id": agent, "workspace_id": workspace, **values}
            await writing.insert(transaction, Agent, row)
            await transaction.fetch(
                "UPDATE lead SET agent_id = ?1 WHERE workspace_id = ?2 AND number = ?3",
                [agent, workspace, number],
            )
    await database.close()
    database = await connect(sqlite_url)

    def count(bound: str) -> Reads[int]:
        rows = yield (
            "SELECT count(*) FROM lead t WHERE t.agent_id IN (SELECT value FROM json_each(?1)) "
            f"AND t.workspace_id = ?2 AND t.created_at {bound} ?3",
            [dump_json(agents), workspace, "2020-01-01T00:00:00.000Z"],
        )
        return int(rows[0][0])

    try:
        assert await database.run(count("<")) == 0
        assert await database.run(count(">")) == 4
    finally:
        await database.close()


async def test_a_join_by_keys_reads_no_more_than_the_rows(sqlite_url: str) -> None:
    """With few rows known, SQLite before 3.42 read a whole table for a Bloom filter."""
    database = await connect(sqlite_url)
    workspace = await fill(database, 1)
    async with database.transaction() as transaction:
        agent = {"id": str(uuid7()), "number": 1, "name": "Ava", "type": "OUTBOUND"}
        await writing.insert(transaction, Agent, {**agent, "workspace_id": workspace})
    await database.close()
    database = await connect(sqlite_url)
    joins = " ".join(
        f"LEFT JOIN {table} t{place} ON t{place}.workspace_id = w.id AND t{place}.id = ?{place}"
        for place, table in enumerate(("agent", "lead", "agent", "lead"), 2)
    )
    names = ", ".join(f"t{place}.name" for place in range(2, 6))

    def plan() -> Reads[str]:
        sql = f"EXPLAIN QUERY PLAN SELECT {names} FROM workspace w {joins} WHERE w.id = ?1"
        rows = yield sql, [workspace, *("x",) * 4]
        return " ".join(row[3] for row in rows)

    try:
        steps = await database.run(plan())
        assert steps.count("(workspace_id=? AND id=?)") == 4
        assert "BLOOM" not in steps
    finally:
        await database.close()
