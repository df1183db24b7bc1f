"""Telephone numbers and e-mail addresses: what counts as one, for verbs and filters alike."""

from __future__ import annotations

import re

from email_validator import validate_email

_E164 = re.compile(r"\+[0-9]{6,15}", re.ASCII)
_PUNCTUATION = re.compile(r"[\s().\-\u00a0/]")


def bare(text: str) -> str:
    """A number without spaces, dots, dashes and brackets."""
    return _PUNCTUATION.sub("", text)


def phone(text: str) -> str:
    """The number in E.164; raises `ValueError`."""
    found = bare(text)
    if not _E164.fullmatch(found):
        raise ValueError("Not a telephone number in E.164, such as +14155550123.")
    return found


def email(text: str) -> str:
    """The address, its domain in lower case; raises `ValueError`."""
    # Deliverability is for the mail server to say; example.com is fine here.
    found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    return found.normalized


def folded(email: str) -> str:
    """The address as it is compared: A to Z in lower case, as `lower` of both databases does."""
    return email.encode().lower().decode()


def either(text: str) -> str:
    """A number or an address; raises `ValueError`."""
    return email(text) if "@" in text else phone(text)
