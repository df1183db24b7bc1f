"""Calling hours: windows of the wall clock, right across every change of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from resolvers.calling_hours import (
    DEFAULT_WINDOWS,
    EVERY_DAY,
    Hours,
    Window,
    believed_zones,
    country_of_number,
    day_begins,
    is_open,
    legal_windows,
    midnight,
    next_opening,
    windows,
    zones_of_number,
)

NEW_YORK, ROME, LORD_HOWE = "America/New_York", "Europe/Rome", "Australia/Lord_Howe"


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


def hours(zone: str, begin: str, end: str, days: frozenset[int] = EVERY_DAY) -> Hours:
    return Hours(zone, (Window(days, minutes(begin), minutes(end)),))


def minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def openings(hours: Hours, begin: str, end: str) -> list[datetime]:
    """When it opens and closes, found minute by minute: what the answers are judged by."""
    moment, last, found, before = at(begin), at(end), [], False
    while moment < last:
        now = is_open([hours], moment)
        if now != before:
            found.append(moment)
        before = now
        moment += timedelta(minutes=1)
    return found


# New York goes forward on 8 March 2026 at 02:00 (07:00Z) and back on 1 November at 02:00 (06:00Z);
# Rome on 29 March at 02:00 (01:00Z) and 25 October at 03:00 (01:00Z); Lord Howe back by half an
# hour on 5 April at 02:00 (4 April 15:00Z) and forward on 4 October at 02:00 (3 October 15:30Z).
@pytest.mark.parametrize(
    ("zone", "begin", "end", "from_", "to", "expected"),
    [
        # Business hours shift against UTC, and nothing else.
        (NEW_YORK, "08:00", "21:00", "2026-03-07T12:00", "2026-03-09T06:00",
         ["07T13:00", "08T02:00", "08T12:00", "09T01:00"]),
        (NEW_YORK, "08:00", "21:00", "2026-10-31T06:00", "2026-11-02T06:00",
         ["31T12:00", "01T01:00", "01T13:00", "02T02:00"]),
        (ROME, "08:00", "21:00", "2026-03-28T00:00", "2026-03-29T23:00",
         ["28T07:00", "28T20:00", "29T06:00", "29T19:00"]),
        (ROME, "08:00", "21:00", "2026-10-24T00:00", "2026-10-25T23:00",
         ["24T06:00", "24T19:00", "25T07:00", "25T20:00"]),
        (LORD_HOWE, "08:00", "21:00", "2026-04-03T15:00", "2026-04-05T15:00",
         ["03T21:00", "04T10:00", "04T21:30", "05T10:30"]),
        (LORD_HOWE, "08:00", "21:00", "2026-10-02T15:00", "2026-10-04T14:00",
         ["02T21:30", "03T10:30", "03T21:00", "04T10:00"]),
        # A window within the hour that is skipped doesn't open that day.
        (NEW_YORK, "02:10", "02:50", "2026-03-07T06:00", "2026-03-09T08:00",
         ["07T07:10", "07T07:50", "09T06:10", "09T06:50"]),
        (ROME, "02:00", "03:00", "2026-03-28T00:00", "2026-03-30T02:00",
         ["28T01:00", "28T02:00", "30T00:00", "30T01:00"]),
        (LORD_HOWE, "02:00", "02:30", "2026-10-02T12:00", "2026-10-04T18:00",
         ["02T15:30", "02T16:00", "04T15:00", "04T15:30"]),
        # One that begins in it opens when the clock arrives behind it; one that ends in it closes.
        (NEW_YORK, "02:30", "05:00", "2026-03-08T06:00", "2026-03-08T12:00",
         ["08T07:00", "08T09:00"]),
        (NEW_YORK, "00:00", "02:30", "2026-03-08T04:00", "2026-03-08T12:00",
         ["08T05:00", "08T07:00"]),
        (LORD_HOWE, "02:10", "05:00", "2026-10-03T14:00", "2026-10-03T20:00",
         ["03T15:30", "03T18:00"]),
        # What comes twice opens twice, or stays open through both.
        (NEW_YORK, "01:10", "01:50", "2026-11-01T04:00", "2026-11-01T08:00",
         ["01T05:10", "01T05:50", "01T06:10", "01T06:50"]),
        (NEW_YORK, "00:00", "01:30", "2026-11-01T03:00", "2026-11-01T08:00",
         ["01T04:00", "01T05:30", "01T06:00", "01T06:30"]),
        (ROME, "02:00", "03:00", "2026-10-24T22:30", "2026-10-25T04:00",
         ["25T00:00", "25T02:00"]),
        (LORD_HOWE, "01:40", "01:50", "2026-04-04T13:00", "2026-04-04T18:00",
         ["04T14:40", "04T14:50", "04T15:10", "04T15:20"]),
    ],
)  # fmt: skip
def test_windows_across_changes_of_the_clock(
    zone: str, begin: str, end: str, from_: str, to: str, expected: list[str]
) -> None:
    window = hours(zone, begin, end)
    found = openings(window, from_, to)
    assert [each.strftime("%dT%H:%M") for each in found] == expected
    # What is looked for from within a closed time is what was found minute by minute.
    for opens, closes in zip(found[2::2], found[1::2], strict=False):
        for moment in (closes, closes + timedelta(minutes=1), opens - timedelta(minutes=1), opens):
            assert next_opening([window], moment) == opens
    assert next_opening([window], at(from_)) == found[0]


@pytest.mark.parametrize("zone", [NEW_YORK, ROME, LORD_HOWE, "Asia/Kolkata", "Pacific/Kiritimati"])
def test_the_next_opening_is_the_first_open_minute(zone: str) -> None:
    several = (hours(zone, "08:15", "20:45", frozenset({1, 2, 7})), hours(ROME, "07:00", "19:30"))
    for start in ("2026-03-07T00:11", "2026-03-28T05:00", "2026-04-04T10:00", "2026-10-31T23:59"):
        moment = at(start)
        while not is_open(several, moment):
            moment = (moment + timedelta(minutes=1)).replace(second=0)
        assert next_opening(several, at(start)) == moment


def test_the_closing_minute_is_closed() -> None:
    window = [hours(ROME, "08:00", "21:00")]
    assert is_open(window, at("2026-01-15T19:59:59.999"))
    assert not is_open(window, at("2026-01-15T20:00:00"))
    assert next_opening(window, at("2026-01-15T20:00")) == at("2026-01-16T07:00")


def test_a_day_ends_at_24() -> None:
    window = [hours(ROME, "20:00", "24:00", frozenset({5}))]
    assert is_open(window, at("2026-01-16T22:59:59"))
    assert not is_open(window, at("2026-01-16T23:00"))
    assert next_opening(window, at("2026-01-16T23:00")) == at("2026-01-23T19:00")


def test_without_windows_it_is_always_open() -> None:
    assert next_opening([Hours(ROME)], at("2026-01-15T03:00")) == at("2026-01-15T03:00")
    assert next_opening([], at("2026-01-15T03:00")) == at("2026-01-15T03:00")


def test_windows_that_never_meet() -> None:
    never = [hours(ROME, "08:00", "09:00"), hours(ROME, "10:00", "11:00")]
    assert next_opening(never, at("2026-01-15T03:00")) is None


@pytest.mark.parametrize(
    ("zone", "moment", "begins", "next_"),
    [
        (NEW_YORK, "2026-03-08T12:00", "2026-03-08T05:00", "2026-03-09T04:00"),
        (NEW_YORK, "2026-11-01T12:00", "2026-11-01T04:00", "2026-11-02T05:00"),
        (LORD_HOWE, "2026-04-05T02:00", "2026-04-04T13:00", "2026-04-05T13:30"),
        # Cairo skips midnight: the day begins at one.
        ("Africa/Cairo", "2026-04-24T12:00", "2026-04-23T22:00", "2026-04-24T21:00"),
    ],
)
def test_days_begin_at_midnight(zone: str, moment: str, begins: str, next_: str) -> None:
    assert midnight(zone, at(moment)) == at(begins)
    assert midnight(zone, at(moment), 1) == at(next_)
    day = (at(next_) + timedelta(hours=3)).astimezone(UTC).date()
    assert day_begins("UTC", day.isoformat()) == datetime(day.year, day.month, day.day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "zones", "country"),
    [
        ("+12125551234", (NEW_YORK,), "US"),
        ("+390612345678", (ROME,), "IT"),
        ("+919812345678", ("Asia/Calcutta",), "IN"),
        ("+870773111632", (), None),
        ("+18005551234", (), "US"),
        ("+80012345678", (), None),
        ("nonsense", (), None),
    ],
)
def test_zones_and_country_of_a_number(
    number: str, zones: tuple[str, ...], country: str | None
) -> None:
    assert zones_of_number(number) == zones
    assert country_of_number(number) == country


def test_several_zones_are_believed_if_they_share_two_hours() -> None:
    now = at("2026-01-15T12:00")
    russia = zones_of_number("+79161234567")
    assert len(russia) > 10
    assert believed_zones(russia, DEFAULT_WINDOWS, now)
    assert not believed_zones(("Pacific/Honolulu", ROME, "Asia/Tokyo"), DEFAULT_WINDOWS, now)
    assert not believed_zones((), DEFAULT_WINDOWS, now)
    narrow = (Window(EVERY_DAY, 600, 720),)
    assert believed_zones((ROME,), narrow, now)
    assert not believed_zones((ROME, "Europe/London"), narrow, now)
    # On a Saturday, hours of working days are believed as well.
    working = (Window(frozenset({1, 2, 3, 4, 5}), 480, 1260),)
    assert believed_zones((ROME, "Europe/London"), working, at("2026-01-17T12:00"))


def test_the_law() -> None:
    assert legal_windows("US", ()) == DEFAULT_WINDOWS
    assert legal_windows("IN", ())[0].start == 9 * 60
    assert legal_windows(None, ("Asia/Kolkata",))[0].start == 9 * 60


def test_windows_as_rows_keep_them() -> None:
    rows = [{"days": [1, 5], "from": 480, "to": 1260}]
    assert windows(rows) == (Window(frozenset({1, 5}), 480, 1260),)
