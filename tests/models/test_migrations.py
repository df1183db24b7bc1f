"""Tables are what the models say, on both databases, forwards and backwards."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tortoise.context import TortoiseContext
from tortoise.migrations.autodetector import MigrationAutodetector
from tortoise.migrations.writer import MigrationWriter

from models import MODELS, Lead, Workspace, orm_config
from models.columns import Flag, Integer, Json, Text, Timestamp
from models.database import connect
from models.migrate import NewerDatabaseError, lacking, migrate, pending, undone
from tests.models import rows

POSTGRES_TYPES = {
    "BIGINT": "bigint",
    "BOOL": "boolean",
    "BYTEA": "bytea",
    "INT": "integer",
    "JSON": "json",
    'TEXT COLLATE "C"': "text",
    "TIMESTAMPTZ(3)": "timestamp with time zone",
    "UUID": "uuid",
}
# Columns that only the database knows: SQLite's row numbers.
OWN = {("lead", "row")}


#: The migrations of this version.
ALL = ["0001_initial", "0002_campaign_running"]


async def test_applies_and_reverts(empty_database_url: str) -> None:
    assert await pending(empty_database_url) == ALL
    await migrate(empty_database_url)
    assert await pending(empty_database_url) == []
    await migrate(empty_database_url, target="zero")
    assert await pending(empty_database_url) == ALL
    await migrate(empty_database_url)


async def test_a_newer_database_is_left_alone(database_url: str) -> None:
    database = await connect(database_url)
    try:
        async with database.transaction() as transaction:
            await transaction.fetch(
                "INSERT INTO tortoise_migrations (app, name, applied_at) "
                "SELECT app, '9999_future', applied_at FROM tortoise_migrations "
                "WHERE name = '0001_initial'"
            )
        for target in (None, "zero"):
            with pytest.raises(NewerDatabaseError, match="9999_future"):
                await migrate(database_url, target=target)
        for asked in (pending(database_url), lacking(database_url), undone(database_url, "zero")):
            with pytest.raises(NewerDatabaseError, match="9999_future"):
                await asked
        async with database.transaction() as transaction:
            assert await transaction.fetch("SELECT count(*) FROM lead")
    finally:
        await database.close()


async def test_reverts_when_filled(database_url: str) -> None:
    async with TortoiseContext() as context:
        await context.init(config=orm_config(database_url))
        workspace = await rows.workspace()
        agent = await rows.agent(workspace.id)
        await Workspace.filter(id=workspace.id).update(default_agent_id=agent.id)
        lead = await rows.lead(workspace.id, agent_id=agent.id)
        await rows.call(workspace.id, lead_id=lead.id, agent_id=agent.id)
    await migrate(database_url, target="zero")
    assert await pending(database_url) == ALL


async def test_two_at_once(empty_database_url: str) -> None:
    await asyncio.gather(migrate(empty_database_url), migrate(empty_database_url))
    assert await pending(empty_database_url) == []


async def test_while_another_makes_the_file(tmp_path: Path) -> None:
    url = f"sqlite://{tmp_path}/new.db"
    with closing(sqlite3.connect(tmp_path / "new.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        ours = asyncio.create_task(migrate(url))
        await asyncio.sleep(0.2)
        other.execute("COMMIT")
        await ours
    assert await pending(url) == []


async def test_tables_are_as_the_models_say(orm: TortoiseContext) -> None:
    database = orm.db()
    for model in MODELS:
        table = model._meta.db_table
        declared = {
            name: (field.get_for_dialect(database.capabilities.dialect, "SQL_TYPE"), field.null)
            for name, field in model._meta.fields_map.items()
        }
        if database.capabilities.dialect == "sqlite":
            found = await database.execute_query_dict(f"PRAGMA table_info({table})")
            actual = {
                row["name"]: (row["type"].upper(), not row["notnull"])
                for row in found
                if (table, row["name"]) not in OWN
            }
            if table == "event":  # the row number itself
                actual["sequence"] = ("BIGINT", False)
        else:
            found = await database.execute_query_dict(
                "SELECT column_name, data_type, is_nullable, collation_name "
                "FROM information_schema.columns WHERE table_name = $1",
                [table],
            )
            actual = {
                row["column_name"]: (row["data_type"], row["is_nullable"] == "YES") for row in found
            }
            declared = {name: (POSTGRES_TYPES[sql], null) for name, (sql, null) in declared.items()}
            texts = [row for row in found if row["data_type"] == "text"]
            assert {row["collation_name"] for row in texts} <= {"C"}, table
        assert actual == declared, table


async def test_nothing_to_migrate(orm: TortoiseContext) -> None:
    assert orm.apps is not None
    writers = await MigrationAutodetector(orm.apps, orm_config("")["apps"]).changes()
    assert [writer.as_string() for writer in writers] == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_field_is_described(model: Any) -> None:
    assert len(model.__doc__) > 30
    for name, field in model._meta.fields_map.items():
        assert field.description, f"{model.__name__}.{name}"
        assert field.description.endswith("."), f"{model.__name__}.{name}"


@pytest.fixture
def more_migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with our migrations and room for more."""
    name = f"more_{tmp_path.name}".replace("-", "_")
    package = tmp_path / name
    package.mkdir()
    (package / "__init__.py").touch()
    for each in ALL:
        (package / f"{each}.py").write_text(
            "from importlib import import_module\n\n"
            f"Migration = import_module('models.migrations.{each}').Migration\n"
        )

    def config(url: str) -> dict[str, Any]:
        config = orm_config(url)
        config["apps"]["models"]["migrations"] = name
        return config

    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("models.migrate.orm_config", config)
    yield package
    for module in [module for module in sys.modules if module.split(".")[0] == name]:
        del sys.modules[module]


