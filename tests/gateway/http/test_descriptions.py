"""Introspection: whatever the graph has says what it means."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from graphql import get_introspection_query

import models
from models.vocabulary import Vocabulary
from tests.gateway.serving import Visitor

#: GraphQL's own.
STANDARD = {"String", "Int", "Float", "Boolean", "ID"}


async def test_everything_is_described(visitor: Visitor) -> None:
    answer = await visitor.data(get_introspection_query(descriptions=True))
    types = [
        each
        for each in answer["__schema"]["types"]
        if each["name"] not in STANDARD and not each["name"].startswith("__")
    ]
    assert len(types) > 100
    assert [place for each in types for place in bare(each, each["name"])] == []


async def test_words_mean_what_the_models_say(visitor: Visitor) -> None:
    words = {
        each.__name__: each
        for each in Vocabulary.__subclasses__()
        if each.__module__.startswith("models.")
    }
    assert set(words) <= set(vars(models))
    query = "{ __schema { types { name description enumValues { name description } } } }"
    types = (await visitor.data(query))["__schema"]["types"]
    shown = {each["name"]: each for each in types if each["name"] in words}
    assert {"LeadStage", "CallStatus", "Provider"} <= set(shown)
    for name, found in shown.items():
        assert found["description"] == " ".join((words[name].__doc__ or "").split())
        meanings = {each["name"]: each["description"] for each in found["enumValues"]}
        assert meanings == {each.name: each.description for each in words[name]}


def test_what_is_never_shown_is_not_there() -> None:
    sdl = (Path(__file__).parents[3] / "schema.graphql").read_text()
    assert "Never shown" not in sdl


def bare(thing: dict[str, Any], place: str) -> Iterator[str]:
    """Where a description is missing, in a type or whatever belongs to it."""
    if not thing["description"]:
        yield place
    for part in ("fields", "args", "inputFields", "enumValues"):
        for each in thing.get(part) or ():
            yield from bare(each, f"{place}.{each['name']}")
