"""`switchboard keys`: API keys, made and revoked beside a running server."""

from __future__ import annotations

from collections.abc import Sequence

import click
import orjson

from gateway.cli.refusal import Refusal
from gateway.cli.running import chosen, run
from gateway.execution.numbers import Numbers
from models import ApiKey, ApiKeyKind, Dialect, EventType, Numbered, Subject, writing
from models.columns import now, uuid7, wire
from models.database import Database
from resolvers import secret
from schema.context import Caller
from schema.scope import SCOPES
from schema.unit import Unit

#: Who acts when the command line does.
COMMAND = "00000000-0000-7000-8000-000000000000"


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
@click.option("--raw", is_flag=True, help="Print the key and nothing else.")
def create(name: str, scopes: str, workspace: str | None, dialect: str, raw: bool) -> None:
    """Make a key; it is shown this once."""
    wanted = [each.strip() for each in scopes.split(",") if each.strip()]
    unknown = [each for each in wanted if each not in SCOPES]
    if unknown or not wanted:
        raise Refusal(
            f"Unknown scope {', '.join(unknown) or '(none given)'}; known are {', '.join(sorted(SCOPES))}."
        )

    async def work(database: Database, _settings: object) -> tuple[str, str]:
        id_, title = await chosen(database, workspace)
        return await make_key(database, id_, name, wanted, Dialect[dialect.upper()]), title

    key, title = run(work)
    click.echo(key if raw else f"{key}\n\nThe key to {title} is shown only now: keep it safe.")


async def make_key(
    database: Database,
    workspace: str,
    name: str,
    scopes: Sequence[str],
    dialect: Dialect = Dialect.SWITCHBOARD,
) -> str:
    """Add a key; gives the secret."""
    made = secret.new(dialect)
    number = (await Numbers(database).take(workspace, Numbered.API_KEY, 1))[0]
    async with database.transaction() as transaction:
        unit = Unit(transaction, Caller(workspace, COMMAND, frozenset({"full"})), wire(now()))
        row = await unit.insert(
            ApiKey,
            {
                "id": str(uuid7()),
                "number": number,
                "name": name,
                "kind": ApiKeyKind.KEY,
                "dialect": dialect,
                "prefix": made.prefix,
                "secret_hash": made.hash,
                "scopes": list(scopes),
            },
        )
        unit.record(EventType.API_KEY_CREATED, Subject.API_KEY, row["id"], f"Key {name} was made")
        await unit.flush()
    return made.raw


@keys.command("list")
@click.option("--workspace", help="Name, number or id of the workspace.")
def list_keys(workspace: str | None) -> None:
    """List the keys, never their secrets."""

    async def work(database: Database, _settings: object) -> list[tuple[str, ...]]:
        id_, _ = await chosen(database, workspace)
        async with database.transaction() as transaction:
            rows = await writing.find(
                transaction,
                ApiKey,
                ("number", "name", "prefix", "scopes", "revoked_at", "last_used_at"),
                {"workspace_id": id_},
            )
        return [
            (
                str(number),
                name,
                f"{prefix}…",
                ",".join(orjson.loads(scopes)),
                "revoked" if revoked else "active",
                (used or "never")[:16],
            )
            for number, name, prefix, scopes, revoked, used in rows
        ]

    rows = [("NUMBER", "NAME", "KEY", "SCOPES", "STATE", "LAST USED"), *run(work)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = zip(row, widths, strict=True)
        click.echo("  ".join(cell.ljust(width) for cell, width in cells).rstrip())


@keys.command()
@click.argument("key")
@click.option("--workspace", help="Name, number or id of the workspace.")
def revoke(key: str, workspace: str | None) -> None:
    """Revoke a key by its number, id or secret; a running server refuses it within 5 seconds."""

    async def work(database: Database, _settings: object) -> str | None:
        id_, _ = await chosen(database, workspace)
        async with database.transaction() as transaction:
            unit = Unit(transaction, Caller(id_, COMMAND, frozenset({"full"})), wire(now()))
            where: dict[str, object] = {"secret_hash": secret.digest(key)}
            if key.isdigit():
                where = {"number": int(key)}
            elif key.startswith("key_"):
                where = {"id": key.removeprefix("key_")}
            rows = await unit.find(ApiKey, ["id", "name", "revoked_at"], where)
            if not rows:
                return None
            found, name, revoked = rows[0]
            if revoked is None:
                children = await unit.find(ApiKey, ["id"], {"parent_id": found, "revoked_at": None})
                for each in (found, *(row[0] for row in children)):
                    row = await unit.update(ApiKey, each, {"revoked_at": unit.now})
                    unit.record(
                        EventType.API_KEY_REVOKED,
                        Subject.API_KEY,
                        each,
                        f"Key {name} was revoked",
                        version=row[0] if row else 1,
                    )
                await unit.flush()
            return str(name)

    name = run(work)
    if name is None:
        raise Refusal("There is no such key.")
    click.echo(f"{name} is revoked.")
