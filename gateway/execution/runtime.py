"""What generated code calls: codecs, guards and the state of one run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from inspect import isgenerator
from typing import Any, Protocol

import orjson
from graphql import FieldNode, GraphQLError

from gateway.execution.completion import Failing, Failure
from gateway.execution.page import Page, PageArguments
from gateway.execution.splice import NO_PAGES, Pages
from gateway.execution.values import INT_MAX, Arguments, RefusedError, Variables
from models.database import Dialect, Reads
from schema import identity
from schema.context import Caller
from schema.errors import InternalError, InvalidPageError, SwitchboardError
from schema.noun import PREFIXES

MAX_IDS = 100


class Origin(Protocol):
    """The operation that is executed."""

    def refusal(self, arguments: Arguments, given: dict[str, Any]) -> Exception:
        """Why these arguments were refused, in graphql-core's words."""

    def introspected(self, field: Any, given: dict[str, Any]) -> tuple[Any, list[GraphQLError]]:
        """The answer to `__schema` or `__type`."""


@dataclass(eq=False, slots=True)
class Run:
    """One execution of a plan.

    It holds no function of its own: one that knew the run would make a cycle, and garbage.
    """

    caller: Caller
    dialect: Dialect
    workspace: str
    origin: Origin
    given: dict[str, Any]
    """The variables as the client sent them."""
    failures: list[Failure] = field(default_factory=list)
    below: Pages = NO_PAGES
    """The arguments of the spliced connections."""

    cursor: str = ""
    """Where the event log stood when the operation began, if it asks for that."""

    @property
    def now(self) -> str:
        """The present instant in the wire format."""
        return self.caller.instant

    def explain(self, arguments: Arguments) -> Exception:
        """Why arguments were refused."""
        return self.origin.refusal(arguments, self.given)

    def introspect(self, field: Any) -> Any:
        """The answer to `__schema` or `__type`."""
        value, errors = self.origin.introspected(field, self.given)
        return self.fail(errors[0], field.nodes) if errors and value is None else value

    def fail(self, error: Exception, nodes: list[FieldNode]) -> Failure:
        """A field has failed: the answer gets a null and an error there."""
        failure = Failure(error, nodes)
        self.failures.append(failure)
        return failure


class Asking:
    """The arguments of one field and what to do when they are wrong."""

    __slots__ = ("arguments", "nodes")

    def __init__(self, arguments: Arguments, nodes: list[FieldNode]) -> None:
        self.arguments = arguments
        self.nodes = nodes

    def read(self, variables: Variables, run: Run) -> dict[str, Any] | Failure:
        """The arguments' values, or the failure of this field."""
        try:
            return self.arguments.read(variables)
        except RefusedError:
            return run.fail(run.explain(self.arguments), self.nodes)


class Paging(Asking):
    """The arguments of a connection."""

    __slots__ = ("page",)

    def __init__(self, page: PageArguments, arguments: Arguments, nodes: list[FieldNode]) -> None:
        super().__init__(arguments, nodes)
        self.page = page

    def page_of(self, variables: Variables, run: Run) -> Page | Failure:
        """The page asked for, or the failure of this field."""
        try:
            return self.page.read(variables)
        except RefusedError:
            return run.fail(run.explain(self.arguments), self.nodes)
        except SwitchboardError as error:
            return run.fail(error, self.nodes)

    @staticmethod
    def failing(failure: Failure) -> Failing:
        """The same failure for every parent."""
        return Failing(failure)


class Identifying(Asking):
    """The arguments of a root field that takes one id or many."""

    __slots__ = ("argument", "prefix")

    def __init__(
        self, argument: str, prefix: str | None, arguments: Arguments, nodes: list[FieldNode]
    ) -> None:
        super().__init__(arguments, nodes)
        self.argument = argument
        self.prefix = prefix

    def uuid(self, variables: Variables, run: Run) -> str | Failure:
        """The UUID of an id that must have the prefix."""
        given = self.read(variables, run)
        if isinstance(given, Failure):
            return given
        try:
            return identity.parse(given[self.argument], self.prefix or "")
        except SwitchboardError as error:
            return run.fail(error.at(self.argument), self.nodes)

    def split(
        self, variables: Variables, run: Run
    ) -> list[tuple[str, str] | tuple[Failure, None]] | Failure:
        """The types and UUIDs of ids of any type, with a failure for what is no id."""
        given = self.read(variables, run)
        if isinstance(given, Failure):
            return given
        value = given[self.argument]
        if not isinstance(value, list):
            return [self._split(value, run, self.argument)]
        if len(value) > MAX_IDS:
            error = InvalidPageError(f"At most {MAX_IDS} ids at once.")
            return run.fail(error.at(self.argument), self.nodes)
        return [
            self._split(each, run, self.argument, str(place)) for place, each in enumerate(value)
        ]

    def _split(self, id: str, run: Run, *path: str) -> tuple[str, str] | tuple[Failure, None]:
        try:
            return identity.split(id, PREFIXES)
        except SwitchboardError as error:
            return run.fail(error.at(*path), self.nodes), None


def instant(text: str) -> str:
    """PostgreSQL's text of an instant with six fraction digits in the wire format."""
    return f"{text[:10]}T{text[11:23]}Z"


def guarded(
    function: Callable[..., Any], nodes: list[FieldNode], missing: Exception | None
) -> Callable[..., Any]:
    """A computed field's function; what it raises becomes the field's failure.

    `missing` is the error of a null, where none may be.
    """

    def call(run: Run, *values: Any) -> Any:
        try:
            found = function(*values)
        except Exception as error:
            known = isinstance(error, SwitchboardError)
            return run.fail(error if known else InternalError(), nodes)
        return run.fail(missing, nodes) if found is None and missing is not None else found

    return call


def narrow(run: Run, value: int | None, nodes: list[FieldNode]) -> Any:
    """An integer of 32 bits, as GraphQL has them; a larger one is a failure."""
    if value is None or -INT_MAX - 1 <= value <= INT_MAX:
        return value
    message = f"Int cannot represent non 32-bit signed integer value: {value}"
    return run.fail(GraphQLError(message), nodes)


def asked(
    function: Callable[..., Any], asking: Asking, variables: Variables, run: Run
) -> Reads[Any]:
    """The object that a root field's function gives; it may read."""
    given = asking.read(variables, run)
    if isinstance(given, Failure):
        return given
    try:
        found = function(run, given)
        if isgenerator(found):
            found = yield from found
    except SwitchboardError as error:
        return run.fail(error, asking.nodes)
    return found


def distinct(values: Sequence[Any]) -> list[Any]:
    """Each value once, in order; None left out."""
    found = dict.fromkeys(values)
    found.pop(None, None)
    return list(found)


def fragment(text: Any) -> Any:
    """Stored JSON, as it is."""
    return None if text is None else orjson.Fragment(text)


def one(value: Any) -> tuple[Any, ...]:
    """The value to go over, unless it is None."""
    return () if value is None else (value,)


def first(values: list[Any]) -> Any:
    """The only value, or None."""
    return values[0] if values else None
