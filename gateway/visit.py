"""One request's journey: what was asked, who came, under which budget, and what the log will say."""

from __future__ import annotations

import itertools
import re
import secrets
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from gateway.limits.rate import Budget, Verdict
from gateway.reply import Headers
from schema.context import Caller
from schema.errors import SwitchboardError

T = TypeVar("T")

_ACCEPTED_ID = re.compile(r"[A-Za-z0-9._:\-]{1,128}", re.ASCII)
_PROCESS = secrets.token_hex(6)
_count = itertools.count(1)


class ClientGoneError(Exception):
    """The client has hung up; there is nobody to answer."""


class Incoming(Protocol):
    """The body and the work of a request that comes piece by piece."""

    async def body(self, headers: dict[bytes, bytes]) -> bytes:
        """The whole body; refuses one that is too large or comes too slowly."""

    async def over(self, work: Awaitable[T]) -> T:
        """The work's result; ends it when its time is over or the client has left."""


@dataclass(slots=True, eq=False)
class Visit:
    """What is known of a request."""

    method: str
    path: str
    query_string: bytes
    given: Headers
    """The request's headers as they came, their names in lower case."""
    headers: dict[bytes, bytes]
    """The same by name; of those given twice the last."""
    address: str
    body: bytes | None = None
    """The whole body, where the adapter has it before the visit begins."""
    incoming: Incoming | None = None
    """Where to get it otherwise."""
    request_id: str = ""
    started: float = field(default_factory=time.perf_counter)
    caller: Caller | None = None
    documents_only: bool = False
    """Whether the key is served trusted documents only."""
    problem: SwitchboardError | None = None
    """Why there is no caller."""
    verdict: Verdict | None = None
    budgets: tuple[Budget, ...] = ()
    """What the caller's requests are counted against."""
    notes: dict[str, Any] = field(default_factory=dict)
    """What the door adds to the log: the operation's name, its cost, error codes."""

    def __post_init__(self) -> None:
        self.request_id = request_id(self.headers.get(b"x-request-id"))


def request_id(given: bytes | None) -> str:
    """The client's request id where it is a sound one, else a new one."""
    if given is not None:
        text = given.decode("latin-1")
        if _ACCEPTED_ID.fullmatch(text):
            return text
    return f"{_PROCESS}-{next(_count):x}"
