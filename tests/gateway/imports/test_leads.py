"""A whole file, through the one iterator that the import command consumes."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.imports import (
    FileRefused,
    LeadDraft,
    Options,
    RefusalCode,
    RowCode,
    RowError,
    Rules,
    inspect_leads,
    read_leads,
)
from gateway.imports.errors import excerpt

HUBSPOT = """\
Record ID,First Name,Last Name,Email,Phone Number,Mobile Phone Number,Company Name,Job Title,\
Lead Status,Lifecycle Stage,Preferred language,Time Zone,Unsubscribed from all email,Create Date
101,Ann,Lee,ann@EXAMPLE.com,+1 415-555-0123,,Acme,CFO,NEW,Lead,English,us_slash_eastern,false,2026-01-02
102,,,,,+1 212-555-0199,"Globex, Inc.",,,Customer,,,true,2026-01-03
103,Bob,,bob@,4.15555E+09,,,,,,,,,
104,"Eve
"""
SALESFORCE = """\
"Lead ID";"Name";"Company / Account";"Title";"Email";"Phone";"Mobile";"Lead Status";"Lead Source";"Do Not Call"
"00Q5e00001AbCdE";"Zoë Ångström";"Süd AG";"Leiterin";"zoe@example.de";"";"0151 12345678";"Working - Contacted";"Web";"0"
"""
PIPEDRIVE = """\
Person - Name\tPerson - ID\tPerson - Email - Work\tPerson - Email - Home\tPerson - Phone - Work\tPerson - Organization
Max Muster\t7\t\tmax@example.com\t+41 44 668 18 00\tMuster GmbH
"""


def read(path: Path, region: str | None = None) -> list[LeadDraft | RowError]:
    return list(read_leads(path, Options(rules=Rules(region=region))))


def test_a_hubspot_export(tmp_path: Path) -> None:
    path = tmp_path / "hubspot.csv"
    path.write_text(HUBSPOT, encoding="utf-8-sig")
    ann, globex, *errors = read(path)
    assert isinstance(ann, LeadDraft)
    assert (ann.name, ann.email, ann.phone) == ("Ann Lee", "ann@example.com", "+14155550123")
    assert (ann.language, ann.time_zone, ann.stage) == ("en", "US/Eastern", "NEW")
    assert ann.custom_fields == {"Create Date": "2026-01-02", "Lifecycle Stage": "Lead"}
    assert isinstance(globex, LeadDraft)
    assert (globex.name, globex.phone, globex.stage) == (
        "Globex, Inc.",
        "+12125550199",
        "CONVERTED",
    )
    assert globex.outreach_disabled is True
    assert [(e.row, e.line, str(e.code)) for e in errors if isinstance(e, RowError)] == [
        (4, 4, "INVALID_EMAIL"),
        (4, 4, "DAMAGED_NUMBER"),
        (5, 5, "UNTERMINATED_QUOTE"),
    ]


def test_a_salesforce_export(tmp_path: Path) -> None:
    path = tmp_path / "salesforce.csv"
    path.write_text(SALESFORCE, encoding="utf-16")
    (zoe,) = read(path, "DE")
    assert isinstance(zoe, LeadDraft)
    assert (zoe.external_id, zoe.name, zoe.company) == (
        "00Q5e00001AbCdE",
        "Zoë Ångström",
        "Süd AG",
    )
    assert (zoe.phone, zoe.stage, zoe.outreach_disabled) == ("+4915112345678", "IN_PROGRESS", False)


def test_a_pipedrive_export(tmp_path: Path) -> None:
    path = tmp_path / "pipedrive.csv"
    path.write_text(PIPEDRIVE)
    (max_,) = read(path)
    assert isinstance(max_, LeadDraft)
    assert (max_.email, max_.phone) == ("max@example.com", "+41446681800")
    assert (max_.company, max_.external_id) == ("Muster GmbH", "7")


def test_refusals_come_with_the_call(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("Email\na@example.com\n")
    with pytest.raises(FileRefused) as refused:
        read_leads(path)
    assert refused.value.code == "NO_NAME_COLUMN"
    path.write_text("Name\nAnn\n")
    for region in ("us", "USA", ""):
        with pytest.raises(FileRefused) as refused:
            read_leads(path, Options(rules=Rules(region=region)))
        assert refused.value.code == "INVALID_REGION"


def test_an_inspection_shows_what_would_happen(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("Name\tTier\nAnn\tgold\n")
    found = inspect_leads(path, Options(overrides=("Tier=custom.tier",)))
    assert found.text().splitlines() == [
        "utf-8, delimiter TAB, 19 bytes",
        "Name → name (recognised)",
        "Tier → custom.tier (asked for)",
    ]
    (ann,) = read_leads(path, Options(overrides=("Tier=custom.tier",)), inspection=found)
    assert isinstance(ann, LeadDraft)
    assert ann.custom_fields == {"tier": "gold"}


def test_what_goes_to_custom_fields_is_said_so(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("Name,Lead Source,Country\nAnn,Web,DE\n")
    assert inspect_leads(path).text().splitlines()[1:] == [
        "Name        → name (recognised)",
        "Lead Source → custom.Lead Source (recognised as source; the lead's own source is IMPORT)",
        "Country     → custom.Country (recognised as country; the country of phone numbers without "
        "a country code)",
    ]


def test_failed_rows_are_brought_along_where_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text('Name,Email,Phone\nAnn,x,y\nBob\n"Eve\n')
    found = [
        each.record
        for each in read_leads(path, Options(records=True))
        if isinstance(each, RowError)
    ]
    assert found == [["Ann", "x", "y"], None, ["Bob"], '"Eve']
    assert all(each.record is None for each in read_leads(path) if isinstance(each, RowError))


def test_every_code_is_documented_and_spelled_as_it_is_named() -> None:
    for code in (*RowCode, *RefusalCode):
        assert code.name == code.value
        assert code.description.endswith(".")


def test_excerpts_are_short_and_printable() -> None:
    assert excerpt("a\x1b\u202eb") == '"a\\x1b\\u202eb"'
    assert len(excerpt("x" * 1_000)) == 42


MEASURE = """
import json, sys
from pathlib import Path
from gateway.imports import (
    DuplicatePolicy, Options, Outcome, Report, Rules, batches, read_leads,
)

