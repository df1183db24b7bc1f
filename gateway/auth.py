"""From a request's key to its caller."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from gateway.limits.rate import Budget
from models.columns import now, wire
from models.database import Database, Dialect, Reads, Row
from schema.context import Allowance, Caller, allows
from schema.errors import KeyFault
from schema.installation import BARE, Installation

logger = logging.getLogger("switchboard.auth")

#: Seconds for which a key is believed without asking the database; a revoked key is out after it.
BELIEVED = 3.0
#: Keys and strangers kept; the oldest go first. Strangers can't push keys out.
KEPT = 10_000
STRANGERS = 1_000
#: Longer ones are never looked up.
LONGEST = 512
#: Seconds between notes of a key's last use.
NOTED = 60.0

_QUERY = """
SELECT k.workspace_id, k.id, k.scopes, k.subject, k.expires_at, k.revoked_at, p.expires_at,
  p.revoked_at, p.scopes, k.documents_only, k.requests_per_minute, w.requests_per_minute, w.requests_per_day,
  k.secret_hash
FROM api_key k
JOIN workspace w ON w.id = k.workspace_id
LEFT JOIN api_key p
  ON k.kind = 'CLIENT_TOKEN' AND p.workspace_id = k.workspace_id AND p.id = k.parent_id
WHERE k.secret_hash {condition}
"""


@dataclass(slots=True, eq=False)
class Known:
    """A key that was looked up."""

    until: float
    """Until when it is believed, on the monotonic clock."""
    caller: Caller | None = None
    problem: KeyFault = KeyFault.UNKNOWN
    """Why there is no caller."""
    expires: float | None = None
    """When the key itself ends, in seconds since the epoch."""
    requests_per_minute: int | None = None
    workspace_per_minute: int | None = None
    workspace_per_day: int | None = None
    documents_only: bool = False
    """Whether only trusted documents are served to it."""
    budgets: tuple[Budget, ...] = ()
    """What its requests are counted against; made at the first."""


class Authentication:
    """Looks keys up by their hash and remembers them for a moment."""

    def __init__(
        self,
        database: Database,
        allowance: Allowance | None = None,
        installation: Installation = BARE,
    ) -> None:
        self._database = database
        self._allowance = allowance or Allowance()
        self._installation = installation
        self._known: OrderedDict[bytes, Known] = OrderedDict()
        self._strangers: OrderedDict[bytes, Known] = OrderedDict()
        self._asking: dict[bytes, asyncio.Task[Known]] = {}
        self._noted: OrderedDict[str, float] = OrderedDict()
        self._notes: set[asyncio.Task[None]] = set()

    async def find(self, token: bytes, may_ask: Callable[[], Awaitable[bool]]) -> Known | None:
        """What is known of the key.

        `may_ask` says whether the database may be asked about a key that never was good; without
        it the answer is None. Raises what the database raises.
        """
        digest = hashlib.sha256(token).digest()
        known = self._known.get(digest)
        if known is not None and known.until > time.monotonic():
            if known.expires is None or known.expires > time.time():
                return known
            self._known.pop(digest, None)
            return Known(0.0, problem=KeyFault.EXPIRED)
        if known is None:
            stranger = self._strangers.get(digest)
            if stranger is not None and stranger.until > time.monotonic():
                return stranger
            if len(token) > LONGEST:
                return Known(0.0, problem=KeyFault.UNKNOWN)
            if digest not in self._asking and not await may_ask():
                return None
        return await self._ask(digest)

    async def _ask(self, digest: bytes) -> Known:
        """Look the key up; requests that come meanwhile wait for the same answer."""
        task = self._asking.get(digest)
        if task is None:
            task = self._asking[digest] = asyncio.create_task(self._look_up(digest))
            task.add_done_callback(lambda done: self._answered(digest, done))
        return await asyncio.shield(task)

    def _answered(self, digest: bytes, done: asyncio.Task[Known]) -> None:
        del self._asking[digest]
        if done.cancelled() or done.exception() is not None:
            return
        found = done.result()
        if found.caller is not None:
            _keep(self._known, digest, found, KEPT)
            self._strangers.pop(digest, None)
            self._note(found.caller)
        else:
            _keep(self._strangers, digest, found, STRANGERS)
            self._known.pop(digest, None)

    async def _look_up(self, digest: bytes) -> Known:
        # From before the question: what changes while it is under way counts from then on.
        until = time.monotonic() + BELIEVED
        rows = await self._database.run(_read(self._database.dialect, digest.hex()))
        return self._read_as(rows[0], until) if rows else Known(until, problem=KeyFault.UNKNOWN)

    async def review(self, digests: Sequence[bytes]) -> dict[bytes, Known]:
        """What the database says now of these keys; those that it lacks are left out."""
        until = time.monotonic() + BELIEVED
        rows = await self._database.run(
            _read_many(self._database.dialect, [each.hex() for each in digests])
        )
        return {bytes.fromhex(row[-1]): self._read_as(row, until) for row in rows}

    def _read_as(self, row: Row, until: float) -> Known:
        workspace, id_, scopes, subject, ends, revoked, its_end, its_revocation, its, *rest = row
        if revoked is not None or its_revocation is not None:
            return Known(until, problem=KeyFault.REVOKED)
        expiries = [datetime.fromisoformat(each).timestamp() for each in (ends, its_end) if each]
        expires = min(expiries, default=None)
        if expires is not None and expires <= time.time():
            return Known(until, problem=KeyFault.EXPIRED)
        documents_only, per_minute, workspace_per_minute, workspace_per_day, _ = rest
        return Known(
            until,
            Caller(
                workspace,
                id_,
                _within(scopes, its),
                subject,
                allowance=self._allowance,
                installation=self._installation,
            ),
            expires=expires,
            requests_per_minute=per_minute,
            workspace_per_minute=workspace_per_minute,
            workspace_per_day=workspace_per_day,
            documents_only=bool(documents_only),
        )

    def _note(self, caller: Caller) -> None:
        """Write down once a minute that the key was used; nobody waits for it."""
        if time.monotonic() - self._noted.get(caller.key_id, -NOTED) < NOTED:
            return
        _keep(self._noted, caller.key_id, time.monotonic(), KEPT)
        task = asyncio.create_task(self._write(caller))
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)

    async def _write(self, caller: Caller) -> None:
        mark = "$" if self._database.dialect == "postgres" else "?"
        try:
            async with self._database.transaction() as transaction:
                await transaction.fetch(
                    f"UPDATE api_key SET last_used_at = {mark}1 "
                    f"WHERE workspace_id = {mark}2 AND id = {mark}3",
                    [wire(now()), caller.workspace_id, caller.key_id],
                )
        except Exception as error:
            logger.warning("could not note the use of a key", exc_info=error)

    async def close(self) -> None:
        """Wait for notes under way."""
        if self._notes:
            await asyncio.wait(self._notes, timeout=5)


def _within(scopes: str, parents: str | None) -> frozenset[str]:
    """The scopes of a key; a token's that the key which made it still has."""
    own = frozenset(orjson.loads(scopes))
    if parents is None:
        return own
    left = frozenset(orjson.loads(parents))
    return frozenset(each for each in own if allows(left, each))


def _read(dialect: Dialect, digest: str) -> Reads[list[Row]]:
    mark = "= $1" if dialect == "postgres" else "= ?1"
    rows = yield _QUERY.format(condition=mark), (digest,)
    return rows


def _read_many(dialect: Dialect, digests: list[str]) -> Reads[list[Row]]:
    if dialect == "postgres":
        rows = yield _QUERY.format(condition="= ANY($1::text[])"), (digests,)
    else:
        among = "IN (SELECT value FROM json_each(?1))"
        rows = yield _QUERY.format(condition=among), (orjson.dumps(digests).decode(),)
    return rows


def _keep(kept: OrderedDict[Any, Any], name: object, value: object, most: int) -> None:
    kept[name] = value
    kept.move_to_end(name)
    if len(kept) > most:
        kept.popitem(last=False)
