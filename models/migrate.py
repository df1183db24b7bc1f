"""Brings a database to the tables that this version knows, or back."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import asyncpg
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.context import TortoiseContext
from tortoise.exceptions import OperationalError, TransactionManagementError
from tortoise.fields import Field
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget, PlanStep
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_editor import BaseSchemaEditor, SqliteSchemaEditor
from tortoise.models import Model
from tortoise.transactions import in_transaction

from models import orm_config
from models.database import DatabaseUnavailableError, sqlite_path
from models.database.reach import busy, make_file, reach
from models.database.sqlite_connection import UNUSABLE

APP = "models"
#: Stands in for a SQLite file that isn't there yet.
EMPTY = "sqlite://:memory:"
#: Seconds for which one waits for another that migrates the same SQLite file.
PATIENCE = 60
LOCK = 0x5377_6974_6368  # any number will do, as long as nobody else takes it


async def migrate(url: str, *, target: str | None = None) -> None:
    """Apply what is missing, or go back to `target`: a migration's name, or `zero`.

    All of it is one transaction, and two at a time wait for each other. Raises
    `DatabaseUnavailableError` like `pending`, and `UnknownMigrationError`.
    """
    await known(target)
    if not await reach(url):
        make_file(sqlite_path(url))
    try:
        async with _locked(url) as executor:
            # Tortoise's own way to the steps does not look for a newer version's.
            await executor.plan([_target(target)])
            await executor.migrate([_target(target)])
    except (OperationalError, TransactionManagementError) as error:
        cause = _unusable(error)
        if cause is None:
            raise
        raise DatabaseUnavailableError(str(cause)) from error


def _unusable(error: BaseException) -> Exception | None:
    """What says that the database can't be written at all, if that is what failed."""
    # The ORM wraps what the driver has raised.
    cause = next((each for each in error.args if isinstance(each, Exception)), None)
    refused = (asyncpg.InsufficientPrivilegeError, asyncpg.ReadOnlySQLTransactionError)
    if isinstance(cause, refused) or getattr(cause, "sqlite_errorname", "").startswith(UNUSABLE):
        return cause
    return None


class NewerDatabaseError(DatabaseUnavailableError):
    """The database has migrations that this version does not know."""


class UnknownMigrationError(Exception):
    """There is no migration of this name; says which there are."""


async def known(name: str | None = None) -> list[str]:
    """The migrations of this version in order; raises `UnknownMigrationError` for another name."""
    async with _context(EMPTY) as context:
        plan = await Executor(context.db(), _apps()).plan([_target(None)])
    names = [step.migration.name for step in plan]
    if name not in (None, "zero", *names):
        raise UnknownMigrationError(
            f"There is no migration {name!r}: choose zero or {' or '.join(names)}."
        )
    return names


async def undone(url: str, target: str) -> list[str]:
    """The migrations that going to `target` takes back, the newest first."""
    await known(target)
    if not await reach(url):
        return []
    async with _context(url) as context:
        plan = await Executor(context.db(), _apps()).plan([_target(target)])
        return [step.migration.name for step in plan if step.backward]


async def pending(url: str) -> list[str]:
    """Names of the migrations that this database lacks, in order. Changes nothing, makes no file.

    Raises `DatabaseUnavailableError`, whose message is the cause in one line.
    """
    there = await reach(url)
    async with _context(url if there else EMPTY) as context:
        plan = await Executor(context.db(), _apps()).plan([_target(None)])
        return [step.migration.name for step in plan]


async def lacking(url: str) -> str | None:
    """What the database lacks and what to do about it, in a sentence; None if nothing."""
    missing = await pending(url)
    if not missing:
        return None
    what = f"The database lacks {len(missing)} migration(s), from {missing[0]} on"
    if not await reach(url):
        return (
            f"There is no database {file_of(url)} yet: run `switchboard migrate`, or say in "
            "SWITCHBOARD_DATABASE_URL where it is."
        )
    return f"{what}: run `switchboard migrate`."


def file_of(url: str) -> Path:
    """The file by its whole path, as the address may be relative, and this another folder."""
    return Path(sqlite_path(url)).absolute()


class Recorder(MigrationRecorder):
    """Tortoise's recorder, fit to work within a transaction."""

    async def ensure_schema(self, schema_editor: BaseSchemaEditor) -> None:
        """Nothing: it runs a script, which would commit; `_locked` has made the table."""

    async def applied_migrations(self) -> list[MigrationKey]:
        """The applied ones; the stock one takes every failure for an empty database."""
        exists = (
            "SELECT 1 FROM sqlite_master WHERE name = 'tortoise_migrations'"
            if self.connection.capabilities.dialect == "sqlite"
            else "SELECT 1 WHERE to_regclass('tortoise_migrations') IS NOT NULL"
        )
        _, rows = await self.connection.execute_query(exists)
        return await super().applied_migrations() if rows else []

    async def make_table(self, schema_editor: BaseSchemaEditor) -> None:
        """Make the table of applied migrations unless it exists."""
        await super().ensure_schema(schema_editor)


