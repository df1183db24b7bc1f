"""Telephone numbers and e-mail addresses: what counts as one, for verbs and filters alike."""

from __future__ import annotations

import re

import phonenumbers
from email_validator import validate_email

_E164 = re.compile(r"\+[0-9]{6,15}", re.ASCII)
_UNFIT = {
    phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "The number lacks its area code.",
    phonenumbers.ValidationResult.TOO_SHORT: "The number is too short for its country.",
    phonenumbers.ValidationResult.TOO_LONG: "The number is too long for its country.",
}
_PUNCTUATION = re.compile(r"[\s().\-\u00a0/]")


def bare(text: str) -> str:
    """A number without spaces, dots, dashes and brackets."""
    return _PUNCTUATION.sub("", text)


def phone(text: str) -> str:
    """The number that calls are made to, in E.164; raises `ValueError`."""
    try:
        return dialled(phonenumbers.parse(_formed(text)))
    except phonenumbers.NumberParseException:
        raise ValueError("No country has numbers like this.") from None


def dialled(number: phonenumbers.PhoneNumber) -> str:
    """A number that was read, in E.164; raises `ValueError` if no line can have it.

    Its length decides: whether the line exists is found out when it is dialled, and fictional
    numbers must do. Seven digits of an area, without the area, reach nobody.
    """
    found = phonenumbers.is_possible_number_with_reason(number)
    if found != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise ValueError(_UNFIT.get(found, "No country has numbers of this length."))
    text = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return _formed(text)


def sought(text: str) -> str:
    """The number as rows may hold it, however it came to be there; raises `ValueError`."""
    try:
        return phone(text)
    except ValueError:
        return _formed(text)


def _formed(text: str) -> str:
    found = bare(text)
    if found.isdecimal() and len(found) > 6:
        raise ValueError("It needs its country's code and a +, such as the +1 of +14155550123.")
    if not _E164.fullmatch(found):
        raise ValueError("Not a telephone number in E.164, such as +14155550123.")
    return found


def email(text: str) -> str:
    """The address, its domain in lower case; raises `ValueError`."""
    # Deliverability is for the mail server to say; example.com is fine here.
    found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    return found.normalized


def mailable(address: str) -> str:
    """The address with its domain as the name system has it; `ValueError` if mail can't reach it.

    What stands before the `@` must be ASCII, as few mail servers take anything else.
    """
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise ValueError("The address has letters that mail servers don't take.")
    return f"{local}@{ascii_domain(domain)}"


def ascii_domain(domain: str) -> str:
    """A domain as the name system has it; raises `ValueError`."""
    return domain.encode("idna").decode()


def folded(email: str) -> str:
    """The address as it is compared: A to Z in lower case, as `lower` of both databases does."""
    return email.encode().lower().decode()


def either(text: str) -> str:
    """A number or an address, as rows may hold it; raises `ValueError`."""
    return email(text) if "@" in text else sought(text)
