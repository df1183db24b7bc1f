"""A CSV file of unknown origin as numbered records: encoding, delimiter, header, then the rows."""

import io
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.imports.encoding import (
    check_encoding,
    detect_encoding,
    named_encoding,
    suspicion,
)
from gateway.imports.errors import FileRefused, RefusalCode, RowCode, RowError
from gateway.imports.records import USUAL, Cells, Fault, Grammar, Limits, Lines, take_record

DELIMITERS = (",", ";", "\t", "|")
#: How people write a tab where none can be typed.
TABS = {"tab": "\t", "\\t": "\t"}
# How often progress is told: every so many bytes.
_STEP = 1 << 18

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is to be read: Python's name of the encoding, delimiter, header, size in bytes."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Record:
    """One data record: its spreadsheet row, the physical line it starts on, a cell per column."""

    row: int
    line: int
    cells: list[str]


def examine(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    limits: Limits = USUAL,
    knows: Callable[[str], bool] = lambda _: False,
) -> Shape:
    """Find out how a file is to be read, and prove that all of it is in one encoding.

    `encoding` and `delimiter` override detection. The delimiter is the one with which the header
    record has well-formed quotes, then the most headers that `knows` recognises, then the most
    fields; on a tie the first of `, ; TAB |`. A first line `sep=;`, as Excel writes it, decides.

    Reads the file once. Raises FileRefused.
    """
    if delimiter is not None:
        delimiter = TABS.get(delimiter.lower(), delimiter)
        if delimiter not in DELIMITERS:
            raise FileRefused(RefusalCode.INVALID_DELIMITER)
    asked = None if encoding is None else named_encoding(encoding)
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            message = f"{path} is not a regular file; a pipe cannot be read twice."
            raise FileRefused(RefusalCode.NOT_READABLE, message)
        with path.open("rb") as file:
            head = file.read(4096)
        if not head:
            raise FileRefused(RefusalCode.EMPTY_FILE, "The file is empty.")
        chosen = asked or detect_encoding(head)
        check_encoding(path, chosen)
        delimiter, header = _detect(path, chosen, delimiter, knows, limits)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}."
        raise FileRefused(RefusalCode.NOT_READABLE, message) from error
    return Shape(chosen, delimiter, tuple(header), status.st_size)


def read_records(
    path: Path,
    shape: Shape,
    *,
    limits: Limits = USUAL,
    progress: Progress | None = None,
) -> Iterator[Record | RowError]:
    """The data records of an examined file in their order, broken ones as errors between them.

    Blank lines, and records whose cells are all empty (spreadsheets append them), are passed
    over but counted, as spreadsheets number them. `progress` is told the bytes read and the bytes
    in total every 256 KiB, and once at the end. Memory is bounded by the limits whatever the file
    holds.

    Raises FileRefused only if the file has changed since it was examined.
    """
    grammar, width, told = Grammar(shape.delimiter), len(shape.header), 0
    doubtful = False
    with _lines(path, shape.encoding, limits) as (lines, position):
        try:
            _, _, row = _read_header(lines, shape.delimiter, limits)
            while (taken := take_record(lines, grammar, limits)) is not None:
                if progress is not None and (now := position()) - told >= _STEP:
                    progress(now, shape.size)
                    told = now
                row += 1
                record: Sequence[str] | str = taken.text
                if isinstance(taken, Cells):
                    if not any(map(str.strip, taken.fields)):
                        continue
                    fault = _misfit(taken, width, doubtful)
                    if fault is None:
                        doubtful = False
                        yield Record(row, taken.line, taken.fields)
                        continue
                    record, taken = taken.text or taken.fields, fault
                # What follows a lost quote may be the rest of that field, so the next lines are
                # held to the letter of RFC 4180 until one record fits again.
                doubtful = doubtful or taken.code in _QUOTING
                yield RowError(row, taken.line, "", taken.code, taken.message, record or None)
        except UnicodeDecodeError:
            message = "The file changed while it was read."
            raise FileRefused(RefusalCode.INVALID_ENCODING, message) from None
    if progress is not None:
        progress(shape.size, shape.size)


