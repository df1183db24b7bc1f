"""Limits on documents before they are validated: one walk, in linear time.

A fragment is measured once and its measure added wherever it is spread, so that fragments that
double forty levels deep cost no more than their text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    StringValueNode,
    Visitor,
    visit,
)

from gateway.execution.request import refused

#: Sums stop growing here.
ENOUGH = 10**6
#: graphql-core itself bounds how deeply introspection may nest.
INTROSPECTION = frozenset({"__schema", "__type"})
#: Most aliases in introspection: each has all types written once more, and one below another all
#: of their fields as often again.
MAX_INTROSPECTION_ALIASES = 3
_ESCAPED_NUL = re.compile(r"\\u(0000|\{0+\})")


class Measure(NamedTuple):
    """What a selection amounts to with its fragments in place."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    fields: int = 0
    introspection: int = 0
    """Aliases of `__schema`, and below it and `__type`."""

    def beside(self, other: Measure) -> Measure:
        """Both, next to each other."""
        return Measure(
            max(self.depth, other.depth),
            min(self.aliases + other.aliases, ENOUGH),
            min(self.directives + other.directives, ENOUGH),
            min(self.fields + other.fields, ENOUGH),
            min(self.introspection + other.introspection, ENOUGH),
        )


@dataclass(frozen=True)
class DocumentLimits:
    """The most that an operation's document may amount to."""

    depth: int
    aliases: int
    directives: int
    root_fields: int
    fields: int = 2000

    def __call__(self, document: DocumentNode) -> int:
        """How many fields the document amounts to; refuses one that exceeds a limit."""
        walk = _Walk(document)
        total = 0
        for definition in document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                found = walk.selections(definition.selection_set)
                roots = walk.roots(definition.selection_set)
                directives = found.directives + len(definition.directives or ())
                for value, limit, what in (
                    (found.depth, self.depth, "levels of nesting"),
                    (found.aliases, self.aliases, "aliases"),
                    (directives, self.directives, "directives"),
                    (found.fields, self.fields, "fields, fragments counted where used"),
                    (roots, self.root_fields, "fields at the root"),
                    (found.introspection, MAX_INTROSPECTION_ALIASES, "aliases in introspection"),
                ):
                    if value > limit:
                        raise refused(
                            "DOCUMENT_TOO_LARGE",
                            f"The operation has more than {limit} {what}.",
                            limit=limit,
                        )
                total += found.fields
        _refuse_nul(document)
        return total


def _refuse_nul(document: DocumentNode) -> None:
    """PostgreSQL can't store NUL; in a literal it can only be an escape."""
    source = document.loc.source.body if document.loc else ""
    if _ESCAPED_NUL.search(source):
        visit(document, _NulFinder())


class _NulFinder(Visitor):
    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        if "\0" in node.value:
            raise refused("INVALID_TEXT", "Text must not contain NUL characters.")


class _Walk:
    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        self._measured: dict[str, Measure] = {}
        self._roots: dict[str, int] = {}
        self._open: set[str] = set()

    def selections(self, selected: SelectionSetNode) -> Measure:
        found = Measure()
        for each in selected.selections:
            found = found.beside(self._selection(each))
        return found

    def _selection(self, node: SelectionNode) -> Measure:
        own = Measure(directives=len(node.directives or ()))
        if isinstance(node, FieldNode):
            own = own._replace(depth=1, aliases=int(node.alias is not None), fields=1)
            if node.selection_set is None:
                return own
            if node.name.value in INTROSPECTION:
                below = self.selections(node.selection_set)
                whole = own.aliases if node.name.value == "__schema" else 0
                return own._replace(introspection=whole + below.aliases)
            below = self.selections(node.selection_set)
            return own.beside(below)._replace(depth=1 + below.depth)
        if isinstance(node, FragmentSpreadNode):
            return own.beside(self._fragment(node.name.value))
        return own.beside(self.selections(node.selection_set))  # type: ignore[attr-defined]

    def _fragment(self, name: str) -> Measure:
        if name in self._measured:
            return self._measured[name]
        # Unknown and circular fragments are for validation to refuse.
        if name in self._open or name not in self._fragments:
            return Measure()
        self._open.add(name)
        found = self._measured[name] = self.selections(self._fragments[name].selection_set)
        self._open.discard(name)
        return found

    def roots(self, selected: SelectionSetNode) -> int:
        found = 0
        for node in selected.selections:
            if isinstance(node, FieldNode):
                found += 1
            elif isinstance(node, FragmentSpreadNode):
                found += self._fragment_roots(node.name.value)
            else:
                found += self.roots(node.selection_set)  # type: ignore[attr-defined]
        return min(found, ENOUGH)

    def _fragment_roots(self, name: str) -> int:
        if name in self._roots:
            return self._roots[name]
        if name not in self._fragments:
            return 0
        self._roots[name] = 0
        self._roots[name] = self.roots(self._fragments[name].selection_set)
        return self._roots[name]
