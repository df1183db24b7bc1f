"""The one way in: every door turns its protocol into a request and asks the engine."""

from __future__ import annotations

import logging
import re
from collections.abc import Generator
from typing import Any, Protocol

from graphql import GraphQLError, GraphQLSchema, OperationType

from gateway.execution.completion import Failure, complete, located
from gateway.execution.operation import Operation, Variant, answer, beginning, start
from gateway.execution.order import Payload
from gateway.execution.preparing import Limits, Preparation, Prepared
from gateway.execution.request import (
    Answer,
    Request,
    RequestRefusedError,
    body,
    coded,
    refused,
)
from gateway.execution.selection import Selected
from gateway.execution.values import RefusedError, Variables
from gateway.execution.variables import VariablesError
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
from schema.context import Caller
from schema.errors import (
    ForbiddenError,
    InternalError,
    InvalidTextError,
    SwitchboardError,
    TimeoutExceededError,
    UnavailableError,
)
from schema.source import Verb

__all__ = ["Answer", "Engine", "Limits", "Request", "RequestRefusedError", "body", "refused"]

logger = logging.getLogger("switchboard.execution")

_SUGGESTION = re.compile(r" Did you mean .*?\?(?=$| )", re.DOTALL)


class Served(Protocol):
    """Which documents are served, and where the text of those comes from that are named only."""

    def text(self, request: Request) -> str:
        """The document that the request names or brings; raises `RequestRefusedError`."""

    def keep(self, request: Request) -> None:
        """The document was valid and may be named from now on."""


class _Any:
    """Serves what the request brings."""

    def text(self, request: Request) -> str:
        return request.text

    def keep(self, request: Request) -> None:
        return


class Engine:
    """Executes requests on one database."""

    def __init__(
        self,
        schema: GraphQLSchema,
        database: Database,
        verbs: Verbs,
        limits: Limits | None = None,
        preparation: Preparation | None = None,
        served: Served | None = None,
    ) -> None:
        self.schema = schema
        self.database = database
        self.limits = limits or Limits()
        self.preparation = preparation or Preparation(schema, database.dialect, self.limits)
        self._verbs = verbs
        self.served: Served = served or _Any()

    async def execute(self, request: Request, caller: Caller) -> Answer:
        """Execute a request; never raises for what a client can cause."""
        try:
            found = await self._execute(request, caller)
        except RequestRefusedError as error:
            found = Answer(
                errors=error.errors, executed=False, status=error.status, charge=error.charge
            )
        if found.errors:
            self.hush(found.errors)
        return found

    def hush(self, errors: list[GraphQLError]) -> None:
        """Leave out of the errors what exists, where that is not to be told."""
        if not self.limits.suggestions:
            for each in errors:
                each.message = _SUGGESTION.sub("", each.message)

    async def _execute(self, request: Request, caller: Caller) -> Answer:
        text = request.text if request.own else self.served.text(request)
        prepared, charge = await self.preparation.prepare(
            text, request.operation_name, caller.key_id
        )
        if request.hash is not None:
            self.served.keep(request)
        try:
            found = await self._run(prepared, request, caller)
        except RequestRefusedError as error:
            error.charge = max(charge, error.charge)
            raise
        found.charge = max(charge, found.charge)
        return found

    async def _run(self, prepared: Prepared, request: Request, caller: Caller) -> Answer:
        operation = prepared.operation
        if request.read_only and operation.kind is not OperationType.QUERY:
            raise refused("BAD_REQUEST", "GET serves queries only; use POST.", 405)
        if operation.kind is OperationType.SUBSCRIPTION:
            raise refused("BAD_REQUEST", "Subscriptions need a WebSocket or an event stream.")
        variables = variables_of(operation, request)
        variant, charge = await self.preparation.variant(prepared, variables, caller.key_id)
        if variant.introspection:
            charge += await self.preparation.introspect(
                operation, variant, request.variables, caller.key_id
            )
        found = Answer(operation_name=operation.name, charge=charge)
        self.authorise(variant, caller)
        found.cost = self.price(variant, variables)
        if request.debug:
            found.statements = []
        try:
            if operation.kind is OperationType.MUTATION:
                await self._mutate(operation, variant, variables, request, caller, found)
            else:
                reads = answer(operation, variables, request.variables, caller, variant.dialect)
                if found.statements is not None:
                    reads = traced(reads, found.statements)
                if variant.lookup:
                    drive = self.database.look_up
                else:
                    drive = self.database.run if variant.reads else self._read
                found.data, found.errors = await drive(reads)
        except Exception as error:
            # Nothing was done: the status may say so, whatever the client accepts.
            failure = presentable(error)
            found.data, found.executed = None, False
            found.errors = [located(failure, None, None)]
            found.status = getattr(failure, "status", InternalError.status)
        return found

    async def _read(self, reads: Reads[T]) -> T:
        """Drive reads of which it isn't sure that they need a connection at all."""
        try:
            first = next(reads)
        except StopIteration as stop:
            result: T = stop.value
            return result
        return await self.database.run(_resumed(first, reads))

    def authorise(self, variant: Variant, caller: Caller) -> None:
        """Refuse a caller who lacks scopes."""
        if "full" in caller.scopes:
            return
        missing = variant.needs.missing(caller.scopes)
        if missing:
            named = ", ".join(f"{scope} (for {place})" for scope, place in missing.items())
            raise refused(
                "FORBIDDEN",
                f"The API key lacks the scope{'s' if len(missing) > 1 else ''} {named}.",
                ForbiddenError.status,
                missingScopes=list(missing),
            )

    def price(self, variant: Variant, variables: Variables) -> int:
        """What the operation may cost; refuses one that may cost too much."""
        points = variant.cost.points(variables)
        if points > self.limits.cost:
            message = f"The operation may cost {points}, at most {self.limits.cost} is allowed."
            more: dict[str, Any] = {"cost": points, "maximum": self.limits.cost}
            heavy = variant.cost.heaviest(variables, self.limits.cost)
            if heavy:
                path = ".".join(heavy.path)
                message += f" It would fit with `{heavy.argument}: {heavy.first}` at `{path}`."
                more |= {"path": list(heavy.path), heavy.argument: heavy.first}
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
        if variant.begins:
            run.cursor = await self.database.run(beginning(caller, variant.dialect))
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

        plan = variant.payload(field)

        def reads(value: Any) -> Reads[Any]:
            found = plan.run(variables, run, value)
            return found if statements is None else traced(found, statements)

        try:
            arguments = field.arguments.read(variables)
            payload = Payload(reads, plan.alone, plan.joined)
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
    if isinstance(error, UnicodeEncodeError):
        # Half a surrogate pair that came in otherwise than as JSON.
        return InvalidTextError()
    if isinstance(error, DatabaseUnavailableError):
        logger.warning("database unavailable", exc_info=error)
        return UnavailableError()
    logger.error("execution failed", exc_info=error)
    return InternalError()


def variables_of(operation: Operation, request: Request) -> Variables:
    """The request's variables as the operation takes them; raises `RequestRefusedError`."""
    try:
        return operation.coercion.read(request.variables)
    except VariablesError as error:
        raise RequestRefusedError(
            [coded(each, "BAD_USER_INPUT") for each in error.errors]
        ) from None
    except RecursionError:
        raise refused("BAD_USER_INPUT", "The variables nest too deeply.") from None


def _resumed(first: Statement, reads: Reads[T]) -> Generator[Statement, list[Row], T]:
    """Reads that have been driven to their first statement."""
    try:
        rows = yield first
        while True:
            rows = yield reads.send(rows)
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        reads.close()
