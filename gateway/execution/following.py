"""A subscription, ready to be fed: checked as a query is, with what makes its deliveries alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from graphql import OperationType, VariableNode, Visitor, visit

from gateway.execution.completion import complete
from gateway.execution.engine import Engine, variables_of
from gateway.execution.operation import Operation, Variant, followed, start
from gateway.execution.preparing import Prepared
from gateway.execution.request import Request, RequestRefusedError, refused
from gateway.execution.values import RefusedError, Variables
from models.columns import wire
from models.database import Reads
from schema.context import Caller
from schema.errors import SwitchboardError
from schema.source import Contextual, Live
from schema.topic import Topic


@dataclass(frozen=True)
class Following:
    """What a client has subscribed to."""

    operation: Operation
    variant: Variant
    variables: Variables
    given: dict[str, Any]
    caller: Caller
    topic: Topic
    after: str | None
    """The cursor behind which to begin."""
    key: tuple[Any, ...]
    """What is delivered is the same text for all that have the same."""
    charge: int
    """How many requests more it counts as, for the work of a new document."""

    def reads(self, events: list[Any], now: datetime) -> Reads[list[bytes]]:
        """The reads that give the answer for each of the events, all of them at once."""
        field = self.variant.fields[0]
        caller = replace(self.caller, now=wire(now))
        run = start(self.operation, self.variant, self.given, caller)
        found = yield from self.variant.feed(self.variables, run, events)
        if not run.failures:
            return [orjson.dumps({"data": {field.key: each}}) for each in found]
        answers = []
        for each in found:
            data, errors = complete({field.key: each}, self.variant.fields)
            answer: dict[str, Any] = {"data": data}
            if errors:
                answer = {"errors": [error.formatted for error in errors], **answer}
            answers.append(orjson.dumps(answer))
        return answers


async def follow(engine: Engine, request: Request, caller: Caller) -> Following | None:
    """Check a subscription; None for a query or mutation. Raises `RequestRefusedError`."""
    try:
        return await _follow(engine, request, caller)
    except RequestRefusedError as error:
        engine.hush(error.errors)
        raise


async def _follow(engine: Engine, request: Request, caller: Caller) -> Following | None:
    text = request.text if request.own else engine.served.text(request)
    prepared, charge = await engine.preparation.prepare(text, request.operation_name, caller.key_id)
    if request.hash is not None:
        engine.served.keep(request)
    if prepared.operation.kind is not OperationType.SUBSCRIPTION:
        return None
    try:
        return await _following(engine, prepared, request, caller, charge)
    except RequestRefusedError as error:
        error.charge = max(charge, error.charge)
        raise


async def _following(
    engine: Engine, prepared: Prepared, request: Request, caller: Caller, charge: int
) -> Following:
    operation = prepared.operation
    variables = variables_of(operation, request)
    variant, more = await engine.preparation.variant(prepared, variables, caller.key_id)
    field = followed(variant)
    # Validation lets nothing else through.
    assert field is not None
    engine.authorise(variant, caller)
    engine.price(variant, variables)
    assert isinstance(field.source, Live)
    assert field.arguments is not None
    try:
        arguments = field.arguments.read(variables)
        topic = field.source.topic(arguments)
    except RefusedError:
        error = operation.refusal(field.arguments, request.variables)
        raise refused("BAD_USER_INPUT", str(error)) from None
    except SwitchboardError as error:
        raise refusal(error) from None
    inner = _Inner()
    for node in field.nodes:
        if node.selection_set is not None:
            visit(node.selection_set, inner)
    for fragment in operation.fragments:
        visit(fragment, inner)
    differs = orjson.dumps([variables.get(name) for name in sorted(inner.variables)], default=str)
    personal = caller.key_id if _personal(variant) else None
    key = (variant, differs, caller.scopes, personal)
    return Following(
        operation,
        variant,
        variables,
        request.variables,
        caller,
        topic,
        arguments.get("after"),
        key,
        max(charge, more),
    )


def refusal(error: SwitchboardError) -> RequestRefusedError:
    """The refusal that an error is, where nothing has been executed yet."""
    more = {name: value for name, value in error.extensions.items() if name != "code"}
    return refused(error.code, error.message, error.status, **more)


def _personal(variant: Variant) -> bool:
    """Whether something depends on who asks beyond the scopes."""
    waiting = list(variant.fields)
    while waiting:
        field = waiting.pop()
        if isinstance(field.source, Contextual):
            return True
        if field.definition is not None and hasattr(field.named_type, "fields"):
            waiting += field.of(field.named_type)
        elif field.definition is not None and hasattr(field.named_type, "types"):
            for type_ in field.collector.possible_types(field.named_type):
                waiting += field.of(type_)
    return False


class _Inner(Visitor):
    """Finds the variables of a selection."""

    def __init__(self) -> None:
        super().__init__()
        self.variables: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.variables.add(node.name.value)
