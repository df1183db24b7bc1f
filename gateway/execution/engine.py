"""The one way in: every door turns its protocol into a request and asks the engine."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)

from gateway.execution.completion import Failure, complete, located
from gateway.execution.operation import Operation, Variant, answer, start
from gateway.execution.selection import Selected
from gateway.execution.values import RefusedError, Variables, VariablesError
from gateway.execution.verbs import Verbs
from models.database import (
    Database,
    DatabaseUnavailableError,
    Reads,
    Row,
    Statement,
    StatementTimeoutError,
    T,
)
from schema.context import Caller, allows
from schema.errors import (
    ForbiddenError,
    InternalError,
    SwitchboardError,
    TimeoutExceededError,
    UnavailableError,
)
from schema.source import Verb

logger = logging.getLogger("switchboard.execution")

#: Documents whose plans are kept.
OPERATIONS = 1024


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asks for."""

    text: str
    operation_name: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    read_only: bool = False
    """A GET: only queries."""
    debug: bool = False
    """Whether the answer shows the statements it took."""


@dataclass(slots=True)
class Answer:
    """What the client gets."""

    data: dict[str, Any] | None = None
    errors: list[GraphQLError] = field(default_factory=list)
    cost: int | None = None
    statements: list[str] | None = None
    executed: bool = True
    """False for a request that was refused before it ran: no `data` then."""
    status: int = 200
    """What the refusal would be over HTTP."""


class RequestRefusedError(Exception):
    """The request is not executed."""

    def __init__(self, errors: list[GraphQLError], status: int = 400) -> None:
        super().__init__(errors)
        self.errors = errors
        self.status = status


def refused(code: str, message: str, status: int = 400, **more: Any) -> RequestRefusedError:
    """A refusal with one error."""
    error = GraphQLError(message, extensions={"code": code, **more})
    return RequestRefusedError([error], status)


@dataclass(frozen=True)
class Limits:
    """What an operation may be at most."""

    tokens: int = 2000
    cost: int = 20_000
    introspection: bool = True
    suggestions: bool = True


#: Checks a parsed document before it is validated; raises `RequestRefusedError`.
DocumentCheck = Callable[[DocumentNode], None]


