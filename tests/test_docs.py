"""What the documents show can be asked: every piece of GraphQL in them fits the schema."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import parse, validate

from gateway.graph import core

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```graphql\n(.*?)^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`((?:query|mutation|subscription)[^`]*\{[^`]+\})`")


def shown() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        text = page.read_text()
        for pattern in (_BLOCK, _INLINE):
            for found in pattern.finditer(text):
                line = text[: found.start()].count("\n") + 1
                yield f"{page.name}:{line}", found[1]


@pytest.mark.parametrize("text", [pytest.param(text, id=place) for place, text in shown()])
def test_it_fits_the_schema(text: str) -> None:
    # An ellipsis stands for what the reader has.
    assert validate(core(), parse(text)) == []
