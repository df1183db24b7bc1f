"""One event stream: blocks that wait for a client, in the format of `text/event-stream`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence

import orjson

from gateway.live.happening import Happening
from gateway.live.subscription import SlowConsumerError, Subscription
from gateway.reply import Headers, Reply
from schema.errors import SwitchboardError

#: Bytes that may wait for a client before it counts as slow.
BOUND = 512 * 1024
#: Bytes behind which nobody is shown more of what was missed.
HIGH = 64 * 1024
#: Seconds for which a client that takes nothing is waited for.
PATIENCE = 30.0
COMPLETE = b"event: complete\ndata:\n\n"


class Stream:
    """Where a subscription's deliveries wait until the server takes them."""

    __slots__ = ("_blocks", "_size", "_taken", "_wake", "ended", "pinged_at", "subscription")

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._size = 0
        self._wake: asyncio.Future[None] | None = None
        self._taken: asyncio.Future[None] | None = None
        self.ended = False
        self.pinged_at = time.monotonic()
        self.subscription: Subscription | None = None

    # The subscription's calls.

    def next(self, events: Sequence[Happening], answers: Sequence[bytes]) -> bool:
        """Deliver; False where too much is waiting already, and nothing was taken."""
        if self.ended:
            return True
        if self._size > BOUND:
            return False
        self._put(
            b"".join(
                [
                    b"id: %b\nevent: next\ndata: %b\n\n" % (event.cursor.encode(), answer)
                    for event, answer in zip(events, answers, strict=True)
                ]
            )
        )
        return True

    def ready(self) -> None:
        """Say where the client is: it may be cut off before anything happens."""
        self.ping()

    def complete(self) -> None:
        """There is nothing more to come."""
        self._put(COMPLETE)
        self.end()

    def fail(self, error: SwitchboardError) -> None:
        """It ends with an error."""
        self.answer(told(error))

    def overrun(self, cursor: str) -> None:
        """The client doesn't keep up; it can go on from the cursor."""
        # No `complete`: clients connect again.
        self._put(b"event: next\ndata: %b\n\n" % told(SlowConsumerError(cursor=cursor)))
        self.end()

    async def room(self) -> bool:
        """Wait until there is room for more; False where that takes too long."""
        if self._size <= HIGH or self.ended:
            return True
        if self._taken is None:
            self._taken = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.shield(self._taken)
        except TimeoutError:
            return False
        return True

    # Its door's calls.

    def answer(self, text: bytes) -> None:
        """Answer once, and end."""
        self._put(b"event: next\ndata: %b\n\n" % text)
        self.complete()

    def expelled(self, error: SwitchboardError) -> None:
        """Its key is not good any more."""
        self.stop()
        self.fail(error)

    def ping(self) -> None:
        """A sign of life, with the place up to which everything has been sent."""
        subscription = self.subscription
        if subscription is None or not subscription.settled or subscription.follower.busy:
            self._put(b":\n\n")
        else:
            self._put(b"id: %b\n\n" % subscription.cursor.encode())

    def end(self) -> None:
        """Nothing more is taken in; what waits is still sent."""
        self.ended = True
        self._rouse()

    def stop(self) -> None:
        """Nobody wants it any more."""
        if self.subscription is not None:
            self.subscription.leave()

    # The server's calls.

    async def take(self) -> bytes:
        """What waits, or the next that comes; empty at the end."""
        while not self._blocks and not self.ended:
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake
        blocks, self._blocks = self._blocks, []
        return b"".join(blocks)

    def sent(self, size: int) -> None:
        """The client has room for more."""
        self._size -= size
        taken, self._taken = self._taken, None
        if taken is not None and not taken.done():
            taken.set_result(None)

    def _put(self, block: bytes) -> None:
        if not self.ended:
            self._blocks.append(block)
            self._size += len(block)
            self._rouse()

    def _rouse(self) -> None:
        wake, self._wake = self._wake, None
        if wake is not None and not wake.done():
            wake.set_result(None)


class Streaming(Reply):
    """An answer that goes on."""

    __slots__ = ("left", "stream")

    def __init__(self, headers: Headers, stream: Stream, left: Callable[[], None]) -> None:
        super().__init__(200, headers=headers)
        self.stream = stream
        self.left = left
        """Called when it is over, whoever has ended it."""


def told(error: SwitchboardError) -> bytes:
    """An error as an answer."""
    return orjson.dumps({"errors": [{"message": error.message, "extensions": error.extensions}]})
