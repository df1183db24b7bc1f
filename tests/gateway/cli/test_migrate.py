"""Databases brought up to date and back by command; nothing is lost without being asked."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from gateway.cli import commands
from tests.gateway.cli.conftest import Switchboard


def answer(url: str, said: str, *arguments: str) -> Result:
    return CliRunner().invoke(
        commands,
        ["migrate", *arguments],
        input=said,
        env={"SWITCHBOARD_DATABASE_URL": url},
    )


def test_a_filled_database_is_not_emptied_unasked(acme: Switchboard, database_url: str) -> None:
    for said in ("n\n", "\n", ""):
        result = answer(database_url, said, "--to", "zero")
        assert result.exit_code == 1
        assert "This empties the database." in result.output
        assert "  workspace                       1\n" in result.output
    assert "Acme" in acme("workspaces", "list").stdout
    result = answer(database_url, "y\n", "--to", "zero")
    assert result.exit_code == 0
    assert result.output.endswith("The database is at zero.\n")
    assert "lacks 2 migration(s)" in acme("workspaces", "list", code=1).output


def test_scripts_are_not_asked(acme: Switchboard, database_url: str) -> None:
    result = answer(database_url, "", "--to", "zero", "--yes")
    assert (result.exit_code, result.output) == (0, "The database is at zero.\n")


def test_an_empty_database_goes_back_and_forth(switchboard: Switchboard) -> None:
    assert "at zero" in switchboard("migrate", "--to", "zero").stdout
    assert "at 0001_initial" in switchboard("migrate", "--to", "0001_initial").stdout
    assert "up to date" in switchboard("migrate").stdout


def test_an_unknown_migration(acme: Switchboard, tmp_path: Path) -> None:
    for more in ((), ("--yes",)):
        output = acme("migrate", "--to", "nonsense", *more, code=1).output
        assert output.startswith("Error: There is no migration 'nonsense': choose zero or 0001_")
    url = f"sqlite://{tmp_path}/none/x.db"
    assert answer(url, "", "--to", "nonsense").exit_code == 1
    assert not (tmp_path / "none").exists()
