"""Values that fit a literal's place only until a variable is null, and functions that fail."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import FieldNode, OperationDefinitionNode, build_schema, parse

from gateway.execution.runtime import Run, guarded
from gateway.execution.values import Arguments, RefusedError
from schema.context import Caller
from schema.errors import InvalidIdError

SCHEMA = build_schema(
    """
    input One @oneOf { a: Int b: Int }
    input Strict { must: Int! may: Int }
    type Query { f(one: One, strict: Strict, items: [Int!], need: Int!): Int }
    """
)


def read(arguments: str, **variables: Any) -> dict[str, Any]:
    (definition,) = parse(f"{{ f({arguments}) }}").definitions
    assert isinstance(definition, OperationDefinitionNode)
    (node,) = definition.selection_set.selections
    assert isinstance(node, FieldNode)
    assert SCHEMA.query_type is not None
    return Arguments(SCHEMA.query_type.fields["f"], node).read(variables)


def test_variables_that_fit() -> None:
    text = "one: {a: $a}, strict: {must: $a, may: $b}, items: [1, $a], need: $a"
    assert read(text, a=2, b=None) == {
        "one": {"a": 2},
        "strict": {"must": 2, "may": None},
        "items": [1, 2],
        "need": 2,
    }
    assert read("one: $one, strict: {must: 1, may: $b}") == {"strict": {"must": 1}}


@pytest.mark.parametrize(
    "arguments",
    [
        "one: {a: $null}",
        "one: {a: 1, b: $null}",
        "one: {a: $absent}",
        "strict: {must: $null}",
        "strict: {must: $absent}",
        "items: [1, $null]",
        "need: $null",
        "need: $absent",
    ],
)
def test_null_that_does_not_fit(arguments: str) -> None:
    with pytest.raises(RefusedError):
        read(arguments, null=None)


def test_computed_fields_that_fail() -> None:
    class Nothing:
        def refusal(self, arguments: Arguments, given: dict[str, Any]) -> Exception:
            return ValueError()

        def introspected(self, field: Any, given: dict[str, Any]) -> tuple[Any, list[Any]]:
            return None, []

    run = Run(Caller("", "", frozenset()), "sqlite", "", Nothing(), {})

    def fail(error: Exception) -> None:
        raise error

    nothing = LookupError("null")
    assert guarded(int, [], nothing)(run, "7") == 7
    guarded(lambda: None, [], nothing)(run)
    guarded(fail, [], None)(run, InvalidIdError("known"))
    guarded(fail, [], None)(run, ValueError("secret"))
    assert guarded(lambda: None, [], None)(run) is None
    assert [type(each.error).__name__ for each in run.failures] == [
        "LookupError",
        "InvalidIdError",
        "InternalError",
    ]
