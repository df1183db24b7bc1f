"""The followers of one process: made for the first subscriber of a workspace, gone with the last."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from functools import partial

import orjson

from gateway.execution.following import Following
from gateway.lasting import lasting
from gateway.live import words
from gateway.live.feed import patiently
from gateway.live.follower import Follower
from gateway.live.happening import Happening, Partial
from gateway.live.subscription import Sink, Subscription
from gateway.live.window import beginning
from models import EventType, Subject
from models.columns import wire
from models.database import (
    Database,
    DatabaseUnavailableError,
    Dialect,
    Reads,
    StatementTimeoutError,
)
from schema.place import NO_EPOCH, Place

logger = logging.getLogger("switchboard.live")

#: Seconds between two looks at the logs that are followed, for those who did not ring.
LOOK = 0.25
#: How many subscribers are shown what they have missed at the same time.
READING = 4


class Live:
    """All that is followed here."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._followers: dict[str, Follower] = {}
        self._reading = asyncio.Semaphore(READING)
        self._looking: asyncio.Task[None] | None = None
        self._speaking: set[asyncio.Task[None]] = set()

    async def subscribe(
        self, following: Following, sink: Sink, after: str | None = None
    ) -> Subscription:
        """Begin to deliver to the sink; raises what is wrong with ids and cursors.

        `after` takes the place of the cursor that the document names.
        """
        workspace = following.caller.workspace_id
        after = following.after if after is None else after
        dialect, topic = self._database.dialect, following.topic
        reads = partial(beginning, dialect, workspace, topic, after, self._clock())
        place, position = await patiently(self._database, reads)
        follower = self._followers.get(workspace)
        if follower is None:
            follower = self._followers[workspace] = Follower(
                self._database, place, self._clock, self._reading, self._left
            )
        if self._looking is None:
            self._looking = lasting(self._look)
        subscription = Subscription(following, sink, follower)
        follower.enter(subscription, position)
        return subscription

    def ring(self, workspace: str) -> None:
        """Events of the workspace have got their places."""
        follower = self._followers.get(workspace)
        if follower is not None:
            follower.ring()

    def speak(self, workspace: str, call: str, said: Partial) -> None:
        """Somebody is just saying something in a call: it goes to whoever follows it, now or never."""
        follower = self._followers.get(workspace)
        if follower is None:
            return
        event = Happening(
            0,
            "",
            wire(self._clock()),
            EventType.CALL_TRANSCRIPT_TURN.value,
            Subject.CALL.value,
            call,
            1,
            None,
            "Speaking",
            "{}",
            *(None, None, call, None, None, None, None),
            partial=said,
        )
        task = asyncio.create_task(follower.speak(event))
        self._speaking.add(task)
        task.add_done_callback(self._speaking.discard)

    def heard(self, payload: str) -> None:
        """Another process has told of such words, or this one has."""
        self.speak(*words.read(payload))

    async def close(self) -> None:
        """End all that is left."""
        for follower in list(self._followers.values()):
            for subscription in list(follower.members):
                subscription.leave()
            await follower.close()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    def _left(self, follower: Follower) -> None:
        if self._followers.get(follower.place.workspace) is follower:
            del self._followers[follower.place.workspace]

    async def _look(self) -> None:
        """Look at the logs now and then: another process may have written, or a bell not come."""
        while self._followers:
            await asyncio.sleep(LOOK)
            reads = _stand(self._database.dialect, sorted(self._followers))
            try:
                places = await self._database.run(reads)
            except (DatabaseUnavailableError, StatementTimeoutError):
                continue
            for place in places:
                follower = self._followers.get(place.workspace)
                if follower is None:
                    continue
                if follower.place.epoch not in (NO_EPOCH, place.epoch):
                    follower.restarted(place)
                elif follower.place.position != place.position:
                    follower.ring()
        self._looking = None


def _stand(dialect: Dialect, workspaces: list[str]) -> Reads[list[Place]]:
    """Where the logs of these workspaces stand."""
    columns = "SELECT workspace_id, epoch, position FROM log WHERE workspace_id"
    if dialect == "postgres":
        rows = yield f"{columns} = ANY($1::uuid[])", [workspaces]
    else:
        given = orjson.dumps(workspaces).decode()
        rows = yield f"{columns} IN (SELECT value FROM json_each(?1))", [given]
    return [Place(str(workspace), str(epoch), int(position)) for workspace, epoch, position in rows]
