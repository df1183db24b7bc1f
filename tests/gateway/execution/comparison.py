"""One operation through both executors, and whether they agree."""

from __future__ import annotations

import gc
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    parse,
    validate,
)

from gateway.execution import reference
from gateway.execution.operation import Operation, answer
from gateway.execution.variables import VariablesError
from gateway.graph import core
from models.database import Database, Reads, Row, T
from schema.context import Caller
from schema.installation import Installation
from schema.vault import Vault

UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
#: Counts and figures.
COUNTS = re.compile(r"^SELECT count|GROUP BY 1$")


@dataclass
class Answer:
    """What the compiled reads gave."""

    operation: Operation
    variables: dict[str, Any] | None
    data: dict[str, Any] | None
    errors: list[GraphQLError]
    rows: int
    """How many rows the database returned, counts and figures left out."""
    text: bytes = b"null"
    """The data as they are sent."""

    @property
    def uuids(self) -> set[str]:
        """Every UUID in the answer."""
        return {found.decode() for found in UUID.findall(self.text)}


#: So that links are made.
INSTALLATION = Installation(Vault.of(["k" * 32]), "https://switchboard.example.com")
NOW = "2026-02-03T10:00:00.000Z"


def caller(workspace: str, key: str = "key") -> Caller:
    """Somebody of this workspace who may do everything."""
    return Caller(workspace, key, frozenset({"full"}), now=NOW, installation=INSTALLATION)


def operation(text: str, database: Database) -> Operation:
    """A valid operation, compiled."""
    document = parse(text)
    assert not validate(core(), document), text
    return prepared(document, database)


def prepared(document: DocumentNode, database: Database) -> Operation:
    """A document that is known to be valid, as an operation."""
    definition = next(
        each for each in document.definitions if isinstance(each, OperationDefinitionNode)
    )
    return Operation(core(), document, definition, database.dialect)


async def compiled(
    found: Operation, given: dict[str, Any], database: Database, workspace: str, key: str = "key"
) -> Answer:
    """The answer of compiled reads."""
    try:
        variables = found.coercion.read(given)
    except VariablesError as error:
        return Answer(found, None, None, error.errors, 0)
    seen: list[int] = []
    reads = answer(found, variables, given, caller(workspace, key), database.dialect)
    data, errors = await database.run(_counted(reads, seen))
    text = orjson.dumps(data)
    return Answer(found, variables, _opened(data), errors, sum(seen), text)


def _opened(value: Any) -> Any:
    """The same with what the database wrote as JSON, which is text until it is sent."""
    if isinstance(value, orjson.Fragment):
        return orjson.loads(orjson.dumps(value))
    if isinstance(value, list):
        return [_opened(each) for each in value]
    if isinstance(value, dict):
        # In place, as the objects of an interface know their type.
        value.update({key: _opened(each) for key, each in value.items()})
    return value


def _counted(reads: Reads[T], seen: list[int]) -> Reads[T]:
    rows: list[Row] | None = None
    while True:
        try:
            statement = reads.send(rows)  # type: ignore[arg-type]
        except StopIteration as stop:
            result: T = stop.value
            return result
        rows = yield statement
        if not COUNTS.search(statement[0]):
            seen.append(len(rows))


async def yardstick(
    document: DocumentNode,
    given: dict[str, Any],
    database: Database,
    workspace: str,
    key: str = "key",
) -> ExecutionResult:
    """The answer of the reference executor."""
    context = reference.Reading(caller(workspace, key), database)
    # What graphql-core drops must go where Python can say so: not inside of a named tuple's
    # `__new__`, which has no builtins to warn with.
    gc.disable()
    try:
        found = await reference.execute(core(), document, given, context)
        for error in found.errors or []:
            # Their frames hold what was dropped, and would let go of it in some other test.
            error.__traceback__ = None
            if error.original_error is not None:
                error.original_error.__traceback__ = None
        return found
    finally:
        gc.collect(0)
        gc.enable()


async def agreed(text: str, given: dict[str, Any], database: Database, workspace: str) -> Answer:
    """The answer that both executors give."""
    found = operation(text, database)
    ours = await compiled(found, given, database, workspace)
    theirs = await yardstick(found.document, given, database, workspace)
    difference = disagreement(ours, theirs)
    assert difference is None, f"{difference}: {ours.errors}, {theirs.errors}"
    return ours


def disagreement(ours: Answer, theirs: ExecutionResult) -> str | None:
    """What differs, if anything does."""
    if ours.text != orjson.dumps(theirs.data):
        return "the data differ"
    mine, yours = _spelled(ours.errors), _spelled(theirs.errors or [])
    if yours - mine:
        return f"errors missing: {list(yours - mine)}"
    # graphql-core cancels the siblings of a failed field, whose errors it then doesn't report.
    nulled = {
        _reach(each.path, theirs.data) for each in theirs.errors or [] if each.path is not None
    }
    for each in ours.errors:
        if str(each.formatted) not in mine - yours:
            continue
        reach = _reach(each.path or [], theirs.data)
        if reach not in nulled or len(reach) == len(each.path or []):
            return f"one error too many: {each.formatted}"
    return None


def _spelled(errors: Sequence[GraphQLError]) -> Counter[str]:
    return Counter(str(each.formatted) for each in errors)


def _reach(path: Sequence[str | int], data: Any) -> tuple[str | int, ...]:
    """The part of the path that leads to the null which the answer has there."""
    for place, key in enumerate(path):
        if data is None:
            return tuple(path[:place])
        data = data[key]
    return tuple(path)
