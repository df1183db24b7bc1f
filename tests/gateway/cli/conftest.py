"""Running commands on a fresh database."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pytest
from click.testing import CliRunner, Result

from gateway.cli import commands

Switchboard: TypeAlias = Callable[..., Result]
#: Names that nothing may have, and what is said of them.
UNFIT_NAMES = [
    ("", "name: A value is missing."),
    (" ", "name: A value is missing."),
    ("x" * 400, "name: At most 200 characters."),
]


@pytest.fixture
def switchboard(database_url: str) -> Switchboard:
    """`switchboard(*arguments)` on a migrated, empty database."""

    def run(*arguments: str, code: int = 0) -> Result:
        environment = {"SWITCHBOARD_DATABASE_URL": database_url}
        if database_url.startswith("postgres"):
            environment["SWITCHBOARD_SECRET_KEYS"] = "k" * 32
        result = CliRunner().invoke(commands, list(arguments), env=environment)
        assert result.exit_code == code, result.output + str(result.exception)
        return result

    return run


@pytest.fixture
def acme(switchboard: Switchboard) -> Switchboard:
    """The same with one workspace."""
    switchboard("workspaces", "create", "Acme")
    return switchboard
