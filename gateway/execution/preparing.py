"""From a document's text to an operation with its plans: off the event loop, charged, and kept.

A new document costs up to a tenth of a second of parsing, validating and planning. That is done
on one thread, for one document of a caller at a time, and counts as further requests of the
caller: one for every hundred fields.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from graphql import (
    DocumentNode,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from graphql.validation.rules import overlapping_fields_can_be_merged

from gateway.execution.operation import MAX_INTROSPECTED, Operation, Variant, followed
from gateway.execution.request import RequestRefusedError, coded, refused
from gateway.execution.selection import Selected
from gateway.execution.values import Variables
from models.database import Dialect

T = TypeVar("T")

#: graphql-core compares fields of one name pairwise; its own bound allows most of a second.
overlapping_fields_can_be_merged.MAX_COMPLEXITY_BUDGET = 25_000
#: Roughly how many bytes the kept operations may take.
KEPT = 128 * 1024 * 1024
#: How large the answer of introspection is.
INTROSPECTED = 1_000_000
#: How many of its bytes count as one request.
INTROSPECTED_CHARGE = 64 * 1024
_INTROSPECTION = re.compile(r"\b__(?:schema|type)\b")


@dataclass(frozen=True)
class Limits:
    """What an operation may be at most."""

    tokens: int = 2000
    cost: int = 20_000
    introspection: bool = True
    suggestions: bool = True
    characters: int = 65_536


#: Checks a parsed document before it is validated; gives how many fields it amounts to, or
#: raises `RequestRefusedError`.
DocumentCheck = Callable[[DocumentNode], int]


@dataclass(slots=True, eq=False)
class Prepared:
    """A kept operation."""

    operation: Operation
    weight: int
    charge: int
    """How many requests the work on it counts as."""


class Preparation:
    """Makes operations and keeps them."""

    def __init__(
        self,
        schema: GraphQLSchema,
        dialect: Dialect,
        limits: Limits,
        check: DocumentCheck | None = None,
    ) -> None:
        self._schema = schema
        self._dialect = dialect
        self._limits = limits
        self._check = check
        self._rules = list(specified_rules)
        if not limits.introspection:
            self._rules.append(NoSchemaIntrospectionCustomRule)
        self._kept: OrderedDict[tuple[str, str | None], Prepared] = OrderedDict()
        self._weight = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="documents")
        self._turns: dict[str, asyncio.Lock] = {}

    async def prepare(self, text: str, name: str | None, caller: str) -> tuple[Prepared, int]:
        """The operation, and how many requests it counts as beside the one it came with."""
        found = self._kept.get((text, name))
        if found is not None:
            self._kept.move_to_end((text, name))
            return found, 0
        found = await self._in_turn(caller, lambda: self.compile(text, name))
        self._keep(text, name, found)
        return found, found.charge

    async def variant(
        self, prepared: Prepared, variables: Variables, caller: str
    ) -> tuple[Variant, int]:
        """The plan for these variables, and how many requests more it counts as."""
        operation = prepared.operation
        variant = operation.variant(variables)
        # The price is the last thing that is made of a variant.
        if "cost" in vars(variant):
            return variant, 0
        await self._in_turn(caller, lambda: _plan(operation, variant))
        return variant, prepared.charge

    async def introspect(
        self, operation: Operation, variant: Variant, given: dict[str, Any], caller: str
    ) -> int:
        """Have `__schema` and `__type` answered; gives how many requests more that counts as."""
        fields = operation.unanswered(variant, given)
        if not fields:
            return 0
        size = await self._in_turn(caller, lambda: _introspect(operation, fields, given))
        return len(fields) + size // INTROSPECTED_CHARGE

    def compile(self, text: str, name: str | None) -> Prepared:
        """Parse, limit and validate a document; raises `RequestRefusedError`."""
        charge = len(text) // 8192
        try:
            document = self._parse(text)
            fields = 0 if self._check is None else self._check(document)
            charge += fields // 100
            definition = _operation(document, name)
            self._validate(document)
            operation = Operation(self._schema, document, definition, self._dialect)
        except RecursionError:
            raise refused("DOCUMENT_TOO_LARGE", "The document nests too deeply.") from None
        except RequestRefusedError as error:
            error.charge = charge
            raise
        weight = 30_000 + 100 * len(text) + 1000 * fields
        if _INTROSPECTION.search(text):
            weight += MAX_INTROSPECTED * INTROSPECTED
        return Prepared(operation, weight, charge)

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _in_turn(self, caller: str, work: Callable[[], T]) -> T:
        turn = self._turns.setdefault(caller, asyncio.Lock())
        try:
            async with turn:
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            # Whoever waits holds a reference of their own.
            if not turn.locked():
                self._turns.pop(caller, None)

    def _keep(self, text: str, name: str | None, prepared: Prepared) -> None:
        before = self._kept.pop((text, name), None)
        self._weight += prepared.weight - (before.weight if before else 0)
        self._kept[text, name] = prepared
        while self._weight > KEPT and len(self._kept) > 1:
            self._weight -= self._kept.popitem(last=False)[1].weight

    def _parse(self, text: str) -> DocumentNode:
        if len(text) > self._limits.characters:
            message = f"The document has more than {self._limits.characters} characters."
            raise refused("DOCUMENT_TOO_LARGE", message, limit=self._limits.characters)
        try:
            return parse(text, max_tokens=self._limits.tokens)
        except GraphQLSyntaxError as error:
            large = "Parsing aborted" in error.message
            code = "DOCUMENT_TOO_LARGE" if large else "GRAPHQL_PARSE_FAILED"
            raise RequestRefusedError([coded(error, code)]) from None

    def _validate(self, document: DocumentNode) -> None:
        errors = validate(
            self._schema,
            document,
            self._rules,
            max_errors=20,
            hide_suggestions=not self._limits.suggestions,
        )
        if any(each.message == "Validation aborted." for each in errors):
            raise refused(
                "DOCUMENT_TOO_LARGE",
                "Too many fields share a response name with others: give them aliases, or select "
                "them once.",
            )
        if errors:
            raise RequestRefusedError([coded(each, "GRAPHQL_VALIDATION_FAILED") for each in errors])


def _introspect(operation: Operation, fields: list[Selected], given: dict[str, Any]) -> int:
    """Have the fields answered; gives how many bytes the answers are."""
    return sum(len(orjson.dumps(operation.introspected(each, given)[0])) for each in fields)


def _plan(operation: Operation, variant: Variant) -> None:
    if operation.kind is OperationType.QUERY:
        _ = variant.query
    elif operation.kind is OperationType.MUTATION:
        for each in variant.fields:
            if each.definition is not None:
                variant.payload(each)
    elif followed(variant) is not None:
        _ = variant.feed
    _ = variant.needs, variant.cost


def _operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    found = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]
    if name is None:
        if len(found) == 1:
            return found[0]
        what = "no operation" if not found else "several operations; name one"
        raise refused("OPERATION_NOT_FOUND", f"The document has {what}.")
    for each in found:
        if each.name and each.name.value == name:
            return each
    raise refused("OPERATION_NOT_FOUND", f"The document has no operation {name[:100]!r}.")