class Engine:
    """Executes requests on one database."""

    def __init__(
        self,
        schema: GraphQLSchema,
        database: Database,
        verbs: Verbs,
        limits: Limits | None = None,
        check: DocumentCheck | None = None,
    ) -> None:
        self.schema = schema
        self.database = database
        self.limits = limits or Limits()
        self._verbs = verbs
        self._check = check
        self._operations: OrderedDict[tuple[str, str | None], Operation] = OrderedDict()

    async def execute(self, request: Request, caller: Caller) -> Answer:
        """Execute a request; never raises for what a client can cause."""
        try:
            return await self._execute(request, caller)
        except RequestRefusedError as error:
            return Answer(errors=error.errors, executed=False, status=error.status)

    async def _execute(self, request: Request, caller: Caller) -> Answer:
        operation = self.prepare(request.text, request.operation_name)
        if request.read_only and operation.kind is not OperationType.QUERY:
            raise refused("BAD_REQUEST", "GET serves queries only; use POST.", 405)
        if operation.kind is OperationType.SUBSCRIPTION:
            raise refused("BAD_REQUEST", "Subscriptions need a WebSocket or an event stream.")
        try:
            variables = operation.coercion.read(request.variables)
        except VariablesError as error:
            raise RequestRefusedError(
                [_coded(each, "BAD_USER_INPUT") for each in error.errors]
            ) from None
        variant = operation.variant(variables)
        self._authorise(variant, caller)
        cost = self._price(variant, variables)
        statements: list[str] | None = [] if request.debug else None
        found = Answer(cost=cost, statements=statements)
        try:
            if operation.kind is OperationType.MUTATION:
                await self._mutate(operation, variant, variables, request, caller, found)
            else:
                reads = answer(operation, variables, request.variables, caller, variant.dialect)
                if statements is not None:
                    reads = traced(reads, statements)
                found.data, found.errors = await self.database.run(reads)
        except Exception as error:
            found.data = None
            found.errors = [located(presentable(error), None, None)]
        return found

    def prepare(self, text: str, name: str | None) -> Operation:
        """The operation of a document; parsed, validated and kept."""
        key = (text, name)
        found = self._operations.get(key)
        if found is not None:
            self._operations.move_to_end(key)
            return found
        operation = self._compile(text, name)
        self._operations[key] = operation
        if len(self._operations) > OPERATIONS:
            self._operations.popitem(last=False)
        return operation

    def _compile(self, text: str, name: str | None) -> Operation:
        try:
            document = parse(text, max_tokens=self.limits.tokens)
        except GraphQLSyntaxError as error:
            large = "token" in error.message and "limit" in error.message.lower()
            code = "DOCUMENT_TOO_LARGE" if large else "GRAPHQL_PARSE_FAILED"
            raise RequestRefusedError([_coded(error, code)]) from None
        except RecursionError:
            raise refused("DOCUMENT_TOO_LARGE", "The document nests too deeply.") from None
        if self._check is not None:
            self._check(document)
        definition = _operation(document, name)
        errors = validate(
            self.schema,
            document,
            specified_rules,
            max_errors=20,
            hide_suggestions=not self.limits.suggestions,
        )
        if errors:
            raise RequestRefusedError(
                [_coded(each, "GRAPHQL_VALIDATION_FAILED") for each in errors]
            )
        return Operation(self.schema, document, definition, self.database.dialect)

    def _authorise(self, variant: Variant, caller: Caller) -> None:
        missing = [each for each in sorted(variant.scopes) if not allows(caller.scopes, each)]
        if missing:
            raise refused(
                "FORBIDDEN",
                f"The API key lacks the scope {', '.join(missing)}.",
                ForbiddenError.status,
                missingScopes=missing,
            )

    def _price(self, variant: Variant, variables: Variables) -> int:
        points = variant.cost.points(variables)
        if points > self.limits.cost:
            message = f"The operation may cost {points}, at most {self.limits.cost} is allowed."
            more: dict[str, Any] = {"cost": points, "maximum": self.limits.cost}
            heavy = variant.cost.heaviest(variables, self.limits.cost)
            if heavy:
                path = ".".join(heavy.path)
                message += f" It would fit with `first: {heavy.first}` at `{path}`."
                more |= {"path": list(heavy.path), "first": heavy.first}
            raise refused("COST_EXCEEDED", message, **more)
        return points

    async def _mutate(
        self,
        operation: Operation,
        variant: Variant,
        variables: Variables,
        request: Request,
        caller: Caller,
        found: Answer,
    ) -> None:
        data: dict[str, Any] = {}
        run = start(operation, variant, request.variables, caller)
        for each in variant.fields:
            data[each.key] = await self._verb(each, variant, variables, run, found.statements)
        if run.failures:
            found.data, found.errors = complete(data, variant.fields)
        else:
            found.data = data

    async def _verb(
        self,
        field: Selected,
        variant: Variant,
        variables: Variables,
        run: Any,
        statements: list[str] | None,
    ) -> Any:
        if field.definition is None:
            return "Mutation"
        source = field.source
        assert isinstance(source, Verb)
        assert field.arguments is not None

        def payload(value: Any) -> Reads[Any]:
            reads = variant.payload(field)(variables, run, value)
            return reads if statements is None else traced(reads, statements)

        try:
            arguments = field.arguments.read(variables)
            return await self._verbs.run(field.name, source, arguments, run.caller, payload)
        except RefusedError:
            failure: Failure = run.fail(run.explain(field.arguments), field.nodes)
        except Exception as error:
            failure = run.fail(presentable(error), field.nodes)
        return failure


def traced(reads: Reads[T], statements: list[str]) -> Generator[Statement, list[Row], T]:
    """The same reads, noting the text of each statement."""
    rows: Any = None
    try:
        while True:
            statement = reads.send(rows)
            statements.append(statement[0])
            rows = yield statement
    except StopIteration as stop:
        result: T = stop.value
        return result


def presentable(error: Exception) -> SwitchboardError | GraphQLError:
    """What a client may know of an error; the rest goes to the log."""
    if isinstance(error, SwitchboardError | GraphQLError):
        return error
    if isinstance(error, StatementTimeoutError):
        return TimeoutExceededError()
    if isinstance(error, DatabaseUnavailableError):
        logger.warning("database unavailable", exc_info=error)
        return UnavailableError()
    logger.error("execution failed", exc_info=error)
    return InternalError()


def body(answer: Answer, maximum: int) -> bytes:
    """The answer as a GraphQL response."""
    found: dict[str, Any] = {}
    if answer.errors:
        found["errors"] = [each.formatted for each in answer.errors]
    if answer.executed:
        found["data"] = answer.data
    extensions: dict[str, Any] = {}
    if answer.cost is not None:
        extensions["cost"] = {"requested": answer.cost, "maximum": maximum}
    if answer.statements is not None:
        extensions["debug"] = {"statements": answer.statements}
    if extensions:
        found["extensions"] = extensions
    return orjson.dumps(found)


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
    raise refused("OPERATION_NOT_FOUND", f"The document has no operation {name!r}.")


def _coded(error: GraphQLError, code: str) -> GraphQLError:
    error.extensions = {"code": code, **(error.extensions or {})}
    return error
