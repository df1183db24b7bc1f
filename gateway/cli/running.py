"""Running a command against the database of the settings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from gateway.cli.refusal import Refusal
from gateway.settings import Settings, from_environment
from models import Workspace
from models.database import Database, T, connect
from models.migrate import lacking


def run(work: Callable[[Database, Settings], Awaitable[T]]) -> T:
    """Open the database, do the work, close it; says plainly what is missing."""
    settings = from_environment()

    async def scene() -> T:
        if problem := await lacking(settings.database_url):
            raise Refusal(problem)
        database = await connect(settings.database_url, connections=2)
        try:
            return await work(database, settings)
        finally:
            await database.close()

    return asyncio.run(scene())


async def chosen(database: Database, name: str | None) -> tuple[str, str]:
    """The workspace with this name, number or id; the only one where none is named."""
    async with database.transaction() as transaction:
        rows = await transaction.fetch(
            f'SELECT id, number, name FROM "{Workspace._meta.db_table}" '
            "WHERE closed_at IS NULL ORDER BY number"
        )
    if name is None:
        if len(rows) == 1:
            return rows[0][0], rows[0][2]
        if not rows:
            raise Refusal("There is no workspace yet: run `switchboard workspaces create NAME`.")
        raise Refusal(
            f"There are {len(rows)} workspaces: choose one with --workspace; "
            "`switchboard workspaces list` shows them."
        )
    wanted = name.removeprefix("workspace_")
    found = [row for row in rows if wanted in (row[0], str(row[1]))]
    found = found or [row for row in rows if row[2] == name]
    if len(found) > 1:
        numbers = " or ".join(str(row[1]) for row in found)
        raise Refusal(f"Several workspaces are called {name!r}: choose by number, {numbers}.")
    if not found:
        raise Refusal(f"There is no workspace {name!r}: see `switchboard workspaces list`.")
    return found[0][0], found[0][2]
