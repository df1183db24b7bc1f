"""Files of two systems whose external ids overlap."""

from __future__ import annotations

import asyncio
import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.cli.conftest import Switchboard
from tests.gateway.cli.test_import import graph

FIRST = """Record ID,First Name,Last Name,Email,Phone Number,Company Name
1001,Dan,Pace,dan@hub.test,+14155550101,Pace Ltd
1002,Eve,Ray,eve@hub.test,,
"""
SECOND = """Person - ID,Person - Name,Person - Email
1001,Totally Different,other@pipe.test
1002,Eve King,eve@hub.test
1003,New Here,new@pipe.test
"""
ASIDE = "Person - ID=custom.otherId"


@pytest.fixture
def file(acme: Switchboard, tmp_path: Path) -> Path:
    """A second system's export; the first one's is imported."""
    first = tmp_path / "first.csv"
    first.write_text(FIRST)
    acme("import", "leads", str(first))
    path = tmp_path / "second.csv"
    path.write_text(SECOND)
    return path


def people(url: str) -> dict[Any, Any]:
    """The leads' external ids by their names."""
    return {each["name"]: each["externalId"] for each in asyncio.run(graph(url))}


def findings(file: Path) -> list[dict[str, str]]:
    with file.with_name(f"{file.name}.errors.csv").open(encoding="utf-8-sig", newline="") as found:
        return list(csv.DictReader(found))


@pytest.mark.parametrize("policy", ["skip", "update"])
@pytest.mark.parametrize("dry", [True, False])
def test_somebody_else_with_the_same_id_is_refused(
    policy: str, dry: bool, acme: Switchboard, file: Path, database_url: str
) -> None:
    rejected = file.with_name("rejected.csv")
    options = ("--duplicates", policy, "--json", "--rejected", str(rejected))
    result = acme("import", "leads", str(file), *options, *["--dry-run"] * dry, code=3)
    summary = json.loads(result.stdout)
    changed = "skipped" if policy == "skip" else "updated"
    assert (summary["created"], summary[changed], summary["failed"]) == (1, 1, 1)
    assert summary["findings"]["error"] == {"EXTERNAL_ID_TAKEN": 1}
    assert "otherId" in summary["advice"][0]
    (taken,) = [each for each in findings(file) if each["severity"] == "error"]
    assert (taken["row"], taken["column"], taken["code"]) == (
        "2",
        "Person - ID",
        "EXTERNAL_ID_TAKEN",
    )
    assert taken["message"].startswith("lead_")
    assert '"Dan Pace", has this external id' in taken["message"]
    assert f'--map "{ASIDE}"' in taken["message"]
    assert rejected.read_text("utf-8-sig").splitlines() == SECOND.splitlines()[:2]
    leads = {each["externalId"]: each for each in asyncio.run(graph(database_url))}
    assert (leads["1001"]["name"], leads["1001"]["email"]) == ("Dan Pace", "dan@hub.test")
    assert len(leads) == (2 if dry else 3)


def test_the_second_system_s_ids_can_be_kept_aside(
    acme: Switchboard, file: Path, database_url: str
) -> None:
    mapped = ("import", "leads", str(file), "--map", ASIDE, "--duplicates", "update", "--json")
    done = json.loads(acme(*mapped).stdout)
    assert (done["created"], done["updated"]) == (2, 1)
    assert people(database_url) == {
        "Dan Pace": "1001",
        "Eve King": "1002",
        "Totally Different": None,
        "New Here": None,
    }
    kept = {each["name"]: each["customFields"] for each in asyncio.run(graph(database_url))}
    assert kept["Totally Different"] == {"otherId": "1001"}
    assert json.loads(acme(*mapped).stdout)["unchanged"] == 3


@pytest.mark.parametrize(
    "row",
    ["1001,Dan Pace,d.pace@hub.test,", "1001,Dan King,DAN@hub.test,+14155550109",
     "1001,Dan King,d.king@hub.test,+14155550101", "1001,Dan King,,"],
)  # fmt: skip
def test_who_agrees_in_name_or_address_is_the_same(
    row: str, acme: Switchboard, file: Path, database_url: str
) -> None:
    file.write_text(f"ID,Name,Email,Phone\n{row}\n")
    options = ("--duplicates", "update", "--json")
    assert json.loads(acme("import", "leads", str(file), *options).stdout)["updated"] == 1
    assert len(people(database_url)) == 2


def test_who_is_found_by_address_is_not_given_somebody_else_s_id(
    acme: Switchboard, file: Path, database_url: str
) -> None:
    file.write_text("Name,Email\nFay,fay@pipe.test\n")
    acme("import", "leads", str(file))
    file.write_text("ID,Name,Email,Title\n1001,Fay,Fay@pipe.test,CEO\n")
    update = ("import", "leads", str(file), "--duplicates", "update", "--json")
    assert json.loads(acme(*update).stdout)["updated"] == 1
    assert people(database_url) == {"Dan Pace": "1001", "Eve Ray": "1002", "Fay": None}
    assert json.loads(acme(*update).stdout)["unchanged"] == 1


def test_an_id_just_given_to_a_lead_is_taken(
    acme: Switchboard, file: Path, database_url: str
) -> None:
    file.write_text("Name,Email\nFay,fay@pipe.test\n")
    acme("import", "leads", str(file))
    file.write_text("ID,Name,Email\n7,Fay,fay@pipe.test\n7,Gus,gus@pipe.test\n")
    acme("import", "leads", str(file), "--duplicates", "update", code=3)
    (taken,) = findings(file)
    assert taken["message"].startswith('Row 2 (line 2), "Fay", has this external id')
    assert people(database_url)["Fay"] == "7"


@pytest.mark.parametrize("policy", ["skip", "update", "create"])
@pytest.mark.parametrize("dry", [True, False])
def test_within_a_file(policy: str, dry: bool, acme: Switchboard, tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("ID,Name,Email\n1,Ann,ann@x.test\n1,Bea,bea@x.test\n1,Ann,ann@x.test\n")
    create = policy == "create"
    options = ("--duplicates", policy, "--json", *["--dry-run"] * dry)
    done = acme("import", "leads", str(file), *options, code=0 if create else 3)
    summary = json.loads(done.stdout)
    assert (summary["failed"], summary["read"]) == (0 if create else 1, 3)
    if not create:
        (taken,) = [each for each in findings(file) if each["severity"] == "error"]
        assert taken["row"] == "3"
        assert taken["message"].startswith('Row 2 (line 2), "Ann", has this external id')
