"""Sends due e-mails, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from functools import partial

from gateway.lasting import lasting
from gateway.outreach.mail_claim import LEASE, Claimed, claim, due, look_again, record
from gateway.outreach.mail_orphans import renew, settle
from gateway.outreach.maildir import Maildir
from gateway.outreach.scene import Scene
from gateway.outreach.smtp import Outcome, Result, SmtpConnection
from models.columns import wire
from models.database import ConflictError, DatabaseUnavailableError, StatementTimeoutError
from schema.vendor import Account

logger = logging.getLogger("switchboard.mail")

#: Seconds between two looks for e-mails that nobody rang for.
PATIENCE = 0.5
#: Seconds between two looks for orphans.
ORPHANS = 2.0
#: Seconds to wait after a failure.
RETRY = 0.5
#: Workspaces whose e-mails are sent at once, each over a connection of its own.
LANES = 16
#: Seconds for which a stop waits for answers that are on their way.
FAREWELL = 8.0


class MailSender:
    """One process's part in sending mail; there may be any number on PostgreSQL."""

    def __init__(
        self, scene: Scene, maildir: Maildir, *, context: ssl.SSLContext | None = None
    ) -> None:
        self._scene = scene
        self._maildir = maildir
        """Where mail goes of workspaces that have no server."""
        self._context = context
        """What servers' certificates are checked against; None is what the system trusts."""
        self._bell = asyncio.Event()
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._connections: dict[tuple[str, str], tuple[Account, SmtpConnection]] = {}
        """By workspace and account; a lane of a workspace has them for itself."""
        self._under_way: set[tuple[str, str]] = set()
        self._loops: list[asyncio.Task[None]] = []
        self._stopping = False
        self._inherited = False

    def ring(self, _workspace_id: str) -> None:
        """Something was committed that may let an e-mail be sent."""
        self._bell.set()

    def start(self) -> None:
        """Begin."""
        works = (self._look, self._settle, self._renew)
        self._loops = [lasting(partial(self._forever, each)) for each in works]

    async def stop(self) -> None:
        """Claim nothing more, and wait a little for answers that are on their way."""
        self._stopping = True
        for each in self._loops:
            each.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        lanes = list(self._lanes.values())
        if lanes:
            _, late = await asyncio.wait(lanes, timeout=FAREWELL)
            for each in late:
                each.cancel()
            await asyncio.gather(*lanes, return_exceptions=True)
        for _, connection in self._connections.values():
            await connection.close()

    async def _forever(self, work: Callable[[], Awaitable[None]]) -> None:
        alone = self._scene.database.dialect == "sqlite" and not self._inherited
        if work == self._settle and alone:
            # Nobody else sends: what was under way in another process is under way no more. Once, as
            # later on it may be ours.
            self._inherited = True
            await self._guarded(self._inherit)
        while True:
            await self._guarded(work)

    async def _guarded(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await work()
            return
        except (DatabaseUnavailableError, StatementTimeoutError, ConflictError):
            logger.warning("sending mail waits for the database")
        except Exception:
            logger.exception("sending mail failed")
        await asyncio.sleep(RETRY)

    async def _look(self) -> None:
        """Let each workspace with due e-mails send them, all at the same time."""
        self._bell.clear()
        scene = self._scene
        room = LANES - len(self._lanes)
        if room > 0:
            now = wire(scene.clock())
            reads = due(scene.database.dialect, now, list(self._lanes), room)
            for each in await scene.database.run(reads):
                lane = asyncio.create_task(self._lane(each))
                self._lanes[each] = lane
                lane.add_done_callback(partial(self._left, each))
        try:
            async with asyncio.timeout(PATIENCE):
                await self._bell.wait()
        except TimeoutError:
            pass

    def _left(self, workspace_id: str, _lane: asyncio.Task[None]) -> None:
        self._lanes.pop(workspace_id, None)

    async def _lane(self, workspace_id: str) -> None:
        """Send a workspace's due e-mails, one after the other."""
        try:
            while not self._stopping:
                found = await claim(self._scene, workspace_id)
                if found is False:
                    return
                if isinstance(found, Claimed):
                    await self._send(found)
        except (DatabaseUnavailableError, StatementTimeoutError, ConflictError):
            logger.warning("sending mail waits for the database")
            await asyncio.sleep(RETRY)
        except Exception:
            logger.exception("sending mail failed")
            await asyncio.sleep(RETRY)

    async def _send(self, claimed: Claimed) -> None:
        key = (claimed.workspace_id, claimed.id)
        self._under_way.add(key)
        try:
            result = await self._handed_over(claimed)
        finally:
            self._under_way.discard(key)
        # What the server has said must not be forgotten for a moment without the database.
        for rest in (0.2, 0.5, 1, 2, 4, None):
            try:
                await record(self._scene, claimed, result)
                return
            except (DatabaseUnavailableError, StatementTimeoutError, ConflictError):
                if rest is None:
                    raise
                await asyncio.sleep(rest)

    async def _handed_over(self, claimed: Claimed) -> Result:
        account = claimed.account
        if account is None:
            content = claimed.envelope.content
            try:
                await asyncio.to_thread(self._maildir.deliver, claimed.id, content)
            except OSError as error:
                return Result(Outcome.ACCOUNT, str(error)[:500])
            return Result(Outcome.SENT)
        connection = await self._connection(claimed.workspace_id, account)
        return await connection.send(claimed.envelope, partial(look_again, self._scene, claimed))

    async def _connection(self, workspace_id: str, account: Account) -> SmtpConnection:
        """The kept connection; a new one where the server or the password has changed."""
        key = (workspace_id, account.id)
        known, connection = self._connections.get(key, (None, None))
        if connection is None or known != account:
            if connection is not None:
                await connection.close()
            connection = SmtpConnection(
                account,
                context=self._context,
                anywhere=self._scene.installation.private_providers,
            )
            self._connections[key] = account, connection
        return connection

    async def _settle(self) -> None:
        await settle(self._scene)
        for key, (_, connection) in list(self._connections.items()):
            if key[0] not in self._lanes and connection.idle:
                del self._connections[key]
                await connection.close()
        await asyncio.sleep(ORPHANS)

    async def _inherit(self) -> None:
        while await settle(self._scene, alone=True):
            pass

    async def _renew(self) -> None:
        await asyncio.sleep(LEASE / 3)
        if self._under_way:
            await renew(self._scene, list(self._under_way))
