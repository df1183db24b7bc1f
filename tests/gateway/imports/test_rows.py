"""A record becomes a whole lead or all of its errors, and nothing is altered in silence."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.imports.drafts import FormulaPolicy, LeadDraft, Rules
from gateway.imports.headers import map_headers
from gateway.imports.reading import Record
from gateway.imports.rows import draft
from models.lead import ConsentState, LeadStage
from schema import address

US = Rules(region="US")


def row(cells: dict[str, str], rules: Rules = US, *overrides: str) -> Any:
    mapping = map_headers(list(cells), overrides)
    return draft(Record(7, 9, list(cells.values())), mapping, rules)


def lead(rules: Rules = US, /, **cells: str) -> LeadDraft:
    found = row({"Name": "Ann", **cells}, rules)
    assert isinstance(found, LeadDraft), found
    return found


def codes(cells: dict[str, str], rules: Rules = US) -> list[str]:
    found = row(cells, rules)
    assert isinstance(found, list), found
    return [str(error.code) for error in found]


def test_a_whole_lead() -> None:
    found = row(
        {
            "Record ID": "0017",
            "First Name": " Ann ",
            "Last Name": "Lee",
            "Company": "Acme",
            "Job Title": "CFO",
            "Email": "Ann.Lee@EXAMPLE.com",
            "Phone": "(415) 555-0123",
            "Mobile": "+44 20 7183 8750",
            "Preferred language": "pt_br",
            "Time Zone": "america/new_york",
            "Lead Status": "Open - Not Contacted",
            "Lead Source": "Web",
            "Do Not Call": "0",
            "Email Opt Out": "1",
            "Meeting booked": "yes",
            "Consent": "Granted",
            "Notes": " two\r\nlines ",
            "Balance": "-1,234.50",
            "Empty": " ",
        }
    )
    assert found == LeadDraft(
        7,
        9,
        "Ann Lee",
        first_name="Ann",
        last_name="Lee",
        company="Acme",
        role="CFO",
        email="Ann.Lee@example.com",
        phone="+14155550123",
        language="pt-BR",
        time_zone="America/New_York",
        stage=LeadStage.NEW,
        external_id="0017",
        outreach_disabled=True,
        meeting_booked=True,
        consent=ConsentState.GRANTED,
        custom_fields={
            "Mobile": "+44 20 7183 8750",
            "Lead Status": "Open - Not Contacted",
            "Lead Source": "Web",
            "Email Opt Out": "1",
            "Notes": " two\r\nlines ",
            "Balance": "-1,234.50",
        },
    )


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ({"Name": "Ann", "First Name": "B", "Company": "C"}, "Ann"),
        ({"Name": " ", "First Name": "Ann", "Last Name": "Lee", "Company": "C"}, "Ann Lee"),
        ({"First Name": "-", "Last Name": "Lee", "Company": "C"}, "Lee"),
        ({"Name": "--None--", "Company": "Acme"}, "Acme"),
        ({"Name": "Null"}, "Null"),
    ],
)
def test_the_name(cells: dict[str, str], name: str) -> None:
    assert row(cells).name == name


def test_all_errors_of_a_row_are_reported_at_once() -> None:
    cells = {
        "Name": "", "Email": "a@", "Phone": "4.15555E+09", "Language": "klingon",
        "Time Zone": "Mars/Base", "Do Not Call": "perhaps", "Consent": "hm",
        "Meeting booked": "soon", "Record ID": "1.23457E+11", "Notes": "=1+1",
    }  # fmt: skip
    assert codes(cells) == [
        "INVALID_EMAIL", "DAMAGED_NUMBER", "DAMAGED_NUMBER", "INVALID_CONSENT", "NO_NAME",
    ]  # fmt: skip
    (error,) = row({"Name": "Ann", "E-mail": "a@"})
    assert (error.row, error.line, error.column) == (7, 9, "E-mail")


@pytest.mark.parametrize(
    ("cell", "stored"),
    [
        ("415-555-0123", "+14155550123"),
        ("+49 (0)151 12345678", "+4915112345678"),
        ("'+14155550123", "+14155550123"),
        ("tel:+1-415-555-0123", "+14155550123"),
        ("\u202d+1 415 555 0123\u202c", "+14155550123"),
        ("＋1 415 555 0123", "+14155550123"),
        ("0114930123456", "+4930123456"),
        ("+390236618300", "+390236618300"),
    ],
)
def test_phones(cell: str, stored: str) -> None:
    found = lead(Phone=cell)
    assert (found.phone, found.warnings, found.custom_fields) == (stored, (), {})


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("4.15555E+09", "DAMAGED_NUMBER"),
        ("4,15555E+09", "DAMAGED_NUMBER"),
        ("+4.9E12", "DAMAGED_NUMBER"),
        ("4155550123.0", "DAMAGED_NUMBER"),
        ("12345", "INVALID_PHONE"),
        ("004930123456789", "INVALID_PHONE"),
        ("+999123456", "INVALID_PHONE"),
        ("555 0100", "INVALID_PHONE"),
        ("+1 555 0100", "INVALID_PHONE"),
        ("ask Bob 4155550123", "INVALID_PHONE"),
        ("4155550123 5pm", "INVALID_PHONE"),
        ("+", "INVALID_PHONE"),
        ("4" * 100, "INVALID_PHONE"),
        ('="4155550123"', "FORMULA"),
        ("=4155550123", "FORMULA"),
        ("-4155550123", "FORMULA"),
        ("@4155550123", "FORMULA"),
        ("\t4155550123", "FORMULA"),
        ("\r4155550123", "FORMULA"),
    ],
)
def test_bad_phones(cell: str, code: str) -> None:
    assert codes({"Name": "Ann", "Phone": cell})[0] == code


def test_a_number_without_its_area_is_told_from_a_wrong_region() -> None:
    (error,) = row({"Name": "Ann", "Phone": "555 0100"})
    said = '"555 0100": The number lacks its area code.'
    assert error.message == f"{said} Region US was taken; write it with + and country code."
    (error,) = row({"Name": "Ann", "Phone": "tel:+1 555 0100"})
    assert error.message == '"tel:+1 555 0100": The number lacks its area code.'


def test_a_spreadsheets_damage_is_explained() -> None:
    (error,) = row({"Name": "Ann", "Phone": "4.15555E+09"})
    assert "4.15555E+09" in error.message
    assert "spreadsheet" in error.message


def test_a_national_number_needs_a_region() -> None:
    assert codes({"Name": "Ann", "Phone": "415-555-0123"}, Rules()) == ["PHONE_NEEDS_REGION"]
    assert lead(Rules(), Phone="+1 415-555-0123").phone == "+14155550123"


@pytest.mark.parametrize(
    ("cells", "stored"),
    [
        ({"Country/Region": "Germany"}, "+4930123456"),
        ({"Mailing Country": "DE"}, "+4930123456"),
        ({"Country": "deu"}, "+4930123456"),
        ({"Country code": "+49"}, "+4930123456"),
        ({"Land": "Österreich"}, "+4330123456"),
        ({"Country": "", "Company country": "Deutschland"}, "+4930123456"),
        ({"Country": "Atlantis", "Other country": "Germany"}, "+4930123456"),
        ({"Country": "Atlantis"}, "+3930123456"),
        ({}, "+3930123456"),
    ],
)
def test_a_row_names_the_country_of_its_number(cells: dict[str, str], stored: str) -> None:
    found = lead(Rules(region="IT"), Phone="30 123456", **cells)
    assert found.phone == stored
    assert found.custom_fields == {header: cell for header, cell in cells.items() if cell}
    assert lead(Rules(region="IT"), Phone="+44 20 7183 8750", **cells).phone == "+442071838750"


def test_a_column_can_be_made_the_country() -> None:
    found = row({"Name": "Ann", "Phone": "030 123456", "Staat": "D"}, Rules(), "Staat=country")
    assert [str(error.code) for error in found] == ["PHONE_NEEDS_REGION"]
    found = row({"Name": "Ann", "Phone": "030 123456", "Staat": "BRD"}, Rules(), "Staat=country")
    assert (found.phone, found.custom_fields) == ("+4930123456", {"Staat": "BRD"})


@pytest.mark.parametrize(
    ("header", "cell", "value", "code"),
    [
        ("Phone", "415-555-0123 x12", "+14155550123", "PHONE_EXTENSION"),
        ("Phone", "415-555-0123; 212-555-0199", "+14155550123", "SEVERAL_VALUES"),
        ("Phone", "+14155550123 ::: +12125550199", "+14155550123", "SEVERAL_VALUES"),
        ("Email", "a@example.com, b@example.com", "a@example.com", "SEVERAL_VALUES"),
    ],
)
def test_what_does_not_fit_is_kept_beside_with_a_warning(
    header: str, cell: str, value: str, code: str
) -> None:
    found = lead(**{header: cell})
    assert value in (found.phone, found.email)
    assert [warning.code for warning in found.warnings] == [code]
    assert found.custom_fields == {header: cell}


def test_the_first_filled_column_counts_even_if_it_is_wrong() -> None:
    assert lead(Phone="-", Mobile="+14155550123").phone == "+14155550123"
    assert codes({"Name": "Ann", "Phone": "n/a", "Mobile": "+14155550123"}) == ["INVALID_PHONE"]


@pytest.mark.parametrize("cell", ["a@b.test", "ä@exämple.de", "A.b+c@EXAMPLE.com", "a@localhost"])
def test_emails_are_what_the_api_takes(cell: str) -> None:
    try:
        stored = address.email(cell)
    except ValueError:
        assert codes({"Name": "Ann", "Email": cell}) == ["INVALID_EMAIL"]
    else:
        assert lead(Email=cell).email == stored


@pytest.mark.parametrize(
    "cell", ["a", "a@b", "Ann <a@example.com>", "a@@example.com", "a b@example.com",
             "a@example.com;b", "x" * 300 + "@example.com", "a@exa\x00mple.com"]
)  # fmt: skip
def test_bad_emails(cell: str) -> None:
    assert codes({"Name": "Ann", "Email": cell}) == ["INVALID_EMAIL"]


@pytest.mark.parametrize(
    ("cell", "stage"),
    [
        ("new", LeadStage.NEW),
        ("Marketing Qualified Lead", LeadStage.NEW),
        ("Working - Contacted", LeadStage.IN_PROGRESS),
        ("ATTEMPTED_TO_CONTACT", LeadStage.IN_PROGRESS),
        ("Sales Qualified Lead", LeadStage.QUALIFIED),
        ("Closed - Converted", LeadStage.CONVERTED),
        ("Customer", LeadStage.CONVERTED),
        ("Closed - Not Converted", LeadStage.LOST),
        ("Junk Lead", LeadStage.LOST),
    ],
)
def test_stages(cell: str, stage: LeadStage) -> None:
    found = lead(Stage=cell)
    assert found.stage is stage
    # The CRM's own word is kept unless it is ours.
    assert found.custom_fields == ({} if cell == "new" else {"Stage": cell})


@pytest.mark.parametrize(
    ("status", "lifecycle", "stage", "counted"),
    [
        ("OPEN", "customer", LeadStage.CONVERTED, "Lifecycle Stage"),
        ("Open deal", "Evangelist", LeadStage.CONVERTED, "Lifecycle Stage"),
        ("Unqualified", "Customer", LeadStage.CONVERTED, "Lifecycle Stage"),
        ("Purple", "Customer", LeadStage.CONVERTED, "Lifecycle Stage"),
        ("Customer", "Lead", LeadStage.CONVERTED, "Lead Status"),
        ("Connected", "Former customer", LeadStage.LOST, "Lifecycle Stage"),
        ("Unqualified", "Opportunity", LeadStage.LOST, "Lead Status"),
        ("Connected", "Opportunity", LeadStage.IN_PROGRESS, "Lead Status"),
        ("", "Opportunity", LeadStage.QUALIFIED, "Lifecycle Stage"),
    ],
)
def test_a_status_that_says_how_it_ended_outweighs_the_others(
    status: str, lifecycle: str, stage: LeadStage, counted: str
) -> None:
    cells = {"Lifecycle Stage": lifecycle, "Lead Status": status}
    found = row({"Name": "Ann", **cells})
    assert (found.stage, found.warnings) == (stage, ())
    # The words of both are kept.
    assert found.custom_fields == {key: cell for key, cell in cells.items() if cell}
    # One column is told to count alone.
    mapped = row({"Name": "Ann", **cells}, US, f"{counted}=stage")
    assert mapped.stage is stage


def test_an_unknown_stage_is_a_warning() -> None:
    found = lead(Stage="Purple")
    assert (found.stage, found.custom_fields) == (None, {"Stage": "Purple"})
    (warning,) = found.warnings
    assert warning.code == "UNKNOWN_STAGE"
    assert warning.code.description.startswith("Warning: ")


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({"Do Not Call": "0", "Email Opt Out": "FALSE"}, False),
        ({"Do Not Call": "0", "Email Opt Out": "TRUE"}, True),
        ({"Do Not Call": "1", "Email Opt Out": "FALSE"}, True),
        ({"Do Not Call": "", "Email Opt Out": ""}, None),
        ({"Do Not Call": "no", "Stage": "Do Not Contact"}, True),
        ({"Stage": "New", "Lifecycle Stage": "Do not contact"}, True),
        ({"Unsubscribed": "WAHR"}, True),
        ({"Unsubscribed from all email": "true"}, True),
        ({"Opted out of email: One to One": "Yes"}, True),
        ({"hs_email_optout_1234": "true"}, True),
        ({"Lead.HasOptedOutOfEmail": "1", "Lead.DoNotCall": "0"}, True),
        ({"Marketing status": "Subscribed", "Do Not Call": "yes"}, True),
    ],
)
def test_one_opt_out_is_enough(cells: dict[str, str], expected: bool | None) -> None:
    assert lead(**cells).outreach_disabled is expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("Subscribed", False),
        ("Pending upgrade", False),
        ("pending_upgrade", False),
        ("Unsubscribed", True),
        ("No consent", False),
        ("no_consent", False),
        ("Archived", True),
        ("Bounced", True),
        ("Pending double opt-in", False),
    ],
)
def test_the_marketing_status_of_pipedrive(cell: str, expected: bool) -> None:
    found = lead(**{"Person - Marketing status": cell})
    assert (found.outreach_disabled, found.warnings) == (expected, ())
    assert found.custom_fields == {"Person - Marketing status": cell}


def test_a_marketing_status_can_be_kept_without_heeding_it() -> None:
    header = "Person - Marketing status"
    found = row({"Name": "Ann", header: "Unsubscribed"}, US, f"{header}=custom")
    assert (found.outreach_disabled, found.custom_fields) == (None, {header: "Unsubscribed"})


@pytest.mark.parametrize(
    ("cells", "consent", "custom"),
    [
        ({"Consent": "yes"}, ConsentState.GRANTED, {}),
        ({"Consent": "denied"}, ConsentState.DENIED, {}),
        ({"Consent": "Withdrawn"}, ConsentState.DENIED, {"Consent": "Withdrawn"}),
        ({"Consent": "Pending"}, None, {"Consent": "Pending"}),
        ({"Consent": "no", "Opt in": "yes"}, ConsentState.DENIED, {}),
        ({"Consent": "yes", "Opt in": "no"}, ConsentState.DENIED, {}),
    ],
)
def test_consent(
    cells: dict[str, str], consent: ConsentState | None, custom: dict[str, str]
) -> None:
    found = lead(**cells)
    assert (found.consent, found.custom_fields) == (consent, custom)


@pytest.mark.parametrize(
    ("cell", "tag"),
    [("EN", "en"), ("German", "de"), ("zh_hans_cn", "zh-Hans-CN"), ("es-419", "es-419"),
     ("français", "fr"), ("de-CH-1996", "de-CH-1996"), ("fil", "fil")],
)  # fmt: skip
def test_languages(cell: str, tag: str) -> None:
    assert lead(Language=cell).language == tag


@pytest.mark.parametrize("cell", ["xx", "foo", "yes", "e", "en-", "en--US", "English please"])
def test_bad_languages_are_left_out(cell: str) -> None:
    found = lead(Language=cell)
    assert (found.language, found.custom_fields) == (None, {"Language": cell})
    assert [warning.code for warning in found.warnings] == ["INVALID_LANGUAGE"]


@pytest.mark.parametrize(
    ("cell", "zone"),
    [("Europe/Berlin", "Europe/Berlin"), ("america_slash_new_york", "America/New_York"),
     ("(GMT-08:00) Pacific Standard Time (America/Los_Angeles)", "America/Los_Angeles"),
     ("utc", "UTC"), ("America/New York", "America/New_York")],
)  # fmt: skip
def test_time_zones(cell: str, zone: str) -> None:
    assert lead(**{"Time Zone": cell}).time_zone == zone


@pytest.mark.parametrize("cell", ["EST", "MST", "localtime", "../etc/passwd", "GMT+1", "/UTC"])
def test_bad_time_zones_are_left_out(cell: str) -> None:
    found = lead(**{"Time Zone": cell})
    assert (found.time_zone, found.custom_fields) == (None, {"Time Zone": cell})
    assert [warning.code for warning in found.warnings] == ["INVALID_TIME_ZONE"]


def test_neither_yes_nor_no_is_left_out() -> None:
    found = lead(**{"Meeting booked": "soon"})
    assert (found.meeting_booked, found.custom_fields) == (None, {"Meeting booked": "soon"})
    assert [warning.code for warning in found.warnings] == ["INVALID_BOOLEAN"]


def test_what_may_be_an_opt_out_is_one() -> None:
    found = lead(**{"Do Not Call": "asked us in May", "Email Opt Out": "no"})
    assert found.outreach_disabled is True
    assert found.custom_fields["Do Not Call"] == "asked us in May"
    assert "switched off" in found.warnings[0].message


FORMULAS = ["=1+1", "+SUM(A1)", "-cmd|' /C calc'!A0", "@SUM(1)", "\t=1", "\r=1", "\tx", "＝1+1",
            " =1", "- called on Monday", "@ann"]  # fmt: skip


@pytest.mark.parametrize("cell", FORMULAS)
def test_formulas_fail_their_row(cell: str) -> None:
    errors = row({"Name": "Ann", "Company": cell})
    found = next(error for error in errors if error.code == "FORMULA")
    assert "--allow-formulas" in found.message


@pytest.mark.parametrize("cell", ["=1+1", "+SUM(A1)", "-cmd|' /C calc'!A0", "@ann"])
def test_formulas_can_be_kept_as_they_are(cell: str) -> None:
    found = lead(Rules(formulas=FormulaPolicy.KEEP), Company=cell)
    assert found.company == cell
    assert [warning.code for warning in found.warnings] == ["FORMULA"]


@pytest.mark.parametrize("cell", FORMULAS)
@pytest.mark.parametrize("header", ["Notes", "Lead Source", "Country"])
def test_formulas_are_kept_in_custom_fields(header: str, cell: str) -> None:
    found = lead(**{header: cell})
    assert found.custom_fields == {header: cell}
    assert [warning.code for warning in found.warnings] == ["FORMULA"]


@pytest.mark.parametrize(
    "cell", ["-12", "-1.5", "-1,234.50", "-$5", "-5 %", "- 3", "+7", "-1E5", "+1 (415) 555-0123",
             "+49 30 123456 ext. 9", "-", "—", "--", "a=b", "1-2", "'=1"]
)  # fmt: skip
def test_numbers_and_phones_are_no_formulas_in_custom_fields(cell: str) -> None:
    assert lead(Notes=cell).custom_fields == {"Notes": cell}


def test_a_negative_number_is_no_company() -> None:
    assert codes({"Name": "Ann", "Company": "-12"}) == ["FORMULA"]
    assert lead(Company="+1 (415) 555-0123").company == "+1 (415) 555-0123"


@pytest.mark.parametrize("cell", ["a\x07b", "a\x1b[31m", "a\x85b", "a\u202eb", "a\u2066b"])
@pytest.mark.parametrize("header", ["Company", "Notes"])
def test_control_characters_fail(header: str, cell: str) -> None:
    assert codes({"Name": "Ann", header: cell}) == ["CONTROL_CHARACTER"]


def test_line_breaks_are_for_custom_fields() -> None:
    assert codes({"Name": "Ann\nLee"}) == ["CONTROL_CHARACTER"]
    assert lead(Notes="a\tb\r\nc").custom_fields == {"Notes": "a\tb\r\nc"}


def test_lengths_are_bounded() -> None:
    assert codes({"Name": "x" * 321}) == ["TOO_LONG"]
    assert codes({"Name": "x", "Notes": "x" * 32_768}) == ["TOO_LONG"]
    both = row({"First Name": "x" * 150, "Last Name": "y" * 150})
    assert len(both.name) == 301


def test_a_dropped_column_is_neither_stored_nor_judged() -> None:
    assert row({"Name": "Ann", "Notes": "=1"}, US, "Notes=").custom_fields == {}


def test_a_column_made_custom_is_not_judged_as_a_lead_field() -> None:
    found = row({"Name": "Ann", "Time Zone": "Mars"}, US, "Time Zone=custom.planet")
    assert (found.time_zone, found.custom_fields) == (None, {"planet": "Mars"})


HEADERS = ["Name", "First Name", "Phone", "Mobile", "Email", "Stage", "Do Not Call", "Consent",
           "Notes", "Time Zone", "Language", "Record ID"]  # fmt: skip
CELLS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["", "-", "yes", "no", "New", "+14155550123", "a@example.com", "=1", "UTC"]),
)


@given(st.lists(CELLS, min_size=len(HEADERS), max_size=len(HEADERS)))
def test_no_cell_is_lost_or_altered(cells: list[str]) -> None:
    found = row(dict(zip(HEADERS, cells, strict=True)))
    if isinstance(found, list):
        assert found
        return
    assert found.name
    for header, cell in zip(HEADERS, cells, strict=True):
        assert found.custom_fields.get(header, cell) == cell
    if cells[8].strip():
        assert found.custom_fields["Notes"] == cells[8]
