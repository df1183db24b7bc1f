"""Loading the demo: the same rows on every database, once, all or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tortoise.models import Model

import models
from gateway import demo
from models import MODELS, Workspace, writing
from models.columns import wire
from models.database import Database, ReferenceViolationError, connect
from tests.databases import copied

NOW = datetime(2026, 5, 13, 15, 20, 4, 567_891, tzinfo=UTC)
Dump = dict[str, list[tuple[Any, ...]]]


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Database]:
    database = await connect(url)
    try:
        yield database
    finally:
        await database.close()


async def dumped(database: Database) -> Dump:
    """Every column of every row as text, but for the order of insertion."""
    tables: Dump = {}
    async with database.transaction() as transaction:
        for model in MODELS:
            names = ", ".join(f'"{name}"' for name in columns(model))
            table = model._meta.db_table
            rows = await transaction.fetch(f'SELECT {names} FROM "{table}" ORDER BY id')
            tables[table] = [tuple(map(text, row)) for row in rows]
    return tables


def columns(model: type[Model]) -> list[str]:
    return [name for name in model._meta.fields_map if name != "sequence"]


def text(value: Any) -> Any:
    """Flags and instants as SQLite stores them."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.endswith("+00") and value[4:5] == "-":
        return wire(datetime.fromisoformat(value))
    return value


async def test_same_now_writes_same_rows_once(
    database_url: str, sqlite_template: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    with copied(sqlite_template, other) as url:
        await same_rows(database_url, url)


async def same_rows(url: str, other: str) -> None:
    async with opened(url) as first, opened(other) as second:
        assert await demo.load(first, now=NOW) == await demo.load(second, now=NOW) == demo.ID
        one, two = await dumped(first), await dumped(second)
        assert sum(map(len, one.values())) > 30_000
        for table, rows in one.items():
            assert rows == two[table], table
        # A second load changes nothing, whenever it is.
        assert await demo.load(first, now=NOW + timedelta(days=3)) == demo.ID
        assert await dumped(first) == one


async def test_two_loads_at_once_make_one_workspace(database_url: str) -> None:
    async with opened(database_url) as one, opened(database_url) as two:
        ids = await asyncio.gather(demo.load(one, now=NOW), demo.load(two, now=NOW))
        assert set(ids) == {demo.ID}
        assert len((await dumped(one))["workspace"]) == 1


async def test_a_load_outlasts_another_that_takes_long(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.database.postgres.LOCK_TIMEOUT", 0.5)
    async with opened(database_url) as one, opened(database_url) as two:
        async with one.transaction() as transaction:
            values = {"id": demo.ID, "number": 1, "name": "Acme"}
            await writing.insert(transaction, Workspace, values)
            ours = asyncio.create_task(demo.load(two, now=NOW))
            # Its rows take a moment to make; then it waits.
            await asyncio.sleep(1.7)
        assert await ours == demo.ID
        rows = (await dumped(one))["workspace"]
        assert [len(rows), "Acme" in rows[0]] == [1, True]


async def test_an_interrupted_load_leaves_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise ReferenceViolationError("interrupted")

    async with opened(database_url) as database:
        monkeypatch.setattr(demo, "update", fail)
        with pytest.raises(ReferenceViolationError, match="interrupted"):
            await demo.load(database, now=NOW)
        assert not any((await dumped(database)).values())
        monkeypatch.undo()
        assert await demo.load(database, now=NOW) == demo.ID


async def test_stands_beside_other_workspaces(database_url: str) -> None:
    async with opened(database_url) as database:
        async with database.transaction() as transaction:
            row = {"number": 7, "name": "Somebody else"}
            await writing.insert(transaction, Workspace, row)
        await demo.load(database, now=NOW)
        async with database.transaction() as transaction:
            ((number, simulated, version, agent),) = await writing.find(
                transaction,
                Workspace,
                ["number", "simulated", "version", "default_agent_id"],
                {"id": demo.ID},
            )
            ((name,),) = await writing.find(
                transaction, models.Agent, ["name"], {"workspace_id": demo.ID, "id": agent}
            )
    assert (number, bool(simulated), version, name) == (8, True, 2, "Ava")
