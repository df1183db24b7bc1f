"""`switchboard keys`: API keys, made and revoked beside a running server."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import click

from gateway.cli.acting import act
from gateway.cli.refusal import Refusal
from gateway.cli.running import chosen, run
from gateway.cli.table import plain, show
from models import ApiKey, Dialect, writing
from models.columns import now, wire
from models.database import Database, Row
from resolvers import secret
from resolvers.api_keys import create_api_key, revoke_api_key
from resolvers.existing import held
from schema import identity
from schema.errors import InvalidIdError
from schema.scope import SCOPES

#: What `keys list` reads of a key.
COLUMNS = (
    "number",
    "name",
    "subject",
    "prefix",
    "scopes",
    "revoked_at",
    "expires_at",
    "last_used_at",
)


@click.group()
def keys() -> None:
    """API keys."""


@keys.command()
@click.option("--name", required=True, help="What to call the key.")
@click.option("--scopes", default="full", help="Scopes, separated by commas.", show_default=True)
@click.option("--workspace", help="Name, number or id of the workspace.")
@click.option(
    "--dialect",
    type=click.Choice([each.lower() for each in Dialect.__members__]),
    default="switchboard",
    show_default=True,
    help="Whose form the key has.",
)
@click.option(
    "--documents-only", is_flag=True, help="Serve it only documents of SWITCHBOARD_DOCUMENTS."
)
@click.option(
    "--requests-per-minute",
    type=click.IntRange(1, 1_000_000),
    help="How many requests it may make; SWITCHBOARD_RATE_LIMIT if not given.",
)
@click.option(
    "--expires-in-days",
    type=click.IntRange(1, 3650),
    help="How long it works; until it is revoked if not given.",
)
@click.option("--raw", is_flag=True, help="Print the key and nothing else.")
def create(
    name: str,
    scopes: str,
    workspace: str | None,
    dialect: str,
    documents_only: bool,
    requests_per_minute: int | None,
    expires_in_days: int | None,
    raw: bool,
) -> None:
    """Make a key; it is shown this once."""
    wanted = [each.strip() for each in scopes.split(",") if each.strip()]
    unknown = [each for each in wanted if each not in SCOPES]
    if unknown:
        raise Refusal(f"Unknown scope {', '.join(unknown)}; known are {', '.join(sorted(SCOPES))}.")

    async def work(database: Database, _settings: object) -> tuple[str, str]:
        id_, title = await chosen(database, workspace)
        key = await make_key(
            database,
            id_,
            name,
            wanted,
            dialect=Dialect[dialect.upper()].value,
            documentsOnly=documents_only,
            requestsPerMinute=requests_per_minute,
            expiresAt=expires_in_days and wire(now() + timedelta(days=expires_in_days)),
        )
        return key, title

    key, title = run(work)
    click.echo(
        key if raw else f"{key}\n\nThe key to {plain(title)} is shown only now: keep it safe."
    )


async def make_key(
    database: Database,
    workspace: str,
    name: str,
    scopes: Sequence[str],
    **more: Any,
) -> str:
    """Add a key, with what else `createApiKey` takes; gives the secret."""
    input = {"name": name, "scopes": list(scopes), **more}
    made = await act(database, workspace, create_api_key, input)
    return str(made["key"])


@keys.command("list")
@click.option("--workspace", help="Name, number or id of the workspace.")
def list_keys(workspace: str | None) -> None:
    """List the keys, never their secrets."""

    async def work(database: Database, _settings: object) -> list[tuple[str, ...]]:
        id_, _ = await chosen(database, workspace)
        async with database.transaction() as transaction:
            rows = await writing.find(
                transaction, ApiKey, COLUMNS, {"workspace_id": id_}, limit=100_000
            )
        return [_line(row) for row in rows]

    show(("NUMBER", "NAME", "SUBJECT", "KEY", "SCOPES", "STATE", "EXPIRES", "LAST USED"), run(work))


def _line(row: Row) -> tuple[str, ...]:
    key = held(ApiKey, COLUMNS, row)
    state = "active"
    if key["revoked_at"] is not None:
        state = "revoked"
    elif key["expires_at"] is not None and key["expires_at"] <= wire(now()):
        state = "expired"
    return (
        str(key["number"]),
        key["name"],
        key["subject"] or "",
        f"{key['prefix']}…",
        ",".join(key["scopes"]),
        state,
        (key["expires_at"] or "never")[:16],
        (key["last_used_at"] or "never")[:16],
    )


@keys.command()
@click.argument("key")
@click.option("--workspace", help="Name, number or id of the workspace.")
def revoke(key: str, workspace: str | None) -> None:
    """Revoke a key by its number, id or secret; a running server refuses it within 5 seconds."""

    async def work(database: Database, _settings: object) -> tuple[str, int] | None:
        id_, _ = await chosen(database, workspace)
        where = {"workspace_id": id_, **_named(key)}
        async with database.transaction() as transaction:
            rows = await writing.find(transaction, ApiKey, ("id", "name"), where)
        if not rows:
            return None
        uuid, name = rows[0]
        done = await act(database, id_, revoke_api_key, {"id": f"key_{uuid}"})
        return str(name), int(done["revoked_count"])

    found = run(work)
    if found is None:
        raise Refusal("There is no such key.")
    name, count = found
    tokens = f", and {count - 1} client tokens with it" if count > 1 else ""
    click.echo(f"{plain(name)} is revoked{tokens}.")


def _named(key: str) -> dict[str, object]:
    """The columns that tell a key: its number, its id or the hash of its secret."""
    if key.isdecimal() and len(key) < 10:
        return {"number": int(key)}
    with suppress(InvalidIdError):
        return {"id": identity.parse(key, "key")}
    return {"secret_hash": secret.digest(key)}
