"""When a lead may be called: windows of the wall clock, worked out from instants in UTC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise, takewhile
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import PhoneNumberType, timezone

EVERY_DAY = frozenset(range(1, 8))
#: How far ahead an opening is looked for: every weekday, and one more where a clock's change
#: swallowed the first.
HORIZON = timedelta(days=15)
#: Several zones of one number are believed if this much of a day is open in all of them.
LEAST_SHARED = timedelta(hours=2)
#: Kinds of numbers that say nothing of where in their countries somebody answers.
_PLACELESS = frozenset(
    {PhoneNumberType.TOLL_FREE, PhoneNumberType.PERSONAL_NUMBER, PhoneNumberType.UAN}
)
UNKNOWN_ZONE = "Etc/Unknown"


@dataclass(frozen=True)
class Window:
    """A span of these ISO weekdays in minutes of the wall clock, `end` excluded."""

    days: frozenset[int]
    start: int
    end: int


@dataclass(frozen=True)
class Hours:
    """Windows in a zone; without any it is always open."""

    zone: str
    windows: tuple[Window, ...] = ()


DEFAULT_WINDOWS = (Window(EVERY_DAY, 8 * 60, 21 * 60),)
#: Countries whose law has other hours.
LEGAL_WINDOWS: Mapping[str, tuple[Window, ...]] = {"IN": (Window(EVERY_DAY, 9 * 60, 21 * 60),)}
COUNTRY_OF_ZONE = {"Asia/Kolkata": "IN", "Asia/Calcutta": "IN"}


@lru_cache(1024)
def known_zone(name: str | None) -> str | None:
    """The zone, if this machine's files know it; an old row may name one that is gone."""
    try:
        return None if name is None else ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def windows(rows: Iterable[Mapping[str, Any]]) -> tuple[Window, ...]:
    """Windows as workspaces and campaigns keep them."""
    return tuple(Window(frozenset(row["days"]), row["from"], row["to"]) for row in rows)


def legal_windows(country: str | None, zones: Iterable[str]) -> tuple[Window, ...]:
    """What the law of the lead's country permits; the zone tells where the number doesn't."""
    places = {country, *(COUNTRY_OF_ZONE.get(zone) for zone in zones)}
    for place, found in LEGAL_WINDOWS.items():
        if place in places:
            return found
    return DEFAULT_WINDOWS


@lru_cache(4096)
def zones_of_number(e164: str) -> tuple[str, ...]:
    """The zones in which the number's lines are; empty where nobody knows."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return ()
    zones = timezone.time_zones_for_number(number)
    if len(zones) > 1 and phonenumbers.number_type(number) in _PLACELESS:
        return ()
    return tuple(zone for zone in zones if zone != UNKNOWN_ZONE)


@lru_cache(4096)
def country_of_number(e164: str) -> str | None:
    """The country of the number, if it belongs to one."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return None
    found = phonenumbers.region_code_for_number(number)
    found = found or phonenumbers.region_code_for_country_code(number.country_code or 0)
    return found if found in phonenumbers.SUPPORTED_REGIONS else None


def believed_zones(zones: Sequence[str], permitted: tuple[Window, ...], at: datetime) -> bool:
    """Whether enough of a day is open in all of these zones that a call can wait for it."""
    return len(zones) == 1 or (len(zones) > 1 and _shared(tuple(zones), permitted, at.date()))


@lru_cache(1024)
def _shared(zones: tuple[str, ...], permitted: tuple[Window, ...], day: date) -> bool:
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC)
    hours = tuple(Hours(zone, permitted) for zone in zones)
    return any(
        _open_between(hours, begin + timedelta(days=n), begin + timedelta(days=n + 1))
        >= LEAST_SHARED
        for n in range(7)
    )


def _open_between(hours: Sequence[Hours], begin: datetime, end: datetime) -> timedelta:
    within = takewhile(lambda each: each < end, _edges(hours, begin))
    edges = [begin, *(each for each in within if each > begin), end]
    return sum((high - low for low, high in pairwise(edges) if is_open(hours, low)), timedelta())


def is_open(hours: Iterable[Hours], at: datetime) -> bool:
    """Whether all of them are open at this instant."""
    return all(_is_open(each, at) for each in hours)


def _is_open(hours: Hours, at: datetime) -> bool:
    if not hours.windows:
        return True
    local = at.astimezone(ZoneInfo(hours.zone))
    # To the second: a window that ends at 21:00 is closed at 21:00:00.
    minute, day = local.hour * 60 + local.minute, local.isoweekday()
    return any(day in each.days and each.start <= minute < each.end for each in hours.windows)


def next_opening(hours: Sequence[Hours], after: datetime) -> datetime | None:
    """The first instant in UTC, `after` itself included, at which all are open.

    None where that isn't within the next fortnight: then the windows never meet.
    """
    after = after.astimezone(UTC)
    if is_open(hours, after):
        return after
    for each in _edges(hours, after):
        if each > after and is_open(hours, each):
            return each
    return None


def midnight(zone: str, at: datetime, days: int = 0) -> datetime:
    """When the day of `at` begins in this zone, in UTC; `days` counts days further."""
    tz = ZoneInfo(zone)
    return _wall(at.astimezone(tz).date() + timedelta(days=days), 0, tz)


def day_begins(zone: str, day: str) -> datetime:
    """When a day, `YYYY-MM-DD`, begins in this zone, in UTC."""
    return _wall(date.fromisoformat(day), 0, ZoneInfo(zone))


def _edges(hours: Sequence[Hours], after: datetime) -> Iterator[datetime]:
    """Every instant up to the horizon at which one of these may open or close, in order."""
    begin = after.astimezone(UTC)
    found: set[datetime] = set()
    for n in range(-1, HORIZON.days):
        day = begin.date() + timedelta(days=n)
        for each in hours:
            found |= _edges_of(each, day)
        # The next day begins somewhere while it is still the day before here.
        complete = _wall(day + timedelta(days=1), 0, UTC) - timedelta(hours=15)
        yield from sorted(each for each in found if each < complete)
        found = {each for each in found if each >= complete}
    yield from sorted(found)


def _edges_of(hours: Hours, day: date) -> set[datetime]:
    tz = ZoneInfo(hours.zone)
    minutes = {minute for each in hours.windows for minute in (each.start, each.end)}
    # A wall clock time that comes twice is two instants.
    found = {_wall(day, minute, tz, fold) for minute in minutes for fold in (0, 1)}
    # Where the clock skips into a window, it opens at the change.
    change = _change(_wall(day, 0, tz), _wall(day, 24 * 60, tz), tz)
    return found if change is None else {*found, change}


def _wall(day: date, minute: int, tz: tzinfo, fold: int = 0) -> datetime:
    local = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)
    return local.replace(tzinfo=tz, fold=fold).astimezone(UTC)


def _change(low: datetime, high: datetime, tz: ZoneInfo) -> datetime | None:
    """When the clock is changed between two instants, if it is: the first of the new time."""
    before = low.astimezone(tz).utcoffset()
    if before == high.astimezone(tz).utcoffset():
        return None
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle.astimezone(tz).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
