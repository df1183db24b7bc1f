"""Where rate limits are counted without Redis: exact moving windows in this process's memory.

The library's own store starts a thread every ten milliseconds and then looks at every key.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Any

from limits.storage import MovingWindowSupport, Storage

#: Requests after which windows that have emptied are looked for.
SWEPT = 10_000


class ProcessMemory(Storage, MovingWindowSupport):
    """The instants of the last requests by key; only the event loop's thread counts."""

    STORAGE_SCHEME = ["switchboard+memory"]

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **_: Any) -> None:
        super().__init__(uri, wrap_exceptions)
        self._windows: dict[str, tuple[int, deque[float]]] = {}
        self._until_swept = SWEPT

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """Memory does not fail."""
        return ()

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` requests if they fit."""
        now = time.time()
        times = self._window(key, expiry, now)
        if len(times) + amount > limit:
            return False
        if amount == 1:
            times.append(now)
        else:
            times.extend([now] * amount)
        return True

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the window began, and how many requests are in it."""
        now = time.time()
        times = self._window(key, expiry, now)
        return (times[0] if times else now), len(times)

    def take(self, key: str, limit: int, expiry: int, amount: int) -> tuple[int, float, int]:
        """Count `amount` requests if they fit, else what fits of several; and where that leads.

        How many were counted, when the window began, and how many requests are in it now.
        """
        now = time.time()
        times = self._window(key, expiry, now)
        # What is left goes too: else an expensive request could be repeated for nothing.
        counted = min(amount, max(0, limit - len(times)))
        if counted == 1:
            times.append(now)
        else:
            times.extend([now] * counted)
        return counted, times[0] if times else now, len(times)

    def _window(self, key: str, expiry: int, now: float) -> deque[float]:
        found = self._windows.get(key)
        if found is None:
            self._until_swept -= 1
            if self._until_swept <= 0:
                self._sweep(now)
            found = self._windows[key] = (expiry, deque())
        times = found[1]
        begin = now - expiry
        while times and times[0] <= begin:
            times.popleft()
        return times

    def _sweep(self, now: float) -> None:
        self._until_swept = SWEPT
        for key, (expiry, times) in list(self._windows.items()):
            if not times or times[-1] <= now - expiry:
                del self._windows[key]

    def check(self) -> bool:
        """Whether it works."""
        return True

    def reset(self) -> int | None:
        """Forget all."""
        count = len(self._windows)
        self._windows.clear()
        return count

    def clear(self, key: str) -> None:
        """Forget one key."""
        self._windows.pop(key, None)

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Only moving windows are used."""
        raise NotImplementedError

    def get(self, key: str) -> int:
        """Only moving windows are used."""
        raise NotImplementedError

    def get_expiry(self, key: str) -> float:
        """Only moving windows are used."""
        raise NotImplementedError
