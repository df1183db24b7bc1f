"""Commands whose output finds no room say so in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.gateway.cli.conftest import Switchboard
from tests.gateway.serving import ROOT


def run(command: str, url: str, *, both: bool = False) -> tuple[int, str]:
    """Exit code and errors of a command that prints to a full disk, or else `both` do."""
    program = "from gateway.cli import main; main()"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", program, *command.split()],
            cwd=ROOT,
            env={**os.environ, "SWITCHBOARD_DATABASE_URL": url},
            stdout=full,
            stderr=full if both else subprocess.PIPE,
            text=True,
            timeout=30,
            check=False,
        )
    return done.returncode, done.stderr or ""


@pytest.mark.parametrize("command", ["schema", "--help", "keys --help", "workspaces list"])
def test_a_full_disk_is_said_in_a_line(acme: Switchboard, database_url: str, command: str) -> None:
    code, errors = run(command, database_url)
    said = "Error: The output can't be written to its end: no space left on device.\n"
    assert (code, errors) == (1, said)


def test_a_key_that_can_t_be_shown_is_an_error(acme: Switchboard, database_url: str) -> None:
    code, errors = run("keys create --name Front", database_url)
    assert code == 1
    assert errors.startswith("Error: The output can't be written")


def test_without_room_for_the_error_the_exit_code_tells(database_url: str) -> None:
    assert run("schema", database_url, both=True)[0] != 0
