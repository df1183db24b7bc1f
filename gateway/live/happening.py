"""An event of the log as followers read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from gateway.execution.runtime import instant as wired
from gateway.execution.table import instant
from models import EventType
from models.database import Dialect, Reads, Row
from schema.condition import Values
from schema.place import Place
from schema.topic import Topic

#: The columns that are read, by the names that they have in a `Happening`.
COLUMNS = (
    "position",
    "id",
    "created_at",
    "type",
    "subject_kind",
    "subject_id",
    "version",
    "status",
    "title",
    "metadata",
    "lead_id",
    "agent_id",
    "call_id",
    "email_id",
    "campaign_id",
    "recipient_id",
    "phone_number_id",
)
#: Where the metadata of an event has the id of a turn of a transcript.
TURN = "turnId"


class Partial(NamedTuple):
    """Words that somebody is just saying."""

    speaker: str
    text: str


@dataclass(slots=True, eq=False)
class Happening:
    """An event, with the names by which the graph's live events and filters know its columns."""

    position: int
    id: str
    created_at: str
    type: str
    subject_kind: str
    subject_id: str
    version: int
    status: str | None
    title: str
    metadata: str
    lead_id: str | None
    agent_id: str | None
    call_id: str | None
    email_id: str | None
    campaign_id: str | None
    recipient_id: str | None
    phone_number_id: str | None
    cursor: str = ""
    """The place after it."""
    turn_id: str | None = None
    partial: Partial | None = None

    @property
    def at(self) -> str:
        """When it happened."""
        return self.created_at


def made(row: Row, place: Place, dialect: Dialect) -> Happening:
    """The event of a row; `place` is of its log."""
    found = Happening(*row)
    if dialect == "postgres":
        found.created_at = wired(found.created_at)
    found.cursor = place._replace(position=found.position).cursor
    if found.type == EventType.CALL_TRANSCRIPT_TURN:
        turn: Any = orjson.loads(found.metadata).get(TURN)
        if isinstance(turn, str):
            found.turn_id = turn.rpartition("_")[2]
    return found


def behind(
    dialect: Dialect, place: Place, most: int, topic: Topic | None = None, until: int | None = None
) -> Reads[list[Happening]]:
    """The next events after a place, in order: of a topic if there is one, up to a position."""
    bind = Values(dialect)
    where = [f"t.workspace_id = {bind.workspace}", f"t.position > {bind('bigint', place.position)}"]
    if until is not None:
        where.append(f"t.position <= {bind('bigint', until)}")
    if topic is not None:
        where += topic.sql(bind)
    columns = ", ".join(
        instant(dialect, "t.created_at") if each == "created_at" else f"t.{each}"
        for each in COLUMNS
    )
    # The constant limit is for PostgreSQL's plans.
    rows = yield (
        f"SELECT {columns} FROM event t WHERE {' AND '.join(where)} "
        f"ORDER BY t.position LIMIT {most}",
        bind.all(place.workspace),
    )
    return [made(row, place, dialect) for row in rows]
