"""One record becomes a lead to be, whole, or the list of everything that is wrong with it."""

from gateway.imports import countries, vocabularies
from gateway.imports.addresses import Unfit, email, is_rounded, phone
from gateway.imports.drafts import FormulaPolicy, LeadDraft, Rules
from gateway.imports.errors import RowCode, RowError, excerpt
from gateway.imports.hazards import controls, is_blank, is_formula, is_harmless, is_number, is_phone
from gateway.imports.headers import Column, Mapping
from gateway.imports.reading import Record
from gateway.imports.spellings import ASIDE, MERGED, NAMING, Field
from models.lead import ConsentState, LeadStage

# In characters. First and last name with a space between, or the company, always fit the name.
LENGTHS = {
    Field.NAME: 320,
    Field.FIRST_NAME: 150,
    Field.LAST_NAME: 150,
    Field.COMPANY: 255,
    Field.ROLE: 255,
    Field.EXTERNAL_ID: 255,
    Field.STAGE: 255,
}
# Whoever has come here is no fresh lead, whatever another status says.
ENDS = (LeadStage.CONVERTED, LeadStage.LOST)
# Cells that say nothing else about the lead are left out with a warning.
LENIENT = {RowCode.INVALID_LANGUAGE, RowCode.INVALID_TIME_ZONE}
# What a spreadsheet cell holds.
CUSTOM_LENGTH = 32_767


def draft(record: Record, mapping: Mapping, rules: Rules) -> LeadDraft | list[RowError]:
    """The lead a record describes, or all its errors in the order of the lead's fields.

    A cell is never altered in silence: what a lead field can't hold in full (a CRM's own status,
    a phone's extension, the second of two addresses, which channel was opted out of) is also
    kept, as written, as a custom field under the column's header. Only surrounding white space
    and the usual signs for "nothing" (dashes, --None--) are dropped from lead fields.
    """
    return _Row(record, mapping, rules).draft()


def _text(target: Field, text: str) -> tuple[str, list[RowCode]]:
    """The value of a text field and the warnings about it; raises Unfit."""
    if target is Field.EMAIL:
        return email(text)
    if target is Field.LANGUAGE:
        tag = vocabularies.language(text)
        if tag is None:
            message = f"{excerpt(text)} is neither a language tag like en-GB nor a known language."
            raise Unfit(RowCode.INVALID_LANGUAGE, message)
        return tag, []
    if target is Field.TIME_ZONE:
        zone = vocabularies.time_zone(text)
        if zone is None:
            message = f"{excerpt(text)} is not an IANA time zone like America/New_York."
            raise Unfit(RowCode.INVALID_TIME_ZONE, message)
        return zone, []
    if target is Field.EXTERNAL_ID and is_rounded(text):
        message = f"{excerpt(text)} is what a spreadsheet made of an id; digits are lost."
        raise Unfit(RowCode.DAMAGED_NUMBER, message)
    return text, []