class SqliteEditor(SqliteSchemaEditor):
    """Tortoise's editor, which keeps what our own SQL gave to the tables.

    The stock one drops a column by making the table anew from the model: the composite keys,
    foreign keys, partial indexes and triggers, which models do not know, would be gone.
    """

    async def _run_sql(self, sql: str) -> None:
        """Run statements one by one; they may contain semicolons in comments and triggers."""
        if self.collect_sql:
            self.collected_sql.append(sql)
            return
        statement = ""
        for part in sql.split(";"):
            statement += part + ";"
            if sqlite3.complete_statement(statement):
                if statement.strip("; \n"):
                    await self.client.execute_query(statement)
                statement = ""

    async def remove_field(self, model: type[Model], field: Field[Any]) -> None:
        """Drop the column in place."""
        column = field.source_field or field.model_field_name
        await self._run_sql(f'ALTER TABLE "{model._meta.db_table}" DROP COLUMN "{column}"')

    async def _remake_table(self, model: type[Model], *_: Any, **__: Any) -> None:
        """Refuse."""
        raise NotImplementedError(
            f"SQLite cannot change this in place, and {model._meta.db_table} must not be made "
            "anew from its model; write the change as RunSql."
        )


class Executor(MigrationExecutor):
    """Tortoise's executor with our recorder and our SQLite editor."""

    def __init__(self, connection: BaseDBAsyncClient, apps: dict[str, dict[str, Any]]) -> None:
        super().__init__(connection, apps)
        self.recorder = Recorder(connection)
        self.loader.recorder = self.recorder

    async def plan(self, targets: Iterable[MigrationTarget] | None = None) -> list[PlanStep]:
        """The steps; raises `NewerDatabaseError` rather than change what it doesn't know."""
        steps = await super().plan(targets)
        applied = await self.recorder.applied_migrations()
        unknown = sorted({each.name for each in applied if each not in self.loader.disk_migrations})
        if unknown:
            raise NewerDatabaseError(
                f"A newer version of Switchboard has migrated this database ({unknown[-1]}): "
                "update Switchboard, or go back with that version."
            )
        return steps

    def _schema_editor(self, atomic: bool = True, collect_sql: bool = False) -> BaseSchemaEditor:
        if self.connection.capabilities.dialect == "sqlite":
            return SqliteEditor(self.connection, atomic=atomic, collect_sql=collect_sql)
        return super()._schema_editor(atomic=atomic, collect_sql=collect_sql)


@asynccontextmanager
async def _context(url: str) -> AsyncIterator[TortoiseContext]:
    """An ORM of our own beside the application's; its connections are closed at the end."""
    context = TortoiseContext()
    async with context:
        await context.init(config=orm_config(url), init_connections=False)
        if url.startswith("sqlite://"):
            await _open_file(context.db())
        yield context


async def _open_file(client: BaseDBAsyncClient) -> None:
    """Open it with patience: while another one turns a new file to WAL, SQLite doesn't wait."""
    end = monotonic() + PATIENCE
    while True:
        try:
            return await client.create_connection(with_db=True)
        except sqlite3.Error as error:
            await client.close()
            if not busy(error) or monotonic() > end:
                raise DatabaseUnavailableError(str(error)) from error
        await asyncio.sleep(0.01)


@asynccontextmanager
async def _locked(url: str) -> AsyncIterator[Executor]:
    """An executor within one transaction that nobody else migrates beside."""
    async with _context(url) as context:
        client = context.db()
        sqlite = client.capabilities.dialect == "sqlite"
        if sqlite:
            await client.execute_query(f"PRAGMA busy_timeout = {PATIENCE * 1000}")
            await _make_recorder_table(client)
        async with in_transaction(client.connection_name) as transaction:
            if sqlite:
                # BEGIN alone locks nothing; the first statement must write.
                await transaction.execute_query("DELETE FROM tortoise_migrations WHERE 0")
            else:
                await transaction.execute_query("SELECT pg_advisory_xact_lock($1)", [LOCK])
                await _make_recorder_table(transaction)
            yield Executor(transaction, _apps())


async def _make_recorder_table(client: BaseDBAsyncClient) -> None:
    executor = Executor(client, _apps())
    recorder = executor.recorder
    assert isinstance(recorder, Recorder)
    await recorder.make_table(executor._schema_editor(atomic=False))


def _target(name: str | None) -> MigrationTarget:
    named = {None: "__latest__", "zero": "__first__"}.get(name, name)
    return MigrationTarget(app_label=APP, name=str(named))


def _apps() -> dict[str, dict[str, Any]]:
    apps: dict[str, dict[str, Any]] = orm_config("")["apps"]
    return apps
