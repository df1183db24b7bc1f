"""Columns find their lead fields whatever the CRM calls them, and users overrule it."""

import dataclasses

import pytest

from gateway.imports.errors import FileRefused
from gateway.imports.headers import Mapping, Reason, map_headers
from gateway.imports.spellings import Field, recognise

SPELLINGS = [
    ("name", "Name|Full Name|full_name|Person - Name|Contact Name|LEAD NAME|fullName"),
    ("first_name", "First Name|first_name|FirstName|Given name|firstname|Vorname|Prénom|PRENOM"),
    ("last_name", "Last Name|last_name|LastName|Surname|Family Name|Nachname|Nom de famille"),
    ("company", "Company|Company Name|Account Name|Organization - Name|Person - Organization"),
    ("company", "Company / Account|Associated Company|Organisation|Société|Firma"),
    ("role", "Job Title|jobtitle|Title|Person - Job title|Position|Role"),
    ("email", "Email|E-mail|Email Address|E-Mail-Adresse|Person - Email - Work|EMAIL_ADDRESS"),
    ("phone", "Phone|Phone Number|Mobile Phone Number|Mobile|MobilePhone|Person - Phone - Mobile"),
    ("phone", "Work Direct Phone|Corporate Phone|Téléphone|Handy|Business Phone|phone_e164"),
    ("language", "Language|Preferred language|hs_language|Sprache"),
    ("time_zone", "Time Zone|timezone|hs_timezone|Time zone (IANA)|Iana Time Zone"),
    ("stage", "Stage|Lead Status|hs_lead_status|Lifecycle Stage|lifecyclestage|Contact Stage|Status"),
    ("source", "Source|Lead Source|LeadSource|Original Source"),
    ("external_id", "Record ID|Lead ID|Contact ID|Person - ID|Record Id|External ID|hs_object_id|Id"),
    ("outreach_disabled", "Email Opt Out|Do Not Call|DoNotCall|HasOptedOutOfEmail|Outreach disabled"),
    ("outreach_disabled", "Unsubscribed from all email|Do Not Contact"),
    ("meeting_booked", "Meeting Booked|meeting_booked|Has Meeting"),
    ("country", "Country|Country/Region|Mailing Country|IP Country|MailingCountry|Land|País"),
    ("consent", "Consent|GDPR Consent|Opt-In|consent_capture"),
    (None, "Lead Owner|Created Date|Notes|Company ID|Company Name for Emails|Website||—"),
    (None, "Email Status|Fax|Deal - Title|Last Activity Date|Company Size|Number of Employees"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "header"), [(field, h) for field, line in SPELLINGS for h in line.split("|")]
)
def test_spellings(field: str | None, header: str) -> None:
    found = recognise(header)
    assert (found[0] if found else None) == field


def feeding(mapping: Mapping, field: Field) -> list[str]:
    return [mapping.columns[at].header for at in mapping.sources.get(field, ())]


def keys(mapping: Mapping) -> list[str | None]:
    return [column.key for column in mapping.columns]


def test_precedence_is_by_spelling_then_by_column() -> None:
    header = ["Mobile", "Phone Number", "Home Phone", "Email", "Work Email", "Email", "Name"]
    mapping = map_headers(header)
    assert feeding(mapping, Field.PHONE) == ["Phone Number", "Mobile", "Home Phone"]
    assert feeding(mapping, Field.EMAIL) == ["Email", "Email (2)", "Work Email"]


def test_a_mapping_is_frozen_and_printable() -> None:
    mapping = map_headers(["Name", "Mobile", "Phone", "", "Owner", "Junk"], ["Junk="])
    assert mapping.text().splitlines() == [
        "Name     → name (recognised)",
        "Mobile   → phone, choice 2 (recognised)",
        "Phone    → phone (recognised)",
        "Column 4 → custom.Column 4 (not a lead field)",
        "Owner    → custom.Owner (not a lead field)",
        "Junk     → – (dropped as asked)",
    ]
    with pytest.raises(dataclasses.FrozenInstanceError):
        mapping.columns = ()  # type: ignore[misc]


def test_equal_and_empty_headers_get_names_of_their_own() -> None:
    mapping = map_headers(["Name", "Notes", "Notes", "Notes (2)", "", " ", "Notes"])
    assert keys(mapping) == [
        "Name", "Notes", "Notes (3)", "Notes (2)", "Column 5", "Column 6", "Notes (4)",
    ]  # fmt: skip


