"""`switchboard doctor`: what is wrong with the settings, and what to do about it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass

import click

from gateway.bounds import variable
from gateway.cli.redis import fault
from gateway.cli.refusal import typed
from gateway.explorer.manifest import STATIC, read_manifest
from gateway.graph import core
from gateway.keyring import KeyringError, key_file, vault
from gateway.limits.documents import trusted_documents
from gateway.limits.manifest import ManifestError
from gateway.media import media_store
from gateway.parts import preparing
from gateway.settings import Settings, SettingsError, from_environment
from models.database import Database, DatabaseUnavailableError, Dialect, Reads, connect
from models.database.reach import reach
from models.migrate import file_of, pending
from schema.vault import Vault, is_sealed


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
    keys = _keys(settings)
    yield keys.finding
    yield _media(settings)
    yield from asyncio.run(_database(settings, keys.vault))
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


@dataclass(frozen=True)
class Keys:
    """What there is to open secrets with."""

    finding: Finding
    vault: Vault | None = None


def _keys(settings: Settings) -> Keys:
    name = variable("secret_keys")
    try:
        found = vault(settings, make=False)
    except KeyringError as error:
        return Keys(Finding("vault", False, str(error)))
    path = key_file(settings)
    if found is None and path is None:
        said = "it has no key to seal and sign with"
        advice = f"Set {name}, the same for all servers; `openssl rand -hex 32` prints a key."
        return Keys(Finding("vault", False, said, advice))
    if found is None:
        return Keys(Finding("vault", True, f"the first start makes the key {path}"))
    if settings.keys:
        more = f", {len(settings.keys) - 1} more open" if len(settings.keys) > 1 else ""
        return Keys(Finding("vault", True, f"a key is set{more}"), found)
    assert path is not None
    if path.stat().st_mode & 0o077:
        said = f"other users of this machine may read {path}"
        return Keys(Finding("vault", False, said, f"Run `chmod 600 {path}`."), found)
    return Keys(Finding("vault", True, f"the key is in {path}; keep a copy of it"), found)


def _media(settings: Settings) -> Finding:
    folder = media_store(settings).root
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return Finding("recordings", True, f"are kept in {folder}")
    advice = f"Let this user write to {there}, or set {variable('media_directory')}."
    return Finding("recordings", False, f"{folder} can't be written", advice)


async def _sealed(database: Database, keys: Vault | None) -> Finding | None:
    """Whether all that is sealed can be opened; None where nothing is."""

    def read() -> Reads[list[bytes]]:
        rows = yield (
            "SELECT credentials FROM provider_account WHERE credentials IS NOT NULL "
            "UNION ALL SELECT secret FROM webhook UNION ALL SELECT previous_secret FROM webhook "
            "WHERE previous_secret IS NOT NULL",
            (),
        )
        return [bytes(row[0]) for row in rows]

    # Those of the demo's webhooks are noise.
    sealed = [each for each in await database.run(read()) if is_sealed(each)]
    if not sealed:
        return None
    lost = sum(keys is None or not keys.knows(each) for each in sealed)
    said = f"{len(sealed) - lost} of {len(sealed)} secrets of accounts and webhooks can be opened"
    advice = "Bring back the key that sealed the others, or enter them again and make new ones."
    return Finding("sealed", not lost, said, advice if lost else "")


async def _database(settings: Settings, keys: Vault | None) -> list[Finding]:
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
            more = (
                await _sealed(database, keys),
                await _links(database, settings),
                await _reports(database),
            )
            found += [each for each in more if each is not None]
    finally:
        await database.close()
    return found


async def _links(database: Database, settings: Settings) -> Finding | None:
    """Whether those who get e-mails, and providers, can reach us; None where there are none."""

    def real() -> Reads[list[str]]:
        rows = yield (
            "SELECT DISTINCT provider FROM provider_account WHERE active = true "
            "AND provider <> 'SIMULATOR' ORDER BY provider",
            (),
        )
        return [str(row[0]) for row in rows]

    accounts = await database.run(real())
    if not accounts:
        return None
    if settings.public_url:
        return Finding("links", True, f"lead to {settings.public_url}")
    said = "lead to this machine: those who want no more e-mails can't say so, and "
    said += "providers report nothing"
    advice = f"Set {variable('public_url')} to the address that the world reaches this server at."
    return Finding("links", False, f"those of {', '.join(accounts)} {said}", advice)


async def _reports(database: Database) -> Finding | None:
    """What providers reported that led nowhere; None where all of it did."""

    def count() -> Reads[dict[str, int]]:
        rows = yield (
            "SELECT state, count(*) FROM callback WHERE state IN ('UNMATCHED', 'FAILED') "
            "GROUP BY state",
            (),
        )
        return {str(state): int(number) for state, number in rows}

    states = await database.run(count())
    if not states:
        return None
    said = (
        f"{states.get('UNMATCHED', 0)} of providers wait for a call that is not known here, "
        f"{states.get('FAILED', 0)} could not be read or applied"
    )
    advice = "They are kept in the table `callback`, word for word; `error` says what is wrong."
    return Finding("reports", True, said, advice)


async def _workspaces(database: Database) -> Finding:
    def count() -> Reads[int]:
        rows = yield "SELECT count(*) FROM workspace", ()
        return int(rows[0][0])

    number = await database.run(count())
    advice = "" if number else "Run `switchboard workspaces create NAME` or `switchboard demo`."
    return Finding("workspaces", bool(number), f"{number}", advice)
