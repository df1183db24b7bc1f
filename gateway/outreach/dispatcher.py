"""Places due calls and looks after placed ones, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Any

from gateway.lasting import lasting
from gateway.outreach.attempt import Claimed, attempt
from gateway.outreach.campaigns import pump, running
from gateway.outreach.claim import Rest, claim
from gateway.outreach.due import taking, workspaces
from gateway.outreach.following import follow
from gateway.outreach.leases import LEASE, release, renew
from gateway.outreach.scene import Scene
from models.columns import wire
from models.database import ConflictError, DatabaseUnavailableError, StatementTimeoutError

logger = logging.getLogger("switchboard.outreach")

#: Seconds between two looks for calls that nobody rang for.
PATIENCE = 0.2
#: Seconds between two rounds through the running campaigns.
PUMPED = 0.25
#: Seconds for which a workspace is left alone at least.
LEAST = 0.005
#: Seconds to wait after a failure.
RETRY = 0.5
#: Seconds for which somebody who was taken to be looked after is left alone.
HOLD = 30.0
#: Calls looked after at once, and requests under way at once.
FOLLOWED = 64
SENT = 256
#: Seconds for which a stop waits for answers that are on their way.
FAREWELL = 8.0


class Dispatcher:
    """One process's part in placing calls; there may be any number on PostgreSQL."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._bell = asyncio.Event()
        self._lanes: dict[str, asyncio.Task[None]] = {}
        """Workspaces whose calls are being claimed."""
        self._resting: dict[str, float] = {}
        """Until when a workspace need not be looked at, on the monotonic clock."""
        self._attempts: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._follows: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._loops: list[asyncio.Task[None]] = []
        self._stopping = False

    def ring(self, workspace_id: str) -> None:
        """Something has happened in a workspace that may let a call be dialled."""
        self._resting.pop(workspace_id, None)
        self._bell.set()

    def start(self) -> None:
        """Begin."""
        self._loops = [
            lasting(partial(self._forever, each))
            for each in (self._claim, self._look_after, self._renew, self._pump)
        ]

    async def stop(self) -> None:
        """Claim nothing more, and wait a little for answers that are on their way."""
        self._stopping = True
        for each in self._loops:
            each.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        # What is being claimed may be committed by now: whoever were cancelled would not send it.
        await _over(self._lanes.values())
        await _over([*self._attempts.values(), *self._follows.values()])

    async def _forever(self, work: Callable[[], Awaitable[None]]) -> None:
        if work == self._claim:
            await self._guarded(lambda: release(self._scene))
        while True:
            await self._guarded(work)

    async def _guarded(self, work: Callable[[], Awaitable[Any]]) -> None:
        try:
            await work()
            return
        except (DatabaseUnavailableError, StatementTimeoutError, ConflictError):
            logger.warning("placing calls waits for the database")
        except Exception:
            logger.exception("placing calls failed")
        await asyncio.sleep(RETRY)

    async def _claim(self) -> None:
        """Let each workspace with due calls claim them, all at the same time."""
        self._bell.clear()
        scene = self._scene
        now = wire(scene.clock())
        for each in await scene.database.run(workspaces(scene.database.dialect, now)):
            rest = self._resting.get(each, 0.0)
            if each not in self._lanes and rest <= time.monotonic():
                lane = asyncio.create_task(self._lane(each))
                self._lanes[each] = lane
                lane.add_done_callback(partial(self._left, each))
        await self._rung(PATIENCE)

    def _left(self, workspace_id: str, _lane: asyncio.Task[None]) -> None:
        self._lanes.pop(workspace_id, None)

    async def _lane(self, workspace_id: str) -> None:
        """Claim a workspace's due calls, one after the other, and send each at once."""
        while len(self._attempts) < SENT and not self._stopping:
            try:
                found = await claim(self._scene, workspace_id)
            except (DatabaseUnavailableError, StatementTimeoutError, ConflictError):
                found = Rest(RETRY)
            except Exception:
                logger.exception("claiming a call failed")
                found = Rest(RETRY)
            if isinstance(found, Claimed):
                self._send(found)
            elif isinstance(found, Rest):
                if found.seconds >= PATIENCE:
                    self._resting[workspace_id] = time.monotonic() + found.seconds
                    return
                # Such as for the next slot of calls per second.
                await asyncio.sleep(max(found.seconds, LEAST))

    def _send(self, claimed: Claimed) -> None:
        key = (claimed.order.workspace_id, claimed.order.call_id)
        task = asyncio.create_task(self._attempt(claimed))
        self._attempts[key] = task
        task.add_done_callback(lambda _: self._attempts.pop(key, None))

    async def _attempt(self, claimed: Claimed) -> None:
        try:
            await attempt(self._scene, claimed)
        except asyncio.CancelledError:
            raise
        except Exception:
            # It stays as it is, and is cleared up once its lease has ended.
            logger.exception("an attempt at a call failed")
        self.ring(claimed.order.workspace_id)

    async def _look_after(self) -> None:
        """Take calls that are due for it, as many as there is room for."""
        room = FOLLOWED - len(self._follows)
        taken = []
        if room > 0:
            database = self._scene.database
            sql = taking(database.dialect)
            taken = await database.transact(lambda within: within.fetch(sql, [HOLD, room]))
        for workspace_id, id in taken:
            key = (workspace_id, id)
            if key in self._follows:
                continue
            # A call may be hung up before its provider's answer has come.
            following = self._follow(workspace_id, id, sending=key in self._attempts)
            task = self._follows[key] = asyncio.create_task(following)
            task.add_done_callback(partial(self._followed, key))
        if len(taken) < max(room, 1):
            await asyncio.sleep(PATIENCE / 2)

    def _followed(self, key: tuple[str, str], _task: asyncio.Task[None]) -> None:
        self._follows.pop(key, None)

    async def _follow(self, workspace_id: str, id: str, *, sending: bool) -> None:
        try:
            await follow(self._scene, workspace_id, id, sending=sending)
        except asyncio.CancelledError:
            raise
        except (DatabaseUnavailableError, StatementTimeoutError, ConflictError):
            logger.warning("looking after a call waits for the database")
        except Exception:
            logger.exception("looking after a call failed")
        self.ring(workspace_id)

    async def _pump(self) -> None:
        """Bring running campaigns on, one after the other."""
        scene = self._scene
        more = False
        for workspace_id, id in await scene.database.run(running(scene.database.dialect)):
            more |= await pump(scene, workspace_id, id)
        if not more:
            await asyncio.sleep(PUMPED)

    async def _renew(self) -> None:
        """Keep the leases of what is under way."""
        await asyncio.sleep(LEASE / 3)
        if self._attempts:
            await renew(self._scene, list(self._attempts))

    async def _rung(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._bell.wait()
        except TimeoutError:
            pass


async def _over(tasks: Collection[asyncio.Task[None]]) -> None:
    """Wait for what is under way, and end it where that takes too long."""
    left = list(tasks)
    if left:
        _, late = await asyncio.wait(left, timeout=FAREWELL)
        for each in late:
            each.cancel()
        await asyncio.gather(*left, return_exceptions=True)
