"""Which fields and arguments of the schema answers have reached."""

from __future__ import annotations

from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)

from gateway.execution.completion import Typed
from gateway.execution.selection import Selected
from gateway.execution.values import RefusedError
from tests.gateway.execution.comparison import Answer


class Coverage:
    """Collects coordinates such as `Lead.calls`, `Lead.calls(first:)` and `LeadFilter.stage`."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self.reached: set[str] = set()

    def add(self, answer: Answer) -> None:
        """Note what an answer holds."""
        if answer.data is not None and answer.variables is not None:
            fields = answer.operation.variant(answer.variables).fields
            self._object(answer.data, fields, "Query", answer.variables)

    def _object(
        self, value: dict[str, Any], fields: list[Selected], on: str, variables: dict[str, Any]
    ) -> None:
        for field in fields:
            if field.definition is None:
                self.reached.add("__typename")
                continue
            self.reached.add(f"{on}.{field.name}")
            self._arguments(field, on, variables)
            self._value(value[field.key], field, variables)

    def _value(self, value: Any, field: Selected, variables: dict[str, Any]) -> None:
        if isinstance(value, list):
            for item in value:
                self._value(item, field, variables)
        elif value is not None and is_composite_type(field.named_type):
            type_: Any = field.named_type
            if is_abstract_type(type_):
                # A completed answer has plain objects; their types are lost.
                if not isinstance(value, Typed):
                    return
                type_ = self._schema.type_map[value.type]
            self._object(value, field.of(type_), type_.name, variables)

    def _arguments(self, field: Selected, on: str, variables: dict[str, Any]) -> None:
        assert field.arguments is not None
        assert field.definition is not None
        try:
            given = field.arguments.read(variables)
        except RefusedError:
            return
        for name, value in given.items():
            self.reached.add(f"{on}.{field.name}({name}:)")
            self._input(value, get_named_type(field.definition.args[name].type))

    def _input(self, value: Any, type_: Any) -> None:
        if isinstance(type_, GraphQLInputObjectType) and isinstance(value, dict):
            for name, each in value.items():
                self.reached.add(f"{type_.name}.{name}")
                self._input(each, get_named_type(type_.fields[name].type))

    def expected(self) -> set[str]:
        """All that is reachable from Query."""
        found = {"__typename"}
        waiting: list[Any] = [self._schema.query_type]
        seen = set()
        while waiting:
            type_ = waiting.pop()
            if type_.name in seen:
                continue
            seen.add(type_.name)
            if is_abstract_type(type_):
                waiting += self._schema.get_possible_types(type_)
            elif isinstance(type_, GraphQLObjectType):
                for name, field in type_.fields.items():
                    found.add(f"{type_.name}.{name}")
                    found |= {f"{type_.name}.{name}({each}:)" for each in field.args}
                    waiting.append(get_named_type(field.type))
                    waiting += [get_named_type(each.type) for each in field.args.values()]
            elif isinstance(type_, GraphQLInputObjectType):
                found |= {f"{type_.name}.{name}" for name in type_.fields}
                waiting += [get_named_type(each.type) for each in type_.fields.values()]
        return found
