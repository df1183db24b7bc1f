"""One request's journey: who came, under which budget, and what the log will say of it."""

from __future__ import annotations

import itertools
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from gateway.limits.rate import Budget, Verdict
from schema.context import Caller
from schema.errors import SwitchboardError

_ACCEPTED_ID = re.compile(r"[A-Za-z0-9._:\-]{1,128}", re.ASCII)
_PROCESS = secrets.token_hex(6)
_count = itertools.count(1)


@dataclass(slots=True, eq=False)
class Visit:
    """What is known of a request."""

    request_id: str
    address: str
    headers: dict[bytes, bytes]
    """The request's headers; of those given twice the last."""
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


def request_id(given: bytes | None) -> str:
    """The client's request id where it is a sound one, else a new one."""
    if given is not None:
        text = given.decode("latin-1")
        if _ACCEPTED_ID.fullmatch(text):
            return text
    return f"{_PROCESS}-{next(_count):x}"
