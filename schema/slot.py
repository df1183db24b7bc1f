"""What stands for a value that a verb gets anew each time, while its effect is foreseen."""

from __future__ import annotations

from dataclasses import dataclass


class UnforeseeableError(Exception):
    """What the verb does depends on more than is known beforehand."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Stands for such a value. A verb may write it as it is; it must not look at it."""

    name: str
    """`id` for that of the row that the input names; `workspace` and `key` for the caller's;
    `now` for the present instant; `new …` for the id of a row to be made."""
    prefix: str = ""
    """The type of the named row's id, where the verb has asked for it."""

    def __str__(self) -> str:
        raise UnforeseeableError
