"""The command `switchboard`."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import Any, NoReturn

import click

from gateway.cli.demo import demo
from gateway.cli.doctor import doctor
from gateway.cli.import_ import import_
from gateway.cli.keys import keys
from gateway.cli.migrate import migrate
from gateway.cli.refusal import Refusal
from gateway.cli.schema import schema
from gateway.cli.serve import serve
from gateway.cli.worker import worker
from gateway.cli.workspaces import workspaces
from gateway.settings import SettingsError
from models.database import DatabaseUnavailableError

#: Why what a command prints can't be written; a reader that has gone is click's matter.
_UNWRITTEN = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


class Commands(click.Group):
    """The commands; what any of them may meet is said alike."""

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the command line."""
        try:
            return super().main(*arguments, **options)
        except OSError as error:
            if error.errno not in _UNWRITTEN or error.filename is not None:
                raise
            _unwritten(error)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            raise Refusal(str(error)) from None
        except DatabaseUnavailableError as error:
            raise Refusal(f"The database can't be used: {error}.") from None


def _unwritten(error: OSError) -> NoReturn:
    """End because the output finds no room; what the command did before stays done."""
    reason = (error.strerror or str(error)).lower()
    with contextlib.suppress(OSError):
        Refusal(f"The output can't be written to its end: {reason}.").show()
        # What is left of it would be tried again when the process ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(1)


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="switchboard-gateway", prog_name="switchboard")
def commands() -> None:
    """One GraphQL gateway for outbound sales.

    Every setting can be given by an environment variable SWITCHBOARD_<NAME>; see docs/settings.md.
    """


for command in (serve, worker, migrate, demo, import_, keys, workspaces, schema, doctor):
    commands.add_command(command)


def main() -> None:
    """Run the command line."""
    commands()
