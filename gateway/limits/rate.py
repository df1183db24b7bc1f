"""Requests a minute: one budget for all doors, counted by slowapi's limiter."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import lru_cache

import anyio.to_thread
from limits import RateLimitItem, parse
from slowapi import Limiter


@dataclass(frozen=True, slots=True)
class Verdict:
    """Where a budget stands after a request was counted."""

    allowed: bool
    limit: int
    remaining: int
    reset: int
    """When the window ends, in seconds since the epoch."""

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
    """Counts requests by key and by address."""

    def __init__(self, per_key: str, per_address: str, redis_url: str | None = None) -> None:
        self._remote = redis_url is not None
        # slowapi's own middlewares break streams and skip some answers; its limiter is sound.
        self._limiter = Limiter(
            key_func=lambda: "",
            storage_uri=redis_url or "memory://",
            strategy="moving-window",
            in_memory_fallback_enabled=self._remote,
            in_memory_fallback=[per_key] if self._remote else [],
            config_filename="/dev/null",
        )
        self._per_key = parse(per_key)
        self._per_address = parse(per_address)

    async def key(self, key: str, per_minute: int | None, cost: int = 1) -> Verdict:
        """Count a request of a key, which may have a limit of its own."""
        item = self._per_key if per_minute is None else _per_minute(per_minute)
        return await self._hit(item, "key", key, cost)

    async def address(self, address: str) -> Verdict:
        """Count a request without a valid key."""
        return await self._hit(self._per_address, "address", address, 1)

    async def _hit(self, item: RateLimitItem, kind: str, key: str, cost: int) -> Verdict:
        if self._remote:
            # The library's Redis client blocks.
            return await anyio.to_thread.run_sync(self._count, item, kind, key, cost)
        return self._count(item, kind, key, cost)

    def _count(self, item: RateLimitItem, kind: str, key: str, cost: int) -> Verdict:
        strategy = self._limiter.limiter
        allowed = strategy.hit(item, kind, key, cost=cost)
        stats = strategy.get_window_stats(item, kind, key)
        return Verdict(allowed, item.amount, stats.remaining, math.ceil(stats.reset_time))


@lru_cache(1024)
def _per_minute(amount: int) -> RateLimitItem:
    return parse(f"{amount}/minute")
