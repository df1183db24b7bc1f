"""Which numbers may be dialled at all."""

from __future__ import annotations

import pytest

from gateway.demo.places import GERMANY, UNITED_KINGDOM, UNITED_STATES
from resolvers.dialable import undialable
from schema.error_code import ErrorCode


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+12125551234", None),
        ("+393201234567", None),
        ("+390612345678", None),
        ("+18005551212", None),
        # Paris: its numbers begin as France's 17, the police, does.
        ("+33170123456", None),
        ("+112", "EMERGENCY_NUMBER"),
        ("+911", "EMERGENCY_NUMBER"),
        ("+1911", "EMERGENCY_NUMBER"),
        ("+44999", "EMERGENCY_NUMBER"),
        ("+39112", "EMERGENCY_NUMBER"),
        ("+49110", "EMERGENCY_NUMBER"),
        ("+390118", "SHORT_NUMBER"),
        ("+1411", "SHORT_NUMBER"),
        ("+4411855", "SHORT_NUMBER"),
        ("+19005551234", "PREMIUM_NUMBER"),
        ("+448712345678", "PREMIUM_NUMBER"),
        ("+39899123456", "PREMIUM_NUMBER"),
        ("+979123456789", "PREMIUM_NUMBER"),
        ("+80812345678", "PREMIUM_NUMBER"),
        ("+611300123456", "PREMIUM_NUMBER"),
        ("+491805123456", "PREMIUM_NUMBER"),
        ("+870773111632", "SATELLITE_NUMBER"),
        ("+881612345678", "SATELLITE_NUMBER"),
        ("+88213312345", "SATELLITE_NUMBER"),
        ("+883510012345", "SATELLITE_NUMBER"),
        ("+15551234567", "NUMBER_UNASSIGNED"),
        ("+1212555123", "NUMBER_NOT_DIALABLE"),
        ("+121255512345", "NUMBER_NOT_DIALABLE"),
        ("+999123456789", "NUMBER_NOT_DIALABLE"),
        ("tel", "NUMBER_NOT_DIALABLE"),
        ("", "NUMBER_NOT_DIALABLE"),
        ("+12125550123", "FICTIONAL_NUMBER"),
        ("+447700900123", "FICTIONAL_NUMBER"),
        ("+33199001234", "FICTIONAL_NUMBER"),
        ("+61491570156", "FICTIONAL_NUMBER"),
        ("+46701740612", "FICTIONAL_NUMBER"),
        ("+4684650041", None),
    ],
)
def test_numbers(number: str, code: str | None) -> None:
    assert undialable(number) == code
    silent = code in ("FICTIONAL_NUMBER", "NUMBER_UNASSIGNED")
    assert undialable(number, simulated=True) == (None if silent else code)


@pytest.mark.parametrize("place", [UNITED_STATES, UNITED_KINGDOM, GERMANY])
def test_every_number_of_the_demo_is_fictional(place: object) -> None:
    for exchange in place.exchanges:  # type: ignore[attr-defined]
        for n in (0, len(exchange) - 1):
            assert undialable(exchange.number(n)) is ErrorCode.FICTIONAL_NUMBER
