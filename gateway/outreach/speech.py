"""Words that are just being said in calls: told to whoever follows them, in pieces, and not kept."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from gateway.live.happening import Partial
from gateway.outreach.providers.provider import Said, Speaking
from models.database import DatabaseUnavailableError, StatementTimeoutError

logger = logging.getLogger("switchboard.outreach")

#: How much of a turn has been said when it is told of.
SHARES = (1 / 3, 2 / 3)
#: Seconds that a turn must take to be told in pieces.
SHORTEST = 0.3


class Speech:
    """Tells of words; `tell` is given the workspace, the call and the words."""

    def __init__(self, tell: Callable[[str, str, Partial], Awaitable[None]]) -> None:
        self._tell = tell
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def tell(self, workspace_id: str, call_id: str, said: Said) -> None:
        """Tell of words once; those that can't be told now are never told."""
        try:
            await self._tell(workspace_id, call_id, Partial(said.speaker.value, said.text))
        except (DatabaseUnavailableError, StatementTimeoutError):
            logger.warning("words were lost that nobody keeps")

    def begin(self, workspace_id: str, call_id: str, speaking: Speaking) -> None:
        """Tell of a turn that is played out, while it lasts."""
        key = (workspace_id, call_id)
        if key in self._tasks or speaking.ends_in - max(speaking.starts_in, 0) < SHORTEST:
            return
        task = asyncio.create_task(self._speak(*key, speaking))
        self._tasks[key] = task
        task.add_done_callback(lambda _: self._tasks.pop(key, None))

    async def _speak(self, workspace_id: str, call_id: str, speaking: Speaking) -> None:
        begins = time.monotonic() + speaking.starts_in
        said = speaking.said
        words = said.text.split(" ")
        for share in SHARES:
            at = begins + share * (speaking.ends_in - speaking.starts_in)
            text = " ".join(words[: int(share * len(words))])
            late = time.monotonic() - at
            if text and late < SHORTEST:
                await asyncio.sleep(-late)
                await self.tell(workspace_id, call_id, Said(said.speaker, text))

    async def stop(self) -> None:
        """Say no more."""
        tasks = list(self._tasks.values())
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
