"""A verb: a mutation's root field, declared with its input, payload, scopes and function."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, TypeAlias

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument

from models import Numbered
from schema.fields import sourced
from schema.noun import described
from schema.source import Verb
from schema.unit import Unit

#: `verb(unit, input)` gives the payload's plain values: ids of nouns under `<noun>_id`.
VerbFunction: TypeAlias = Callable[[Unit, dict[str, Any]], Awaitable[Mapping[str, Any]]]
#: How many numbers a verb needs for what it is about to create.
Numbers: TypeAlias = Callable[[dict[str, Any]], Mapping[Numbered, int]]

MAX_KEY = 255


def verb(
    input: type,
    payload: type,
    *scopes: str,
    numbers: Numbers | None = None,
    key_required: bool = False,
    foreseeable: Iterable[str] = (),
) -> Callable[[VerbFunction], Any]:
    """Make a mutation of `async def name(unit, input)`; its docstring is the description.

    `scopes` are what the caller needs; `numbers` says how many numbers to take beforehand.
    `foreseeable` are fields of few values, enums and truth values: given these and `id` alone,
    what the verb does to a row that it presumes (`Unit.presume`) follows from its input, so it is
    carried out once with stand-ins (`schema.slot`), and what it did is kept.
    """

    def declare(function: VerbFunction) -> Any:
        source = Verb(function, frozenset(scopes), numbers, key_required, frozenset(foreseeable))
        field = sourced(source, described(function))
        field.type = payload | None
        field.arguments = [
            StrawberryArgument(
                python_name="input",
                graphql_name=None,
                type_annotation=StrawberryAnnotation(input),
                description="What to do.",
            ),
            _key(required=key_required),
        ]
        field.python_name = function.__name__
        return field

    return declare


def _key(*, required: bool) -> StrawberryArgument:
    description = (
        "Names this very order, at most 255 characters: repeating the mutation with the same key "
        "and input within 24 hours does nothing more and answers again, with `replayed: true`."
    )
    if required:
        return StrawberryArgument(
            python_name="idempotency_key",
            graphql_name=None,
            type_annotation=StrawberryAnnotation(str),
            description=description,
        )
    return StrawberryArgument(
        python_name="idempotency_key",
        graphql_name=None,
        type_annotation=StrawberryAnnotation(str | None),
        description=description,
        default=strawberry.UNSET,
    )