def peak():  # ru_maxrss would start from the parent's
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024

def run(path):
    options = Options(rules=Rules(region="US"))
    with Report(path.with_suffix(".errors")) as report:
        for batch in batches(read_leads(path, options), DuplicatePolicy.SKIP):
            for error in batch.errors:
                report.fail(error)
            for finding in batch.skipped:
                report.skip(finding)
            report.count(Outcome.CREATED, len(batch.drafts))
        return report.summary()

run(Path(sys.argv[2]))  # what is loaded once is no growth
before = peak()
summary = run(Path(sys.argv[1]))
print(json.dumps({
    "growth": peak() - before, "read": summary.read, "failed": summary.failed,
}))
"""


def write_rows(path: Path, count: int) -> None:
    header = ["Record ID", "Name", "Company", "Phone", "Notes", *(f"F{i}" for i in range(15))]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for row in range(count):
            phone = "4.1E+09" if row % 10 == 0 else ""
            note = 'said "hi", then\nleft' if row % 7 == 0 else "–"
            writer.writerow([row, f"Ann {row}", "Acme, Inc.", phone, note, *["x" * 10] * 15])


def measure(path: Path, small: Path) -> dict[str, int]:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), str(small)],
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, int] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    # As many as it takes until the allocator has what it will ever need.
    write_rows(small, 20_000)
    write_rows(large, 100_000)
    assert large.stat().st_size > 20_000_000
    found = measure(large, small)
    assert (found["read"], found["failed"]) == (100_000, 10_000)
    assert found["growth"] < 8_000_000, found


@pytest.mark.parametrize(
    "hostile",
    [
        b'Name,Phone\nAnn,"' + b"x" * 30_000_000,
        b'Name,Phone\nAnn,"' + b"x\n" * 15_000_000,
        b"Name,Phone\n" + b"x" * 30_000_000,
        b"\0" * 30_000_000,
        b"Name," * 6_000_000,
    ],
    ids=["quote", "quoted lines", "line", "zeros", "columns"],
)
def test_hostile_files_need_no_memory(tmp_path: Path, hostile: bytes) -> None:
    path = tmp_path / "hostile.csv"
    path.write_bytes(hostile)
    done = subprocess.run(
        [sys.executable, "-c", HOSTILE, str(path)], check=True, capture_output=True, text=True
    )
    assert int(done.stdout) < 24_000_000, done.stdout


HOSTILE = """
import sys, tracemalloc
from pathlib import Path
from gateway.imports.errors import FileRefused
from gateway.imports.reading import examine, read_records
tracemalloc.start()
path = Path(sys.argv[1])
try:
    for number, _ in enumerate(read_records(path, examine(path))):
        if number == 1_000:
            break
except FileRefused:
    pass
print(tracemalloc.get_traced_memory()[1])
"""
