"""One request's journey: who came, under which budget, and what the log will say of it."""

from __future__ import annotations

import itertools
import re
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from gateway.limits.rate import Verdict
from schema.context import Caller
from schema.errors import SwitchboardError

_ACCEPTED_ID = re.compile(r"[A-Za-z0-9._:\-]{1,128}", re.ASCII)
_PROCESS = secrets.token_hex(6)
_count = itertools.count(1)


@dataclass(slots=True)
class Visit:
    """What is known of a request."""

    request_id: str
    address: str
    started: float = field(default_factory=time.perf_counter)
    caller: Caller | None = None
    problem: SwitchboardError | None = None
    """Why there is no caller."""
    verdict: Verdict | None = None
    notes: dict[str, Any] = field(default_factory=dict)
    """What the door adds to the log: the operation's name, its cost, error codes."""


def request_id(given: str | None) -> str:
    """The client's request id where it is a sound one, else a new one."""
    if given and _ACCEPTED_ID.fullmatch(given):
        return given
    return f"{_PROCESS}-{next(_count):x}"
