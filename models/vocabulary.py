"""Closed sets of words, each word with its meaning."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar, Self


def spoken(word: str) -> str:
    """A word of a vocabulary as it stands in a sentence: `IN_PROGRESS` is in progress."""
    return word.replace("_", " ").lower()


class Vocabulary(StrEnum):
    """An enum whose members are declared as `WORD = "WORD", "What it means."`.

    The meanings are for readers of the API: `member.description`, or `__descriptions__`
    for all of them by name.
    """

    description: str
    __descriptions__: ClassVar[dict[str, str]] = {}

    def __new__(cls, word: str, description: str) -> Self:
        """The word itself is the value; its meaning goes along."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.description = description
        return member

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        cls.__descriptions__ = {member.name: member.description for member in cls}
