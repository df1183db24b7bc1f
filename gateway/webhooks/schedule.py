"""When to try again: pure arithmetic of delays."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.retry_after import PATIENCE

#: Seconds from one attempt to the next; the first is made at once.
DELAYS = (5, 300, 1_800, 7_200, 18_000, 36_000, 36_000)
ATTEMPTS = len(DELAYS) + 1
#: By how much of itself a delay may grow, so that what failed together does not return together.
JITTER = 0.1
#: A webhook that has failed for so long, and never once succeeded, is switched off.
GIVE_UP = timedelta(days=5)


def next_attempt(
    attempts: int, now: datetime, chance: float, asked: timedelta | None = None
) -> datetime | None:
    """When to try again after so many attempts; None after the last.

    `chance` is a number from 0 to 1; `asked` is what the endpoint asked to be left alone for.
    """
    if attempts >= ATTEMPTS:
        return None
    delay = timedelta(seconds=DELAYS[attempts - 1] * (1 + JITTER * chance))
    return now + max(delay, min(asked or delay, PATIENCE))
