"""What makes a cell dangerous: formulas and control characters."""

import re

# OWASP's list for CSV injection, with the full-width forms that spreadsheets read as the same
# signs.
_FORMULA = re.compile(r"[=+\-@\t\r＝＋－＠]")
_DASHES = re.compile(r"[-‐–—]+")
# C0 and C1 without TAB, LF and CR, and the marks that make text display in another order than it
# is stored.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_BREAKS = re.compile(r"[\t\n\r\u2028\u2029]")
_LEADING_SIGN = re.compile(rf"\s*{_FORMULA.pattern}")
_UNPRINTED = re.compile(rf"{_CONTROLS.pattern}|{_BREAKS.pattern}")
_NUMBER = re.compile(
    r"[+-]\s?[$€£¥₹]?\s?([0-9]+|[0-9]{1,3}([,. '\u00a0\u202f][0-9]{2,3})+)?([.,][0-9]+)?"
    r"([eE][+-]?[0-9]+)?\s?[%$€£¥₹]?"
)
# One number or a list of them: nothing in it can name a cell, a function or a program.
_PHONE = re.compile(
    r"\+[0-9][0-9 +().\-/;,|:\u00a0]{4,80}(\s*(x|ext\.?)\s*[0-9]{1,7})?", re.IGNORECASE
)


def is_harmless(text: str) -> bool:
    """Whether the text is certainly no formula and has no control character: the usual case."""
    return _LEADING_SIGN.match(text) is None and _UNPRINTED.search(text) is None


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would run the text, or may after trimming it.

    A cell of dashes alone is the usual sign for "nothing" and runs nowhere. Numbers and phone
    numbers count too; ask `is_number` and `is_phone` where they are welcome.
    """
    if _FORMULA.match(text) or _FORMULA.match(text.lstrip()):
        return _DASHES.fullmatch(text.strip()) is None
    return False


def is_number(text: str) -> bool:
    """Whether the text is a signed number, amount or percentage: "-12", "-1,234.50", "-5 %"."""
    stripped = text.strip()
    return _NUMBER.fullmatch(stripped) is not None and any(c.isdigit() for c in stripped)


def is_phone(text: str) -> bool:
    """Whether the text has the form of international phone numbers: "+1 (415) 555-0123"."""
    return _PHONE.fullmatch(text.strip()) is not None


def is_blank(text: str) -> bool:
    """Whether a lead field's cell says nothing: empty, dashes, or Salesforce's "--None--"."""
    if text[:1].isalnum():
        return False
    stripped = text.strip()
    return not stripped or stripped == "--None--" or _DASHES.fullmatch(stripped) is not None


def controls(text: str, *, breaks: bool = False) -> bool:
    """Whether the text holds control characters; with `breaks`, line ends and tabs are none."""
    return _CONTROLS.search(text) is not None or (not breaks and _BREAKS.search(text) is not None)


def neutralised(text: str) -> str:
    """The text as a cell that no spreadsheet runs: with an apostrophe in front where needed."""
    return "'" + text if _FORMULA.match(text) or _FORMULA.match(text.lstrip()) else text
