"""A request on the short way through the HTTP server, and why one that never comes whole is refused."""

from __future__ import annotations

import asyncio
import time

from gateway.visit import Visit
from schema.errors import BadRequestError

_NOBODY = asyncio.Event()


class SlowError(BadRequestError):
    """The request did not arrive in time."""

    status = 408


class LargeHeadError(BadRequestError):
    """The address and the headers are too large."""

    status = 431


class Exchange:
    """A request on the short way; to uvicorn it looks like one of its own cycles."""

    __slots__ = (
        "disconnected",
        "keep_alive",
        "message_event",
        "reason",
        "response_complete",
        "started",
        "task",
        "visit",
    )
    more_body = False

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.started = time.monotonic()
        self.task: asyncio.Task[None] | None = None
        self.reason: Exception | None = None
        """Why its work was ended."""
        self.keep_alive = True
        self.disconnected = False
        self.response_complete = False
        self.message_event = _NOBODY
