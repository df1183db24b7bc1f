"""An operation: text and name, parsed, validated and compiled once, kept in a bounded cache."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import orjson
from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    visit,
)
from orjson import Fragment

from gateway.execution.completion import complete
from gateway.execution.cost import Cost
from gateway.execution.introspection import introspect
from gateway.execution.plan import PayloadPlan, Planner
from gateway.execution.runtime import Run
from gateway.execution.scopes import Needs, needed
from gateway.execution.selection import Collector, Selected
from gateway.execution.values import Arguments, Variables
from gateway.execution.variables import Coercion
from models.database import Dialect, Reads
from schema.context import Caller
from schema.place import standing
from schema.source import Introspection, Live, Lookup, Many, Node, Start, Verb

#: How many variants of one operation are kept: values of its `@skip`/`@include` variables.
MAX_VARIANTS = 16
#: How many answers of introspection an operation keeps: values of its variables.
MAX_INTROSPECTED = 4


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
        self.schema = schema
        self._dialect = dialect
        self.fragments = [
            each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        ]
        self._by_name = {each.name.value: each for each in self.fragments}
        switches = _Switches(self._by_name)
        visit(definition, switches)
        self.coercion = Coercion(schema, definition, switches.found)
        self._switches = self.coercion.switches
        self._variants: dict[tuple[Any, ...], Variant] = {}
        self._introspected: dict[tuple[Selected, str], tuple[Any, list[GraphQLError]]] = {}

    def variant(self, variables: Variables) -> Variant:
        """The plan for these values of the `@skip`/`@include` variables."""
        key = tuple([variables.get(name) for name in self._switches])
        found = self._variants.get(key)
        if found is None:
            if len(self._variants) >= MAX_VARIANTS:
                # Readers' threads may be here as well; a list is made in one step.
                oldest, *_ = list(self._variants)
                self._variants.pop(oldest, None)
            found = self._variants[key] = self._compile(variables)
        return found

    def refusal(self, arguments: Arguments, given: dict[str, Any]) -> Exception:
        """Why these arguments were refused, in graphql-core's words."""
        return self.coercion.argument_error(arguments.field, arguments.node, given)

    def introspected(
        self, field: Selected, given: dict[str, Any]
    ) -> tuple[Any, list[GraphQLError]]:
        """The answer to `__schema` or `__type`; the schema stays, so it is made once."""
        key = field, self._relevant(given)
        found = self._introspected.get(key)
        if found is None:
            value, errors = introspect(self.schema, self.definition, self.fragments, field, given)
            found = None if value is None else Fragment(orjson.dumps(value)), errors
            if len(self._introspected) >= MAX_INTROSPECTED:
                oldest, *_ = list(self._introspected)
                self._introspected.pop(oldest, None)
            self._introspected[key] = found
        return found

    def unanswered(self, variant: Variant, given: dict[str, Any]) -> list[Selected]:
        """The introspection that is still to be made."""
        if not variant.introspection:
            return []
        known = self._relevant(given)
        return [each for each in variant.introspection if (each, known) not in self._introspected]

    def _relevant(self, given: dict[str, Any]) -> str:
        return repr(given) if self.definition.variable_definitions else ""

    def _compile(self, variables: Variables) -> Variant:
        collector = Collector(self.schema, self._by_name, variables)
        root = self.schema.get_root_type(self.kind)
        assert root is not None
        fields = collector.collect(root, [self.definition.selection_set])
        return Variant(fields, self._dialect)


class Variant:
    """The selection of an operation with its directives decided, and its plans."""

    def __init__(self, fields: list[Selected], dialect: Dialect) -> None:
        self.fields = fields
        self.dialect = dialect
        self._query: Callable[[Variables, Run], Reads[dict[str, Any]]] | None = None
        self._payloads: dict[str, PayloadPlan] = {}
        self.lookup = False
        """Whether the plan reads a row by its id, and nothing else."""
        self.source = ""
        """The generated code, for those who want to read it."""

    @property
    def query(self) -> Callable[[Variables, Run], Reads[dict[str, Any]]]:
        """`query(variables, run)`: the reads that give the data."""
        if self._query is None:
            planner = Planner(self.dialect)
            query = planner.query(self.fields)
            # Whatever else there is may read, too.
            alone = len(self.fields) == 1 and isinstance(self.fields[0].source, Lookup)
            self.lookup = alone and planner.single
            self._query = query
            self.source = planner.code.text
        return self._query

    def payload(self, field: Selected) -> PayloadPlan:
        """The plan of a verb's answer."""
        found = self._payloads.get(field.key)
        if found is None:
            planner = Planner(self.dialect)
            found = self._payloads[field.key] = planner.payload(field)
        return found

    @cached_property
    def feed(self) -> Callable[..., Any]:
        """The plan of what a subscription delivers."""
        (field,) = self.fields
        return Planner(self.dialect).feed(field)

    @cached_property
    def begins(self) -> bool:
        """Whether the answer says where the event log stood before."""
        return any(
            isinstance(field.source, Start)
            or (isinstance(field.source, Verb) and _says_start(field))
            for field in self.fields
        )

    @cached_property
    def introspection(self) -> list[Selected]:
        """The fields that ask for the schema."""
        return [each for each in self.fields if isinstance(each.source, Introspection)]

    @cached_property
    def reads(self) -> bool:
        """Whether the plan is sure to ask for rows."""
        return any(isinstance(each.source, Lookup | Many | Node) for each in self.fields)

    @cached_property
    def needs(self) -> Needs:
        """The scopes that the caller needs."""
        return needed(self.fields)

    @cached_property
    def cost(self) -> Cost:
        """What the selection may cost."""
        return Cost(self.fields)


def start(operation: Operation, variant: Variant, given: dict[str, Any], caller: Caller) -> Run:
    """The state of one execution."""
    return Run(caller, variant.dialect, caller.workspace_id, operation, given)


def answer(
    operation: Operation,
    variables: Variables,
    given: dict[str, Any],
    caller: Caller,
    dialect: Dialect,
) -> Reads[tuple[dict[str, Any] | None, list[GraphQLError]]]:
    """The reads that give a query's data and errors."""
    variant = operation.variant(variables)
    run = start(operation, variant, given, caller)
    if variant.begins:
        run.cursor = yield from beginning(caller, dialect)
    data = yield from variant.query(variables, run)
    if run.failures:
        return complete(data, variant.fields)
    return data, []


def followed(variant: Variant) -> Selected | None:
    """The one field of a subscription; None where that is none that can be followed."""
    fields = variant.fields
    return fields[0] if len(fields) == 1 and isinstance(fields[0].source, Live) else None


def beginning(caller: Caller, dialect: Dialect) -> Reads[str]:
    """The cursor of where the caller's log stands: read before anything else."""
    place, _ = yield from standing(dialect, caller.workspace_id)
    return place.cursor


def _says_start(verb: Selected) -> bool:
    return any(isinstance(each.source, Start) for each in verb.of(verb.named_type))


class _Switches(Visitor):
    """Finds the directives that variables decide, in an operation and the fragments it uses."""

    def __init__(self, fragments: dict[str, FragmentDefinitionNode]) -> None:
        super().__init__()
        self.found: list[DirectiveNode] = []
        self._fragments = dict(fragments)

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        if node.name.value in ("skip", "include"):
            (argument,) = node.arguments or ()
            if isinstance(argument.value, VariableNode):
                self.found.append(node)

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: Any) -> None:
        fragment = self._fragments.pop(node.name.value, None)
        if fragment is not None:
            visit(fragment, self)
