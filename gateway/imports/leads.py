"""Leads out of a CSV file: the one iterator that the import command consumes."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.imports.addresses import check_region
from gateway.imports.drafts import LeadDraft, Rules
from gateway.imports.errors import RowError
from gateway.imports.headers import Mapping, map_headers
from gateway.imports.reading import Progress, Shape, examine, read_records
from gateway.imports.records import Limits
from gateway.imports.rows import draft
from gateway.imports.spellings import recognised


@dataclass(frozen=True, slots=True)
class Options:
    """What the user said about a file; None means: find out.

    `overrides` are the `--map` arguments, see `map_headers`.
    """

    encoding: str | None = None
    delimiter: str | None = None
    overrides: tuple[str, ...] = ()
    rules: Rules = field(default_factory=Rules)
    records: bool = False
    """Whether a failed row's first finding brings the row itself, and a draft its own."""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found out about a file before its first row: enough for a dry run's head."""

    shape: Shape
    mapping: Mapping

    def text(self) -> str:
        """Encoding, delimiter and the use of every column, for people."""
        delimiter = "TAB" if self.shape.delimiter == "\t" else self.shape.delimiter
        head = f"{self.shape.encoding}, delimiter {delimiter}, {self.shape.size:,} bytes"
        return f"{head}\n{self.mapping.text()}"


_DEFAULT = Options()


def inspect_leads(path: Path, options: Options = _DEFAULT) -> Inspection:
    """Decide how a file is to be read and what its columns mean, without reading its rows.

    Decodes the whole file once to prove its encoding. Raises FileRefused.
    """
    check_region(options.rules.region)
    shape = examine(
        path,
        encoding=options.encoding,
        delimiter=options.delimiter,
        limits=options.limits,
        knows=recognised,
    )
    return Inspection(shape, map_headers(shape.header, options.overrides))


def read_leads(
    path: Path,
    options: Options = _DEFAULT,
    *,
    inspection: Inspection | None = None,
    progress: Progress | None = None,
) -> Iterator[LeadDraft | RowError]:
    """Every row of a file in its order, as a lead or as its errors.

    A row yields either one LeadDraft (with its warnings) or one or more RowErrors in succession,
    never both. Memory is bounded by the limits, not by the file. `inspection` saves the
    inspection if it was made before. `progress(bytes_read, bytes_total)` is called now and then.

    Raises FileRefused before the first row: this call itself inspects, iterating reads.
    """
    found = inspection or inspect_leads(path, options)
    return _drafts(path, options, found, progress)


def _drafts(
    path: Path, options: Options, found: Inspection, progress: Progress | None
) -> Iterator[LeadDraft | RowError]:
    for item in read_records(path, found.shape, limits=options.limits, progress=progress):
        if isinstance(item, RowError):
            yield item if options.records else replace(item, record=None)
            continue
        result = draft(item, found.mapping, options.rules)
        if isinstance(result, LeadDraft):
            yield replace(result, record=item.cells) if options.records else result
            continue
        if options.records:
            result[0] = replace(result[0], record=item.cells)
        yield from result