async def test_generated_columns_apply_and_revert_on_filled_tables(
    database_url: str, more_migrations: Path
) -> None:
    from tortoise.migrations.operations import AddField

    added: dict[str, Any] = {
        "nickname": Text(null=True, description="What; friends call it."),
        "score": Integer(db_default=7),
        "hidden": Flag(db_default=False),
        "tags": Json(db_default=[]),
        "seen_at": Timestamp(null=True),
    }
    writer = MigrationWriter(
        "9999_more",
        "models",
        [AddField(model_name="Lead", name=name, field=field) for name, field in added.items()],
        dependencies=[("models", ALL[-1])],
    )
    (more_migrations / "9999_more.py").write_text(writer.as_string())
    async with TortoiseContext() as context:
        await context.init(config=orm_config(database_url))
        workspace = await rows.workspace()
        lead = await rows.lead(workspace.id)
        before = await schema(context)

    assert await pending(database_url) == ["9999_more"]
    await migrate(database_url)
    async with TortoiseContext() as context:
        await context.init(config=orm_config(database_url))
        [row] = await context.db().execute_query_dict(
            "SELECT nickname, score, hidden, tags, seen_at FROM lead"
        )
        assert list(row.values()) == [None, 7, False, "[]", None]
    await migrate(database_url, target=ALL[-1])
    async with TortoiseContext() as context:
        await context.init(config=orm_config(database_url))
        assert await schema(context) == before
        assert await Lead.filter(workspace_id=workspace.id).values_list("id", flat=True) == [
            lead.id
        ]
        await Lead.filter(id=lead.id).delete()


async def schema(context: TortoiseContext) -> list[Any]:
    """Everything that dropping a column must leave as it was."""
    if context.db().capabilities.dialect == "sqlite":
        query = "SELECT type, name, tbl_name FROM sqlite_schema ORDER BY 1, 2"
    else:
        query = (
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "UNION ALL SELECT indexname, indexdef FROM pg_indexes ORDER BY 1, 2"
        )
    return [tuple(row.values()) for row in await context.db().execute_query_dict(query)]
