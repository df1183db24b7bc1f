"""Cursors: whatever value is written is read again, and nothing else."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

import gateway.graph  # noqa: F401 - declares the nouns
from gateway.graph import core
from schema.errors import InvalidCursorError
from schema.noun import NOUNS
from schema.paging import Ordering, decode, encode

ID = "019f15d0-f880-78a0-8b1c-6356f544da38"
KINDS: dict[str, list[Any]] = {
    "timestamp": ["2026-01-31T09:30:00.000Z", "0999-12-31T23:59:59.999Z"],
    "int": [0, 7, -3, 10**18 - 1],
    "text": ["", "Ada", "a\nb", f"{ID}", 'Ünal "李" \u2028\x7f\\', "\U0001f600"],
}
WRONG: dict[str, list[Any]] = {
    "timestamp": ["", "now", "2026-02-31T09:30:00.000Z", "2026-01-31T09:30:00Z", "٢026"],
    "int": ["", "1.0", "1 ", "١", "1" * 19],
    "text": ["\0", "a\0b", "\ud800"],
}


def ordering(kind: str) -> Ordering:
    return Ordering("lead", "a_column", kind, True)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_read(kind: str) -> None:
    for value in KINDS[kind]:
        cursor = encode(ordering(kind).mark, value, ID)
        assert decode(cursor, ordering(kind)) == (value, ID)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_else_is_read(kind: str) -> None:
    mark = ordering(kind).mark
    cursors = [encode(mark, value, ID) for value in WRONG[kind]]
    value = KINDS[kind][0]
    cursors += [
        "",
        mark,
        f"{mark}{value}",
        encode(mark, value, ID.upper()),
        encode(mark, value, ID[:-1] + "g"),
        f" {encode(mark, value, ID)}",
        encode(mark[:-1], value, ID),
        encode(mark.upper(), value, ID) if mark.upper() != mark else "",
    ]
    for cursor in cursors:
        with pytest.raises(InvalidCursorError, match="isn't one of ours"):
            decode(cursor, ordering(kind))


def test_a_cursor_belongs_to_one_ordering() -> None:
    # Nouns are known once the graph is.
    assert core()
    orderings = [
        Ordering(noun.prefix, column, noun.kind(column), descending)
        for noun in NOUNS.values()
        for column in {noun.default_order[0], *(each.value for each in noun.order or ())}
        for descending in (False, True)
    ]
    assert len(orderings) > 60
    assert len({each.mark for each in orderings}) == len(orderings)
    for one, other in pairwise(orderings):
        with pytest.raises(InvalidCursorError, match="belongs to another"):
            decode(encode(other.mark, KINDS["text"][0], ID), one)
