"""What `switchboard doctor` finds, and what it advises."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from gateway.cli import commands
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
    assert "migrations: 1 missing" in output
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


def _explorer_is_built() -> bool:
    from gateway.explorer.manifest import STATIC, read_manifest

    return read_manifest(STATIC) is not None
