"""Findings reach the report file as they come, safe to open in a spreadsheet."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.imports.errors import RowCode, RowError
from gateway.imports.reading import Shape
from gateway.imports.rejected import Rejected
from gateway.imports.report import HEADER, Outcome, Report


def finding(row: int, code: RowCode, column: str = "Phone", message: str = "Bad.") -> RowError:
    return RowError(row, row + 1, column, code, message)


def test_counts_and_file(tmp_path: Path) -> None:
    path = tmp_path / "errors.csv"
    with Report(path) as report:
        report.fail(finding(1, RowCode.INVALID_PHONE))
        report.fail(finding(1, RowCode.INVALID_EMAIL, "E-mail"))
        report.count(Outcome.CREATED, 3)
        report.count(Outcome.UPDATED)
        report.count(Outcome.UNCHANGED, 2)
        report.warn(finding(4, RowCode.UNKNOWN_STAGE, "Stage"))
        report.skip(finding(5, RowCode.DUPLICATE, ""))
        report.fail(finding(6, RowCode.INVALID_PHONE))
        report.warn(finding(7, RowCode.FORMULA))
        report.fail(finding(8, RowCode.FORMULA))
        summary = report.summary()
    assert json.loads(summary.json()) == {
        "read": 10,
        "created": 3,
        "updated": 1,
        "unchanged": 2,
        "skipped": 1,
        "failed": 3,
        "warnings": 2,
        "codes": {
            "DUPLICATE": 1,
            "FORMULA": 2,
            "INVALID_EMAIL": 1,
            "INVALID_PHONE": 2,
            "UNKNOWN_STAGE": 1,
        },
        "findings": {
            "error": {"FORMULA": 1, "INVALID_EMAIL": 1, "INVALID_PHONE": 2},
            "warning": {"FORMULA": 1, "UNKNOWN_STAGE": 1},
            "skipped": {"DUPLICATE": 1},
        },
        "dry_run": False,
        "advice": list(summary.advice),
    }
    text = [line.split() for line in summary.text().splitlines()]
    assert text[0] == ["read", "10"]
    assert text[4:13] == [
        ["skipped", "1", "(duplicates)"],
        ["DUPLICATE", "1"],
        ["failed", "3"],
        ["INVALID_PHONE", "2"],
        ["FORMULA", "1"],
        ["INVALID_EMAIL", "1"],
        ["warnings", "2"],
        ["FORMULA", "1"],
        ["UNKNOWN_STAGE", "1"],
    ]
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfrow,line,")
    rows = list(csv.reader(data.decode("utf-8-sig").splitlines()))
    assert tuple(rows[0]) == HEADER
    assert rows[1] == ["1", "2", "Phone", "INVALID_PHONE", "Bad.", "error"]
    assert [row[5] for row in rows[1:]] == [
        "error", "error", "warning", "skipped", "error", "warning", "error",
    ]  # fmt: skip


def test_findings_are_on_disk_before_the_end(tmp_path: Path) -> None:
    path = tmp_path / "errors.csv"
    with Report(path) as report:
        for row in range(5_000):
            report.fail(finding(row, RowCode.INVALID_PHONE))
        assert path.stat().st_size > 50_000


def test_cells_are_neutralised(tmp_path: Path) -> None:
    path = tmp_path / "errors.csv"
    hostile = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "＝1", "\n=1"]
    with Report(path) as report:
        for row, text in enumerate(hostile):
            report.fail(finding(row, RowCode.FORMULA, text, text))
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))[1:]
    assert [row[2] for row in rows] == ["'" + text for text in hostile]
    assert [row[4] for row in rows] == ["'" + text for text in hostile]


def test_a_report_needs_no_file() -> None:
    with Report() as report:
        report.fail(finding(1, RowCode.NO_NAME))
    assert report.summary().failed == 1


@pytest.mark.parametrize(
    ("code", "option"),
    [(RowCode.PHONE_NEEDS_REGION, "--region"), (RowCode.FORMULA, "--allow-formulas")],
)
def test_the_summary_says_what_may_help(code: RowCode, option: str) -> None:
    with Report() as report:
        report.warn(finding(2, code))
        assert option not in report.summary().text()
        report.fail(finding(3, code))
    assert option in report.summary().text()


def test_a_dry_run_says_what_would_be() -> None:
    with Report() as report:
        report.count(Outcome.CREATED)
    text = report.summary(dry_run=True).text()
    assert "would create            1" in text
    assert "created" not in text


SHAPE = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16": b"\xff\xfe", "cp1252": b""}


@pytest.mark.parametrize("encoding", SHAPE)
def test_refused_rows_make_a_file_like_the_input(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "rejected.csv"
    shape = Shape(encoding, ";", ("Name", "Prénom; ou", ""), 0)
    with Rejected(path, shape) as rejected, Report(rejected=rejected) as report:
        report.fail(replace(finding(2, RowCode.NO_NAME), record=["é", 'a "b"', "-"]))
        report.fail(finding(2, RowCode.INVALID_EMAIL))
        report.fail(replace(finding(3, RowCode.UNTERMINATED_QUOTE), record='"x;\r\n'))
        report.fail(finding(4, RowCode.RECORD_TOO_LARGE))
    data = path.read_bytes()
    assert data.startswith(SHAPE[encoding])
    text = data.decode(encoding).removeprefix("\ufeff")
    assert text == 'Name;"Prénom; ou";\r\né;"a ""b""";-\r\n"x;\r\n\r\n'
