"""What can be wrong with an import file or one of its rows, each with a stable code."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from models.vocabulary import Vocabulary


class RefusalCode(Vocabulary):
    """Why a whole file, or the options it is read with, is refused before its first row."""

    NOT_READABLE = "NOT_READABLE", "The path is not a regular file, or it cannot be opened."
    EMPTY_FILE = "EMPTY_FILE", "The file holds no header record."
    UNSUPPORTED_FORMAT = "UNSUPPORTED_FORMAT", "The file is a workbook, an archive or a PDF."
    INVALID_ENCODING = "INVALID_ENCODING", "A byte does not belong to the file's encoding."
    UNKNOWN_ENCODING = "UNKNOWN_ENCODING", "The encoding asked for is not a known text encoding."
    INVALID_DELIMITER = "INVALID_DELIMITER", "The delimiter asked for is not one of , ; TAB |."
    INVALID_HEADER = "INVALID_HEADER", "The header record is broken, or a header cannot be a name."
    TOO_MANY_COLUMNS = "TOO_MANY_COLUMNS", "The header record has more columns than allowed."
    INVALID_MAP = "INVALID_MAP", "A --map names no column or no field, or contradicts another."
    NO_NAME_COLUMN = (
        "NO_NAME_COLUMN",
        "No column feeds name, first_name, last_name or company, so every row would fail.",
    )
    INVALID_REGION = "INVALID_REGION", "The region is not a two-letter region known to dial plans."


class RowCode(Vocabulary):
    """Why a row failed or, where said so, landed with a warning."""

    UNTERMINATED_QUOTE = "UNTERMINATED_QUOTE", "A quoted field is not closed."
    TEXT_AFTER_QUOTE = "TEXT_AFTER_QUOTE", "Text stands between a closing quote and the delimiter."
    STRAY_QUOTE = (
        "STRAY_QUOTE",
        "A quote stands inside an unquoted field right after a record with broken quoting; "
        "elsewhere such a quote is plain text.",
    )
    NUL_CHARACTER = "NUL_CHARACTER", "The record holds a NUL character."
    TOO_FEW_FIELDS = "TOO_FEW_FIELDS", "The record has fewer fields than the header."
    TOO_MANY_FIELDS = "TOO_MANY_FIELDS", "The record has more fields than the header."
    FIELD_TOO_LARGE = "FIELD_TOO_LARGE", "A field is larger than the reader allows."
    RECORD_TOO_LARGE = "RECORD_TOO_LARGE", "A record is larger than the reader allows."
    NO_NAME = "NO_NAME", "Name, first name, last name and company are all empty."
    TOO_LONG = "TOO_LONG", "The value is longer than its lead field allows."
    CONTROL_CHARACTER = (
        "CONTROL_CHARACTER",
        "The value holds a control character or a text-direction override; line breaks and tabs "
        "are allowed in custom fields only.",
    )
    FORMULA = (
        "FORMULA",
        "The value would run as a formula in a spreadsheet. A warning where it goes to a custom "
        "field, or anywhere with --allow-formulas: it is stored as it is.",
    )
    INVALID_EMAIL = "INVALID_EMAIL", "The value is not an e-mail address."
    INVALID_PHONE = "INVALID_PHONE", "The value is not a phone number."
    DAMAGED_NUMBER = (
        "DAMAGED_NUMBER",
        "A spreadsheet turned the phone number or id into a rounded number (4.15555E+09); the "
        "digits are lost.",
    )
    PHONE_NEEDS_REGION = (
        "PHONE_NEEDS_REGION",
        "The number has no country code, neither the row nor --region names a country.",
    )
    PHONE_EXTENSION = (
        "PHONE_EXTENSION",
        "Warning: the extension is not part of the stored number; the cell is kept as a custom "
        "field.",
    )
    SEVERAL_VALUES = (
        "SEVERAL_VALUES",
        "Warning: the cell lists several values; the first is used, the cell is kept as a custom "
        "field.",
    )
    INVALID_LANGUAGE = (
        "INVALID_LANGUAGE",
        "Warning: the value is neither a BCP 47 tag nor a known language; the cell is kept as a "
        "custom field.",
    )
    INVALID_TIME_ZONE = (
        "INVALID_TIME_ZONE",
        "Warning: the value is not an IANA time zone; the cell is kept as a custom field.",
    )
    INVALID_BOOLEAN = (
        "INVALID_BOOLEAN",
        "Warning: the value is neither a yes nor a no; the cell is kept as a custom field. Where "
        "it may be an opt-out, outreach is switched off.",
    )
    INVALID_CONSENT = "INVALID_CONSENT", "The value says neither that consent is given nor denied."
    UNKNOWN_STAGE = (
        "UNKNOWN_STAGE",
        "Warning: the value is not a known status; the stage is left unset, the cell is kept as a "
        "custom field.",
    )
    EXTERNAL_ID_TAKEN = (
        "EXTERNAL_ID_TAKEN",
        "A lead of another name and another address has this external id: two systems number their "
        "people alike, and this may be somebody else. The message names the lead.",
    )
    DUPLICATE = "DUPLICATE", "The row repeats an earlier lead and the policy is to skip it."
    OPTED_OUT = (
        "OPTED_OUT",
        "Warning: the row repeats an earlier lead and the policy is to skip it, but it forbids "
        "contact: the lead's outreach was switched off, and nothing else of the row was taken.",
    )


@dataclass(frozen=True, slots=True)
class RowError:
    """One finding about one row.

    `row` is the row that a spreadsheet shows the record in: the header is row 1 and blank rows
    count, a cell of several lines is one row. `line` is the physical line of the file on which
    the record starts, from 1, as a text editor shows it. `column` is the header the finding is
    about, or "" for the record as a whole. `message` is for people and may change; `code` is for
    programs and may not.
    """

    row: int
    line: int
    column: str
    code: RowCode
    message: str
    record: Sequence[str] | str | None = field(default=None, compare=False, repr=False)
    """The record's cells, or its text where it can't be read; on a failed row's first finding."""


class FileRefused(Exception):
    """The file cannot be imported.

    Nothing has been read from it: every refusal comes before the first row. `offset` is the
    position of the offending byte from 0 and `line` its physical line from 1, where known.
    """

    def __init__(
        self,
        code: RefusalCode,
        message: str | None = None,
        *,
        offset: int | None = None,
        line: int | None = None,
    ) -> None:
        super().__init__(message or code.description)
        self.code = code
        self.offset = offset
        self.line = line


def excerpt(value: str) -> str:
    """The value as it may stand in a message: quoted, printable, at most 40 characters of it."""
    short = value if len(value) <= 40 else value[:39] + "…"
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in short)
    return f'"{shown}"'
