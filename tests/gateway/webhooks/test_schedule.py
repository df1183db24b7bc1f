"""When to try again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gateway.retry_after import retry_after
from gateway.webhooks.schedule import ATTEMPTS, DELAYS, next_attempt

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_delays_and_their_jitter() -> None:
    for number, delay in enumerate(DELAYS, 1):
        for chance, factor in ((0.0, 1.0), (0.5, 1.05), (1.0, 1.1)):
            found = next_attempt(number, NOW, chance)
            assert found is not None
            assert abs(found - NOW - timedelta(seconds=delay * factor)) < timedelta(milliseconds=1)
    assert next_attempt(ATTEMPTS, NOW, 0) is None


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(timedelta(seconds=1), 5), (timedelta(seconds=60), 60), (timedelta(days=9), 86_400)],
)
def test_what_is_asked_for_never_comes_sooner(asked: timedelta, seconds: int) -> None:
    assert next_attempt(1, NOW, 0, asked) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120),
        (" 7 ", 7),
        ("99999999999999", 86_400),
        ("Mon, 02 Mar 2026 12:01:00 GMT", 60),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        ("1" * 200, None),
    ],
)
def test_retry_after(header: str | None, seconds: int | None) -> None:
    found = retry_after(header, NOW)
    assert found == (None if seconds is None else timedelta(seconds=seconds))
