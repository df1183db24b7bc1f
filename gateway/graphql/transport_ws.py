"""The protocol `graphql-transport-ws` without sockets: a message in, what it asks for out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple, TypeAlias, TypeGuard

import orjson

PROTOCOL = "graphql-transport-ws"
#: Bytes that the reason of a close frame may have.
REASON = 123
#: Longest id of an operation.
LONGEST = 4096


class Code(IntEnum):
    """Why a connection is closed."""

    GOING_AWAY = 1001
    RESTART = 1012
    TRY_AGAIN = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    TOO_LATE = 4408
    EXISTS = 4409
    TOO_MANY_INITS = 4429


class Close(NamedTuple):
    """The connection must be closed."""

    code: int
    reason: str


class Initialise(NamedTuple):
    """The client has said who it is."""

    payload: dict[str, Any]


class Begin(NamedTuple):
    """An operation is asked for."""

    id: str
    request: dict[str, Any]


class Stop(NamedTuple):
    """The client wants no more of an operation."""

    id: str


class Answer(NamedTuple):
    """A message to send."""

    text: bytes


Effect: TypeAlias = Close | Initialise | Begin | Stop | Answer | None

#: What a request may be named by, where its text is known.
_NAMING = ("documentId", "extensions")
#: The members of a request that have one type, or are null.
_TYPES = {"variables": dict, "operationName": str, "extensions": dict, "documentId": str}


@dataclass(slots=True)
class Conversation:
    """Where the talk with one client stands."""

    initialised: bool = False
    """Whether the client has said who it is."""
    acknowledged: bool = False
    """Whether it has been let in."""

    def heard(self, text: bytes, running: Any) -> Effect:
        """What a message asks for; `running` holds the ids of the operations under way."""
        try:
            message = orjson.loads(text)
        except orjson.JSONDecodeError:
            return Close(Code.BAD_REQUEST, "A message is a JSON object.")
        if not isinstance(message, dict):
            return Close(Code.BAD_REQUEST, "A message is a JSON object.")
        match message.get("type"):
            case "connection_init":
                return self._initialised(message.get("payload"))
            case "ping":
                return _pong(message)
            case "pong":
                return None if _optional(message) else _shape("pong")
            case "subscribe":
                return self._begin(message, running)
            case "complete":
                id = message.get("id")
                return Stop(id) if _is_id(id) else _shape("complete")
            case str(kind):
                return Close(Code.BAD_REQUEST, f"There is no message {kind[:40]!r} for a server.")
        return Close(Code.BAD_REQUEST, "A message has a `type`.")

    def _initialised(self, payload: Any) -> Effect:
        if payload is not None and not isinstance(payload, dict):
            return _shape("connection_init")
        if self.initialised:
            return Close(Code.TOO_MANY_INITS, "Too many initialisation requests")
        self.initialised = True
        return Initialise(payload or {})

    def _begin(self, message: dict[str, Any], running: Any) -> Effect:
        id, request = message.get("id"), message.get("payload")
        if not _is_id(id) or not isinstance(request, dict):
            return _shape("subscribe")
        text = request.get("query")
        if not isinstance(text, str) and (text is not None or not any(map(request.get, _NAMING))):
            return _shape("subscribe")
        for name, type_ in _TYPES.items():
            value = request.get(name)
            if value is not None and not isinstance(value, type_):
                return _shape("subscribe")
        if not self.acknowledged:
            return Close(Code.UNAUTHORIZED, "Unauthorized")
        if id in running:
            return Close(Code.EXISTS, f"Subscriber for {id} already exists")
        return Begin(id, request)


def acknowledged() -> bytes:
    """The client is let in."""
    return b'{"type":"connection_ack"}'


def ping(cursor: str | None) -> bytes:
    """A sign of life, with the place in the log up to which everything has been sent."""
    if cursor is None:
        return b'{"type":"ping"}'
    return b'{"type":"ping","payload":{"cursor":"%b"}}' % cursor.encode()


def before_next(id: str) -> bytes:
    """What stands before an answer that is delivered; behind it stands `}`."""
    return b'{"id":%b,"type":"next","payload":' % orjson.dumps(id)


def complete(id: str) -> bytes:
    """There is nothing more to come."""
    return b'{"id":%b,"type":"complete"}' % orjson.dumps(id)


def error(id: str, errors: Sequence[Mapping[str, Any]]) -> bytes:
    """The operation has ended with errors."""
    return orjson.dumps({"id": id, "type": "error", "payload": errors})


def reason(text: str) -> str:
    """The text, cut so that it fits into a close frame."""
    return text.encode()[:REASON].decode("utf-8", "ignore")


def _pong(message: dict[str, Any]) -> Effect:
    if not _optional(message):
        return _shape("ping")
    answer: dict[str, Any] = {"type": "pong"}
    if message.get("payload") is not None:
        answer["payload"] = message["payload"]
    return Answer(orjson.dumps(answer))


def _optional(message: dict[str, Any]) -> bool:
    payload = message.get("payload")
    return payload is None or isinstance(payload, dict)


def _is_id(id: Any) -> TypeGuard[str]:
    return isinstance(id, str) and 0 < len(id) <= LONGEST


def _shape(kind: str) -> Close:
    return Close(Code.BAD_REQUEST, f"The message {kind!r} does not have the right shape.")
