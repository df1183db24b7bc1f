"""How many requests a key, a client token's subject, a workspace or an address may make.

One budget for all doors, counted by slowapi's limiter: in Redis where several servers share it,
else in this process. When Redis fails, each server counts for itself until it is back.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import time
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any, NamedTuple

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerMinute, parse
from slowapi import Limiter

from gateway.limits import memory

logger = logging.getLogger("switchboard.limits")

#: Seconds to wait for Redis, and seconds for which it is left alone after a failure.
PATIENCE = 0.25
RETRY = 1.0


class Budget(NamedTuple):
    """A limit, and what it is counted for."""

    item: RateLimitItem
    kind: str
    name: str
    key: str
    """What the limits library calls the two together."""
    expiry: int
    """Seconds that its window has."""


def budget(item: RateLimitItem, kind: str, name: str) -> Budget:
    """A budget whose name need not be made again for each request."""
    return Budget(item, kind, name, item.key_for(kind, name), item.get_expiry())


@dataclass(slots=True)
class Verdict:
    """Where the tightest budget stands after a request was counted."""

    allowed: bool
    limit: int
    remaining: int
    reset: int
    """When the window has room again, in seconds since the epoch."""
    counted: int = 1
    """How many of the requests were counted: of several that don't fit, those that do."""

    def headers(self) -> list[tuple[bytes, bytes]]:
        """`X-RateLimit-*`, and `Retry-After` on a refusal."""
        found = [
            (b"x-ratelimit-limit", b"%d" % self.limit),
            (b"x-ratelimit-remaining", b"%d" % self.remaining),
            (b"x-ratelimit-reset", b"%d" % self.reset),
        ]
        if not self.allowed:
            found.append((b"retry-after", b"%d" % max(1, self.reset - int(time.time()))))
        return found


class RateLimits:
    """Counts requests against budgets."""

    def __init__(self, per_key: str, per_address: str, redis_url: str | None = None) -> None:
        here = _limiter(f"{memory.ProcessMemory.STORAGE_SCHEME[0]}://").limiter.storage
        assert isinstance(here, memory.ProcessMemory)
        self._here = here
        self._there: Limiter | None = None
        if redis_url is not None:
            timeouts = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
            self._there = _limiter(redis_url, **timeouts)
            # The library's Redis client blocks.
            self._threads = ThreadPoolExecutor(4, thread_name_prefix="limits")
        self._failed = -math.inf
        self._per_key = parse(per_key)
        self._per_address = parse(per_address)

    def key(self, name: str, per_minute: int | None) -> Budget:
        """The budget of a key or a subject, which may have a limit of its own."""
        item = self._per_key if per_minute is None else _minute(per_minute)
        return budget(item, "key", name)

    def workspace(
        self, name: str, per_minute: int | None, per_day: int | None
    ) -> tuple[Budget, ...]:
        """The budgets of a workspace over all its keys."""
        found = []
        if per_minute:
            found.append(budget(_minute(per_minute), "workspace", name))
        if per_day:
            found.append(budget(_day(per_day), "workspace", name))
        return tuple(found)

    def address(self, address: str) -> Budget:
        """The budget of an address without a valid key."""
        return budget(self._per_address, "address", network(address))

    async def count(self, budgets: Sequence[Budget], cost: int = 1) -> Verdict:
        """Count a request; what the first budget refuses isn't counted by the others."""
        found = None
        if self._there is not None and not self._resting:
            found = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._count_there, self._there, budgets, cost
            )
        return found or self.count_here(budgets, cost)

    def _count_there(
        self, limiter: Limiter, budgets: Sequence[Budget], cost: int
    ) -> Verdict | None:
        """Count a request in Redis, in a thread; None where it fails."""
        if self._resting:
            # It has failed while this one waited for its turn: not each is to wait for it anew.
            return None
        try:
            return _count(limiter, budgets, cost)
        except Exception as error:
            # Whatever the client raises: a request must not fail for want of a counter.
            self._failed = time.monotonic()
            logger.warning("rate limits are counted in memory", exc_info=error)
            return None

    @property
    def _resting(self) -> bool:
        """Whether Redis has just failed."""
        return time.monotonic() - self._failed <= RETRY

    @property
    def shared(self) -> bool:
        """Whether requests are counted together with other servers'."""
        return self._there is not None

    def count_here(self, budgets: Sequence[Budget], cost: int = 1) -> Verdict:
        """Count a request in this process."""
        found: Verdict | None = None
        for item, _, _, key, expiry in budgets:
            counted, begin, number = self._here.take(key, item.amount, expiry, cost)
            allowed, remaining = counted == cost, item.amount - number
            if not allowed or found is None or remaining < found.remaining:
                reset = math.ceil(begin + expiry)
                found = Verdict(allowed, item.amount, remaining, reset, counted)
            if not allowed:
                break
        assert found is not None
        return found

    async def close(self) -> None:
        """End the threads."""
        if self._there is not None:
            self._threads.shutdown(wait=False)


def _limiter(uri: str, **options: Any) -> Limiter:
    # slowapi's own middlewares break streams and skip some answers; its limiter is sound. It
    # would read any `.env` in the working directory, unless another file is named.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Limiter(
            key_func=str,
            storage_uri=uri,
            storage_options=options,
            strategy="moving-window",
            config_filename=os.devnull,
        )


def _count(limiter: Limiter, budgets: Sequence[Budget], cost: int) -> Verdict:
    strategy = limiter.limiter
    found: Verdict | None = None
    for item, kind, name, _, _ in budgets:
        allowed = strategy.hit(item, kind, name, cost=cost)
        reset, remaining = strategy.get_window_stats(item, kind, name)
        counted = cost if allowed else 0
        if not allowed and cost > 1 and remaining:
            # What is left goes too: else an expensive request could be repeated for nothing.
            counted = remaining if strategy.hit(item, kind, name, cost=remaining) else 0
            remaining = 0
        if not allowed or found is None or remaining < found.remaining:
            found = Verdict(allowed, item.amount, remaining, math.ceil(reset), counted)
        if not allowed:
            break
    assert found is not None
    return found


@lru_cache(1024)
def _minute(amount: int) -> RateLimitItem:
    return RateLimitItemPerMinute(amount)


@lru_cache(1024)
def _day(amount: int) -> RateLimitItem:
    return RateLimitItemPerDay(amount)


@lru_cache(4096)
def network(address: str) -> str:
    """Whom an address stands for: itself, or for IPv6 the /64 that one customer has."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(IPv6Address(int(found) >> 64 << 64))
    return address