def test_overrides() -> None:
    header = ["Name", "Phone", "Cell", "Junk", "Region=Area", "Score", "Tier"]
    mapping = map_headers(
        header,
        ["cell=phone", "Junk=", "Region=Area=custom.area", "Score=custom", "Tier = custom.Phone"],
    )
    assert feeding(mapping, Field.PHONE) == ["Cell"]
    reasons = [column.reason for column in mapping.columns]
    assert reasons == [
        Reason.RECOGNISED,
        Reason.OUTDONE,
        Reason.ASKED,
        Reason.DROPPED,
        Reason.ASKED,
        Reason.ASKED,
        Reason.ASKED,
    ]
    # A key that was asked for is given, and the column of that name moves aside.
    assert keys(mapping) == ["Name", "Phone (2)", "Cell", None, "area", "Score", "Phone"]


def test_several_overrides_of_a_field_keep_their_order() -> None:
    mapping = map_headers(["Name", "Phone", "A", "B"], ["B=phone", "A=phone"])
    assert feeding(mapping, Field.PHONE) == ["B", "A"]


def test_an_override_never_unhooks_an_opt_out() -> None:
    mapping = map_headers(["Name", "Do Not Call", "Blocked"], ["Blocked=outreach_disabled"])
    assert feeding(mapping, Field.OUTREACH_DISABLED) == ["Blocked", "Do Not Call"]


def test_one_of_two_equal_headers_can_be_meant() -> None:
    mapping = map_headers(["Name", "Email", "Email"], ["Email (2)=custom.second"])
    assert feeding(mapping, Field.EMAIL) == ["Email"]
    assert keys(mapping)[2] == "second"


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("Phone", "Header=field"),
        ("=phone", "Header=field"),
        ("Phone=fone", "lead fields are name, first_name"),
        ("Phnoe=phone", 'no such header; did you mean "Phone"?'),
        ("Phone=custom.", "custom key"),
        ("Phone=custom.=x", "lead fields are"),
        ("Phone=custom.-x", "custom key"),
        ("Twice=custom.x", "share one custom field"),
    ],
)
def test_bad_overrides_say_why(override: str, words: str) -> None:
    with pytest.raises(FileRefused) as refused:
        map_headers(["Name", "Phone", "Twice", "Twice"], [override])
    assert refused.value.code == "INVALID_MAP"
    assert words in str(refused.value)
    assert not str(refused.value).endswith("?.")


@pytest.mark.parametrize(
    "overrides",
    [["Phone=phone", "PHONE=email"], ["Phone=custom.x", "Name=custom.x"]],
)
def test_contradictory_overrides_are_refused(overrides: list[str]) -> None:
    with pytest.raises(FileRefused) as refused:
        map_headers(["Name", "Phone"], overrides)
    assert refused.value.code == "INVALID_MAP"


@pytest.mark.parametrize("header", ["=cmd()", "@x", "a\x07b", "x" * 201, "‮evil"])
def test_headers_that_cannot_be_names_are_refused(header: str) -> None:
    with pytest.raises(FileRefused) as refused:
        map_headers(["Name", header])
    assert refused.value.code == "INVALID_HEADER"
    assert keys(map_headers(["Name", header], [f"{header}="])) == ["Name", None]
    assert keys(map_headers(["Name", header], [f"{header}=custom.x"])) == ["Name", "x"]


def test_a_header_on_two_lines_is_one() -> None:
    mapping = map_headers(["Full\r\nName", " Deal \n value "])
    assert keys(mapping) == ["Full Name", "Deal value"]
    assert feeding(mapping, Field.NAME) == ["Full Name"]


def test_a_file_without_names_is_refused() -> None:
    with pytest.raises(FileRefused) as refused:
        map_headers(["Email", "Phone"])
    assert refused.value.code == "NO_NAME_COLUMN"
    assert map_headers(["Email", "Who"], ["Who=name"]).sources[Field.NAME] == (1,)


@pytest.mark.parametrize("name", ["first_name", "firstName", "FirstName", "first-name"])
def test_fields_are_spelled_either_way(name: str) -> None:
    assert map_headers(["X"], [f"X={name}"]).columns[0].field is Field.FIRST_NAME
