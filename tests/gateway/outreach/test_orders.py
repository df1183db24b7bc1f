"""From a call's row to what its provider needs of it."""

from __future__ import annotations

import pytest

from gateway.outreach.orders import transferable
from models import Provider


@pytest.mark.parametrize(
    ("number", "provider", "expected"),
    [
        (None, "TWILIO", None),
        ("+12125551234", "TWILIO", "+12125551234"),
        ("+12125550123", "TWILIO", None),
        ("+12125550123", "SIMULATOR", "+12125550123"),
        ("+49110", "SIMULATOR", None),
        ("+19005551234", "VAPI", None),
    ],
)
def test_transfers_are_held_to_the_rules_of_dialling(
    number: str | None, provider: str, expected: str | None
) -> None:
    assert transferable(number, Provider[provider]) == expected
