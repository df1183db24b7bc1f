"""The variables of an operation: coerced here when they fit, explained by graphql-core if not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql import (
    DirectiveNode,
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableNode,
    type_from_ast,
)
from graphql.execution.values import get_argument_values, get_variable_values

from gateway.execution.values import ABSENT, RefusedError, Variables, coerce, literal


class VariablesError(Exception):
    """The operation's variables don't fit; `errors` says why."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(errors)
        self.errors = errors


class Coercion:
    """The variables of one operation.

    `switches` are the directives that variables decide.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        operation: OperationDefinitionNode,
        switches: Sequence[DirectiveNode] = (),
    ) -> None:
        self._schema = schema
        self._switches = [(each, _mentioned(each)) for each in switches]
        self.switches = tuple(dict.fromkeys(name for _, name in self._switches))
        """The variables that decide what is selected."""
        self._definitions = operation.variable_definitions or ()
        self._variables = []
        for each in self._definitions:
            type_ = type_from_ast(schema, each.type)
            default: Any = ABSENT
            if each.default_value is not None:
                default = literal(each.default_value, type_)
                if callable(default):
                    default = default({})
            self._variables.append((each.variable.name.value, type_, default))

    def read(self, given: dict[str, Any]) -> Variables:
        """Coerce the request's variables; raises `VariablesError`."""
        found = {}
        try:
            for name, type_, default in self._variables:
                if name in given:
                    found[name] = coerce(given[name], type_)
                elif default is not ABSENT:
                    found[name] = default
                elif isinstance(type_, GraphQLNonNull):
                    raise RefusedError
        except (RefusedError, RecursionError):
            raise VariablesError(self._explain(given)) from None
        for directive, name in self._switches:
            if found.get(name) is None:
                raise VariablesError([self._switch_error(directive, given)])
        return found

    def _switch_error(self, directive: DirectiveNode, given: dict[str, Any]) -> GraphQLError:
        """Why a null can't decide `@skip` or `@include`.

        graphql-core would fail the field around it; nothing sensible is lost by refusing it all.
        """
        values = get_variable_values(self._schema, self._definitions, given)
        definition = self._schema.get_directive(directive.name.value)
        assert definition is not None
        try:
            get_argument_values(definition, directive, values)  # type: ignore[arg-type]
        except GraphQLError as error:
            return error
        return GraphQLError("A directive's condition is null.", [directive])

    def _explain(self, given: dict[str, Any]) -> list[GraphQLError]:
        found = get_variable_values(self._schema, self._definitions, given, max_errors=20)
        if isinstance(found, list):
            return found
        return [GraphQLError("The variables don't fit the operation.")]

    def argument_error(
        self, field: GraphQLField, node: FieldNode, given: dict[str, Any]
    ) -> GraphQLError:
        """Why the field's arguments can't be used with these variables."""
        values = get_variable_values(self._schema, self._definitions, given)
        try:
            get_argument_values(field, node, values)  # type: ignore[arg-type]
        except GraphQLError as error:
            return error
        return GraphQLError("The arguments can't be used.", [node])


def _mentioned(directive: DirectiveNode) -> str:
    (argument,) = directive.arguments or ()
    assert isinstance(argument.value, VariableNode)
    return argument.value.name.value
