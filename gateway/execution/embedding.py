"""Which columns an embedded object can't be without."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLNonNull

from gateway.execution.selection import source_of
from schema.noun import Noun
from schema.source import Column, Embedded


def required(noun: Noun, type_: Any, source: Embedded) -> list[str]:
    """The columns whose null makes the object null: an amount without currency is none."""
    if source.present is None:
        return []
    found = [source.present]
    for column in demanded(type_, source):
        if noun.nullable(column) and column not in found:
            found.append(column)
    return found


def demanded(type_: Any, source: Embedded) -> list[str]:
    """The columns that stand behind the object's non-null fields."""
    names = dict(source.columns)
    found = []
    for field in type_.fields.values():
        inner = source_of(field)
        if isinstance(inner, Column) and isinstance(field.type, GraphQLNonNull):
            found.append(names.get(inner.name, inner.name))
    return found
