"""Whether those who stay are still welcome: keys are revoked, expire and become narrower meanwhile."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Protocol

from gateway.auth import Authentication, Known
from gateway.lasting import lasting
from models.database import DatabaseUnavailableError, StatementTimeoutError
from schema.context import Caller, allows
from schema.errors import KeyFault, SwitchboardError, UnauthenticatedError

logger = logging.getLogger("switchboard.live")

#: Seconds between two looks.
EVERY = 2.0
#: Keys that are looked up at once.
BATCH = 1000


class Guest(Protocol):
    """A socket or stream that stays open."""

    def expelled(self, error: SwitchboardError) -> None:
        """Its key is not good any more."""


class Review:
    """All that stays open, by key."""

    def __init__(self, authentication: Callable[[], Authentication]) -> None:
        self._authentication = authentication
        self._guests: defaultdict[bytes, dict[Guest, tuple[Caller, bool]]] = defaultdict(dict)
        self._task: asyncio.Task[None] | None = None

    def enter(self, digest: bytes, caller: Caller, documents_only: bool, guest: Guest) -> None:
        """Watch over a guest's key from now on."""
        self._guests[digest][guest] = caller, documents_only
        if self._task is None:
            self._task = lasting(self._run)

    def leave(self, digest: bytes, guest: Guest) -> None:
        """It has gone."""
        guests = self._guests.get(digest)
        if guests is not None:
            guests.pop(guest, None)
            if not guests:
                del self._guests[digest]

    async def close(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            digests = list(self._guests)
            for first in range(0, len(digests), BATCH):
                some = digests[first : first + BATCH]
                try:
                    found = await self._authentication().review(some)
                except (DatabaseUnavailableError, StatementTimeoutError):
                    continue
                except Exception:
                    logger.exception("looking keys up again failed")
                    continue
                for digest in some:
                    self._look(digest, found.get(digest))

    def _look(self, digest: bytes, now: Known | None) -> None:
        for guest, (caller, documents_only) in list(self._guests.get(digest, {}).items()):
            fault = _fault(caller, documents_only, now)
            if fault is not None:
                guest.expelled(fault)


def _fault(before: Caller, documents_only: bool, now: Known | None) -> SwitchboardError | None:
    """Why a guest must go; None where nothing has been taken from it."""
    if now is None:
        return UnauthenticatedError(KeyFault.UNKNOWN)
    if now.caller is None:
        return UnauthenticatedError(now.problem)
    if now.expires is not None and now.expires <= time.time():
        return UnauthenticatedError(KeyFault.EXPIRED)
    if _narrower(before, now.caller) or (now.documents_only and not documents_only):
        return UnauthenticatedError(KeyFault.NARROWED)
    return None


def _narrower(before: Caller, now: Caller) -> bool:
    return not all(allows(now.scopes, scope) for scope in before.scopes)
