"""Commands that errors name work as they are printed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.cli.refusal import typed


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called `switchboard` in a folder that is not on the PATH."""
    path = tmp_path / "bin" / "switchboard"
    path.parent.mkdir()
    path.touch(0o755)
    monkeypatch.setattr("sys.argv", [str(path)])
    return path


def test_a_program_off_the_path_is_named_as_it_was_called(program: Path) -> None:
    assert typed("run `switchboard migrate`.") == f"run `{program} migrate`."


def test_a_program_on_the_path_is_named_by_its_name(
    program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    assert typed("run `switchboard migrate`.") == "run `switchboard migrate`."
