"""`switchboard migrate`: the database's tables, brought up to date or back."""

from __future__ import annotations

import asyncio

import click

from gateway.cli.refusal import Refusal
from gateway.settings import from_environment
from models import MODELS
from models import migrate as migrations
from models.database import Database, Reads, connect


@click.command()
@click.option("--to", help="A migration's name to go back or forward to, or `zero`.")
@click.option("--yes", is_flag=True, help="Don't ask before data is lost.")
def migrate(to: str | None, yes: bool) -> None:
    """Bring the database up to date."""
    url = from_environment().database_url
    try:
        if to is not None and not yes:
            loss = asyncio.run(_loss(url, to))
            if loss is not None:
                click.confirm(f"{loss}\nGo on? (--yes does without asking)", abort=True)
        before = asyncio.run(migrations.pending(url))
        asyncio.run(migrations.migrate(url, target=to))
    except migrations.UnknownMigrationError as error:
        raise Refusal(str(error)) from None
    if to is not None:
        click.echo(f"The database is at {to}.")
    elif before:
        click.echo(f"Applied {', '.join(before)}. The database is up to date.")
    else:
        click.echo("The database is up to date already.")


async def _loss(url: str, to: str) -> str | None:
    """What going back destroys, in words; None if nothing."""
    undone = await migrations.undone(url, to)
    if not undone:
        return None
    database = await connect(url, connections=1)
    try:
        rows = await _rows(database)
    finally:
        await database.close()
    if not rows:
        return None
    said = f"This takes back {', '.join(undone)}, and all data in what it brought is lost."
    if to == "zero":
        said = "This empties the database. Lost are rows of:"
        said += "".join(f"\n  {table:<20} {count:>12,}" for table, count in rows.items())
    return said


async def _rows(database: Database) -> dict[str, int]:
    """How many rows the tables have that have any."""
    tables = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if database.dialect == "sqlite"
        else "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
    )
    ours = {model._meta.db_table for model in MODELS}

    def count() -> Reads[dict[str, int]]:
        there = yield tables, ()
        found = {}
        for name in sorted(ours & {row[0] for row in there}):
            rows = yield f'SELECT count(*) FROM "{name}"', ()
            found[name] = int(rows[0][0])
        return {name: number for name, number in found.items() if number}

    return await database.run(count())
