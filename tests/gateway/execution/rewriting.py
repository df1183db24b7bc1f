"""Operations of hypothesis-graphql, rewritten so that they ask for rows that exist."""

from __future__ import annotations

from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLSchema,
    NameNode,
    OperationDefinitionNode,
    SelectionSetNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    parse,
    print_ast,
    visit,
)
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from tests.gateway.execution.arguments import Arguments
from tests.gateway.execution.author import Written
from tests.gateway.execution.variables import Variables

INSTANT = st.just("2026-01-31T09:30:00.010Z").map(nodes.String)


def generated(sdl: str, number: int, amount: int) -> list[str]:
    """Operations of hypothesis-graphql."""
    found: dict[str, None] = {}

    @seed(number)
    @settings(
        max_examples=amount,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(queries(sdl, custom_scalars={"DateTime": INSTANT}))
    def collect(text: str) -> None:
        found[text] = None

    collect()
    return list(found)


def rewritten(
    schema: GraphQLSchema, text: str, arguments: Arguments, workspace: int = 0
) -> Written:
    """The operation with arguments drawn from the rows, some as variables, and with fragments."""
    info = TypeInfo(schema)
    rewriter = _Rewriter(info, arguments)
    document = visit(parse(text), TypeInfoVisitor(info, rewriter))
    body = print_ast(document)
    if rewriter.variables.declared:
        body = body.replace("{", f"query {rewriter.variables.header} {{", 1)
    return Written("\n".join([body, *rewriter.fragments]), rewriter.variables.given, workspace)


class _Rewriter(Visitor):
    def __init__(self, info: TypeInfo, arguments: Arguments) -> None:
        super().__init__()
        self._info = info
        self._arguments = arguments
        self._pick = arguments.pick
        self.variables = Variables(arguments.pick, arguments.pick.choice((0.0, 0.2, 0.6)))
        self.fragments: list[str] = []
        self._aliases = 0

    def enter_field(self, node: FieldNode, *_: Any) -> FieldNode | None:
        definition = self._info.get_field_def()
        if definition is None or not definition.args:
            return None
        drawn = self._arguments.of(definition, self._pick.randint(1, 5))
        written = ", ".join(
            f"{name}: {self.variables.write(value, definition.args[name].type)}"
            for name, value in drawn.items()
        )
        self._aliases += 1
        alias = f"h{self._aliases}: " if self._pick.random() < 0.5 or node.alias else ""
        selection = print_ast(node.selection_set) if node.selection_set else ""
        brackets = f"({written})" if written else ""
        return _field(f"{alias}{node.name.value}{brackets}{self._directive()} {selection}")

    def leave_selection_set(
        self, node: SelectionSetNode, _key: Any, parent: Any, *_: Any
    ) -> SelectionSetNode | None:
        type_ = self._info.get_parent_type()
        if isinstance(parent, OperationDefinitionNode) or type_ is None:
            return None
        if self._pick.random() > 0.15:
            return None
        name = f"G{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {type_.name} {print_ast(node)}")
        spread = FragmentSpreadNode(name=NameNode(value=name), arguments=(), directives=())
        return SelectionSetNode(selections=(spread,))

    def _directive(self) -> str:
        if self._pick.random() > 0.05:
            return ""
        return f" @include(if: {self.variables.boolean(self._pick.random() < 0.7)})"


def _field(text: str) -> FieldNode:
    (definition,) = parse(f"{{ {text} }}").definitions
    assert isinstance(definition, OperationDefinitionNode)
    (field,) = definition.selection_set.selections
    assert isinstance(field, FieldNode)
    return field
