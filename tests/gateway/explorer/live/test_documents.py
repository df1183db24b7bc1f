"""What the live page asks of the graph is in the graph, and costs little."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

WEB = Path(__file__).parents[4] / "gateway" / "explorer" / "web"
SCHEMA = Path(__file__).parents[4] / "schema.graphql"


def documents() -> dict[str, str]:
    """The documents by their names, their fragments filled in."""
    text = (WEB / "live" / "documents.js").read_text()
    found = dict(re.findall(r"const (\w+) = `(.*?)`;", text, re.DOTALL))
    fragments = {name: each for name, each in found.items() if each.lstrip().startswith("fragment")}
    for name in fragments:
        del found[name]
    return {
        name: re.sub(r"\$\{(\w+)\}", lambda match: fragments[match[1]], each)
        for name, each in found.items()
    }


@pytest.mark.parametrize("name", sorted(documents()))
def test_a_document_is_valid(name: str) -> None:
    schema = build_schema(SCHEMA.read_text())
    assert validate(schema, parse(documents()[name])) == []


def test_each_subscription_can_be_resumed() -> None:
    followed = {name: each for name, each in documents().items() if "subscription" in each}
    assert set(followed) == {"CALLS", "SPOKEN", "PROGRESSED", "HAPPENED"}
    for text in followed.values():
        assert "after: $after" in text
        assert "cursor" in text