_QUOTING = {RowCode.UNTERMINATED_QUOTE, RowCode.TEXT_AFTER_QUOTE}


def _misfit(cells: Cells, width: int, doubtful: bool) -> Fault | None:
    count = len(cells.fields)
    if doubtful and cells.stray:
        message = "A quote inside an unquoted field; it may belong to the broken record before."
        return Fault(cells.line, RowCode.STRAY_QUOTE, message)
    if count == width:
        return None
    code = RowCode.TOO_FEW_FIELDS if count < width else RowCode.TOO_MANY_FIELDS
    message = f"The record has {count:,} fields, the header has {width:,}."
    if cells.last > cells.line:
        message += f" It spans lines {cells.line} to {cells.last}; is a quote missing?"
    return Fault(cells.line, code, message)


@contextmanager
def _lines(path: Path, encoding: str, limits: Limits) -> Iterator[tuple[Lines, Callable[[], int]]]:
    """The file's lines, and a function that says how many bytes were read from it."""
    with (
        path.open("rb") as file,
        io.TextIOWrapper(file, encoding=encoding, errors="strict", newline="") as text,
    ):
        descriptor = file.fileno()
        yield Lines(text, limits.record), lambda: os.lseek(descriptor, 0, os.SEEK_CUR)


def _detect(
    path: Path, encoding: str, delimiter: str | None, knows: Callable[[str], bool], limits: Limits
) -> tuple[str, list[str]]:
    """The delimiter and the header record."""
    best: tuple[tuple[bool, int, int], str, list[str]] | None = None
    fault: Fault | None = None
    for candidate in (delimiter,) if delimiter else DELIMITERS:
        with _lines(path, encoding, limits) as (lines, _):
            announced, taken, _ = _read_header(lines, candidate, limits)
        if announced and delimiter is None:
            return _detect(path, encoding, announced, knows, limits)
        if isinstance(taken, Fault):
            fault = taken
            continue
        known = sum(1 for field in taken.fields if knows(field))
        score = (not taken.stray, known, len(taken.fields))
        if best is None or score > best[0]:
            best = (score, candidate, taken.fields)
    # A quote that breaks the record with one delimiter is plain text with the others.
    if fault is not None and (best is None or not best[0][0]):
        message = f"The header record in line {fault.line} is broken: {fault.message}"
        if fault.code is RowCode.NUL_CHARACTER and encoding == "utf-8":
            with path.open("rb") as file:
                hint = suspicion(file.read(4096))
            message += f" Is that UTF-8? Otherwise name the file's encoding: {hint}"
        raise FileRefused(RefusalCode.INVALID_HEADER, message, line=fault.line)
    assert best is not None
    _, chosen, header = best
    if len(header) > limits.columns:
        message = f"The file has {len(header):,} columns; at most {limits.columns:,} are read."
        raise FileRefused(RefusalCode.TOO_MANY_COLUMNS, message)
    return chosen, header


def _read_header(lines: Lines, delimiter: str, limits: Limits) -> tuple[str, Cells | Fault, int]:
    """Read up to and including the header, the first record that is not blank.

    The first value is the delimiter that Excel's `sep=` line announces, or "", the last the
    spreadsheet's row of the header: the announcement is no row, blank lines before it are.
    """
    announced, row = "", 1
    while (line := lines.take()) is not None:
        body = line.body
        if len(body) == 5 and body.lower().startswith("sep=") and body[4] in DELIMITERS:
            announced = body[4]
        elif line.oversized or body.strip(" \t,;|"):
            lines.give_back([line])
            taken = take_record(lines, Grammar(delimiter), limits)
            assert taken is not None
            return announced, taken, row
        else:
            row += 1
    raise FileRefused(RefusalCode.EMPTY_FILE)
