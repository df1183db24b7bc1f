"""When there is nothing more to hear of a call: it is over, and all that comes after it is there."""

from __future__ import annotations

from models import CallStatus, EventType
from models.database import Dialect, Reads
from schema.condition import Values
from schema.place import Place

#: The statuses that a call ends in.
ENDED = (
    CallStatus.COMPLETED,
    CallStatus.VOICEMAIL,
    CallStatus.NO_ANSWER,
    CallStatus.BUSY,
    CallStatus.REJECTED,
    CallStatus.FAILED,
    CallStatus.CANCELLED,
    CallStatus.BLOCKED,
)
#: The events that may be the last of a call.
ENDINGS = frozenset(
    [
        EventType.CALL_ARTIFACTS_READY.value,
        EventType.CALL_UPDATED.value,
        *[EventType[f"CALL_{each.value}"].value for each in ENDED],
    ]
)


def over(dialect: Dialect, place: Place, call: str) -> Reads[bool]:
    """Whether a call has ended, with its artifacts if it was answered, and the log has no more of it."""
    bind = Values(dialect)
    id = bind("uuid", call)
    later = (
        f"SELECT 1 FROM event e WHERE e.workspace_id = {bind.workspace} AND e.call_id = {id} "
        f"AND e.type <> '{EventType.CALL_TRANSCRIPT_TURN.value}'"
    )
    words = ", ".join(f"'{each.value}'" for each in ENDED)
    sql = (
        f'SELECT 1 FROM "call" t WHERE t.workspace_id = {bind.workspace} AND t.id = {id} '
        # A call in doubt that was given up has ended without an end that is known.
        f"AND (t.status IN ({words}) OR t.ended_at IS NOT NULL) "
        "AND (t.artifacts_at IS NOT NULL OR t.answered_at IS NULL) "
        f"AND NOT EXISTS ({later} AND e.position > {bind('bigint', place.position)})"
    )
    if dialect == "postgres":
        # What is committed and has no place yet comes, too.
        sql += f" AND NOT EXISTS ({later} AND e.position IS NULL)"
    rows = yield sql, bind.all(place.workspace)
    return bool(rows)
