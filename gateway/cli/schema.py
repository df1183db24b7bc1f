"""`switchboard schema`: the graph's SDL."""

from __future__ import annotations

import click

from gateway.graph import sdl


@click.command()
def schema() -> None:
    """Print the schema."""
    click.echo(sdl(), nl=False)
