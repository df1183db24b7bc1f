"""Which scopes an operation needs: they follow from its root fields and the types it selects."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from graphql import is_abstract_type, is_composite_type

from gateway.execution.selection import Selected
from schema.context import allows
from schema.noun import NOUNS
from schema.source import Aggregate, Asked, Live, Many, Referenced, Verb


@dataclass(frozen=True)
class Needs:
    """The scopes without which an operation is refused, each with the first field that needs it."""

    all: dict[str, str] = field(default_factory=dict)
    below: dict[str, dict[str, str]] = field(default_factory=dict)
    """What is selected of a noun that `node(id)` may find, by the scope that finds it.

    A noun that the caller can't read doesn't exist for it, and needs nothing.
    """

    def missing(self, scopes: frozenset[str]) -> dict[str, str]:
        """What the scopes lack; a scope is left out where another lacking one implies it."""
        found = {name: place for name, place in self.all.items() if not allows(scopes, name)}
        for scope, needs in self.below.items():
            if allows(scopes, scope):
                for name, place in needs.items():
                    if not allows(scopes, name):
                        found.setdefault(name, place)
        return {
            name: found[name]
            for name in sorted(found)
            if not allows(frozenset(found) - {name}, name)
        }


def needed(fields: Iterable[Selected]) -> Needs:
    """What the selection needs as a whole."""
    found = Needs()
    for each in fields:
        _walk(each, each.key, found, found.all)
    return found


def _walk(selected: Selected, place: str, needs: Needs, found: dict[str, str]) -> None:
    if selected.definition is None or selected.name.startswith("__"):
        return
    source, type_ = selected.source, selected.named_type
    for scope in _own(source, type_.name):
        found.setdefault(scope, place)
    if not is_composite_type(type_):
        return
    for each in selected.collector.possible_types(type_):
        into = found
        if is_abstract_type(type_):
            into = needs.below.setdefault(f"{NOUNS[each.name].scope}:read", {})
        for inner in selected.of(each):
            _walk(inner, f"{place}.{inner.key}", needs, into)


def _own(source: object, type_: str) -> frozenset[str]:
    """What a field needs by itself."""
    if isinstance(source, Verb | Asked | Live):
        return source.scopes
    if isinstance(source, Many | Aggregate):
        # A count tells of a noun as its rows do.
        return frozenset({f"{NOUNS[source.noun].scope}:read"})
    if isinstance(source, Referenced) and source.free:
        return frozenset()
    return frozenset({f"{NOUNS[type_].scope}:read"}) if type_ in NOUNS else frozenset()
