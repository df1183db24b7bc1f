"""What stands for a value that a verb gets anew each time, while its effect is foreseen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal


class UnforeseeableError(Exception):
    """What the verb does depends on more than is known beforehand."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Stands for such a value. A verb may write it as it is; it must not look at it."""

    kind: Literal["id", "workspace", "key", "now", "new"]
    """The id of the row that the input names; the caller's workspace and key; the present instant;
    the id of a row to be made."""
    detail: Any = None
    """Of the named row the type's prefix, of a new one which of them it is."""

    def __str__(self) -> str:
        raise UnforeseeableError
