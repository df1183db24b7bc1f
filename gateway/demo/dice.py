"""Chance that falls the same way on every run, and the ids made with it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

T = TypeVar("T")

SEED = "switchboard-demo-1"
FRIDAY = 4
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Bits of a UUIDv7 behind its time that are free: 12 before and 62 after the variant.
FREE = 74
# People are called and written to in their own office hours, well inside every legal window.
OPENING, CLOSING = 9 * 60, 17 * 60 + 20


class Dice(random.Random):
    """A stream of chance of its own for each name, so that one story does not move another."""

    def __init__(self, *name: object) -> None:
        super().__init__("/".join(str(part) for part in (SEED, *name)))
        self._last = (0, 0)

    def id(self, moment: datetime) -> str:
        """A UUIDv7 of this moment; two of the same moment sort in the order of making."""
        stamp = (moment - EPOCH) // timedelta(milliseconds=1)
        last, free = self._last
        # Half the range at first, so that counting on cannot overflow.
        free = free + 1 if stamp == last else self.getrandbits(FREE - 1)
        self._last = stamp, free
        bits = stamp << 80 | 7 << 76 | free >> 62 << 64 | 2 << 62 | free & (1 << 62) - 1
        return str(UUID(int=bits))

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self.random() < probability

    def weighted(self, weights: Mapping[T, float]) -> T:
        """One of the keys, as often as its value says."""
        return self.choices(list(weights), list(weights.values()))[0]

    def lapse(self, least: float, most: float) -> timedelta:
        """A span of time between so many seconds, to the millisecond."""
        return timedelta(milliseconds=self.randint(int(least * 1000), int(most * 1000)))

    def between(self, start: datetime, end: datetime, zone: ZoneInfo) -> datetime | None:
        """A moment of somebody's office hours in this span; None if the span has hardly any."""
        for _ in range(12):
            moment = self.office_hour(start + (end - start) * self.random(), zone)
            if start <= moment <= end:
                return moment
        return None

    def office_hour(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """A moment in the office hours of that day, or of a day of the week that follows."""
        local = moment.astimezone(zone)
        day = local.date()
        if day.weekday() > FRIDAY:
            day += timedelta(days=self.randint(0, 4) - day.weekday() + 7)
        minutes = self.randint(OPENING, CLOSING - 1)
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        opening = midnight.replace(hour=minutes // 60, minute=minutes % 60)
        return opening.astimezone(UTC) + self.lapse(0, 59.999)
