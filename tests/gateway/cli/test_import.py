"""Leads imported from files, through to what the graph shows."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import orjson
import pytest

from gateway.execution.engine import Engine, Request
from gateway.execution.numbers import Numbers
from gateway.execution.verbs import Verbs
from gateway.graph import core
from gateway.sequencer import stamp
from models.columns import now
from models.database import connect
from schema.context import Caller
from tests.gateway.cli.conftest import Switchboard

HUBSPOT = '''Record ID,First Name,Last Name,Email,Phone Number,Company Name,Lead Status,Shoe size
1,Ada,Lovelace,ada@example.com,+14155550101,Engines,New,38
2,Grace,Hopper,grace@example.com,,Navy,Open deal,
3,,,not-an-address,+14155550103,,New,
4,Jean,"Jennings ""Betty""",betty@example.com,+1 (415) 555-0104,ENIAC,Customer,37
'''
QUERY = """query($after: String) { leads(first: 100, after: $after) {
  totalCount pageInfo { hasNextPage endCursor }
  nodes { number name email phone stage source externalId outreachDisabled customFields
          activity(first: 5) { nodes { type title actor } } } } }"""


async def graph(url: str) -> list[dict[str, object]]:
    """All leads of the only workspace, as the graph shows them."""
    database = await connect(url, connections=2)
    try:
        async with database.transaction() as transaction:
            workspace = (await transaction.fetch("SELECT id FROM workspace"))[0][0]
        if database.dialect == "postgres":
            async with database.session() as session:
                await stamp(session)
        verbs = Verbs(database, now, Numbers(database), lambda _: None)
        engine = Engine(core(), database, verbs)
        answer = await engine.execute(
            Request(QUERY), Caller(workspace, workspace, frozenset({"full"}))
        )
        assert not answer.errors
        assert answer.data is not None
        found: list[dict[str, object]] = orjson.loads(orjson.dumps(answer.data))["leads"]["nodes"]
        return found
    finally:
        await database.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "leads.csv"
    path.write_text(HUBSPOT)
    return path


def test_good_rows_land_whole_and_bad_ones_are_reported(
    acme: Switchboard, file: Path, database_url: str
) -> None:
    result = acme("import", "leads", str(file), "--json", code=3)
    summary = json.loads(result.stdout)
    assert (summary["read"], summary["created"], summary["failed"]) == (4, 3, 1)
    leads = asyncio.run(graph(database_url))
    assert [each["name"] for each in leads] == [
        'Jean Jennings "Betty"',
        "Grace Hopper",
        "Ada Lovelace",
    ]
    betty = leads[0]
    assert betty["phone"] == "+14155550104"
    assert betty["stage"] == "CONVERTED"
    assert betty["source"] == "IMPORT"
    assert betty["externalId"] == "4"
    assert leads[2]["customFields"]["Shoe size"] == "38"  # type: ignore[index]
    assert leads[2]["activity"] == {
        "nodes": [{"type": "LEAD_CREATED", "title": "Ada Lovelace was imported", "actor": "SYSTEM"}]
    }
    report = file.with_name("leads.csv.errors.csv").read_text("utf-8-sig").splitlines()
    assert report[0] == "row,line,column,code,message,severity"
    assert {line.split(",")[0] for line in report[1:]} == {"4"}


def test_a_dry_run_writes_nothing(acme: Switchboard, file: Path, database_url: str) -> None:
    result = acme("import", "leads", str(file), "--dry-run", "--json", code=3)
    assert json.loads(result.stdout)["created"] == 3
    assert asyncio.run(graph(database_url)) == []


def test_a_second_import_skips_or_updates(acme: Switchboard, file: Path, database_url: str) -> None:
    acme("import", "leads", str(file), code=3)
    again = json.loads(acme("import", "leads", str(file), "--json", code=3).stdout)
    assert (again["created"], again["skipped"]) == (0, 3)
    file.write_text("Record ID,Job Title,First Name\n1,Countess,Augusta\n")
    changed = json.loads(
        acme("import", "leads", str(file), "--duplicates", "update", "--json").stdout
    )
    assert (changed["created"], changed["updated"]) == (0, 1)
    leads = {each["externalId"]: each for each in asyncio.run(graph(database_url))}
    assert leads["1"]["email"] == "ada@example.com"
    assert leads["1"]["name"] == "Augusta"
    create = json.loads(
        acme("import", "leads", str(file), "--duplicates", "create", "--json").stdout
    )
    assert create["created"] == 1


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["一名前会社担当者連絡先", "也书乐久乃之举主" * 5])
def test_utf_16_that_shows_no_sign_of_it_is_suspected(
    acme: Switchboard, file: Path, database_url: str, encoding: str, name: str
) -> None:
    """Ideographs have no zero bytes; those of the second name are no wrong UTF-8 either."""
    file.write_bytes(f"{name},丽\n{name},\n{name},\n".encode(encoding))
    output = acme("import", "leads", str(file), "--map", f"{name}=name", code=1).stderr
    assert f"--encoding {encoding} looks right." in output
    named = ("--encoding", encoding, "--map", f"{name}=name")
    acme("import", "leads", str(file), *named)
    assert [each["name"] for each in asyncio.run(graph(database_url))] == [name, name]


def test_addresses_are_compared_in_any_case(
    acme: Switchboard, file: Path, database_url: str
) -> None:
    file.write_text("Name,Email\nAda,Ada.L@Example.com\nAda,ADA.L@EXAMPLE.COM\nÄ,ä@example.com\n")
    done = json.loads(acme("import", "leads", str(file), "--json").stdout)
    assert (done["created"], done["skipped"]) == (2, 1)
    file.write_text("Name,Email\nAda B.,aDa.l@example.com\nÄ,Ä@example.com\n")
    done = json.loads(acme("import", "leads", str(file), "--json").stdout)
    # Databases know the case of A to Z alone.
    assert (done["created"], done["skipped"]) == (1, 1)
    acme("import", "leads", str(file), "--duplicates", "update")
    leads = asyncio.run(graph(database_url))
    assert [each["name"] for each in leads] == ["Ä", "Ä", "Ada B."]
    assert leads[2]["email"] == "aDa.l@example.com"


def test_a_file_that_is_no_csv_is_refused_in_words(acme: Switchboard, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"PK\x03\x04" + bytes(range(256)) * 40)
    output = acme("import", "leads", str(path), code=1).output
    assert "Traceback" not in output
    assert output.startswith("Error: ")
    wide = tmp_path / "wide.csv"
    wide.write_text(",".join(f"c{each}" for each in range(10_000)) + "\nx\n")
    assert "column" in acme("import", "leads", str(wide), code=1).output


def test_standard_input_is_refused_in_words(
    acme: Switchboard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = acme("import", "leads", "-", code=1).stderr
    assert said == "Error: Standard input can't be read twice, as imports need: name a file.\n"
    assert not list(tmp_path.glob("-*"))


def test_unchanged_rows_write_nothing(acme: Switchboard, file: Path, database_url: str) -> None:
    acme("import", "leads", str(file), code=3)
    before = asyncio.run(graph(database_url))
    again = ("import", "leads", str(file), "--duplicates", "update", "--json")
    summary = json.loads(acme(*again, code=3).stdout)
    assert (summary["updated"], summary["unchanged"]) == (0, 3)
    assert asyncio.run(graph(database_url)) == before
    file.write_text(HUBSPOT.replace("Ada", "Augusta"))
    summary = json.loads(acme(*again, "--dry-run", code=3).stdout)
    assert (summary["updated"], summary["unchanged"], summary["dry_run"]) == (1, 2, True)
    assert asyncio.run(graph(database_url)) == before
    acme(*again, code=3)
    after = asyncio.run(graph(database_url))
    assert [each for each in after if each not in before] == [after[2]]
    assert after[2]["name"] == "Augusta Lovelace"


def test_an_update_of_phone_and_consent(acme: Switchboard, file: Path, database_url: str) -> None:
    file.write_text("Id,Name,Phone,Consent,Do not call\n1,Ada,+14155550101,yes,yes\n")
    acme("import", "leads", str(file))
    file.write_text("Id,Name,Phone,Consent,Do not call\n1,Ada,+14155550101,granted,no\n")
    update = ("import", "leads", str(file), "--duplicates", "update", "--json")
    assert json.loads(acme(*update).stdout)["unchanged"] == 1
    file.write_text("Id,Name,Phone,Consent\n1,Ada,+14155550102,no\n")
    assert json.loads(acme(*update).stdout)["updated"] == 1
    (lead,) = asyncio.run(graph(database_url))
    assert lead["phone"] == "+14155550102"


def test_refused_rows_can_be_mended_and_imported(
    acme: Switchboard, file: Path, tmp_path: Path, database_url: str
) -> None:
    rejected = tmp_path / "rejected.csv"
    output = acme("import", "leads", str(file), "--rejected", str(rejected), code=3).output
    assert f"Refused rows are in {rejected}" in output
    head, row = rejected.read_text("utf-8-sig").splitlines()
    assert (head, row) == (HUBSPOT.splitlines()[0], HUBSPOT.splitlines()[3])
    row = row.replace("not-an-address", "me@example.com").replace("3,,,", "3,Me,,")
    rejected.write_text(f"{head}\n{row}\n")
    again = tmp_path / "again.csv"
    acme("import", "leads", str(rejected), "--rejected", str(again))
    assert not again.exists()
    assert len(asyncio.run(graph(database_url))) == 4


@pytest.mark.parametrize("option", ["--report", "--rejected"])
def test_a_file_that_cant_be_written_stops_the_import(
    option: str, acme: Switchboard, file: Path, tmp_path: Path, database_url: str
) -> None:
    path = tmp_path / "nowhere" / "x.csv"
    output = acme("import", "leads", str(file), option, str(path), code=1).output
    assert f"Error: {path} can't be written: no such file or directory." in output
    assert asyncio.run(graph(database_url)) == []
    before = file.read_bytes()
    assert "different files" in acme("import", "leads", str(file), option, str(file), code=1).output
    assert file.read_bytes() == before


def test_findings_stand_in_the_order_of_the_rows(acme: Switchboard, file: Path) -> None:
    file.write_text(
        "Name,Email,Stage\nA,a@example.com,Purple\nB,bad,New\nC,a@example.com,New\nD,,Green\n"
    )
    acme("import", "leads", str(file), code=3)
    report = file.with_name("leads.csv.errors.csv").read_text("utf-8-sig").splitlines()[1:]
    found = [(line.split(",")[0], line.rpartition(",")[2]) for line in report]
    assert found == [("2", "warning"), ("3", "error"), ("4", "skipped"), ("5", "warning")]


def test_numbers_without_a_country_code(acme: Switchboard, file: Path, database_url: str) -> None:
    file.write_text("Name,Phone,Country\nA,030 123456,Germany\nB,415-555-0123,\n")
    assert "--region US" in acme("import", "leads", str(file), code=3).output
    for region in ("us", "usa"):
        acme("import", "leads", str(file), "--region", region)
    phones = {each["name"]: each["phone"] for each in asyncio.run(graph(database_url))}
    assert phones == {"A": "+4930123456", "B": "+14155550123"}
    assert "is no country" in acme("import", "leads", str(file), "--region", "x1", code=1).output


def test_the_help_names_the_fields_and_the_exit_codes(switchboard: Switchboard) -> None:
    output = " ".join(switchboard("import", "leads", "--help").stdout.split())
    for said in ("firstName", "outreachDisabled", "3 some rows were refused"):
        assert said in output


def test_a_report_that_finds_no_room_is_said_in_a_line(acme: Switchboard, file: Path) -> None:
    result = acme("import", "leads", str(file), "--report", "/dev/full", code=1)
    assert "Error: A file can't be read or written to its end: no space left" in result.stderr


def test_a_custom_key_of_broken_text_is_refused(acme: Switchboard, file: Path) -> None:
    result = acme("import", "leads", str(file), "--map", "Shoe size=custom.\udcff", code=1)
    assert "cannot name a field" in result.stderr


def test_addresses_of_test_domains_land(acme: Switchboard, file: Path, database_url: str) -> None:
    file.write_text("Name,Email,Notes\nAda,a@B.test,x\nBob,bob@,y\n")
    assert json.loads(acme("import", "leads", str(file), "--json", code=3).stdout)["failed"] == 1
    assert [each["email"] for each in asyncio.run(graph(database_url))] == ["a@b.test"]


def test_a_hint_ends_where_its_question_does(acme: Switchboard, file: Path) -> None:
    said = acme("import", "leads", str(file), "--map", "Shoe sise=custom.shoe", code=1).stderr
    assert said.endswith('did you mean "Shoe size"?\n')


def test_a_number_without_its_area_refuses_the_row(
    acme: Switchboard, file: Path, database_url: str
) -> None:
    file.write_text("Name,Phone\nAda,555 0100\nBob,+15550100\nCyd,415 555 0123\n")
    done = acme("import", "leads", str(file), "--region", "US", "--json", code=3)
    assert json.loads(done.stdout)["codes"] == {"INVALID_PHONE": 2}
    assert [each["phone"] for each in asyncio.run(graph(database_url))] == ["+14155550123"]


def test_who_unsubscribed_in_pipedrive_is_not_contacted(
    acme: Switchboard, file: Path, database_url: str
) -> None:
    file.write_text(
        "Person - Name,Person - Email,Person - Marketing status\n"
        "Ada,ada@example.com,Unsubscribed\nBob,bob@example.com,Subscribed\n"
        "Cyd,cyd@example.com,No consent\n"
    )
    assert "Marketing status → outreach_disabled" in acme("import", "leads", str(file)).output
    disabled = {each["name"]: each["outreachDisabled"] for each in asyncio.run(graph(database_url))}
    assert disabled == {"Ada": True, "Bob": False, "Cyd": False}


def test_an_external_id_stays_as_first_given(
    acme: Switchboard, file: Path, database_url: str
) -> None:
    file.write_text("Id,Name,Email\n1,Ada,ada@example.com\n2,Ada,Ada@example.com\n")
    update = ("import", "leads", str(file), "--duplicates", "update", "--json")
    first = json.loads(acme(*update).stdout)
    assert (first["created"], first["updated"]) == (1, 1)
    file.write_text("Id,Name,Email\n1,Ada,ada@example.com\n2,Ada,ada@example.com\n")
    acme(*update)
    before = asyncio.run(graph(database_url))
    assert [each["externalId"] for each in before] == ["1"]
    again = json.loads(acme(*update).stdout)
    assert (again["updated"], again["unchanged"]) == (0, 2)
    assert asyncio.run(graph(database_url)) == before


@pytest.mark.parametrize("together", [True, False])
def test_a_duplicate_that_opts_out_is_heard(
    together: bool, acme: Switchboard, file: Path, database_url: str
) -> None:
    head = "Name,Email,Title,Do Not Call\n"
    first, second = "Ada,ada@example.com,CFO,no\n", "Augusta,ADA@example.com,CEO,yes\n"
    parts = [first + second] if together else [first, second]
    for part in parts:
        file.write_text(head + part)
        checked = json.loads(acme("import", "leads", str(file), "--dry-run", "--json").stdout)
        done = json.loads(acme("import", "leads", str(file), "--json").stdout)
    assert (done["updated"], done["skipped"], done["codes"]) == (1, 0, {"OPTED_OUT": 1})
    assert together or checked["codes"] == done["codes"]
    (lead,) = asyncio.run(graph(database_url))
    assert (lead["name"], lead["outreachDisabled"]) == ("Ada", True)
    assert lead["activity"]["nodes"][0] == {  # type: ignore[index]
        "type": "LEAD_OPTED_OUT",
        "title": "Ada must not be contacted any more",
        "actor": "SYSTEM",
    }
    # Nobody is told twice, and nothing is lifted.
    file.write_text(head + second + first)
    again = json.loads(acme("import", "leads", str(file), "--json").stdout)
    assert (again["updated"], again["skipped"]) == (0, 2)
    assert asyncio.run(graph(database_url)) == [lead]
