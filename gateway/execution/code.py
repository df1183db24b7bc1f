"""Python source under construction: numbered names, constants, functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from gateway.execution import completion, runtime, splice, statement
from models.database import Dialect
from schema import paging


class Code:
    """The functions of one plan and the constants that they refer to by name.

    Only response keys, type names and column names of the schema enter the text; every other
    value is a constant in `names` or a bound parameter.
    """

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.names: dict[str, Any] = {
            "W": runtime.instant,
            "F": runtime.fragment,
            "Fragment": orjson.Fragment,
            "B": {0: False, 1: True, None: None},
            "E": paging.encode,
            "Failure": completion.Failure,
            "Failing": completion.Failing,
            "Typed": _typed,
            "distinct": runtime.distinct,
            "one": runtime.one,
            "first": runtime.first,
            "asked": runtime.asked,
            "page": statement.page,
            "children": statement.children,
            "count": statement.count,
            "child_counts": statement.child_counts,
            "by_id": statement.by_id,
            "by_ids": statement.by_ids,
            "figures": statement.figures,
            "NO_PAGES": splice.NO_PAGES,
        }
        self._functions: list[str] = []
        self._count = 0
        self.reads = 0
        """How many statements it may take."""

    def name(self, letter: str) -> str:
        """A new name."""
        self._count += 1
        return f"{letter}{self._count}"

    def constant(self, letter: str, value: Any) -> str:
        """A new name for a constant."""
        name = self.name(letter)
        self.names[name] = value
        return name

    def function(self, name: str, parameters: str, lines: list[str]) -> None:
        """Add a function."""
        # The last line is never reached; it makes a generator of what reads nothing.
        body = "\n".join(f"    {line}" for line in [*lines, "yield"])
        self._functions.append(f"def {name}({parameters}):\n{body}\n")

    @property
    def text(self) -> str:
        """The source."""
        return "\n".join(self._functions)

    def build(self, name: str) -> Callable[..., Any]:
        """Compile everything; gives the function of this name."""
        exec(compile(self.text, "<plan>", "exec"), self.names)
        found: Callable[..., Any] = self.names[name]
        return found


def _typed(type_: str, value: dict[str, Any]) -> completion.Typed:
    found = completion.Typed(value)
    found.type = type_
    return found
