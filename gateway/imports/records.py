"""Records out of text by RFC 4180, one at a time, in bounded memory, going on after broken ones."""

import csv
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TextIO

from gateway.imports.errors import RowCode

# How often a line may be read again after a quote that was opened before it turned out to be
# broken. Bounds the work on hostile files; honest ones need one or two.
_REREADS = 8


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may ask of us.

    `columns` in the header, characters in a `field` and in a `record`, physical `lines` of one
    record.
    """

    columns: int = 1_000
    field: int = 65_536
    record: int = 1_048_576
    lines: int = 10_000


USUAL = Limits()


@dataclass(slots=True)
class Line:
    """One physical line with its terminator; `text` is empty when the line was oversized."""

    number: int
    text: str
    oversized: bool = False
    rereads: int = 0

    @property
    def body(self) -> str:
        """The line without its terminator."""
        return self.text.rstrip("\r\n")


@dataclass(frozen=True, slots=True)
class Cells:
    """A well-formed record: its first and last physical line, its fields, and a doubt.

    `stray` is whether an unquoted field holds a quote, which RFC 4180 forbids and everyone reads
    as plain text. `text` is the record as written where it holds quotes.
    """

    line: int
    last: int
    fields: list[str]
    stray: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """A broken record: the physical line it starts on, what is wrong, and its text if kept."""

    line: int
    code: RowCode
    message: str
    text: str = ""


class Lines:
    """The physical lines of a text stream opened with `newline=""`; lines can be given back.

    CRLF, LF and CR all end a line. A line longer than `limit` characters is dropped while it is
    read and comes out marked as oversized, so that a file without line ends needs no memory.
    """

    def __init__(self, stream: TextIO, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._number = 0
        self._returned: deque[Line] = deque()
        self._half_read = False

    def take(self) -> Line | None:
        """The next line, or None at the end of the file."""
        if self._returned:
            return self._returned.popleft()
        text = self._stream.readline(self._limit + 2)
        if self._half_read and text == "\n":
            text = self._stream.readline(self._limit + 2)
        self._half_read = False
        if not text:
            return None
        self._number += 1
        if len(text) <= self._limit:
            if self._number == 1:
                text = text.removeprefix("\ufeff")
            return Line(self._number, text)
        piece = text
        while piece and piece[-1] not in "\r\n":
            piece = self._stream.readline(self._limit + 2)
        # The size may have cut a CRLF in two; its LF must not count as a line.
        self._half_read = piece.endswith("\r")
        return Line(self._number, "", oversized=True)

    def give_back(self, lines: Iterable[Line]) -> None:
        """Put lines taken last in front again, in their order."""
        self._returned.extendleft(reversed(list(lines)))


class _State(Enum):
    COMPLETE = auto()
    OPEN = auto()
    BROKEN = auto()


class Grammar:
    """RFC 4180 with one delimiter, decided line by line.

    A line inside a quoted field ends either inside it or with the record, so only one line is
    ever scanned at a time. The expressions are possessive and unanchored: they cannot backtrack.
    """

    def __init__(self, delimiter: str) -> None:
        mark = re.escape(delimiter)
        field = rf'(?:"[^"]*+(?:""[^"]*+)*+"|[^"{mark}][^{mark}]*+|)'
        clean = rf'(?:"[^"]*+(?:""[^"]*+)*+"|[^"{mark}]*+)'
        self.delimiter = delimiter
        self._fields = re.compile(rf"{field}(?:{mark}{field})*+")
        self._more = re.compile(rf"(?:{mark}{field})*+")
        self._close = re.compile(r'[^"]*+(?:""[^"]*+)*+"')
        self._clean = re.compile(rf"{clean}(?:{mark}{clean})*+")

    def outside(self, body: str) -> _State:
        """How a line that starts a record ends."""
        match = self._fields.match(body)
        return self._state(body, match.end() if match else 0)

    def inside(self, body: str) -> _State:
        """How a line that starts inside a quoted field ends."""
        closed = self._close.match(body)
        if closed is None:
            return _State.OPEN
        more = self._more.match(body, closed.end())
        end = more.end() if more else closed.end()
        if end == closed.end():
            return _State.COMPLETE if end == len(body) else _State.BROKEN
        return self._state(body, end)

    def stray(self, text: str) -> bool:
        """Whether a complete record has a quote inside an unquoted field."""
        return self._clean.fullmatch(text) is None

    def parse(self, text: str) -> list[str]:
        """The fields of a complete record; csv.Error if one exceeds the csv module's limit."""
        return next(csv.reader([text], delimiter=self.delimiter, strict=True))

    def _state(self, body: str, end: int) -> _State:
        if end == len(body):
            return _State.COMPLETE
        starts_field = end == 0 or body[end - 1] == self.delimiter
        return _State.OPEN if body[end] == '"' and starts_field else _State.BROKEN


