"""Which scopes an operation needs: they follow from its root fields and the types it selects."""

from __future__ import annotations

from collections.abc import Iterable

from graphql import is_abstract_type, is_composite_type

from gateway.execution.selection import Selected
from schema.noun import NOUNS
from schema.source import Asked, Referenced, Verb

#: The noun that every key may read of itself.
FREE = frozenset({"PageInfo"})


def needed(fields: Iterable[Selected]) -> frozenset[str]:
    """The scopes without which the selection is refused as a whole.

    What `node(id)` may turn out to be is decided by the plan instead: a noun that the caller
    can't read doesn't exist for it.
    """
    found: set[str] = set()
    for field in fields:
        _walk(field, found)
    return frozenset(found)


def _walk(field: Selected, found: set[str]) -> None:
    if field.definition is None or field.name.startswith("__"):
        return
    source = field.source
    if isinstance(source, Verb | Asked):
        found |= source.scopes
    type_ = field.named_type
    if not is_composite_type(type_) or is_abstract_type(type_):
        return
    noun = NOUNS.get(type_.name)
    if noun is not None:
        own = source.scope if isinstance(source, Referenced) else None
        found.add(own or f"{noun.scope}:read")
    for each in field.of(type_):  # type: ignore[arg-type]
        _walk(each, found)
