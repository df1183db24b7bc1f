"""Findings reach the report file as they come, safe to open in a spreadsheet."""

import csv
import json
from pathlib import Path

from gateway.imports.errors import RowCode, RowError
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
        report.warn([finding(4, RowCode.UNKNOWN_STAGE, "Stage")])
        report.skip(finding(5, RowCode.DUPLICATE, ""))
        report.fail(finding(6, RowCode.INVALID_PHONE))
        summary = report.summary()
    assert json.loads(summary.json()) == {
        "read": 7,
        "created": 3,
        "updated": 1,
        "skipped": 1,
        "failed": 2,
        "warnings": 1,
        "codes": {"DUPLICATE": 1, "INVALID_EMAIL": 1, "INVALID_PHONE": 2, "UNKNOWN_STAGE": 1},
    }
    text = summary.text().splitlines()
    assert text[0].split() == ["read", "7"]
    assert text[6].split() == ["INVALID_PHONE", "2"]
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfrow,line,")
    rows = list(csv.reader(data.decode("utf-8-sig").splitlines()))
    assert tuple(rows[0]) == HEADER
    assert rows[1] == ["1", "2", "Phone", "INVALID_PHONE", "Bad.", "error"]
    assert [row[5] for row in rows[1:]] == ["error", "error", "warning", "skipped", "error"]


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
