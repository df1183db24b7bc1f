"""One selection that is followed, and the groups of subscribers that want it of the same events."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.execution.following import Following
from gateway.live.happening import Happening
from models.database import Database, DatabaseUnavailableError, Reads, T
from schema.topic import Topic

if TYPE_CHECKING:
    from gateway.live.subscription import Subscription

logger = logging.getLogger("switchboard.live")

#: Seconds after which a database that can't be reached is asked again.
RETRY = 0.25
#: The columns that topics name something by.
NAMING = ("call_id", "lead_id", "agent_id", "campaign_id")


class Group:
    """The subscribers of one topic."""

    __slots__ = ("subscriptions", "topic")

    def __init__(self, topic: Topic) -> None:
        self.topic = topic
        self.subscriptions: set[Subscription] = set()


class Feed:
    """What is delivered alike: it is read and written once, however many want it."""

    def __init__(self, following: Following, database: Database) -> None:
        self._following = following
        self._database = database
        self._groups: dict[Topic, Group] = {}
        self._named: dict[tuple[str, str], list[Group]] = {}
        self._others: list[Group] = []
        self.turn = asyncio.Lock()
        """Held from reading to delivering, so that no older answer comes after a newer one."""

    def add(self, subscription: Subscription) -> None:
        """Deliver to it, too."""
        topic = subscription.topic
        group = self._groups.get(topic)
        if group is None:
            group = self._groups[topic] = Group(topic)
            self._list(topic).append(group)
        group.subscriptions.add(subscription)

    def remove(self, subscription: Subscription) -> None:
        """Deliver to it no more."""
        topic = subscription.topic
        group = self._groups.get(topic)
        if group is None:
            return
        group.subscriptions.discard(subscription)
        if not group.subscriptions:
            del self._groups[topic]
            self._list(topic).remove(group)
            if topic.column is not None and topic.id is not None:
                key = (topic.column, topic.id)
                if not self._named[key]:
                    del self._named[key]

    @property
    def empty(self) -> bool:
        """Whether nobody wants it any more."""
        return not self._groups

    def everybody(self) -> list[Subscription]:
        """All subscribers."""
        return [each for group in self._groups.values() for each in group.subscriptions]

    def wanting(self, event: Happening) -> Iterator[Group]:
        """The groups that want the event."""
        for column in NAMING:
            id = getattr(event, column)
            if id is not None:
                for group in self._named.get((column, id), ()):
                    if group.topic.wants(event):
                        yield group
        for group in self._others:
            if group.topic.wants(event):
                yield group

    async def render(self, events: list[Happening], now: datetime) -> list[bytes]:
        """The answer for each event; waits while the database can't be reached."""
        return await patiently(self._database, lambda: self._following.reads(events, now))

    def _list(self, topic: Topic) -> list[Group]:
        if topic.column is None or topic.id is None:
            return self._others
        return self._named.setdefault((topic.column, topic.id), [])


async def patiently(database: Database, reads: Callable[[], Reads[T]]) -> T:
    """What the reads give; waits while the database can't be reached."""
    while True:
        try:
            return await database.run(reads())
        except DatabaseUnavailableError:
            logger.warning("deliveries wait for the database")
            await asyncio.sleep(RETRY)


def wanted(feed: Feed, events: Iterable[Happening]) -> dict[Group, list[int]]:
    """Which of the events each group wants, by their places."""
    found: dict[Group, list[int]] = {}
    for place, event in enumerate(events):
        for group in feed.wanting(event):
            found.setdefault(group, []).append(place)
    return found
