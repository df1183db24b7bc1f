"""What an operation selects: fields collected by the specification's rules, with their sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    InlineFragmentNode,
    SchemaMetaFieldDef,
    SelectionNode,
    SelectionSetNode,
    TypeMetaFieldDef,
    VariableNode,
    get_named_type,
    is_abstract_type,
)

from gateway.execution.values import Arguments, Variables
from schema.source import Attribute, Introspection, Source

BACKREF = "strawberry-definition"
META_FIELDS = {"__schema": SchemaMetaFieldDef, "__type": TypeMetaFieldDef}


@dataclass(eq=False)
class Selected:
    """One field of the answer: all nodes of one response key, merged."""

    key: str
    name: str
    nodes: list[FieldNode]
    definition: GraphQLField | None
    """None for `__typename`."""
    source: Source | None
    arguments: Arguments | None
    collector: Collector
    _of: dict[str, list[Selected]] = field(default_factory=dict)

    def of(self, type_: GraphQLObjectType) -> list[Selected]:
        """The fields selected below, where the value is of the object type `type_`."""
        found = self._of.get(type_.name)
        if found is None:
            sets = [each.selection_set for each in self.nodes if each.selection_set]
            found = self._of[type_.name] = self.collector.collect(type_, sets)
        return found

    @property
    def named_type(self) -> Any:
        """The type below lists and non-nulls."""
        assert self.definition is not None
        return get_named_type(self.definition.type)


class Collector:
    """Collects fields for one operation with the `@skip`/`@include` variables known."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: dict[str, FragmentDefinitionNode],
        variables: Variables,
    ) -> None:
        self.schema = schema
        self._fragments = fragments
        self._variables = variables

    def collect(self, type_: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> list[Selected]:
        """The fields of `type_` that the selection sets ask for, in the order of the answer."""
        grouped: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for each in sets:
            self._walk(type_, each.selections, grouped, seen)
        return [self._selected(type_, key, nodes) for key, nodes in grouped.items()]

    def possible_types(self, type_: Any) -> list[GraphQLObjectType]:
        """The object types a value of `type_` may have."""
        if isinstance(type_, GraphQLInterfaceType | GraphQLUnionType):
            return list(self.schema.get_possible_types(type_))
        return [type_]

    def _selected(self, type_: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Selected:
        name = nodes[0].name.value
        if name == "__typename":
            return Selected(key, name, nodes, None, None, None, self)
        if name in META_FIELDS:
            meta = META_FIELDS[name]
            arguments = Arguments(meta, nodes[0])
            return Selected(key, name, nodes, meta, Introspection(), arguments, self)
        definition = type_.fields[name]
        return Selected(
            key,
            name,
            nodes,
            definition,
            source_of(definition),
            Arguments(definition, nodes[0]),
            self,
        )

    def _walk(
        self,
        type_: GraphQLObjectType,
        selections: Iterable[SelectionNode],
        grouped: dict[str, list[FieldNode]],
        seen: set[str],
    ) -> None:
        for node in selections:
            if not self._included(node):
                continue
            if isinstance(node, FieldNode):
                key = node.alias.value if node.alias else node.name.value
                grouped.setdefault(key, []).append(node)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                if condition is None or self._applies(type_, condition.name.value):
                    self._walk(type_, node.selection_set.selections, grouped, seen)
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name in seen:
                    continue
                seen.add(name)
                fragment = self._fragments[name]
                if self._applies(type_, fragment.type_condition.name.value):
                    self._walk(type_, fragment.selection_set.selections, grouped, seen)

    def _applies(self, type_: GraphQLObjectType, condition: str) -> bool:
        if condition == type_.name:
            return True
        wanted = self.schema.type_map[condition]
        return is_abstract_type(wanted) and self.schema.is_sub_type(wanted, type_)

    def _included(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            name = directive.name.value
            if name in ("skip", "include"):
                (argument,) = directive.arguments or ()
                value: Any = argument.value
                on = (
                    self._variables.get(value.name.value)
                    if isinstance(value, VariableNode)
                    else value.value
                )
                if bool(on) is (name == "skip"):
                    return False
        return True


def source_of(definition: GraphQLField) -> Source:
    """The declared source of a field; a plain attribute where none is declared."""
    declared = definition.extensions[BACKREF]
    source: Source | None = declared.metadata.get("source")
    return source if source is not None else Attribute(declared.python_name)
