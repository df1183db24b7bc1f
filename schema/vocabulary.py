"""Closed sets of words as GraphQL enums."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import strawberry

from models.vocabulary import Vocabulary


def vocabulary(words: type[Vocabulary]) -> None:
    """Make an enum of the graph from a vocabulary, with its words' meanings."""
    made: Any = strawberry.enum(words, description=" ".join((words.__doc__ or "").split()))
    for value in made.__strawberry_definition__.values:
        value.description = words.__descriptions__[value.name]


def vocabularies(module: ModuleType) -> None:
    """Make enums from all vocabularies that the module names."""
    for each in vars(module).values():
        if isinstance(each, type) and issubclass(each, Vocabulary) and each is not Vocabulary:
            vocabulary(each)
