"""One write that waits to be sent along with others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from models import writing
from models.composing import Shape
from models.held import Source, pieces


class Pending(NamedTuple):
    """A write and what is bound for it."""

    shape: Shape
    id: str
    rows: Sequence[Mapping[str, Any]]
    """Whole rows of an insert, the changes of an update, nothing of a deletion."""
    asked: Sequence[Any] = ()
    """What the columns are compared to that the shape names for this."""

    def is_insert(self) -> bool:
        """Whether it only adds rows."""
        return self.shape.kind == "insert"

    def without_nulls(self) -> Pending:
        """The same without the columns of a new row that stay null."""
        if not self.is_insert() or len(self.rows) != 1:
            return self
        row = {name: value for name, value in self.rows[0].items() if value is not None}
        return self._replace(shape=self.shape._replace(names=tuple(row)), rows=(row,))

    def values(self, workspace_id: str) -> list[Any]:
        """What is bound, in the order of the statement's text."""
        kind, model, names, _, held, asked = self.shape
        values = [each for row in self.rows for each in writing.all_stored(model, row, names)]
        for place, within in _places(names, held):
            values[place : place + 1] = pieces(values[place]) if within else ()
        if kind != "insert":
            values += (workspace_id, self.id)
            values += [
                writing.stored(model, name, value)
                for (name, _), value in zip(asked, self.asked, strict=True)
            ]
        return values


@lru_cache(512)
def _places(names: tuple[str, ...], held: tuple[Source, ...]) -> tuple[tuple[int, bool], ...]:
    """Where values stand of which something is not bound, the last first."""
    places = ((names.index(name), within) for name, _, within in held)
    return tuple(sorted(places, reverse=True))
