"""`switchboard workspaces`: who shares nothing with whom."""

from __future__ import annotations

from typing import Any

import click

from gateway.cli.acting import act, problems_named
from gateway.cli.refusal import Refusal
from gateway.cli.running import chosen, run
from gateway.cli.table import plain, show
from models import Workspace, writing
from models.columns import new_id, now, wire
from models.database import Database, Transaction
from models.database.again import again
from resolvers import workspace as verbs
from resolvers.given import Given


@click.group()
def workspaces() -> None:
    """Workspaces."""


@workspaces.command()
@click.argument("name")
def create(name: str) -> None:
    """Make a workspace; its name must be free."""
    given = Given({"name": name})
    verbs.fields(given)
    with problems_named():
        columns = given.check()

    async def work(database: Database, _settings: object) -> int:
        return await again(lambda: _made(database, columns))

    click.echo(f"Workspace {run(work)}: {plain(str(columns['name']))}")


async def _made(database: Database, columns: dict[str, Any]) -> int:
    async with database.transaction() as transaction:
        if transaction.dialect == "postgres":
            await transaction.fetch("LOCK TABLE workspace IN SHARE ROW EXCLUSIVE MODE")
        if namesake := await _called(transaction, str(columns["name"])):
            raise Refusal(f"There is a workspace of that name: workspace_{namesake}.")
        rows = await transaction.fetch("SELECT coalesce(max(number), 0) + 1 FROM workspace")
        instant = wire(now())
        await writing.insert(
            transaction,
            Workspace,
            {
                "id": new_id(),
                "number": rows[0][0],
                "created_at": instant,
                "updated_at": instant,
                **columns,
            },
        )
    return int(rows[0][0])


async def _called(transaction: Transaction, name: str) -> str | None:
    """The id of the oldest workspace of this name: whoever makes another can't choose by name."""
    where = {"name": name, "closed_at": None}
    rows = await writing.find(transaction, Workspace, ("id",), where, limit=1)
    return str(rows[0][0]) if rows else None


@workspaces.command()
@click.argument("workspace")
@click.argument("name")
def rename(workspace: str, name: str) -> None:
    """Give WORKSPACE, chosen by name, number or id, a new NAME."""

    async def work(database: Database, _settings: object) -> str:
        id_, title = await chosen(database, workspace)
        await act(database, id_, verbs.update_workspace, {"name": name})
        return title

    click.echo(f"{plain(run(work))} is now {plain(name.strip())}.")


@workspaces.command("list")
def list_workspaces() -> None:
    """List the workspaces."""

    async def work(database: Database, _settings: object) -> list[tuple[str, ...]]:
        async with database.transaction() as transaction:
            rows = await transaction.fetch(
                "SELECT number, id, name FROM workspace WHERE closed_at IS NULL ORDER BY number"
            )
        return [(str(number), f"workspace_{id_}", name) for number, id_, name in rows]

    show(("NUMBER", "ID", "NAME"), run(work))
