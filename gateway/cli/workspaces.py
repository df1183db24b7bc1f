"""`switchboard workspaces`: who shares nothing with whom."""

from __future__ import annotations

import click

from gateway.cli.running import run
from models import Workspace, writing
from models.columns import now, uuid7, wire
from models.database import Database


@click.group()
def workspaces() -> None:
    """Workspaces."""


@workspaces.command()
@click.argument("name")
def create(name: str) -> None:
    """Make a workspace."""

    async def work(database: Database, _settings: object) -> int:
        async with database.transaction() as transaction:
            if transaction.dialect == "postgres":
                await transaction.fetch("LOCK TABLE workspace IN SHARE ROW EXCLUSIVE MODE")
            rows = await transaction.fetch("SELECT coalesce(max(number), 0) + 1 FROM workspace")
            instant = wire(now())
            await writing.insert(
                transaction,
                Workspace,
                {
                    "id": str(uuid7()),
                    "number": rows[0][0],
                    "name": name,
                    "created_at": instant,
                    "updated_at": instant,
                },
            )
        return int(rows[0][0])

    click.echo(f"Workspace {run(work)}: {name}")


@workspaces.command("list")
def list_workspaces() -> None:
    """List the workspaces."""

    async def work(database: Database, _settings: object) -> list[tuple[int, str, str]]:
        async with database.transaction() as transaction:
            rows = await transaction.fetch(
                "SELECT number, id, name FROM workspace WHERE closed_at IS NULL ORDER BY number"
            )
        return [(row[0], row[1], row[2]) for row in rows]

    for number, id_, name in run(work):
        click.echo(f"{number}\tworkspace_{id_}\t{name}")
