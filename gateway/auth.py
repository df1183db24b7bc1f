"""From a request's key to its caller."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

import orjson

from models import ApiKey, writing
from models.columns import now, wire
from models.database import Database, DatabaseUnavailableError
from schema.context import Caller
from schema.errors import UnauthenticatedError

logger = logging.getLogger("switchboard.auth")

#: Seconds for which a key is believed without asking the database; a revoked key is out after it.
BELIEVED = 3.0
#: Known keys kept; the oldest go first.
KEPT = 10_000
#: Seconds between notes of a key's last use.
NOTED = 60.0


@dataclass(slots=True)
class Known:
    """A key that was looked up."""

    caller: Caller | None
    until: float
    expires: float | None
    """When the key itself ends, in seconds since the epoch."""
    requests_per_minute: int | None = None
    problem: str = ""


class Authentication:
    """Looks keys up by their hash and remembers them for a moment."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: OrderedDict[bytes, Known] = OrderedDict()
        self._noted: dict[str, float] = {}
        self._notes: set[asyncio.Task[None]] = set()

    def remembered(self, token: bytes) -> Known | None:
        """The key if it has been looked up just now."""
        found = self._known.get(token)
        if found is None or found.until < time.monotonic():
            return None
        if found.expires is not None and found.expires <= time.time():
            return None
        return found

    async def caller(self, token: bytes) -> Known:
        """The key's caller; raises `UnauthenticatedError`."""
        found = self.remembered(token)
        if found is None:
            found = await self._look_up(token)
            self._known[token] = found
            self._known.move_to_end(token)
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        if found.caller is None:
            raise UnauthenticatedError(found.problem)
        return found

    async def _look_up(self, token: bytes) -> Known:
        digest = hashlib.sha256(token).hexdigest()
        async with self._database.transaction() as transaction:
            rows = await writing.find(
                transaction,
                ApiKey,
                (
                    "id",
                    "workspace_id",
                    "scopes",
                    "subject",
                    "expires_at",
                    "revoked_at",
                    "requests_per_minute",
                ),
                {"secret_hash": digest},
            )
        until = time.monotonic() + BELIEVED
        if not rows:
            return Known(None, until, None, problem="The API key is unknown.")
        id_, workspace, scopes, subject, expires, revoked, requests = rows[0]
        if revoked is not None:
            return Known(None, until, None, problem="The API key was revoked.")
        ends = None if expires is None else datetime.fromisoformat(expires).timestamp()
        if ends is not None and ends <= time.time():
            return Known(None, until, None, problem="The API key has expired.")
        self._note(workspace, id_)
        caller = Caller(workspace, id_, frozenset(orjson.loads(scopes)), subject)
        return Known(caller, until, ends, requests)

    def _note(self, workspace: str, key: str) -> None:
        """Write down once a minute that the key was used; nobody waits for it."""
        if time.monotonic() - self._noted.get(key, -NOTED) < NOTED:
            return
        self._noted[key] = time.monotonic()
        task = asyncio.create_task(self._write(workspace, key))
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)

    async def _write(self, workspace: str, key: str) -> None:
        try:
            async with self._database.transaction() as transaction:
                mark = "$" if transaction.dialect == "postgres" else "?"
                await transaction.fetch(
                    f"UPDATE api_key SET last_used_at = {mark}1 "
                    f"WHERE workspace_id = {mark}2 AND id = {mark}3",
                    [wire(now()), workspace, key],
                )
        except DatabaseUnavailableError:
            logger.warning("could not note the use of a key")

    async def close(self) -> None:
        """Wait for notes under way."""
        if self._notes:
            await asyncio.wait(self._notes, timeout=5)
