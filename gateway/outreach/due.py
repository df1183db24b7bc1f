"""Which calls are due: statements that find them by index, however many wait."""

from __future__ import annotations

from models.database import Dialect, Reads, Row

#: Accepted calls that are due for dialling, by the application's clock.
WAITING = ("QUEUED", "SCHEDULED")
#: Calls that somebody must look after, by the database's clock, whose leases these are.
FOLLOWED = (
    "DIALING",
    "UNKNOWN",
    "RINGING",
    "IN_PROGRESS",
    "COMPLETED",
    "VOICEMAIL",
    "NO_ANSWER",
    "BUSY",
    "REJECTED",
    "FAILED",
    "CANCELLED",
)
PRIORITIES = ("DIRECT", "CAMPAIGN")
#: How many of each kind are looked at for one that nobody else holds.
CHOICE = 4


def clock(dialect: Dialect) -> str:
    """The database's own present, as SQL; it moves within a transaction."""
    if dialect == "postgres":
        return "clock_timestamp()"
    return "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"


def hence(dialect: Dialect, mark: str) -> str:
    """So many seconds from the database's present, as SQL; they are bound at `mark`."""
    if dialect == "postgres":
        return f"{clock(dialect)} + {mark}::float8 * interval '1 second'"
    return f"strftime('%Y-%m-%dT%H:%M:%fZ', 'now', {mark} || ' seconds')"


def workspaces(dialect: Dialect, now: str) -> Reads[list[str]]:
    """Workspaces with a call that may be dialled now: one step of the index for each."""
    mark = "$" if dialect == "postgres" else "?"
    due = " UNION ALL ".join(
        # In parentheses, as a part of a union that has a limit.
        f"SELECT * FROM (SELECT 1 FROM call c WHERE c.workspace_id = w.id AND c.status = '{status}' "
        f"AND c.priority = '{priority}' AND c.due_at <= {mark}1 LIMIT 1) p"
        for status in WAITING
        for priority in PRIORITIES
    )
    following = (
        "SELECT c.workspace_id FROM call c WHERE c.due_at IS NOT NULL {} "
        "ORDER BY c.workspace_id LIMIT 1"
    )
    rows = yield (
        f"WITH RECURSIVE w(id) AS (SELECT * FROM ({following.format('')}) f UNION ALL "
        f"SELECT ({following.format('AND c.workspace_id > w.id')}) FROM w WHERE w.id IS NOT NULL) "
        f"SELECT w.id FROM w WHERE w.id IS NOT NULL AND EXISTS ({due})",
        (now,),
    )
    return [row[0] for row in rows]


def candidates(dialect: Dialect, workspace_id: str, now: str) -> Reads[list[str]]:
    """Calls of a workspace that may be dialled now, the most urgent first."""
    mark = "$" if dialect == "postgres" else "?"
    parts = [
        f"SELECT * FROM (SELECT c.id, c.due_at, {place} AS place FROM call c "
        f"WHERE c.workspace_id = {mark}1 AND c.status = '{status}' AND c.priority = '{priority}' "
        f"AND c.due_at <= {mark}2 ORDER BY c.due_at, c.id LIMIT {CHOICE}) p"
        for place, priority in enumerate(PRIORITIES)
        for status in WAITING
    ]
    rows: list[Row] = yield (
        f"SELECT id FROM ({' UNION ALL '.join(parts)}) u ORDER BY place, due_at, id",
        (workspace_id, now),
    )
    return [row[0] for row in rows]


def taking(dialect: Dialect) -> str:
    """Take calls to look after, until `$1` seconds from now; gives workspace and id."""
    postgres = dialect == "postgres"
    mark = "$" if postgres else "?"
    # Of the statement: what moves within it no index can be asked for.
    now = "statement_timestamp()" if postgres else clock(dialect)
    lease = (
        f"{now} + $1::float8 * interval '1 second'"
        if postgres
        else "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?1 || ' seconds')"
    )
    parts = " UNION ALL ".join(
        f"SELECT * FROM (SELECT workspace_id, id, due_at FROM call WHERE status = '{status}' "
        f"AND priority = '{priority}' AND due_at <= {now} ORDER BY due_at LIMIT {mark}2) p"
        for status in FOLLOWED
        for priority in PRIORITIES
    )
    locked = " FOR NO KEY UPDATE OF c SKIP LOCKED" if postgres else ""
    # What is locked must be asked again: it may have been taken since it was found.
    return (
        f"UPDATE call SET due_at = {lease} FROM (SELECT c.workspace_id, c.id FROM call c "
        f"JOIN (SELECT workspace_id, id FROM ({parts}) u ORDER BY due_at LIMIT {mark}2) f "
        f"ON c.workspace_id = f.workspace_id AND c.id = f.id "
        f"WHERE c.due_at <= {now}{locked}) taken "
        "WHERE call.workspace_id = taken.workspace_id AND call.id = taken.id "
        "RETURNING call.workspace_id, call.id"
    )
