"""Ends the work on a request when its time is over or its client has hung up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

from starlette.types import Receive

from gateway.visit import ClientGoneError
from schema.errors import TimeoutExceededError

T = TypeVar("T")

#: Seconds after which a client is watched; most answers are there before.
QUICK = 0.1


class Watch:
    """One request's work under watch.

    Cancelling rolls a mutation's transaction back; what was committed stays, and is found again
    by its idempotency key.
    """

    __slots__ = ("_reason", "_receive", "_seconds", "_task", "_watcher")

    def __init__(self, receive: Receive, seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        self._reason: Exception | None = None
        self._task: asyncio.Task[Any] | None = None
        self._watcher: asyncio.Task[None] | None = None

    async def over(self, work: Awaitable[T]) -> T:
        """The work's result; raises `TimeoutExceededError` or `ClientGoneError`."""
        self._task = asyncio.current_task()
        start = asyncio.get_running_loop().call_later(min(QUICK, self._seconds), self._begin)
        try:
            return await work
        except asyncio.CancelledError:
            if self._reason is None or self._task is None:
                raise
            self._task.uncancel()
            raise self._reason from None
        finally:
            start.cancel()
            self._task = None
            if self._watcher is not None:
                self._watcher.cancel()

    def _begin(self) -> None:
        self._watcher = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        try:
            async with asyncio.timeout(max(0.0, self._seconds - QUICK)):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
            reason: Exception = ClientGoneError()
        except TimeoutError:
            reason = TimeoutExceededError()
        if self._task is not None:
            self._reason = reason
            self._task.cancel()
