"""Statements of many callers that PostgreSQL is sent at once, as one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from models.database import ConflictError, DatabaseUnavailableError, Lease, Row

#: More than these are not sent at once: who waits for an answer waits for all of it.
MAX_SENT = 16
#: Seconds after which what waits is sent in any case: what is under way may hang.
HELD = 0.05
#: Seconds that a caller who is cancelled waits to see his change end.
PATIENCE = 5.0

Leasing: TypeAlias = Callable[[], Awaitable[Lease]]


@dataclass(eq=False, slots=True)
class _Order:
    """What one caller asks for."""

    args: Sequence[Any]
    since: float
    found: asyncio.Future[list[Row] | None]
    """The rows, or None where it has to be done alone."""
    sender: asyncio.Task[None] | None = None


@dataclass(eq=False, slots=True)
class _Queue:
    """Orders of one text."""

    waiting: dict[str, _Order] = field(default_factory=dict)
    """By the id of the row that each is about."""
    sent: int = 0
    """How many are under way."""
    leasing: bool = False
    """Whether somebody is about to send what waits."""


class Together:
    """Sends what waits once it is as much as what is under way, and at once if nothing is.

    So nobody is held up who is alone, and under load there are two batches, as large as the load,
    of which one is carried out while the other gathers. What is asked in the same turn of the
    event loop is sent together in any case. Nothing waits for long for what is under way.
    """

    def __init__(self, lease: Leasing) -> None:
        self._lease = lease
        self._queues: dict[str, _Queue] = {}
        self._senders: set[asyncio.Task[None]] = set()
        self._look: asyncio.TimerHandle | None = None

    async def read(self, sql: str, args: Sequence[Any], id: str) -> list[Row]:
        """The row `id`, if it is there, whose first column is the id."""
        rows = await self._shared(sql, args, id, 0)
        if rows is not None:
            return rows
        lease = await self._lease()
        try:
            return await lease.fetch(sql, args)
        finally:
            lease.release()

    async def write(self, sql: str, args: Sequence[Any], id: str) -> list[Row]:
        """What `Database.write` promises."""
        # Nobody must be told that it was cancelled before it has ended.
        rows = await self._shared(sql, args, id, PATIENCE)
        if rows is not None:
            return rows
        lease = await self._lease()
        try:
            return await lease.write(sql, args)
        finally:
            lease.release()

    async def _shared(
        self, sql: str, args: Sequence[Any], id: str, patience: float
    ) -> list[Row] | None:
        """The rows, or None where it has to be done alone; who is cancelled sees it end first."""
        order = self._ordered(sql, args, id)
        if order is None:
            return None
        try:
            return await order.found
        except asyncio.CancelledError:
            if not self._withdraw(sql, id, order) and order.sender is not None and patience:
                await asyncio.wait([order.sender], timeout=patience)
            raise

    def _ordered(self, sql: str, args: Sequence[Any], id: str) -> _Order | None:
        """Have it sent; None if another one waits that is about this row.

        It could not be told whose row it is that comes back.
        """
        queue = self._queues.get(sql)
        if queue is None:
            queue = self._queues[sql] = _Queue()
        elif id in queue.waiting:
            return None
        loop = asyncio.get_running_loop()
        order = queue.waiting[id] = _Order(args, loop.time(), loop.create_future())
        self._send(sql, queue)
        if self._look is None and not queue.leasing:
            self._look = loop.call_later(HELD, self._send_all)
        return order

    def _send_all(self) -> None:
        """Send what waits, whatever is under way."""
        self._look = None
        for sql, queue in list(self._queues.items()):
            if queue.waiting and not queue.leasing:
                self._begin(sql, queue)

    def _withdraw(self, sql: str, id: str, order: _Order) -> bool:
        """Whether it hadn't been sent yet, and won't be."""
        queue = self._queues.get(sql)
        if queue is None or queue.waiting.get(id) is not order:
            return False
        del queue.waiting[id]
        return True

    def _send(self, sql: str, queue: _Queue) -> None:
        if queue.leasing:
            return
        if not queue.waiting:
            if not queue.sent:
                self._queues.pop(sql, None)
        elif len(queue.waiting) >= min(queue.sent, MAX_SENT):
            self._begin(sql, queue)

    def _begin(self, sql: str, queue: _Queue) -> None:
        queue.leasing = True
        sender = asyncio.get_running_loop().create_task(self._sender(sql, queue))
        self._senders.add(sender)
        sender.add_done_callback(self._senders.discard)

    async def _sender(self, sql: str, queue: _Queue) -> None:
        """Send all that waits by the time there is a connection."""
        orders: dict[str, _Order] = {}
        begun = asyncio.get_running_loop().time()
        try:
            try:
                lease = await self._lease()
            except BaseException:
                orders = _taken(queue)
                for each in orders.values():
                    # Who came meanwhile has waited less than the others: he tries by himself.
                    if each.since > begun and not each.found.done():
                        each.found.set_result(None)
                raise
            finally:
                queue.leasing = False
            orders = _taken(queue)
            try:
                self._send(sql, queue)
                if orders:
                    await _carry_out(lease, sql, orders)
            finally:
                lease.release()
        except Exception as error:
            _refuse(orders, error)
        finally:
            for each in orders.values():
                each.found.cancel()
            queue.sent -= len(orders)
            self._send(sql, queue)


def _refuse(orders: dict[str, _Order], error: Exception) -> None:
    """Have each done alone, as nothing was done; tell it them all if that is not known."""
    lost = isinstance(error, DatabaseUnavailableError) and not isinstance(error, ConflictError)
    for each in orders.values():
        if each.found.done():
            continue
        if lost or len(orders) == 1:
            each.found.set_exception(error)
        else:
            each.found.set_result(None)


def _taken(queue: _Queue) -> dict[str, _Order]:
    if len(queue.waiting) <= MAX_SENT:
        orders, queue.waiting = queue.waiting, {}
    else:
        ids = list(queue.waiting)[:MAX_SENT]
        orders = {id: queue.waiting.pop(id) for id in ids}
    sender = asyncio.current_task()
    for each in orders.values():
        each.sender = sender
    queue.sent += len(orders)
    return orders


async def _carry_out(lease: Lease, sql: str, orders: dict[str, _Order]) -> None:
    if len(orders) == 1:
        (order,) = orders.values()
        rows = await lease.fetch(sql, order.args)
    else:
        rows = await lease.fetch_each(sql, [each.args for each in orders.values()])
    found = {row[0]: row for row in rows}
    for id, each in orders.items():
        if not each.found.done():
            each.found.set_result([found[id]] if id in found else [])
