"""What became of an import: counts, and the findings streamed to a file as they come."""

import csv
from collections import Counter
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

import orjson

from gateway.imports.errors import RowCode, RowError
from gateway.imports.hazards import neutralised
from gateway.imports.rejected import Rejected

#: What may save rows that failed for a reason.
ADVICE = {
    RowCode.PHONE_NEEDS_REGION: "Pass --region US, or another country, to read phone numbers "
    "without a country code.",
    RowCode.FORMULA: "Pass --allow-formulas to store cells that begin like a formula as they are.",
    RowCode.EXTERNAL_ID_TAKEN: "Where external ids are those of a second system, keep them aside: "
    '--map "Header=custom.otherId" with the header of their column.',
}
HEADER = ("row", "line", "column", "code", "message", "severity")


class Severity(StrEnum):
    """What a finding means for its row."""

    ERROR = "error"
    """It was refused."""
    WARNING = "warning"
    """It landed, something was left out or noted."""
    SKIPPED = "skipped"
    """A duplicate."""


class Outcome(StrEnum):
    """What became of a row that was fit to land."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Summary:
    """The counts of an import, in rows; `codes` counts findings, of which a row may have several.

    `findings` has the codes apart by severity: one code may be an error here and a warning there.
    `read` is the sum of the five outcomes: every row read has exactly one. After a dry run they
    are what would have been. `advice` says what may save rows that failed.
    """

    read: int
    created: int
    updated: int
    unchanged: int
    skipped: int
    failed: int
    warnings: int
    codes: dict[str, int] = field(default_factory=dict)
    findings: dict[str, dict[str, int]] = field(default_factory=dict)
    dry_run: bool = False
    advice: tuple[str, ...] = ()

    def text(self) -> str:
        """The summary for people, one count a line; below it its findings, the most frequent first."""
        create, update, skip, fail = (
            ("would create", "would update", "would skip", "would fail")
            if self.dry_run
            else ("created", "updated", "skipped", "failed")
        )
        lines = [
            f"{'read':<14} {self.read:>10,}",
            f"{create:<14} {self.created:>10,}",
            f"{update:<14} {self.updated:>10,}",
            f"{'unchanged':<14} {self.unchanged:>10,}",
            f"{skip:<14} {self.skipped:>10,}  (duplicates)",
            *self._found(Severity.SKIPPED),
            f"{fail:<14} {self.failed:>10,}",
            *self._found(Severity.ERROR),
            f"{'warnings':<14} {self.warnings:>10,}",
            *self._found(Severity.WARNING),
        ]
        return "\n".join([*lines, *self.advice])

    def _found(self, severity: Severity) -> list[str]:
        counts = self.findings.get(severity, {})
        ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return [f"  {code:<20} {count:>10,}" for code, count in ranked]

    def json(self) -> str:
        """The summary as one JSON object."""
        return orjson.dumps(asdict(self)).decode()


class Report:
    """Counts rows and writes findings to a CSV file; holds neither rows nor findings.

    The file (if a path is given) is UTF-8 with a byte order mark, which Excel needs, has CRLF
    line ends and the columns row, line, column, code, message, severity (error, warning, skipped).
    Cells that a spreadsheet would run are neutralised with an apostrophe. An existing file is
    replaced. Use as a context manager; raises OSError if the file can't be written.

    Failed rows that bring themselves along go to `rejected`, where given.
    """

    def __init__(self, path: Path | None = None, rejected: Rejected | None = None) -> None:
        self._rejected = rejected
        self._file = path.open("w", encoding="utf-8-sig", newline="") if path else None
        self._writer = csv.writer(self._file) if self._file else None
        self._outcomes: Counter[Outcome] = Counter()
        self._codes: dict[Severity, Counter[str]] = {each: Counter() for each in Severity}
        self._failed = 0
        self._failing: int | None = None
        self._warnings = 0
        if self._writer:
            self._writer.writerow(HEADER)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file:
            self._file.close()

    def count(self, outcome: Outcome, rows: int = 1) -> None:
        """Note what became of rows; a skipped row is also passed to `skip`, which counts it."""
        self._outcomes[outcome] += rows

    def fail(self, error: RowError) -> None:
        """Note one error of a failed row; errors of one row must come in succession."""
        if error.row != self._failing:
            self._failed += 1
            self._failing = error.row
            if self._rejected is not None and error.record is not None:
                self._rejected.write(error.record)
        self._write(error, Severity.ERROR)

    def warn(self, warning: RowError) -> None:
        """Note a warning about a row that landed."""
        self._warnings += 1
        self._write(warning, Severity.WARNING)

    def skip(self, finding: RowError) -> None:
        """Note and count a row skipped as a duplicate."""
        self.count(Outcome.SKIPPED)
        self._write(finding, Severity.SKIPPED)

    def summary(self, *, dry_run: bool = False) -> Summary:
        """The counts so far."""
        counts, codes = self._outcomes, self._codes
        errors = codes[Severity.ERROR]
        return Summary(
            read=counts.total() + self._failed,
            created=counts[Outcome.CREATED],
            updated=counts[Outcome.UPDATED],
            unchanged=counts[Outcome.UNCHANGED],
            skipped=counts[Outcome.SKIPPED],
            failed=self._failed,
            warnings=self._warnings,
            codes=dict(sorted(sum(codes.values(), Counter[str]()).items())),
            findings={each.value: dict(sorted(c.items())) for each, c in codes.items()},
            dry_run=dry_run,
            advice=tuple(text for code, text in ADVICE.items() if code in errors),
        )

    def _write(self, finding: RowError, severity: Severity) -> None:
        self._codes[severity][finding.code.value] += 1
        if self._writer:
            cells = (finding.column, finding.code, finding.message)
            column, code, message = map(neutralised, cells)
            self._writer.writerow((finding.row, finding.line, column, code, message, severity))
