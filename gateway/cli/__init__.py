"""The command `switchboard`."""

from __future__ import annotations

import click

from gateway.cli.demo import demo
from gateway.cli.doctor import doctor
from gateway.cli.import_ import import_
from gateway.cli.keys import keys
from gateway.cli.migrate import migrate
from gateway.cli.schema import schema
from gateway.cli.serve import serve
from gateway.cli.workspaces import workspaces
from gateway.settings import SettingsError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="switchboard-gateway", prog_name="switchboard")
def commands() -> None:
    """One GraphQL gateway for outbound sales.

    Every setting can be given by an environment variable SWITCHBOARD_<NAME>; see docs/settings.md.
    """


for command in (serve, migrate, demo, import_, keys, workspaces, schema, doctor):
    commands.add_command(command)


def main() -> None:
    """Run the command line."""
    try:
        commands()
    except SettingsError as error:
        raise SystemExit(f"switchboard: {error}") from None
