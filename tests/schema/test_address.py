"""What counts as a telephone number."""

from __future__ import annotations

import pytest

from schema import address


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("+14155550123", "+14155550123"),
        ("+1 (415) 555-0123", "+14155550123"),
        ("+44 (0)20 7183 8750", "+442071838750"),
        ("+39 02 3661 8300", "+390236618300"),
        ("+80012345678", "+80012345678"),
    ],
)
def test_what_a_line_can_have_is_a_number(text: str, stored: str) -> None:
    assert address.phone(text) == address.sought(text) == stored


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("+15550100", "lacks its area code"),
        ("+1415", "in E.164"),
        ("+331234", "too short"),
        ("+141555501234", "too long"),
        ("+999123456", "No country"),
        ("4155550123", "needs its country's code"),
    ],
)
def test_anything_else_is_none(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        address.phone(text)


def test_rows_are_found_by_whatever_number_they_have() -> None:
    assert address.sought("+1 555 0100") == "+15550100"
    with pytest.raises(ValueError, match="country's code"):
        address.sought("5550100")
