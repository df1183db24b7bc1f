"""Reads one workspace's log on, and gives what happened to everybody who has subscribed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Hashable
from datetime import datetime
from functools import partial
from typing import TypeAlias

from gateway.lasting import lasting
from gateway.live.ending import ENDINGS, over
from gateway.live.feed import RETRY, Feed, Group, patiently, wanted
from gateway.live.happening import Happening, behind
from gateway.live.subscription import Subscription
from gateway.reply import masked
from models.database import Database, DatabaseUnavailableError, StatementTimeoutError
from schema.errors import GapError
from schema.place import NO_EPOCH, Place, standing

logger = logging.getLogger("switchboard.live")

#: Events read at once.
BATCH = 256
#: Selections that are read at the same time.
RENDERING = 3

#: Subscriptions whose turn it is between two batches, and who is told.
Waiting: TypeAlias = list[tuple[Subscription, asyncio.Future[int]]]


class Follower:
    """One workspace's follower; it lives as long as somebody subscribes."""

    def __init__(
        self,
        database: Database,
        place: Place,
        clock: Callable[[], datetime],
        reading: asyncio.Semaphore,
        left: Callable[[Follower], None],
    ) -> None:
        self.place = place
        """Everything up to it has been delivered."""
        self._database = database
        self._clock = clock
        self._reading = reading
        self._rendering = asyncio.Semaphore(RENDERING)
        self._left = left
        self._feeds: dict[Hashable, Feed] = {}
        self._members: set[Subscription] = set()
        self._joining: Waiting = []
        """Those who are to be held from now on, as they are still shown what they have missed."""
        self._starting: Waiting = []
        """Those who have missed nothing."""
        self._settling: Waiting = []
        """Those who have been shown all but what was held."""
        self._bell = asyncio.Event()
        self.busy = False
        """Whether deliveries are under way."""
        self._task = lasting(self._run)

    def ring(self) -> None:
        """There may be something new."""
        self._bell.set()

    def restarted(self, place: Place) -> None:
        """The log is another one, restored from a backup: nobody can go on."""
        self.place = place
        error = GapError(cursor=place.cursor)
        for each in list(self._members):
            each.fail(error)

    # Members.

    def enter(self, subscription: Subscription, after: int | None) -> None:
        """Begin to deliver: what came after a position, then what comes."""
        self._members.add(subscription)
        subscription.position = self.place.position if after is None else after
        subscription.task = asyncio.create_task(self._bring(subscription, after))

    def leave(self, subscription: Subscription) -> bool:
        """Deliver no more; whether it had subscribed."""
        if subscription not in self._members:
            return False
        self._members.discard(subscription)
        key = subscription.following.key
        feed = self._feeds.get(key)
        if feed is not None:
            feed.remove(subscription)
            if feed.empty:
                del self._feeds[key]
        if not self._members:
            self._task.cancel()
            self._left(self)
        return True

    @property
    def members(self) -> set[Subscription]:
        """Everybody who has subscribed."""
        return self._members

    async def _bring(self, subscription: Subscription, after: int | None) -> None:
        """Show what was missed, then let it live, with no gap and no event twice."""
        try:
            if after is not None:
                await self._catch_up(subscription)
            if subscription not in self._members:
                return
            if after is None:
                await self._turn(self._starting, subscription)
            else:
                joined = await self._turn(self._joining, subscription)
                await self._catch_up(subscription, joined)
                while subscription.held > BATCH and subscription in self._members:
                    await self._show(subscription, subscription.take())
                await self._turn(self._settling, subscription)
            if subscription.topic.ends:
                await self._end([subscription])
        except asyncio.CancelledError:
            raise
        except Exception as error:
            logger.error("showing what was missed failed", exc_info=error)
            subscription.fail(masked(error))

    async def _turn(self, waiting: Waiting, subscription: Subscription) -> int:
        """Wait until nothing is under way; gives the position up to which all was delivered."""
        if subscription not in self._members:
            raise asyncio.CancelledError
        turn: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        waiting.append((subscription, turn))
        self._bell.set()
        return await turn

    async def _show(self, subscription: Subscription, events: list[Happening]) -> None:
        """Deliver events that nobody else gets just now."""
        feed = Feed(subscription.following, self._database)
        for first in range(0, len(events), BATCH):
            some = events[first : first + BATCH]
            answers = await feed.render(some, self._clock())
            if subscription in self._members:
                subscription.send(some, answers)

    async def _catch_up(self, subscription: Subscription, until: int | None = None) -> None:
        """Deliver what is in the log, up to a position or as far as it goes."""
        feed = Feed(subscription.following, self._database)
        dialect, topic = self._database.dialect, subscription.topic
        position = subscription.position
        while until is None or position < until:
            if not await subscription.sink.room():
                subscription.overrun()
                return
            place = self.place._replace(position=position)
            async with self._reading:
                reads = partial(behind, dialect, place, BATCH, topic, until)
                events = await patiently(self._database, reads)
                answers = await feed.render(events, self._clock()) if events else []
            if subscription not in self._members:
                return
            if events:
                position = events[-1].position
                # Whatever has been held so far comes later.
                subscription.send(events, answers)
                if subscription not in self._members:
                    return
            if len(events) < BATCH:
                return

    # Following.

    async def _run(self) -> None:
        while True:
            try:
                await self._step()
            except (DatabaseUnavailableError, StatementTimeoutError):
                logger.warning("the follower of a log waits for the database")
                await asyncio.sleep(RETRY)
            except Exception:
                logger.exception("following the log failed")
                await asyncio.sleep(RETRY)

    async def _step(self) -> None:
        """Read on, deliver, and wait for the bell where there is nothing more."""
        self._bell.clear()
        await self._admit()
        dialect = self._database.dialect
        if self.place.epoch == NO_EPOCH:
            place, _ = await self._database.run(standing(dialect, self.place.workspace))
            self.place = place._replace(position=self.place.position)
        events = await self._database.run(behind(dialect, self.place, BATCH))
        if events:
            self.busy = True
            try:
                await self._dispatch(events)
            finally:
                self.busy = False
        if len(events) < BATCH:
            await self._bell.wait()

    async def _admit(self) -> None:
        """Let those in who wait for it: nothing is under way now, so nothing can be overtaken."""
        for subscription, turn in _taken(self._joining, self._members):
            subscription.hold()
            self._follow(subscription)
            turn.set_result(self.place.position)
        for subscription, turn in _taken(self._starting, self._members):
            subscription.position = self.place.position
            self._follow(subscription)
            subscription.release()
            turn.set_result(self.place.position)
        for subscription, turn in _taken(self._settling, self._members):
            try:
                await self._show(subscription, subscription.take())
            except Exception as error:
                logger.error("showing what was missed failed", exc_info=error)
                subscription.fail(masked(error))
            if subscription in self._members and not turn.done():
                subscription.release()
                turn.set_result(self.place.position)

    def _follow(self, subscription: Subscription) -> None:
        key = subscription.following.key
        feed = self._feeds.get(key)
        if feed is None:
            feed = self._feeds[key] = Feed(subscription.following, self._database)
        feed.add(subscription)

    async def _dispatch(self, events: list[Happening]) -> None:
        ended: list[Subscription] = []
        found = [(feed, wanted(feed, events)) for feed in self._feeds.values()]
        # A selection that takes long delays the others' next events, but not these.
        await asyncio.gather(
            *[self._in_turn(feed, groups, events) for feed, groups in found if groups]
        )
        for _, groups in found:
            ended += [
                each
                for group, places in groups.items()
                if group.topic.ends and any(events[at].type in ENDINGS for at in places)
                for each in group.subscriptions
            ]
        self.place = self.place._replace(position=events[-1].position)
        if ended:
            await self._end([each for each in ended if each.task is None])

    async def _in_turn(
        self, feed: Feed, groups: dict[Group, list[int]], events: list[Happening]
    ) -> None:
        async with self._rendering, feed.turn:
            await self._feed(feed, groups, events)

    async def _feed(
        self, feed: Feed, groups: dict[Group, list[int]], events: list[Happening]
    ) -> None:
        places = sorted({place for found in groups.values() for place in found})
        try:
            found = await feed.render([events[place] for place in places], self._clock())
        except Exception as error:
            logger.error("a delivery failed", exc_info=error)
            for subscription in feed.everybody():
                subscription.fail(masked(error))
            return
        answers = dict(zip(places, found, strict=True))
        for group, wants in groups.items():
            mine = [events[place] for place in wants]
            texts = [answers[place] for place in wants]
            for subscription in list(group.subscriptions):
                subscription.deliver(mine, texts)

    async def speak(self, event: Happening) -> None:
        """Deliver words that are just being said, which no log has."""
        event.position, event.cursor = self.place.position, self.place.cursor
        for feed in list(self._feeds.values()):
            groups = [each for each in feed.wanting(event) if each.topic.spoken]
            if not groups:
                continue
            async with feed.turn:
                (answer,) = await feed.render([event], self._clock())
                for group in groups:
                    for subscription in list(group.subscriptions):
                        subscription.deliver([event], [answer])

    async def _end(self, subscriptions: list[Subscription]) -> None:
        """Complete those whose call is over."""
        ids = {each.topic.id for each in subscriptions}
        for id in ids:
            assert id is not None
            reads = partial(over, self._database.dialect, self.place, id)
            if await patiently(self._database, reads):
                for each in subscriptions:
                    if each.topic.id == id:
                        each.complete()

    async def close(self) -> None:
        """End."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def _taken(waiting: Waiting, members: set[Subscription]) -> Waiting:
    """Those who wait and are still there; nobody waits afterwards."""
    found = [each for each in waiting if each[0] in members and not each[1].done()]
    waiting.clear()
    return found
