"""A lead as an import file describes it, and the rules by which rows are judged."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.imports.errors import RowError
from models.lead import ConsentState, LeadStage


class FormulaPolicy(StrEnum):
    """What a cell does that a spreadsheet would run as a formula."""

    ERROR = "error"
    """Its row fails."""
    KEEP = "keep"
    """It is stored as it is, with a warning, as custom fields always are; it is dangerous in a
    spreadsheet only, so whoever exports it must neutralise it."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How cells are read, and the policy.

    `region` is that of phone numbers without country code in rows that name no country.
    """

    region: str | None = None
    formulas: FormulaPolicy = FormulaPolicy.ERROR


@dataclass(frozen=True, slots=True)
class LeadDraft:
    """A lead as the file describes it; None means that the file says nothing about the field.

    `row` and `line` are those of the record. `name` is never empty: the name column, else first
    and last name, else the company. `phone` is E.164. `language` is a BCP 47 tag, `time_zone` an
    IANA name. `custom_fields` holds cells as written. `warnings` are findings that did not keep
    the row from landing.
    """

    row: int
    line: int
    name: str
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    role: str | None = None
    email: str | None = None
    phone: str | None = None
    language: str | None = None
    time_zone: str | None = None
    stage: LeadStage | None = None
    external_id: str | None = None
    outreach_disabled: bool | None = None
    meeting_booked: bool | None = None
    consent: ConsentState | None = None
    custom_fields: dict[str, str] = field(default_factory=dict)
    warnings: tuple[RowError, ...] = ()
    id_column: str = field(default="", compare=False)
    """The header of the column that the external id stands in."""
    record: Sequence[str] | None = field(default=None, compare=False, repr=False)
    """The record's cells, where refused rows are to be kept."""
