"""Phone numbers and e-mail addresses out of cells."""

import re

import phonenumbers

from gateway.imports.errors import FileRefused, RefusalCode, RowCode, excerpt
from schema import address

_ROUNDED = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?[eE]\+?[0-9]{1,3}")
# A lost leading zero can't be told from one that never was, so "1712345678.0" is not repaired.
_DECIMAL = re.compile(r"[0-9]{5,}[.,]0")
_EXTENSION = r"(?:\s*(?:;ext=|ext\.?|extension|x|#)\s*[0-9]{1,7})?"
# phonenumbers looks for a number in any text; a cell with other words in it is for a person.
_DIALLED = re.compile(
    rf"(?:tel:)?[+＋]?[\d\s().\-/‐–—~·]+{_EXTENSION}",
    re.IGNORECASE,
)
# Address books wrap numbers in direction marks when they are copied.
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069]")
_PHONE_LISTS = re.compile(r"\s*[;,|\r\n]+\s*|\s+:::\s+|\s+/\s+")
_EMAIL_LISTS = re.compile(r"[;,|\s]+")
_LONGEST_EMAIL = 254
_LONGEST_PHONE = 80


class Unfit(Exception):
    """A cell that is not what its column promises."""

    def __init__(self, code: RowCode, message: str) -> None:
        super().__init__(message)
        self.code = code


def check_region(region: str | None) -> None:
    """Raises FileRefused with INVALID_REGION unless the region has a dial plan."""
    if region is not None and region not in phonenumbers.SUPPORTED_REGIONS:
        message = f"{excerpt(region)} is no country; pass two letters such as US or DE."
        raise FileRefused(RefusalCode.INVALID_REGION, message)


def is_rounded(text: str) -> bool:
    """Whether a spreadsheet shows a long number in scientific notation: "4.15555E+09"."""
    return _ROUNDED.fullmatch(text) is not None


def phone(text: str, region: str | None) -> tuple[str, list[RowCode]]:
    """The cell's phone number in E.164, and warnings: PHONE_EXTENSION, SEVERAL_VALUES.

    A number without + is read as dialled in `region`. What a line can have is the API's to say.
    Of several numbers the first counts.

    Raises Unfit with DAMAGED_NUMBER, INVALID_PHONE or PHONE_NEEDS_REGION.
    """
    # An apostrophe in front is how spreadsheets mark text that looks like a number.
    text = _INVISIBLE.sub("", text).strip().removeprefix("'")
    if is_rounded(text) or _DECIMAL.fullmatch(text):
        message = (
            f"{excerpt(text)} is what a spreadsheet made of a phone number; digits are lost. "
            "Export again and open the file with the column set to text."
        )
        raise Unfit(RowCode.DAMAGED_NUMBER, message)
    warnings: list[RowCode] = []
    parts = _PHONE_LISTS.split(text) if len(text) > 7 else [text]
    if len(parts) > 1 and all(sum(c.isdigit() for c in part) >= 7 for part in parts):
        warnings.append(RowCode.SEVERAL_VALUES)
        text = parts[0]
    if len(text) > _LONGEST_PHONE or not _DIALLED.fullmatch(text):
        raise Unfit(RowCode.INVALID_PHONE, f"{excerpt(text)} is not a phone number.")
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        bare = not text.removeprefix("tel:").startswith(("+", "＋"))
        if error.error_type == error.INVALID_COUNTRY_CODE and region is None and bare:
            message = f"{excerpt(text)} has no country code; write +… or pass --region."
            raise Unfit(RowCode.PHONE_NEEDS_REGION, message) from None
        raise Unfit(RowCode.INVALID_PHONE, f"{excerpt(text)} is not a phone number.") from None
    try:
        stored = address.dialled(number)
    except ValueError as error:
        # Where the country is our guess, the guess may be what is wrong.
        guessed = not text.removeprefix("tel:").startswith(("+", "＋"))
        hint = f" Region {region} was taken; write it with + and country code." if guessed else ""
        raise Unfit(RowCode.INVALID_PHONE, f"{excerpt(text)}: {error}{hint}") from None
    if number.extension:
        warnings.append(RowCode.PHONE_EXTENSION)
    return stored, warnings


def email(text: str) -> tuple[str, list[RowCode]]:
    """The cell's e-mail address, its domain in lower case, and the warning SEVERAL_VALUES.

    What is an address is the API's to say. Of several the first counts.

    Raises Unfit with INVALID_EMAIL.
    """
    text = text.strip()
    warnings: list[RowCode] = []
    if text.count("@") > 1:
        parts = [part for part in _EMAIL_LISTS.split(text) if part]
        if len(parts) > 1 and all(part.count("@") == 1 for part in parts):
            warnings.append(RowCode.SEVERAL_VALUES)
            text = parts[0]
    if len(text) > _LONGEST_EMAIL:
        raise Unfit(RowCode.INVALID_EMAIL, f"Longer than {_LONGEST_EMAIL} characters.")
    try:
        return address.email(text), warnings
    except ValueError as error:
        raise Unfit(RowCode.INVALID_EMAIL, f"{excerpt(text)}: {error}") from None
