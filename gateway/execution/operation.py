"""An operation: text and name, parsed, validated and compiled once, kept in a bounded cache."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    visit,
)

from gateway.execution.completion import complete
from gateway.execution.plan import Planner
from gateway.execution.runtime import Run
from gateway.execution.selection import Collector, Selected
from gateway.execution.values import Arguments, Coercion, Variables
from models.database import Dialect, Reads
from schema.context import Caller

#: How many variants of one operation are kept: values of its `@skip`/`@include` variables.
MAX_VARIANTS = 16


class Operation:
    """A valid operation, ready to run."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        definition: OperationDefinitionNode,
        dialect: Dialect,
    ) -> None:
        self.document = document
        self.definition = definition
        self.kind: OperationType = definition.operation
        self.name = definition.name.value if definition.name else None
        self.coercion = Coercion(schema, definition)
        self._schema = schema
        self._dialect = dialect
        self._fragments = {
            each.name.value: each
            for each in document.definitions
            if isinstance(each, FragmentDefinitionNode)
        }
        self._switches = _switches(document)
        self._variants: dict[tuple[Any, ...], Variant] = {}

    def variant(self, variables: Variables) -> Variant:
        """The plan for these values of the `@skip`/`@include` variables."""
        key = tuple([variables.get(name) for name in self._switches])
        found = self._variants.get(key)
        if found is None:
            if len(self._variants) >= MAX_VARIANTS:
                self._variants.pop(next(iter(self._variants)))
            found = self._variants[key] = self._compile(variables)
        return found

    def _compile(self, variables: Variables) -> Variant:
        collector = Collector(self._schema, self._fragments, variables)
        root = self._schema.get_root_type(self.kind)
        assert root is not None
        fields = collector.collect(root, [self.definition.selection_set])
        return Variant(fields, self._dialect)


class Variant:
    """The selection of an operation with its directives decided, and its plans."""

    def __init__(self, fields: list[Selected], dialect: Dialect) -> None:
        self.fields = fields
        self._dialect = dialect
        self._query: Callable[[Variables, Run], Reads[dict[str, Any]]] | None = None
        self._payloads: dict[str, Callable[[Variables, Run, Any], Reads[Any]]] = {}
        self.source = ""
        """The generated code, for those who want to read it."""

    @property
    def query(self) -> Callable[[Variables, Run], Reads[dict[str, Any]]]:
        """`query(variables, run)`: the reads that give the data."""
        if self._query is None:
            planner = Planner(self._dialect)
            self._query = planner.query(self.fields)
            self.source = planner.code.text
        return self._query

    def payload(self, field: Selected) -> Callable[[Variables, Run, Any], Reads[Any]]:
        """`payload(variables, run, value)`: the reads that give a verb's answer."""
        found = self._payloads.get(field.key)
        if found is None:
            planner = Planner(self._dialect)
            found = self._payloads[field.key] = planner.payload(field)
        return found


def answer(
    operation: Operation,
    variables: Variables,
    given: dict[str, Any],
    caller: Caller,
    dialect: Dialect,
) -> Reads[tuple[dict[str, Any] | None, list[GraphQLError]]]:
    """The reads that give a query's data and errors."""
    variant = operation.variant(variables)

    def explain(arguments: Arguments) -> Exception:
        return operation.coercion.argument_error(arguments.field, arguments.node, given)

    run = Run(caller, dialect, caller.workspace_id, explain)
    data = yield from variant.query(variables, run)
    if run.failures:
        return complete(data, variant.fields)
    return data, []


class _Switches(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, None] = {}

    def enter_directive(self, node: Any, *_: Any) -> None:
        if node.name.value in ("skip", "include"):
            for argument in node.arguments:
                if isinstance(argument.value, VariableNode):
                    self.found[argument.value.name.value] = None
                else:
                    assert isinstance(argument.value, BooleanValueNode)


def _switches(document: DocumentNode) -> tuple[str, ...]:
    visitor = _Switches()
    visit(document, visitor)
    return tuple(visitor.found)
