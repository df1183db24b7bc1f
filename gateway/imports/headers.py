"""Which column of a file feeds which lead field, and what becomes of the others."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.imports.errors import FileRefused, RefusalCode, excerpt
from gateway.imports.hazards import controls, is_formula
from gateway.imports.spellings import ASIDE, MERGED, NAMING, Field, recognise
from gateway.imports.vocabularies import folded

_LONGEST_KEY = 200


class Reason(StrEnum):
    """Why a column is used the way it is."""

    RECOGNISED = "recognised"
    ASKED = "asked for"
    UNKNOWN = "not a lead field"
    OUTDONE = "the field is mapped to other columns"
    DROPPED = "dropped as asked"


@dataclass(frozen=True, slots=True)
class Column:
    """What becomes of one column.

    `header` is the header as written, on one line ("Column 5" where the fifth is empty, "Notes (2)" for the
    second "Notes"). `field` is the lead field it feeds, if any. `key` is the custom field under
    which cells go that feed no lead field, or that a lead field can't hold in full; None if the
    column is dropped.
    """

    position: int
    header: str
    field: Field | None
    key: str | None
    reason: Reason


@dataclass(frozen=True, slots=True)
class Mapping:
    """The decision for a whole file: every column, and each field's columns by precedence.

    A field takes its first column that has a value in the row; what its other columns hold goes
    to custom fields. Three look at all of theirs: for `outreach_disabled` and `consent` one column
    that forbids contact is enough, for `stage` one that says converted, or else lost.
    """

    columns: tuple[Column, ...]
    sources: dict[Field, tuple[int, ...]]

    def text(self) -> str:
        """One line per column, for people: header → what it feeds (why)."""
        width = max((len(column.header) for column in self.columns), default=0)
        return "\n".join(
            f"{_shown(column.header):<{width}} → {self._target(column)} ({self._why(column)})"
            for column in self.columns
        )

    def _why(self, column: Column) -> str:
        field = column.field
        if field in ASIDE:
            return f"{column.reason} as {field}; {ASIDE[field]}"
        return column.reason

    def _target(self, column: Column) -> str:
        if column.field in ASIDE:
            return f"custom.{column.key}"
        if column.field is not None:
            place = self.sources[column.field].index(column.position)
            merged = column.field in MERGED
            return column.field if place == 0 or merged else f"{column.field}, choice {place + 1}"
        return "–" if column.key is None else f"custom.{column.key}"


def _shown(header: str) -> str:
    """The header with nothing in it that a terminal would obey."""
    return "".join(c if c.isprintable() else "�" for c in header)


@dataclass(frozen=True, slots=True)
class _Order:
    """One `--map`: a header, and the field or custom key it goes to; neither: drop it."""

    text: str
    header: str
    field: Field | None
    key: str | None


def map_headers(header: Sequence[str], overrides: Iterable[str] = ()) -> Mapping:
    """Decide for every column of a header record.

    Headers are compared without case, accents, spacing and punctuation. An override is
    `Header=field`, `Header=custom.key`, `Header=custom` (keep under its own header) or `Header=`
    (drop); the last `=` counts, so that a header may hold one. A field named by overrides takes
    its columns from them alone, in their order, except that `outreach_disabled` and `consent`
    keep those that were recognised: an opt-out must not be lost to a mapping.

    Raises FileRefused with INVALID_MAP, INVALID_HEADER or NO_NAME_COLUMN.
    """
    names = _names(header)
    orders = _assign([_parse(text) for text in overrides], header, names)
    claimed = {order.field for order in orders.values() if order.field} - MERGED
    ranks: dict[Field, list[tuple[tuple[int, int], int]]] = {}
    taken = {order.key for order in orders.values() if order.key}
    columns: list[Column] = []
    for position, name in enumerate(names):
        order = orders.get(position)
        found = recognise(header[position]) if order is None else None
        key: str | None = None
        if order is None or order.field is not None:
            key = _free(_fit(name), taken)
        elif order.key is not None:
            key = order.key
        field: Field | None = None
        if order is not None:
            field = order.field
            reason = Reason.ASKED if field or order.key else Reason.DROPPED
            rank = (0, list(orders).index(position))
        elif found is None:
            reason = Reason.UNKNOWN
        elif found[0] in claimed:
            reason = Reason.OUTDONE
        else:
            field, reason, rank = found[0], Reason.RECOGNISED, (1, found[1])
        if field is not None:
            ranks.setdefault(field, []).append((rank, position))
        columns.append(Column(position, name, field, key, reason))
    if not any(field in ranks for field in NAMING):
        shown = ", ".join(excerpt(name) for name in names[:8])
        message = (
            "No column feeds name, first_name, last_name or company; the headers are "
            f'{shown}{" …" if len(names) > 8 else ""}. Name one: --map "Header=name".'
        )
        raise FileRefused(RefusalCode.NO_NAME_COLUMN, message)
    sources = {
        field: tuple(at for _, at in sorted(ranks[field])) for field in Field if field in ranks
    }
    return Mapping(tuple(columns), sources)


def _names(header: Sequence[str]) -> list[str]:
    """The headers on one line and made unique, as people will see them."""
    header = [" ".join(cell.split()) for cell in header]
    written = set(header)
    names: list[str] = []
    used: set[str] = set()
    counts: dict[str, int] = {}
    for position, cell in enumerate(header, 1):
        name = base = cell or f"Column {position}"
        # "Notes, Notes, Notes (2)": the third keeps its name, so the second becomes "Notes (3)".
        while name in used or (name != base and name in written):
            counts[base] = counts.get(base, 1) + 1
            name = f"{base} ({counts[base]})"
        used.add(name)
        names.append(name)
    return names


def _fit(name: str) -> str:
    """The header, if it can name a custom field; raises FileRefused."""
    if controls(name) or is_formula(name) or len(name) > _LONGEST_KEY:
        message = (
            f"The header {excerpt(name)} cannot name a field: it starts like a formula, holds "
            f"control characters or is longer than {_LONGEST_KEY} characters. Change it, or drop "
            'or rename the column: --map "Header=" or --map "Header=custom.key".'
        )
        raise FileRefused(RefusalCode.INVALID_HEADER, message)
    return name


def _free(name: str, taken: set[str]) -> str:
    key, count = name, 1
    while key in taken:
        count += 1
        key = f"{name} ({count})"
    taken.add(key)
    return key


def _parse(text: str) -> _Order:
    header, equals, target = text.rpartition("=")
    header, target = header.strip(), target.strip()
    if not equals or not header:
        raise _bad_map(text, "it must read Header=field")
    if not target:
        return _Order(text, header, None, None)
    if target == "custom":
        return _Order(text, header, None, header)
    if target.startswith("custom."):
        key = target.removeprefix("custom.").strip()
        if (
            not key
            or not _storable(key)
            or controls(key)
            or is_formula(key)
            or len(key) > _LONGEST_KEY
        ):
            raise _bad_map(text, "the custom key is empty or cannot name a field")
        return _Order(text, header, None, key)
    field = _FIELDS.get(folded(target))
    if field is None:
        raise _bad_map(text, f"lead fields are {', '.join(Field)} and custom.<key>")
    return _Order(text, header, field, None)


#: `firstName` is as good as `first_name`.
_FIELDS = {folded(field): field for field in Field}


def _assign(orders: list[_Order], header: Sequence[str], names: list[str]) -> dict[int, _Order]:
    """The columns that the overrides mean, by position, in the overrides' order.

    A header as written means every column that has it; only where none has it are case, accents
    and punctuation overlooked. "Notes (2)" means the second of two.
    """
    assigned: dict[int, _Order] = {}
    keys: set[str] = set()
    for order in orders:
        exact = [i for i, cell in enumerate(header) if cell.strip() == order.header]
        named = [i for i, name in enumerate(names) if name == order.header]
        loose = [i for i, cell in enumerate(header) if folded(cell) == folded(order.header) != ""]
        positions = exact or named or loose
        if not positions:
            close = difflib.get_close_matches(order.header, names, n=1)
            hint = f"; did you mean {excerpt(close[0])}?" if close else ""
            raise _bad_map(order.text, f"the file has no such header{hint}")
        if any(i in assigned for i in positions):
            raise _bad_map(order.text, "the column is mapped twice")
        if order.key is not None:
            if order.key in keys or len(positions) > 1:
                raise _bad_map(order.text, "two columns would share one custom field")
            keys.add(order.key)
        assigned.update(dict.fromkeys(positions, order))
    return assigned


def _storable(text: str) -> bool:
    """Whether it is text at all: bytes of another encoding come from the shell as surrogates."""
    return not any("\ud800" <= c <= "\udfff" for c in text)


def _bad_map(text: str, why: str) -> FileRefused:
    return FileRefused(
        RefusalCode.INVALID_MAP, f"--map {excerpt(text)}: {why}{'' if why.endswith('?') else '.'}"
    )
