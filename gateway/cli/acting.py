"""Commands act through the API's verbs, as the system: what the API refuses, they refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from gateway.cli.refusal import Refusal
from gateway.execution.numbers import Numbers
from models import Actor
from models.columns import now, wire
from models.database import Database
from models.database.again import again
from schema.context import Caller
from schema.refusal import RefusedError
from schema.source import Verb
from schema.unit import Unit

#: Who acts when the command line does.
COMMAND = "00000000-0000-7000-8000-000000000000"


def commander(workspace: str) -> Caller:
    """The command line, at work in this workspace."""
    return Caller(workspace, COMMAND, frozenset({"full"}), actor=Actor.SYSTEM)


async def act(
    database: Database, workspace: str, mutation: Any, input: dict[str, Any]
) -> Mapping[str, Any]:
    """Carry out a verb; gives its payload's values, secrets among them."""
    verb: Verb = mutation.metadata["source"]
    numbers = Numbers(database)

    async def work() -> Mapping[str, Any]:
        taken = {}
        for noun, count in (verb.numbers(input) if verb.numbers else {}).items():
            taken[noun] = await numbers.take(workspace, noun, count)
        async with database.transaction() as transaction:
            unit = Unit(transaction, commander(workspace), wire(now()), taken)
            found = await verb.function(unit, input)
            await unit.flush()
        return {**found, **unit.secrets}

    with problems_named():
        return await again(work)


@contextmanager
def problems_named() -> Iterator[None]:
    """Say in a line what a verb, or `Given`, finds wrong."""
    try:
        yield
    except RefusedError as error:
        said = [f"{'.'.join(each.path)}: {each.message}" for each in error.problems]
        raise Refusal(" ".join(said)) from None
