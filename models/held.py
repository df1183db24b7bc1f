"""What a verb says of a row that it changes without having read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

#: Marks columns within text. No text that is stored has it: PostgreSQL takes none.
_MARK = "\0"


class Held(NamedTuple):
    """What this column of the changed row holds, which only the database knows.

    As a value or within text it may be inserted into other rows, by the statement that changes
    the row. A verb must not look at it.
    """

    column: str

    def __str__(self) -> str:
        return f"{_MARK}{self.column}{_MARK}"


class Other:
    """Presumed of a column that is about to get a value: that it holds another one."""

    def __repr__(self) -> str:
        return "OTHER"


OTHER: Final = Other()

#: What is presumed of a row, by column: the value that it holds, or `OTHER`.
Presumed = Mapping[str, Any]


class Source(NamedTuple):
    """Which columns of the changed row an inserted value is made of."""

    name: str
    """The column that gets it."""
    columns: tuple[str, ...]
    within: bool
    """Whether they stand within text, of which one piece more is bound."""


@lru_cache(512)
def unknown(columns: tuple[str, ...]) -> Mapping[str, Held]:
    """A row of which nothing is known."""
    return {name: Held(name) for name in columns}


def sources(row: Mapping[str, Any]) -> tuple[Source, ...]:
    """The values of a row that only the database knows."""
    found = []
    for name, value in row.items():
        if type(value) is Held:
            found.append(Source(name, (value.column,), within=False))
        elif type(value) is str and _MARK in value:
            found.append(Source(name, tuple(value.split(_MARK)[1::2]), within=True))
    return tuple(found)


def pieces(text: str) -> Sequence[str]:
    """What stands around the columns within a text."""
    return text.split(_MARK)[::2]
