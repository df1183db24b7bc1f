"""What `switchboard doctor` finds, and what it advises."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from click.testing import CliRunner

from gateway.cli import commands
from models import Callback, CallbackState, Provider, ProviderAccount, writing
from models.database import Row, connect
from schema.vault import Vault
from tests.gateway.cli.conftest import Switchboard


def diagnose(**environment: str) -> tuple[int, str]:
    result = CliRunner().invoke(commands, ["doctor"], env=environment)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def test_a_sound_installation(acme: Switchboard) -> None:
    output = acme("doctor", code=0 if _explorer_is_built() else 1).output
    assert "ok  migrations: up to date" in output
    assert "ok  workspaces: 1" in output


def test_missing_migrations(tmp_path: Path) -> None:
    (tmp_path / "x.db").touch()
    code, output = diagnose(SWITCHBOARD_DATABASE_URL=f"sqlite://{tmp_path}/x.db")
    assert code == 1
    assert re.search(r"migrations: [1-9]\d* missing", output)
    assert "→ Run `switchboard migrate`." in output


def test_a_database_that_is_not_there() -> None:
    code, output = diagnose(SWITCHBOARD_DATABASE_URL="postgres://nobody@127.0.0.1:1/none")
    assert code == 1
    assert "nothing listens at 127.0.0.1:1" in output


def test_bad_settings() -> None:
    code, output = diagnose(SWITCHBOARD_PORT="many")
    assert code == 1
    assert "SWITCHBOARD_PORT" in output
    code, output = diagnose(SWITCHBOARD_COLOUR="red")
    assert code == 1
    assert "There is no setting SWITCHBOARD_COLOUR" in output


def test_all_bad_settings_are_named() -> None:
    code, output = diagnose(SWITCHBOARD_PORT="many", SWITCHBOARD_TRUSTED_PROXIES="nobody")
    assert code == 1
    assert output.count("BAD settings: ") == 2


def test_trusted_documents(acme: Switchboard, tmp_path: Path, database_url: str) -> None:
    path = tmp_path / "documents.json"
    settings = {"SWITCHBOARD_DATABASE_URL": database_url, "SWITCHBOARD_DOCUMENTS": str(path)}
    code, output = diagnose(**settings)
    assert code == 1
    assert f"BAD documents: {path}: No such file or directory." in output
    path.write_text('{"a": "{ nothing }"}')
    assert "BAD documents: " in diagnose(**settings)[1]
    path.write_text('{"a": "{ viewer { workspace { name } } }"}')
    assert "ok  documents: 1 can be trusted" in diagnose(**settings)[1]


def test_keys_for_secrets(acme: Switchboard, database_url: str) -> None:
    settings = {"SWITCHBOARD_DATABASE_URL": database_url}
    if database_url.startswith("postgres"):
        code, output = diagnose(**settings)
        assert code == 1
        assert "BAD vault: it has no key" in output
        assert "→ Set SWITCHBOARD_SECRET_KEYS" in output
        return
    key = Path(database_url.removeprefix("sqlite://")).with_suffix(".key")
    assert f"ok  vault: the first start makes the key {key}" in diagnose(**settings)[1]
    assert not key.exists()
    key.write_text("k" * 64)
    key.chmod(0o640)
    code, output = diagnose(**settings)
    assert code == 1
    assert f"→ Run `chmod 600 {key}`." in output
    key.chmod(0o600)
    assert f"ok  vault: the key is in {key}" in diagnose(**settings)[1]
    key.write_text("")
    assert f"BAD vault: {key} holds no key." in diagnose(**settings)[1]
    settings["SWITCHBOARD_SECRET_KEYS"] = f"{'a' * 32},{'b' * 32}"
    assert "ok  vault: a key is set, 1 more open" in diagnose(**settings)[1]


def test_secrets_whose_key_is_gone(acme: Switchboard, database_url: str) -> None:
    def add(place: int, key: str) -> None:
        workspace = asyncio.run(_rows(database_url, "SELECT id FROM workspace"))[0][0]
        sealed = Vault.of([key]).seal(str(workspace), "x", b"secret")
        asyncio.run(_insert(database_url, str(workspace), place, sealed))

    settings = {"SWITCHBOARD_DATABASE_URL": database_url, "SWITCHBOARD_SECRET_KEYS": "k" * 32}
    assert "sealed:" not in diagnose(**settings)[1]
    add(1, "k" * 32)
    output = diagnose(**settings)[1]
    assert "ok  sealed: 1 of 1 secrets" in output
    assert "BAD links: those of TWILIO lead to this machine" in output
    public = {"SWITCHBOARD_PUBLIC_URL": "https://api.example.com"}
    assert "ok  links: lead to https://api.example.com" in diagnose(**settings, **public)[1]
    add(2, "l" * 32)
    code, output = diagnose(**settings)
    assert code == 1
    assert "BAD sealed: 1 of 2 secrets" in output
    assert "→ Bring back the key" in output


def test_reports_that_led_nowhere(acme: Switchboard, database_url: str) -> None:
    settings = {"SWITCHBOARD_DATABASE_URL": database_url, "SWITCHBOARD_SECRET_KEYS": "k" * 32}
    assert "reports:" not in diagnose(**settings)[1]
    workspace = str(asyncio.run(_rows(database_url, "SELECT id FROM workspace"))[0][0])
    states = (CallbackState.UNMATCHED, CallbackState.UNMATCHED, CallbackState.FAILED)
    for place, state in enumerate((*states, CallbackState.APPLIED)):
        asyncio.run(_report(database_url, workspace, str(place), state))
    _, output = diagnose(**settings)
    assert "ok  reports: 2 of providers wait for a call" in output
    assert "1 could not be read or applied" in output


async def _report(url: str, workspace: str, mark: str, state: CallbackState) -> None:
    database = await connect(url)
    try:
        async with database.transaction() as transaction:
            values = {
                "workspace_id": workspace,
                "provider": Provider.TWILIO,
                "fingerprint": mark,
                "state": state,
                "body": b"",
            }
            await writing.insert(transaction, Callback, values)
    finally:
        await database.close()


async def _rows(url: str, sql: str) -> list[Row]:
    database = await connect(url)
    try:
        async with database.transaction() as transaction:
            return await transaction.fetch(sql)
    finally:
        await database.close()


async def _insert(url: str, workspace: str, place: int, sealed: bytes) -> None:
    database = await connect(url)
    try:
        async with database.transaction() as transaction:
            values = {
                "workspace_id": workspace,
                "name": "Twilio",
                "provider": Provider.TWILIO,
                "credentials": sealed,
                "callback_token": f"token-{place}",
            }
            await writing.insert(transaction, ProviderAccount, values)
    finally:
        await database.close()


def test_where_recordings_are_kept(tmp_path: Path) -> None:
    settings = {"SWITCHBOARD_DATABASE_URL": f"sqlite://{tmp_path}/x.db"}
    assert f"ok  recordings: are kept in {tmp_path}/media" in diagnose(**settings)[1]
    assert not (tmp_path / "media").exists()
    (tmp_path / "file").touch()
    settings["SWITCHBOARD_MEDIA_DIRECTORY"] = f"{tmp_path}/file/media"
    code, output = diagnose(**settings)
    assert code == 1
    assert f"BAD recordings: {tmp_path}/file/media can't be written" in output
    assert "or set SWITCHBOARD_MEDIA_DIRECTORY." in output


def _explorer_is_built() -> bool:
    from gateway.explorer.manifest import STATIC, read_manifest

    return read_manifest(STATIC) is not None
