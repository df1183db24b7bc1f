"""Why a verb can't do what it was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from schema.error_code import ErrorCode


@dataclass(frozen=True)
class Problem:
    """One reason why a verb can't do what it was asked."""

    code: ErrorCode
    message: str
    path: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """As a `UserError`."""
        return {"code": self.code.value, "message": self.message, "path": list(self.path) or None}


class RefusedError(Exception):
    """The verb changes nothing and says why."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(problems)
        self.problems = problems


def refuse(code: ErrorCode, message: str | None = None, *path: str) -> RefusedError:
    """A refusal for one reason; without a message the code's own."""
    return RefusedError(Problem(code, message or code.description, path))
