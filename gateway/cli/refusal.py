"""What a command says when it can't do what it was asked."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click

PROGRAM = "switchboard"


class Refusal(click.ClickException):
    """A command can't go on: one line, and exit code 1."""

    def __init__(self, message: str) -> None:
        super().__init__(typed(message))


def typed(text: str) -> str:
    """The text with the commands it names as they can be typed here."""
    return text.replace(f"`{PROGRAM} ", f"`{_program()} ")


def _program() -> str:
    """`switchboard`, or the path it was called by where the shell would not find it."""
    called = sys.argv[0]
    if Path(called).name != PROGRAM:
        return PROGRAM
    found = shutil.which(PROGRAM)
    here = found is not None and Path(called).exists() and os.path.samefile(found, called)
    return PROGRAM if here else called
