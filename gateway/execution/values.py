"""Input values: variables and literals become plain Python values with enums as their names.

The good case is decided here, fast. What this refuses is given to graphql-core, whose messages
clients know.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
)

Variables: TypeAlias = dict[str, Any]


class _Absent:
    """No value was given; differs from null."""

    def __bool__(self) -> bool:
        return False


ABSENT: Final = _Absent()


class RefusedError(Exception):
    """The value doesn't fit its type."""


INT_MAX = 2**31 - 1


def coerce(value: Any, type_: Any) -> Any:
    """The value as verbs and conditions want it; raises `RefusedError`."""
    if isinstance(type_, GraphQLNonNull):
        if value is None:
            raise RefusedError
        type_ = type_.of_type
    elif value is None:
        return None
    if isinstance(type_, GraphQLList):
        inner = type_.of_type
        if isinstance(value, list):
            return [coerce(item, inner) for item in value]
        return [coerce(value, inner)]
    if isinstance(type_, GraphQLInputObjectType):
        return _coerce_object(value, type_)
    if isinstance(type_, GraphQLEnumType):
        if isinstance(value, str) and value in type_.values:
            return value
        raise RefusedError
    return _coerce_scalar(value, type_)


def _coerce_object(value: Any, type_: GraphQLInputObjectType) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RefusedError
    fields = type_.fields
    for name in value:
        if name not in fields:
            raise RefusedError
    found = {}
    for name, field in fields.items():
        if name in value:
            found[name] = coerce(value[name], field.type)
        elif isinstance(field.type, GraphQLNonNull):
            raise RefusedError
    if type_.is_one_of and (len(found) != 1 or None in found.values()):
        raise RefusedError
    return found


def _coerce_scalar(value: Any, type_: GraphQLScalarType) -> Any:
    name, kind = type_.name, type(value)
    if name == "Int":
        if kind is float and value.is_integer():
            value, kind = int(value), int
        if kind is int and -INT_MAX - 1 <= value <= INT_MAX:
            return value
    elif name == "Float":
        if kind in (int, float):
            return float(value)
    elif name == "Boolean":
        if kind is bool:
            return value
    elif name == "String":
        if kind is str:
            return value
    elif name == "ID":
        if kind is str:
            return value
        if kind is int:
            return str(value)
        if kind is float and value.is_integer():
            return str(int(value))
    else:
        try:
            return type_.coerce_input_value(value)
        except GraphQLError as error:
            raise RefusedError from error
    raise RefusedError


Getter: TypeAlias = Callable[[Variables], Any]


def literal(node: ValueNode, type_: Any) -> Any:
    """A literal's value, or a function of the variables where it mentions some.

    The document has passed validation, so the literal fits its type. A variable may still be null
    where null doesn't fit, if it has a default; the function raises `RefusedError` then.
    """
    if isinstance(node, VariableNode):
        name = node.name.value
        if isinstance(type_, GraphQLNonNull):
            return _demanded(name)
        return lambda variables: variables.get(name, ABSENT)
    if isinstance(node, NullValueNode):
        return None
    if isinstance(type_, GraphQLNonNull):
        type_ = type_.of_type
    if isinstance(type_, GraphQLList):
        return _literal_list(node, type_.of_type)
    if isinstance(type_, GraphQLInputObjectType):
        assert isinstance(node, ObjectValueNode)
        return _literal_object(node, type_)
    if isinstance(type_, GraphQLEnumType):
        return node.value  # type: ignore[attr-defined]
    if type_.name == "ID":
        return node.value  # type: ignore[attr-defined]
    if type_.name == "JSON" and isinstance(node, ObjectValueNode | ListValueNode):
        if _mentions_variable(node):
            return lambda variables: type_.parse_literal(node, variables)
        return type_.parse_literal(node, None)
    if type_.name == "Float":
        return float(node.value)  # type: ignore[attr-defined]
    value = type_.coerce_input_literal(node) if type_.coerce_input_literal else Undefined
    return type_.parse_literal(node, None) if value is Undefined else value


def _demanded(name: str) -> Getter:
    def read(variables: Variables) -> Any:
        value = variables.get(name)
        if value is None:
            raise RefusedError
        return value

    return read


def _literal_list(node: ValueNode, inner: Any) -> Any:
    nodes = node.values if isinstance(node, ListValueNode) else [node]
    items = [literal(each, inner) for each in nodes]
    if not any(callable(item) for item in items):
        return items

    def read(variables: Variables) -> list[Any]:
        found = []
        for item in items:
            value = item(variables) if callable(item) else item
            found.append(None if value is ABSENT else value)
        return found

    return read


def _literal_object(node: ObjectValueNode, type_: GraphQLInputObjectType) -> Any:
    given = {each.name.value: each.value for each in node.fields}
    # The type's order, so that equal inputs are equal whatever order they were written in.
    items = {
        name: literal(given[name], field.type)
        for name, field in type_.fields.items()
        if name in given
    }
    if not any(callable(item) for item in items.values()):
        return items

    def read(variables: Variables) -> dict[str, Any]:
        found = {}
        for name, item in items.items():
            value = item(variables) if callable(item) else item
            if value is not ABSENT:
                found[name] = value
        if type_.is_one_of and (len(found) != 1 or None in found.values()):
            raise RefusedError
        return found

    return read


def _mentions_variable(node: ValueNode) -> bool:
    if isinstance(node, VariableNode):
        return True
    if isinstance(node, ListValueNode):
        return any(_mentions_variable(each) for each in node.values)
    if isinstance(node, ObjectValueNode):
        return any(_mentions_variable(each.value) for each in node.fields)
    return False


class Arguments:
    """The arguments of one selected field, as constants and functions of the variables."""

    __slots__ = ("_constant", "_dynamic", "field", "node")

    def __init__(self, field: GraphQLField, node: FieldNode) -> None:
        self.field = field
        self.node = node
        self._constant: dict[str, Any] = {}
        self._dynamic: list[tuple[str, Getter]] = []
        for argument in node.arguments or ():
            name = argument.name.value
            type_ = field.args[name].type
            value = literal(argument.value, type_)
            if callable(value):
                self._dynamic.append((name, value))
            else:
                self._constant[name] = value

    @property
    def constant(self) -> bool:
        """Whether no variable takes part."""
        return not self._dynamic

    def read(self, variables: Variables) -> dict[str, Any]:
        """The arguments' values; absent ones are absent. Raises `RefusedError`."""
        if not self._dynamic:
            return self._constant
        found = dict(self._constant)
        for name, getter in self._dynamic:
            value = getter(variables)
            if value is not ABSENT:
                found[name] = value
        return found

    def is_dynamic(self, name: str) -> bool:
        """Whether a variable takes part in the argument."""
        return any(each == name for each, _ in self._dynamic)

    def fixed(self, name: str) -> Any:
        """The value of an argument without variables."""
        return self._constant.get(name)
