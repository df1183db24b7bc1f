"""The models' closed sets of words as GraphQL enums."""

from __future__ import annotations

from typing import Any

import strawberry

from models.vocabulary import Vocabulary


def vocabulary(words: type[Vocabulary], *, name: str | None = None) -> None:
    """Make an enum of the graph from a vocabulary, with its words' meanings."""
    if "__strawberry_definition__" in vars(words):
        return
    made: Any = strawberry.enum(
        words, name=name, description=" ".join((words.__doc__ or "").split())
    )
    for value in made.__strawberry_definition__.values:
        value.description = words.__descriptions__[value.name]
