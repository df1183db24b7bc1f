"""The life of an e-mail as one table: which status may follow which."""

from __future__ import annotations

from collections.abc import Mapping

from models import EmailStatus, EventType

S = EmailStatus

#: Accepted and not handed over.
WAITING = (S.SCHEDULED, S.QUEUED)

#: The table. Back from `SENDING` goes only what the mail server has not taken: nothing follows
#: the final dot but its answer, or doubt.
MOVES: Mapping[EmailStatus, frozenset[EmailStatus]] = {
    S.SCHEDULED: frozenset({S.QUEUED, S.SENDING, S.FAILED, S.CANCELLED, S.SUPPRESSED}),
    S.QUEUED: frozenset({S.SCHEDULED, S.SENDING, S.FAILED, S.CANCELLED, S.SUPPRESSED}),
    S.SENDING: frozenset(
        {S.SCHEDULED, S.QUEUED, S.UNKNOWN, S.SENT, S.FAILED, S.CANCELLED, S.SUPPRESSED}
    ),
    S.UNKNOWN: frozenset({S.SENT, S.DELIVERED, S.REPLIED, S.BOUNCED, S.COMPLAINED, S.FAILED}),
    S.SENT: frozenset({S.DELIVERED, S.REPLIED, S.BOUNCED, S.COMPLAINED}),
    S.DELIVERED: frozenset({S.REPLIED, S.BOUNCED, S.COMPLAINED}),
    S.REPLIED: frozenset({S.COMPLAINED}),
    S.BOUNCED: frozenset(),
    S.COMPLAINED: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELLED: frozenset(),
    S.SUPPRESSED: frozenset(),
    S.RECEIVED: frozenset(),
}

TITLES: Mapping[EmailStatus, str] = {
    S.SCHEDULED: "E-mail scheduled",
    S.QUEUED: "E-mail queued",
    S.SENDING: "E-mail being sent",
    S.UNKNOWN: "E-mail in doubt",
    S.SENT: "E-mail sent",
    S.DELIVERED: "E-mail delivered",
    S.REPLIED: "E-mail answered",
    S.BOUNCED: "E-mail came back",
    S.COMPLAINED: "E-mail reported as unwanted",
    S.FAILED: "E-mail failed",
    S.CANCELLED: "E-mail cancelled",
    S.SUPPRESSED: "E-mail not permitted",
    S.RECEIVED: "E-mail received",
}


class IllegalEmailMoveError(Exception):
    """The table does not have this step."""


def event_type(status: EmailStatus) -> EventType:
    """What the log calls reaching this status."""
    return EventType[f"EMAIL_{status.value}"]
