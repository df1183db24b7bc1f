"""What doors and the engine say to each other: a request, its answer, or why it is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import GraphQLError

#: Longest message of an error about a document or its variables.
MAX_MESSAGE = 600
#: Where graphql-core repeats a whole object or list, in Python's spelling if it was a variable.
_QUOTED = re.compile(r"([.?]?)(?: Found|, found|(?<= value)): [\[{].*\Z", re.DOTALL)


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
    document_id: str | None = None
    """The id of a trusted document."""
    hash: str | None = None
    """The SHA-256 of an automatic persisted query, in hexadecimal."""
    documents_only: bool = False
    """Whether the key is served trusted documents only."""
    own: bool = False
    """A document of ours, behind a route or a tool: no manifest need name it."""


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
    malformed: bool = False
    """Whether it was not even a well-formed request."""
    operation_name: str | None = None
    """The name that the document gives the operation."""
    charge: int = 0
    """How many requests more it counts as, for the work of a new document."""


class RequestRefusedError(Exception):
    """The request is not executed."""

    def __init__(self, errors: list[GraphQLError], status: int = 400) -> None:
        super().__init__(errors)
        self.errors = errors
        self.status = status
        self.charge = 0


def refused(code: str, message: str, status: int = 400, **more: Any) -> RequestRefusedError:
    """A refusal with one error."""
    error = GraphQLError(message, extensions={"code": code, **more})
    return RequestRefusedError([error], status)


def coded(error: GraphQLError, code: str) -> GraphQLError:
    """The error with a code, if it has none, and without quoting much of what was sent."""
    error.message = _QUOTED.sub(lambda found: found[1] or ".", error.message)
    if len(error.message) > MAX_MESSAGE:
        error.message = f"{error.message[:MAX_MESSAGE]}…"
    error.extensions = {"code": code, **(error.extensions or {})}
    return error


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