class _Row:
    """One record on its way to a draft."""

    def __init__(self, record: Record, mapping: Mapping, rules: Rules) -> None:
        self._record = record
        self._mapping = mapping
        self._rules = rules
        self._errors: list[RowError] = []
        self._warnings: list[RowError] = []
        self._used: set[int] = set()
        self._outreach_disabled: bool | None = None
        self._consent: ConsentState | None = None

    def draft(self) -> LeadDraft | list[RowError]:
        texts: dict[Field, str] = {}
        stage: LeadStage | None = None
        meeting_booked: bool | None = None
        for target in self._mapping.sources:
            filled = self._filled(target)
            if not filled or target in ASIDE:
                continue
            if target in MERGED:
                self._merge(target, filled)
                continue
            at = self._ended(filled) if target is Field.STAGE else filled[0]
            column = self._mapping.columns[at]
            self._used.add(column.position)
            if not self._safe(column, target):
                continue
            if target is Field.STAGE:
                stage = self._stage(column)
                self._heed(filled)
            elif target is Field.MEETING_BOOKED:
                meeting_booked = self._boolean(column)
            elif (value := self._value(column, target)) is not None:
                texts[target] = value
        custom = self._custom()
        name = texts.get(Field.NAME) or " ".join(
            texts[part] for part in (Field.FIRST_NAME, Field.LAST_NAME) if part in texts
        )
        name = name or texts.get(Field.COMPANY, "")
        if not name and not any(self._filled(part) for part in NAMING):
            self._fail(None, RowCode.NO_NAME, RowCode.NO_NAME.description)
        if self._errors:
            return self._errors
        return LeadDraft(
            self._record.row,
            self._record.line,
            name,
            first_name=texts.get(Field.FIRST_NAME),
            last_name=texts.get(Field.LAST_NAME),
            company=texts.get(Field.COMPANY),
            role=texts.get(Field.ROLE),
            email=texts.get(Field.EMAIL),
            phone=texts.get(Field.PHONE),
            language=texts.get(Field.LANGUAGE),
            time_zone=texts.get(Field.TIME_ZONE),
            stage=stage,
            external_id=texts.get(Field.EXTERNAL_ID),
            outreach_disabled=self._outreach_disabled,
            meeting_booked=meeting_booked,
            consent=self._consent,
            custom_fields=custom,
            warnings=tuple(self._warnings),
            id_column=self._header(Field.EXTERNAL_ID) if Field.EXTERNAL_ID in texts else "",
        )

    def _filled(self, target: Field) -> list[int]:
        """The field's columns that say something in this row, by precedence."""
        cells = self._record.cells
        return [at for at in self._mapping.sources.get(target, ()) if not is_blank(cells[at])]

    def _header(self, target: Field) -> str:
        """The header of the column that a filled field is taken from."""
        return self._mapping.columns[self._filled(target)[0]].header

    def _value(self, column: Column, target: Field) -> str | None:
        """A text field's value, or None after an error or a warning."""
        text = self._cell(column).strip()
        try:
            if target is Field.PHONE:
                value, warnings = phone(text, self._region(text))
            else:
                value, warnings = _text(target, text)
        except Unfit as unfit:
            note = self._warn if unfit.code in LENIENT else self._fail
            note(column, unfit.code, str(unfit))
            return None
        for code in warnings:
            self._warn(column, code, code.description.removeprefix("Warning: ").capitalize())
        return value

    def _region(self, text: str) -> str | None:
        """Where a number is dialled: in the country that the row names, else in the file's."""
        if not text.startswith("+"):
            for at in self._filled(Field.COUNTRY):
                found = countries.region(self._record.cells[at])
                if found is not None:
                    return found
        return self._rules.region

    def _ended(self, positions: list[int]) -> int:
        """The status that counts: the first that says how it ended, else the first.

        CRMs leave the others as they were: a customer's "Open", a lost deal's "New".
        """
        said = {at: vocabularies.stage(self._record.cells[at]) for at in positions}
        for end in ENDS:
            for at in positions:
                if said[at] is end:
                    return at
        return positions[0]

    def _stage(self, column: Column) -> LeadStage | None:
        text = self._cell(column).strip()
        found = vocabularies.stage(text)
        if found is None:
            message = f"{excerpt(text)} is not a known status. The stage stays unset."
            self._warn(column, RowCode.UNKNOWN_STAGE, message)
        elif vocabularies.folded(text) != vocabularies.folded(found):
            self._used.discard(column.position)
        return found

    def _heed(self, positions: list[int]) -> None:
        """A status "Do Not Contact" is an opt-out, in whichever status column it stands."""
        if any(vocabularies.forbids_contact(self._record.cells[at]) for at in positions):
            self._outreach_disabled = True

    def _boolean(self, column: Column) -> bool | None:
        text = self._cell(column).strip()
        opting = column.field is Field.OUTREACH_DISABLED
        answer = vocabularies.opted_out(text) if opting else vocabularies.boolean(text)
        if answer is None:
            message = f"{excerpt(text)} is neither yes nor no (true/false, 1/0, yes/no)."
            if opting:
                # Nobody is called by mistake for what may be an opt-out in other words.
                answer, message = True, f"{message} Outreach is switched off."
            self._warn(column, RowCode.INVALID_BOOLEAN, message)
        return answer

    def _merge(self, target: Field, positions: list[int]) -> None:
        """All columns of a field for which a single "no contact" outweighs the others."""
        for at in positions:
            column = self._mapping.columns[at]
            self._used.add(at)
            if not self._safe(column, target):
                continue
            if target is Field.OUTREACH_DISABLED:
                answer = self._boolean(column)
                if answer is not None:
                    self._outreach_disabled = bool(self._outreach_disabled) or answer
                ours = vocabularies.folded(column.header) == "outreachdisabled"
                said = vocabularies.boolean(self._cell(column).strip())
                plain = said is False or (said is True and ours)
            else:
                plain = self._consented(column)
            if not plain:
                self._used.discard(at)

    def _consented(self, column: Column) -> bool:
        """Take a consent column into account; whether the consent says all that the cell does."""
        text = self._cell(column).strip()
        said = vocabularies.consent(text)
        if said is None:
            message = f"{excerpt(text)} says neither granted nor denied."
            self._fail(column, RowCode.INVALID_CONSENT, message)
            return True
        if said is ConsentState.UNKNOWN:
            return False
        if self._consent is not ConsentState.DENIED:
            self._consent = said
        spelled = vocabularies.folded(text) == vocabularies.folded(said)
        return spelled or vocabularies.boolean(text) is not None

    def _custom(self) -> dict[str, str]:
        kept: dict[str, str] = {}
        for column in self._mapping.columns:
            if column.key is None or column.position in self._used:
                continue
            cell = self._cell(column)
            if not cell.strip() or (column.field is not None and is_blank(cell)):
                continue
            if self._safe(column, None):
                kept[column.key] = cell
        return kept

    def _safe(self, column: Column, target: Field | None) -> bool:
        """Whether the cell may be stored in the field, or in a custom field if there is none."""
        cell = self._cell(column)
        longest = CUSTOM_LENGTH if target is None else LENGTHS.get(target, CUSTOM_LENGTH)
        if len(cell) <= longest and is_harmless(cell):
            return True
        before = len(self._errors)
        if is_formula(cell) and not self._signed(cell, target):
            message = f"{excerpt(cell)} starts like a formula, which a spreadsheet would run."
            if target is not None and self._rules.formulas is FormulaPolicy.ERROR:
                message += " Pass --allow-formulas to store such cells as they are."
                self._fail(column, RowCode.FORMULA, message)
            else:
                self._note(column, RowCode.FORMULA, message + " It is stored as it is.")
        # Text copied from an address book wraps phone numbers in direction marks; parsing a
        # number leaves its digits only. E-mail addresses have rules of their own.
        inner = cell if target is None else cell.strip()
        if target not in (Field.PHONE, Field.EMAIL) and controls(inner, breaks=target is None):
            message = f"{excerpt(cell)} holds control characters."
            self._fail(column, RowCode.CONTROL_CHARACTER, message)
        if len(inner) > longest:
            message = f"{len(inner):,} characters; at most {longest:,} are stored."
            self._fail(column, RowCode.TOO_LONG, message)
        return len(self._errors) == before

    @staticmethod
    def _signed(cell: str, target: Field | None) -> bool:
        """Whether a sign in front is part of a number rather than the start of a formula."""
        if target is Field.PHONE:
            return cell.lstrip(" ").startswith(("+", "＋"))
        return is_phone(cell) or (target is None and is_number(cell))

    def _cell(self, column: Column) -> str:
        return self._record.cells[column.position]

    def _fail(self, column: Column | None, code: RowCode, message: str) -> None:
        self._errors.append(self._finding(column, code, message))

    def _warn(self, column: Column, code: RowCode, message: str) -> None:
        """A warning about a cell that its lead field can't hold in full."""
        self._used.discard(column.position)
        self._note(column, code, message)

    def _note(self, column: Column, code: RowCode, message: str) -> None:
        self._warnings.append(self._finding(column, code, message))

    def _finding(self, column: Column | None, code: RowCode, message: str) -> RowError:
        header = "" if column is None else column.header
        return RowError(self._record.row, self._record.line, header, code, message)
