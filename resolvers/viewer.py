"""Who asks, and what they may ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.database import Reads
from schema import identity
from schema.context import Question
from schema.errors import InvalidIdError
from schema.fields import asked
from schema.source import Many
from schema.viewer import Viewer


@dataclass(frozen=True)
class Limits:
    """The values of `ViewerLimits`."""

    requests_per_minute: int | None
    requests_per_day: int | None
    max_cost: int
    max_page: int


@dataclass(frozen=True)
class Asker:
    """The values of `Viewer`."""

    workspace_id: str
    key_id: str | None
    scopes: list[str]
    subject: str | None
    limits: Limits


def asker(question: Question, _arguments: dict[str, Any]) -> Reads[Asker]:
    """Reads the rates that the workspace and the key have of their own."""
    caller = question.caller
    postgres = question.dialect == "postgres"
    workspace, key = ("$1::uuid", "$2::uuid") if postgres else ("?1", "?2")
    rows = yield (
        "SELECT k.id, k.requests_per_minute, w.requests_per_minute, w.requests_per_day "
        f"FROM workspace w LEFT JOIN api_key k ON k.workspace_id = w.id AND k.id = {key} "
        f"WHERE w.id = {workspace}",
        [question.workspace, _uuid(caller.key_id)],
    )
    key_id, own, minute, day = rows[0] if rows else (None, None, None, None)
    allowance = caller.allowance
    shared = allowance.workspace_per_minute if minute is None else minute
    rates = [own or allowance.requests_per_minute, shared]
    return Asker(
        question.workspace,
        key_id,
        sorted(caller.scopes),
        caller.subject,
        Limits(
            min((rate for rate in rates if rate), default=None),
            day or allowance.requests_per_day,
            allowance.cost,
            Many.maximum,
        ),
    )


def _uuid(key: str) -> str | None:
    """The caller's key; what is no UUID is none of a stored key's."""
    try:
        return identity.parse(f"key_{key}", "key")
    except InvalidIdError:
        return None


def _viewer() -> Any:
    field = asked(asker, "Who asks, and what they may ask for; any valid key may know.")
    field.type = Viewer
    return field


QUERIES = {"viewer": _viewer()}
