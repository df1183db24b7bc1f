"""One subscriber: what it wants, how far it has come, and where its deliveries go."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from gateway.execution.following import Following
from gateway.live.happening import Happening
from schema.errors import SwitchboardError
from schema.topic import Topic

if TYPE_CHECKING:
    from gateway.live.follower import Follower

#: Events that wait for a subscriber while it is shown what it has missed.
HELD = 20_000


class SlowConsumerError(SwitchboardError):
    """The deliveries were not taken in time; go on from `extensions.cursor`."""

    code = "UNAVAILABLE"
    status = 503


class Sink(Protocol):
    """Where deliveries go: a socket or a stream."""

    def next(self, events: Sequence[Happening], answers: Sequence[bytes]) -> bool:
        """Deliver; False where too much is waiting already, and nothing was taken."""

    def ready(self) -> None:
        """What was missed has been delivered; now it is live."""

    def complete(self) -> None:
        """There is nothing more to come."""

    def fail(self, error: SwitchboardError) -> None:
        """It ends with an error."""

    def overrun(self, cursor: str) -> None:
        """The client doesn't keep up; it can go on from the cursor."""

    async def room(self) -> bool:
        """Wait until there is room for more; False where that takes too long."""


class Subscription:
    """One subscriber of a workspace's follower."""

    __slots__ = ("_held", "follower", "following", "position", "sink", "task")

    def __init__(self, following: Following, sink: Sink, follower: Follower) -> None:
        self.following = following
        self.sink = sink
        self.follower = follower
        self.position = 0
        """Everything up to it has been delivered."""
        self.task: asyncio.Task[None] | None = None
        """What shows it what it has missed; None once it is live."""
        self._held: list[Happening] | None = None

    @property
    def topic(self) -> Topic:
        """What it wants to hear of."""
        return self.following.topic

    @property
    def cursor(self) -> str:
        """Where it can go on after what it has got."""
        place = self.follower.place
        position = self.position
        if self.task is None:
            position = max(position, place.position)
        return place._replace(position=position).cursor

    @property
    def settled(self) -> bool:
        """Whether it has got all up to where its follower is, and nothing beyond."""
        return self.task is None and self.position <= self.follower.place.position

    def hold(self) -> None:
        """Keep what comes from now on until it has been shown what it has missed."""
        self._held = []

    @property
    def held(self) -> int:
        """How many events are kept."""
        return len(self._held or ())

    def take(self) -> list[Happening]:
        """What was kept and has not been delivered; what comes is still kept."""
        held, self._held = self._held or [], []
        return [event for event in held if event.position > self.position]

    def release(self) -> None:
        """From now on it is live."""
        self._held = None
        self.task = None
        self.sink.ready()

    def deliver(self, events: Sequence[Happening], answers: Sequence[bytes]) -> None:
        """Hand over events in order; those that it has got already are left out."""
        if self._held is not None:
            # Their answers are older than those of what it is just being shown: they are read anew.
            self._held += [event for event in events if event.partial is None]
            if len(self._held) > HELD:
                self.overrun()
            return
        if self.position >= events[0].position and events[0].partial is None:
            fresh = [
                (event, answer)
                for event, answer in zip(events, answers, strict=True)
                if event.position > self.position
            ]
            if not fresh:
                return
            events = [event for event, _ in fresh]
            answers = [answer for _, answer in fresh]
        self.send(events, answers)

    def send(self, events: Sequence[Happening], answers: Sequence[bytes]) -> None:
        """Give them to the client, who must have room for them."""
        if not self.sink.next(events, answers):
            self.overrun()
        elif events[-1].partial is None:
            self.position = events[-1].position

    def overrun(self) -> None:
        """End it, as its client does not keep up."""
        cursor = self.cursor
        if self.leave():
            self.sink.overrun(cursor)

    def complete(self) -> None:
        """End it, as there is nothing more to come."""
        if self.leave():
            self.sink.complete()

    def fail(self, error: SwitchboardError) -> None:
        """End it with an error."""
        if self.leave():
            self.sink.fail(error)

    def leave(self) -> bool:
        """Want nothing more; whether it did until now."""
        task, self.task = self.task, None
        if task is not None and task is not asyncio.current_task():
            task.cancel()
        return self.follower.leave(self)
