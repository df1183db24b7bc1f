"""`__schema` and `__type`: answered by graphql-core from the schema alone."""

from __future__ import annotations

from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    execute_sync,
)

from gateway.execution.selection import Selected


def introspect(
    schema: GraphQLSchema,
    definition: OperationDefinitionNode,
    fragments: list[FragmentDefinitionNode],
    field: Selected,
    given: dict[str, Any],
) -> tuple[Any, list[Any]]:
    """The value of one introspection field of an operation, and its errors."""
    operation = OperationDefinitionNode(
        operation=OperationType.QUERY,
        variable_definitions=definition.variable_definitions,
        selection_set=SelectionSetNode(selections=tuple(field.nodes)),
    )
    document = DocumentNode(definitions=(operation, *fragments))
    result = execute_sync(schema, document, variable_values=given)
    return (result.data or {}).get(field.key), list(result.errors or [])
