"""`switchboard migrate`: the database's tables, brought up to date or back."""

from __future__ import annotations

import asyncio

import click

from gateway.settings import from_environment
from models import migrate as migrations


@click.command()
@click.option("--to", help="A migration's name to go back or forward to, or `zero`.")
def migrate(to: str | None) -> None:
    """Bring the database up to date."""
    settings = from_environment()
    asyncio.run(migrations.migrate(settings.database_url, target=to))
    click.echo("The database is up to date." if to is None else f"The database is at {to}.")