def take_record(lines: Lines, grammar: Grammar, limits: Limits) -> Cells | Fault | None:
    """The next record, well-formed or broken; None at the end of the file.

    A record that breaks on its first line costs that line. Where a quoted field is never closed
    (or closed and followed by text, lines later), the first line is the fault and the lines after
    it are given back to be read as records of their own, so that one lost quote costs one row. A
    well-formed record that is only too large or holds NULs is skipped as a whole.
    """
    line = lines.take()
    if line is None:
        return None
    if line.oversized:
        message = f"The line is longer than {limits.record:,} characters."
        return Fault(line.number, RowCode.RECORD_TOO_LARGE, message)
    body = line.body
    if '"' not in body:
        if "\0" in body:
            return _nul(line.number, body)
        fields = body.split(grammar.delimiter)
        if len(body) > limits.field:
            return _sized(Cells(line.number, line.number, fields, False, body), limits)
        return Cells(line.number, line.number, fields, False)
    state = grammar.outside(body)
    if state is _State.COMPLETE:
        return _parsed([line], body, grammar, limits)
    if state is _State.BROKEN:
        message = "Text follows a closing quote; double the quotes inside a quoted field."
        return Fault(line.number, RowCode.TEXT_AFTER_QUOTE, message, body)
    return _take_quoted(line, lines, grammar, limits)


def _take_quoted(first: Line, lines: Lines, grammar: Grammar, limits: Limits) -> Cells | Fault:
    """The rest of a record whose first line ended inside a quoted field."""
    taken, size = [first], len(first.text)
    while True:
        line = lines.take()
        if line is None:
            message = "A quoted field is not closed before the end of the file"
            return _give_up(taken, lines, RowCode.UNTERMINATED_QUOTE, message)
        taken.append(line)
        size += len(line.text)
        if line.oversized or size > limits.record or len(taken) > limits.lines:
            message = (
                f"A quoted field is not closed within {limits.record:,} characters or "
                f"{limits.lines:,} lines"
            )
            return _give_up(taken, lines, RowCode.UNTERMINATED_QUOTE, message)
        state = grammar.inside(line.body)
        if state is _State.BROKEN:
            message = f"Text follows the closing quote in line {line.number}"
            return _give_up(taken, lines, RowCode.TEXT_AFTER_QUOTE, message)
        if state is _State.COMPLETE:
            text = "".join(part.text for part in taken[:-1]) + line.body
            return _parsed(taken, text, grammar, limits)


def _give_up(taken: list[Line], lines: Lines, code: RowCode, message: str) -> Fault:
    first, rest, text = taken[0].number, taken[1:], taken[0].body
    if not rest:
        return Fault(first, code, message + ".", text)
    if max(line.rereads for line in rest) >= _REREADS:
        message += f"; lines {first} to {rest[-1].number} are lost."
        return Fault(first, code, message, "".join(line.text for line in taken).rstrip("\r\n"))
    for line in rest:
        line.rereads += 1
    lines.give_back(rest)
    return Fault(first, code, message + f"; reading goes on with line {rest[0].number}.", text)


def _parsed(taken: list[Line], text: str, grammar: Grammar, limits: Limits) -> Cells | Fault:
    first, last = taken[0].number, taken[-1].number
    if "\0" in text:
        return _nul(first, text)
    try:
        fields = grammar.parse(text)
    except csv.Error:
        return _too_large(first, text, limits)
    # Only looked at after a broken record; costs nothing for records on several lines.
    stray = first == last and grammar.stray(text)
    cells = Cells(first, last, fields, stray, text)
    return _sized(cells, limits) if len(text) > limits.field else cells


def _sized(cells: Cells, limits: Limits) -> Cells | Fault:
    if max(map(len, cells.fields)) > limits.field:
        return _too_large(cells.line, cells.text, limits)
    return cells


def _too_large(line: int, text: str, limits: Limits) -> Fault:
    message = f"A field is longer than {limits.field:,} characters."
    return Fault(line, RowCode.FIELD_TOO_LARGE, message, text)


def _nul(line: int, text: str) -> Fault:
    return Fault(line, RowCode.NUL_CHARACTER, "The record holds a NUL character.", text)
