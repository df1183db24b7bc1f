"""`switchboard doctor`: what is wrong with the settings, and what to do about it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import click

from gateway.app import preparing
from gateway.cli.redis import fault
from gateway.cli.refusal import typed
from gateway.explorer.manifest import STATIC, read_manifest
from gateway.graph import core
from gateway.limits.documents import trusted_documents
from gateway.limits.manifest import ManifestError
from gateway.settings import Settings, SettingsError, from_environment, variable
from models.database import Database, DatabaseUnavailableError, Dialect, Reads, connect
from models.database.reach import reach
from models.migrate import file_of, pending


@dataclass(frozen=True)
class Finding:
    """One thing looked at."""

    subject: str
    good: bool
    said: str
    advice: str = ""


@click.command()
def doctor() -> None:
    """Check settings, database and migrations, and say what to do."""
    bad = 0
    for finding in _findings():
        bad += not finding.good
        mark = click.style("ok  ", fg="green") if finding.good else click.style("BAD ", fg="red")
        click.echo(f"{mark}{finding.subject}: {finding.said}")
        if finding.advice:
            click.echo(f"    → {typed(finding.advice)}")
    if bad:
        raise SystemExit(1)


def _findings() -> Iterator[Finding]:
    try:
        settings = from_environment()
    except SettingsError as error:
        for said in error.problems:
            yield Finding("settings", False, said)
        return
    yield Finding("settings", True, "all of them can be read")
    yield from asyncio.run(_database(settings))
    if settings.redis_url:
        problem = fault(settings.redis_url)
        advice = f"Check {variable('redis_url')} and that Redis runs." if problem else ""
        yield Finding("redis", problem is None, problem or "answers", advice)
    if settings.documents:
        yield _documents(settings, settings.documents)
    if settings.explorer:
        good = read_manifest(STATIC) is not None
        advice = "" if good else f"Run `make explorer`, or set {variable('explorer')}=false."
        yield Finding("explorer", good, "built" if good else "not built", advice)


def _documents(settings: Settings, path: str) -> Finding:
    dialect: Dialect = "sqlite" if settings.database_url.startswith("sqlite://") else "postgres"
    preparation = preparing(settings, core(), dialect)
    try:
        number = len(trusted_documents(path, preparation))
    except ManifestError as error:
        return Finding("documents", False, str(error), f"Check {variable('documents')}.")
    finally:
        preparation.close()
    return Finding("documents", True, f"{number} can be trusted")


async def _database(settings: Settings) -> list[Finding]:
    url = settings.database_url
    try:
        if not await reach(url):
            said = f"there is no file {file_of(url)} yet"
            advice = (
                "Run `switchboard migrate` to make it, or say in "
                f"{variable('database_url')} where the database is."
            )
            return [Finding("database", False, said, advice)]
        missing = await pending(url)
        database = await connect(url, connections=1)
    except DatabaseUnavailableError as error:
        return [Finding("database", False, str(error), f"Check {variable('database_url')}.")]
    found = [Finding("database", True, f"{database.dialect} answers")]
    try:
        if missing:
            said = f"{len(missing)} missing, from {missing[0]} on"
            found.append(Finding("migrations", False, said, "Run `switchboard migrate`."))
        else:
            found.append(Finding("migrations", True, "up to date"))
            found.append(await _workspaces(database))
    finally:
        await database.close()
    return found


async def _workspaces(database: Database) -> Finding:
    def count() -> Reads[int]:
        rows = yield "SELECT count(*) FROM workspace", ()
        return int(rows[0][0])

    number = await database.run(count())
    advice = "" if number else "Run `switchboard workspaces create NAME` or `switchboard demo`."
    return Finding("workspaces", bool(number), f"{number}", advice)
