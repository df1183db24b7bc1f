"""`switchboard demo`: the demo workspace and a key to it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from gateway.app import utc_now
from gateway.cli.keys import make_key
from gateway.cli.running import run
from gateway.demo import load
from models.database import Database, sqlite_path

KEY_FILE = "demo.key"


@click.command()
def demo() -> None:
    """Load the demo workspace, once, and print a new key to it."""

    async def work(database: Database, _settings: object) -> str:
        return await make_key(database, await load(database, now=utc_now()), "Demo", ["full"])

    click.echo(run(work))


async def welcome(database: Database, now: datetime) -> str | None:
    """Fill an empty database with the demo workspace; gives the key to it, None if not empty."""
    async with database.transaction() as transaction:
        if await transaction.fetch("SELECT 1 FROM workspace LIMIT 1"):
            return None
    return await make_key(database, await load(database, now=now), "Demo", ["full"])


def keep(key: str, database_url: str) -> None:
    """Keep the demo's key for the next start, in a file that only its owner can read.

    It opens nothing but fictional data, and the page opened yesterday should work today.
    """
    path = _path(database_url)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(0o600)
    path.write_text(key + "\n")


def kept(database_url: str) -> str | None:
    """The key that an earlier start has kept."""
    path = _path(database_url)
    return path.read_text().strip() if path.exists() else None


def _path(database_url: str) -> Path:
    """Beside the embedded database, else under `var/`."""
    if database_url.startswith("sqlite://"):
        return Path(sqlite_path(database_url)).parent / KEY_FILE
    return Path("var") / KEY_FILE
