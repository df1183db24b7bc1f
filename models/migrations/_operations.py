"""Operations of migrations whose SQL we write ourselves."""

from __future__ import annotations

import re
import sqlite3
from importlib import resources

from tortoise.migrations.operations import AddField, CreateModel, TortoiseOperation
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State

TOKENS = {
    "sqlite": {
        "uuid": "CHAR(36)",
        "text": "TEXT",
        "int": "INT",
        "bigint": "BIGINT",
        "flag": "INT",
        "bytes": "BLOB",
        "instant": "TEXT",
        "json": "TEXT",
        "now": "(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
        "true": "1",
        "false": "0",
        "valid json": "CHECK ({column} IS NULL OR json_valid({column}))",
        "valid flag": "CHECK ({column} IN (0, 1))",
    },
    "postgres": {
        "uuid": "uuid",
        "text": 'text COLLATE "C"',
        "int": "int",
        "bigint": "bigint",
        "flag": "bool",
        "bytes": "bytea",
        "instant": "timestamptz(3)",
        "json": "json",
        "now": "now()",
        "true": "true",
        "false": "false",
        "valid json": "",
        "valid flag": "",
    },
}


class TrackModels(TortoiseOperation):
    """Tells the ORM of models whose tables `RunSql` makes; does nothing to the database."""

    def __init__(self, *models: CreateModel) -> None:
        self.models = models

    def describe(self) -> str:
        """What `history` and `sqlmigrate` print."""
        return f"Know the models {', '.join(model.name for model in self.models)}"

    def state_forward(self, app_label: str, state: State) -> None:
        """Know each of them."""
        for model in self.models:
            model.state_forward(app_label, state)


class TrackFields(TortoiseOperation):
    """Tells the ORM of columns that `RunSql` adds; does nothing to the database."""

    def __init__(self, *fields: AddField) -> None:
        self.fields = fields

    def describe(self) -> str:
        """What `history` and `sqlmigrate` print."""
        return f"Know the fields {', '.join(each.name for each in self.fields)}"

    def state_forward(self, app_label: str, state: State) -> None:
        """Know each of them."""
        for each in self.fields:
            each.state_forward(app_label, state)


class RunSql(TortoiseOperation):
    """Runs files of SQL that lie beside the migration.

    A file named `<what>.<dialect>.sql` is for that database alone.
    """

    def __init__(self, forward: list[str], backward: list[str]) -> None:
        self.forward = forward
        self.backward = backward

    def describe(self) -> str:
        """What `history` and `sqlmigrate` print."""
        return f"Run {', '.join(self.forward)}"

    async def database_forward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Run the files that make it."""
        await self._run(self.forward, state_editor)

    async def database_backward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Run the files that undo it."""
        await self._run(self.backward, state_editor)

    async def _run(self, names: list[str], editor: BaseSchemaEditor | None) -> None:
        if editor is None:
            return
        for name in names:
            for statement in statements(name, editor.DIALECT):
                if editor.collect_sql:
                    editor.collected_sql.append(statement)
                else:
                    # One by one: a script would commit SQLite's transaction.
                    await editor.client.execute_query(statement)


def statements(name: str, dialect: str) -> list[str]:
    """The statements of this file for this database, in order."""
    _, *only, _ = name.rsplit("/", 1)[-1].split(".")
    if only and only != [dialect]:
        return []
    text = (resources.files("models.migrations") / name).read_text(encoding="utf-8")
    found: list[str] = []
    statement = ""
    for line in text.splitlines():
        code, marker, comment = line.partition("--")
        if marker and comment.strip() in TOKENS and comment.strip() != dialect:
            continue
        if not code.strip():
            continue
        statement += code.rstrip() + "\n"
        if complete(statement):
            found.append(spell(statement, dialect).strip())
            statement = ""
    if statement.strip():
        raise ValueError(f"{name} ends within a statement: {statement.strip()[:60]}")
    return found


def complete(statement: str) -> bool:
    """Whether the statement ends here; triggers and functions contain semicolons."""
    if statement.startswith("CREATE TRIGGER") and "EXECUTE FUNCTION" in statement:
        # PostgreSQL's triggers have no body, for whose end SQLite would wait.
        return statement.rstrip().endswith(";")
    return statement.count("$$") % 2 == 0 and sqlite3.complete_statement(statement)


def spell(statement: str, dialect: str) -> str:
    """The statement with the tokens in this database's words."""

    def word(match: re.Match[str]) -> str:
        return TOKENS[dialect][match["token"]].format(column=match["column"])

    return re.sub(r"<(?P<token>[a-z ]+)(?::(?P<column>\w+))?>", word, statement)
