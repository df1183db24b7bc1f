"""`switchboard demo`: the demo workspace and a key to it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from gateway.cli.keys import make_key
from gateway.cli.running import run
from gateway.clock import utc_now
from gateway.demo import ID, load
from models import ApiKey, Workspace
from models.database import Database, sqlite_path
from models.writing import find
from resolvers import secret

KEY_FILE = "demo.key"


@click.command()
def demo() -> None:
    """Load the demo workspace, once, and print a new key to it."""

    async def work(database: Database, _settings: object) -> str:
        return await make_key(database, await load(database, now=utc_now()), "Demo", ["full"])

    click.echo(run(work))


async def welcome(database: Database, database_url: str, now: datetime) -> str | None:
    """A key to the demo workspace, which an empty database is filled with; None without it.

    The key of an earlier start is kept as long as it opens: it opens nothing but fictional data,
    and the page opened yesterday should work today.
    """
    async with database.transaction() as transaction:
        others = await transaction.fetch("SELECT 1 FROM workspace LIMIT 1")
        if others and not await find(transaction, Workspace, ("id",), {"id": ID}):
            return None
    id_ = await load(database, now=now)
    path = _path(database_url)
    before = path.read_text().strip() if path.exists() else ""
    if await _opens(database, id_, before):
        return before
    key = await make_key(database, id_, "Demo", ["full"])
    path.parent.mkdir(parents=True, exist_ok=True)
    # For its owner's eyes only.
    path.touch(0o600)
    path.write_text(key + "\n")
    return key


async def _opens(database: Database, workspace_id: str, key: str) -> bool:
    where = {
        "workspace_id": workspace_id,
        "secret_hash": secret.digest(key),
        "revoked_at": None,
        "expires_at": None,
    }
    async with database.transaction() as transaction:
        return bool(await find(transaction, ApiKey, ("id",), where))


def _path(database_url: str) -> Path:
    """Beside the embedded database, else under `var/`."""
    if database_url.startswith("sqlite://"):
        return Path(sqlite_path(database_url)).parent / KEY_FILE
    return Path("var") / KEY_FILE
