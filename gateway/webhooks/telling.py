"""Tells webhooks what happens: one loop that follows, claims and sends."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.execution.engine import Engine
from gateway.execution.numbers import Numbers
from gateway.execution.verbs import Verbs
from gateway.graph import core
from gateway.lasting import lasting
from gateway.webhooks import claiming
from gateway.webhooks.claiming import EACH, Claimed, Recording
from gateway.webhooks.following import follow, lagging
from gateway.webhooks.payload import Wanted, Writing
from gateway.webhooks.sending import Outcome, Sending
from gateway.webhooks.signing import signed
from models.columns import new_id, wire
from models.database import ConflictError, Database, DatabaseUnavailableError
from resolvers.webhook_secret import opened
from schema.installation import Installation

logger = logging.getLogger("switchboard.webhooks")

#: Attempts that one process makes at once.
SLOTS = 64
#: Seconds between two looks, for those who did not ring.
LOOK = 0.25
#: Seconds between two steps, in which events gather.
PAUSE = 0.01
#: Seconds to wait after a failure of ours.
RETRY = 1.0
AGENT = "Switchboard-Webhooks/1"


def telling(
    database: Database,
    installation: Installation,
    clock: Callable[[], datetime],
    ring: Callable[[str], None],
) -> Telling:
    """What tells webhooks, in a server or a worker; `ring` hears of workspaces with new events."""
    engine = Engine(core(), database, Verbs(database, clock, Numbers(database), ring))
    return Telling(
        database, Writing(engine, database, installation, clock), installation, clock, ring
    )


@dataclass(eq=False)
class Telling:
    """One process that tells webhooks; any number of them share the work."""

    database: Database
    writing: Writing
    installation: Installation
    clock: Callable[[], datetime]
    told: Callable[[str], None]
    """Hears of workspaces in which something happened here."""
    look: float = LOOK
    chance: Callable[[], float] = random.random
    worker: str = field(default_factory=new_id)
    _sending: Sending | None = None
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None
    _attempts: set[asyncio.Task[None]] = field(default_factory=set)
    _followed: set[str] = field(default_factory=set)
    """Workspaces whose bell is listened to; the others are looked after now and then."""
    _flying: set[str] = field(default_factory=set)
    _busy: Counter[str] = field(default_factory=Counter)

    def start(self) -> None:
        """Begin."""
        self._task = lasting(self._run)

    async def stop(self) -> None:
        """End at once; what is under way is sent again by whoever comes next."""
        tasks = [each for each in (self._task, *self._attempts) if each is not None]
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._sending is not None:
            await self._sending.close()
        if self._attempts or self._flying:
            await claiming.release(self.database, self.worker, self.clock())

    def ring(self, workspace: str) -> None:
        """Events of the workspace have got their places; most workspaces tell nobody of them."""
        if workspace in self._followed:
            self._bell.set()

    async def _run(self) -> None:
        released = self.database.dialect == "postgres"
        while True:
            try:
                if not released:
                    # On SQLite nobody else sends: what an earlier process held is due now.
                    await claiming.release(self.database, None, self.clock())
                    released = True
                more = await self._step()
            except (DatabaseUnavailableError, OSError):
                logger.warning("webhooks wait for the database")
                await asyncio.sleep(RETRY)
                continue
            except Exception:
                logger.exception("telling webhooks failed")
                await asyncio.sleep(RETRY)
                continue
            # What comes at once is worked off at once.
            await asyncio.sleep(PAUSE)
            if not more:
                await self._rest()

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(self.look):
                await self._bell.wait()
        except TimeoutError:
            pass
        self._bell.clear()

    async def _step(self) -> bool:
        """Follow and send what there is; whether there may be more at once."""
        more = False
        for workspace in await self.database.run(lagging(self.database.dialect)):
            try:
                found = await follow(self.database, workspace, self.clock)
            except ConflictError:
                more = True
                continue
            more |= found.more
            if found.listened:
                self._followed.add(workspace)
            else:
                self._followed.discard(workspace)
        free = SLOTS - len(self._attempts)
        now = self.clock()
        if free and await self.database.run(claiming.due(self.database.dialect, wire(now))):
            busy = [webhook for webhook, count in self._busy.items() if count >= EACH]
            claimed = await claiming.claim(self.database, self.worker, now, free, busy)
            for each in claimed:
                self._begin(each)
            more |= bool(claimed)
        return more

    def _begin(self, claimed: Claimed) -> None:
        if claimed.id in self._flying:
            # Its hold ran out while it is under way here: that goes on.
            return
        self._flying.add(claimed.id)
        self._busy[claimed.webhook_id] += 1
        task = asyncio.create_task(self._attempt(claimed))
        self._attempts.add(task)

        def over(done: asyncio.Task[None]) -> None:
            self._attempts.discard(done)
            if not done.cancelled():
                self._flying.discard(claimed.id)
            self._busy[claimed.webhook_id] -= 1
            if not self._busy[claimed.webhook_id]:
                del self._busy[claimed.webhook_id]
            self._bell.set()

        task.add_done_callback(over)

    async def _attempt(self, claimed: Claimed) -> None:
        try:
            body = claimed.body
            if body is None:
                body = await self.writing.body(_wanted(claimed))
                if not await claiming.freeze(self.database, self.worker, claimed, body):
                    return
            outcome = await self._send(claimed, body)
            recording = Recording(self.database, self.worker, self.clock, self.told, self.chance)
            await recording.record(claimed, outcome)
        except (DatabaseUnavailableError, OSError):
            # It is due again when its hold ends.
            logger.warning("a delivery waits for the database")
        except Exception:
            logger.exception("a delivery failed on our side")

    async def _send(self, claimed: Claimed, body: str) -> Outcome:
        headers = self._headers(claimed, body)
        if headers is None:
            return Outcome(None, error="The webhook's secret can't be read; rotate it.")
        if self._sending is None:
            self._sending = Sending(anywhere=self.installation.private_webhooks)
        return await self._sending.post(claimed.url, headers, body, claimed.timeout_ms / 1000)

    def _headers(self, claimed: Claimed, body: str) -> Mapping[str, str] | None:
        vault = self.installation.vault
        if vault is None:
            return None
        now = self.clock()
        sealed = [claimed.secret]
        until = claimed.previous_until
        if claimed.previous_secret is not None and until is not None and now < until:
            sealed.append(claimed.previous_secret)
        secrets = [
            secret
            for each in sealed
            if (secret := opened(vault, claimed.workspace_id, claimed.webhook_id, each)) is not None
        ]
        if not secrets:
            return None
        return {
            **claimed.headers,
            "content-type": "application/json",
            "user-agent": AGENT,
            **signed(f"delivery_{claimed.id}", int(now.timestamp()), body, secrets),
        }


def _wanted(claimed: Claimed) -> Wanted:
    return Wanted(
        claimed.workspace_id,
        claimed.id,
        claimed.event_id,
        claimed.event_name,
        claimed.transcript,
        claimed.recording,
    )
