"""Doing a transaction again that has lost against others, for whoever has no verb to do it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from models.database import ConflictError, T

#: How often at most. One that waits for a lock gives up after `postgres.LOCK_TIMEOUT` seconds.
TRIES = 5


async def again(work: Callable[[], Awaitable[T]], *losses: type[Exception]) -> T:
    """What `work` gives, which is done anew after a `ConflictError` or one of `losses`.

    It must begin a transaction of its own and, but for that, leave nothing behind when it raises.
    Raises what it raised last.
    """
    worth: tuple[type[Exception], ...] = (ConflictError, *losses)
    for _ in range(TRIES - 1):
        try:
            return await work()
        except worth:
            pass
    return await work()
