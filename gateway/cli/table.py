"""Rows on the terminal, in columns."""

from __future__ import annotations

from collections.abc import Sequence

import click


def show(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows below their head, each column as wide as its widest cell."""
    lines = [head, *(tuple(map(plain, row)) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(head))]
    for line in lines:
        cells = zip(line, widths, strict=True)
        click.echo("  ".join(cell.ljust(width) for cell, width in cells).rstrip())


def plain(text: str) -> str:
    """The text with nothing in it that a terminal would obey: anybody may have written it."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "�" for c in text)
