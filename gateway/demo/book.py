"""The rows and happenings that the demo is made of, as they come together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tortoise.models import Model

from models import Actor, EventType, Subject

Values = dict[str, Any]


@dataclass(frozen=True)
class Happening:
    """Something for the event log, before it has its place there.

    `about` names what else is concerned, in the columns of an event: `lead_id` and so on.
    """

    at: datetime
    type: EventType
    subject: Subject
    subject_id: str
    title: str
    about: dict[str, str | None]
    status: str | None = None
    detail: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    actor: Actor = Actor.SYSTEM
    actor_id: str | None = None


@dataclass
class Book:
    """Everything built so far."""

    workspace_id: str
    now: datetime
    rows: defaultdict[type[Model], list[Values]] = field(default_factory=lambda: defaultdict(list))
    happenings: list[Happening] = field(default_factory=list)

    def add(self, model: type[Model], row: Values) -> Values:
        """Keep a row of the workspace."""
        row["workspace_id"] = self.workspace_id
        if "updated_at" in model._meta.fields_map:
            row.setdefault("updated_at", row["created_at"])
        self.rows[model].append(row)
        return row

    def tell(self, happenings: Iterable[Happening]) -> None:
        """Keep what happened; a subject's happenings come in the order of their times."""
        self.happenings.extend(happenings)
