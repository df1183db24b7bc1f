"""Changes of many callers that PostgreSQL is sent at once and commits together."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from models.database import ConflictError, DatabaseUnavailableError, Lease, Row

#: More than these are not sent at once: who waits for a commit waits for all of it.
MAX_SENT = 32
#: Seconds that a caller who is cancelled waits to see his change end.
PATIENCE = 5.0


Leasing: TypeAlias = Callable[[], Awaitable[Lease]]


@dataclass(eq=False)
class _Change:
    args: Sequence[Any]
    #: Its rows, or None where it has to be made alone.
    found: asyncio.Future[list[Row] | None]
    sender: asyncio.Task[None] | None = None


@dataclass(eq=False)
class _Queue:
    """Changes of one text."""

    waiting: dict[str, _Change] = field(default_factory=dict)
    """By the id of the row that each changes."""
    sent: int = 0
    """How many are under way."""
    leasing: bool = False
    """Whether somebody is about to send what waits."""


class Together:
    """Sends what waits once it is as much as what is under way, and at once if nothing is.

    So a change alone is not held up, and under load there are two batches, as large as the load,
    of which one is carried out while the other gathers.
    """

    def __init__(self, lease: Leasing) -> None:
        self._lease = lease
        self._queues: dict[str, _Queue] = {}
        self._senders: set[asyncio.Task[None]] = set()

    async def write(self, sql: str, args: Sequence[Any], id: str) -> list[Row]:
        """What `Database.write` promises."""
        queue = self._queues.get(sql)
        if queue is None:
            queue = self._queues[sql] = _Queue()
        elif id in queue.waiting:
            return await self._alone(sql, args)
        change = queue.waiting[id] = _Change(args, asyncio.get_running_loop().create_future())
        self._send(sql, queue)
        try:
            rows = await change.found
        except asyncio.CancelledError:
            if queue.waiting.get(id) is change:
                del queue.waiting[id]
            elif change.sender is not None:
                # Nobody must be told that it was cancelled before it has ended.
                await asyncio.wait([change.sender], timeout=PATIENCE)
            raise
        return await self._alone(sql, args) if rows is None else rows

    async def _alone(self, sql: str, args: Sequence[Any]) -> list[Row]:
        lease = await self._lease()
        try:
            return await lease.write(sql, args)
        finally:
            lease.release()

    def _send(self, sql: str, queue: _Queue) -> None:
        if queue.leasing:
            return
        if not queue.waiting:
            if not queue.sent:
                self._queues.pop(sql, None)
        elif len(queue.waiting) >= min(queue.sent, MAX_SENT):
            queue.leasing = True
            sender = asyncio.get_running_loop().create_task(self._sender(sql, queue))
            self._senders.add(sender)
            sender.add_done_callback(self._senders.discard)

    async def _sender(self, sql: str, queue: _Queue) -> None:
        """Send all that waits by the time there is a connection."""
        changes: dict[str, _Change] = {}
        try:
            try:
                lease = await self._lease()
            finally:
                queue.leasing = False
                changes = _taken(queue)
            try:
                self._send(sql, queue)
                if changes:
                    await _carry_out(lease, sql, changes)
            finally:
                lease.release()
        except Exception as error:
            # Done was nothing, unless that is not known.
            lost = isinstance(error, DatabaseUnavailableError) and not isinstance(
                error, ConflictError
            )
            for each in changes.values():
                if each.found.done():
                    continue
                if lost or len(changes) == 1:
                    each.found.set_exception(error)
                else:
                    each.found.set_result(None)
        finally:
            for each in changes.values():
                each.found.cancel()
            queue.sent -= len(changes)
            self._send(sql, queue)


def _taken(queue: _Queue) -> dict[str, _Change]:
    ids = list(queue.waiting)[:MAX_SENT]
    changes = {id: queue.waiting.pop(id) for id in ids}
    sender = asyncio.current_task()
    for each in changes.values():
        each.sender = sender
    queue.sent += len(changes)
    return changes


async def _carry_out(lease: Lease, sql: str, changes: dict[str, _Change]) -> None:
    rows = await lease.write_many(sql, [each.args for each in changes.values()])
    found = {row[-1]: row for row in rows}
    for id, each in changes.items():
        if not each.found.done():
            each.found.set_result([found[id]] if id in found else [])
