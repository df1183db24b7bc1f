"""Work that goes on as long as the process does, whatever befalls it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

logger = logging.getLogger("switchboard.lasting")

#: Seconds to wait before work is begun again that has ended.
RETRY = 0.5


def lasting(work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
    """A task that does the work, and begins it anew when it fails; cancelling the task ends it."""
    return asyncio.create_task(_last(work))


async def _last(work: Callable[[], Awaitable[None]]) -> None:
    task = asyncio.current_task()
    assert task is not None
    while True:
        try:
            await work()
            return
        except asyncio.CancelledError:
            if task.cancelling():
                raise
            # What it waited for was cancelled by somebody else, and with it only that.
            logger.warning("work in the background was cut short, and begins again")
        except Exception:
            if task.cancelling():
                # Cancelled all the same, in other words.
                return
            logger.exception("work in the background failed, and begins again")
        await asyncio.sleep(RETRY)
