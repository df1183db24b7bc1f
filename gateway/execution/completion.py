"""Failures in an answer become errors with paths, and nulls move up to the next nullable field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)
from orjson import Fragment

from gateway.execution.selection import Selected
from schema.errors import InternalError, SwitchboardError


@dataclass(eq=False, slots=True)
class Failure:
    """Stands in an answer where a field has failed."""

    error: Exception
    nodes: list[FieldNode]


class Failing(dict[Any, Any]):
    """The children of parents whose list could not be read: each one fails alike."""

    def __init__(self, failure: Failure) -> None:
        super().__init__()
        self._failure = failure

    def __missing__(self, key: object) -> Failure:
        return self._failure


class Typed(dict[str, Any]):
    """An object in the place of an interface or union, with its type's name."""

    __slots__ = ("type",)
    type: str


class _NullError(Exception):
    """A non-null field is null."""


def complete(
    data: dict[str, Any], fields: list[Selected]
) -> tuple[dict[str, Any] | None, list[GraphQLError]]:
    """The answer with its failures replaced, and their errors."""
    errors: list[GraphQLError] = []
    try:
        return _object(data, fields, [], errors), errors
    except _NullError:
        return None, errors


def _object(
    value: dict[str, Any], fields: list[Selected], path: list[str | int], errors: list[Any]
) -> dict[str, Any]:
    found = {}
    escaped = False
    for field in fields:
        if field.definition is None:
            found[field.key] = value[field.key]
            continue
        try:
            found[field.key] = _field(
                value[field.key], field.definition.type, field, [*path, field.key], errors
            )
        except _NullError:
            # The other fields' errors are reported all the same.
            escaped = True
    if escaped:
        raise _NullError
    return found


def _field(
    value: Any, type_: Any, field: Selected, path: list[str | int], errors: list[Any]
) -> Any:
    if isinstance(type_, GraphQLNonNull):
        found = _field(value, type_.of_type, field, path, errors)
        if found is None:
            raise _NullError
        return found
    if value is None or isinstance(value, Fragment):
        # What the database wrote as text has no failures.
        return value
    if isinstance(value, Failure):
        errors.append(located(value.error, value.nodes, path))
        return None
    try:
        if isinstance(type_, GraphQLList):
            return _list(value, type_.of_type, field, path, errors)
        if is_composite_type(type_):
            return _object(value, _below(value, type_, field), path, errors)
    except _NullError:
        return None
    return value


def _list(
    value: list[Any], inner: Any, field: Selected, path: list[str | int], errors: list[Any]
) -> list[Any]:
    found = []
    escaped = False
    for index, item in enumerate(value):
        try:
            found.append(_field(item, inner, field, [*path, index], errors))
        except _NullError:
            escaped = True
    if escaped:
        raise _NullError
    return found


def _below(value: Any, type_: Any, field: Selected) -> list[Selected]:
    named = get_named_type(type_)
    if is_abstract_type(named):
        named = field.collector.schema.type_map[value.type]
    return field.of(named)


def null_error(parent: GraphQLObjectType, field: Selected) -> GraphQLError:
    """What graphql-core says of a null that must not be."""
    return GraphQLError(f"Cannot return null for non-nullable field {parent.name}.{field.name}.")


def located(
    error: Exception, nodes: list[FieldNode] | None, path: list[str | int] | None
) -> GraphQLError:
    """A GraphQL error of what went wrong; what isn't meant for clients is masked."""
    if isinstance(error, GraphQLError):
        # It may know better than the field where the fault lies.
        where = error.nodes or nodes
        return GraphQLError(error.message, where, path=path, extensions=error.extensions)
    if not isinstance(error, SwitchboardError):
        error = InternalError()
    return GraphQLError(error.message, nodes, path=path, extensions=error.extensions)
