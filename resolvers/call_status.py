"""The life of a call as one table: which status may follow which."""

from __future__ import annotations

from collections.abc import Mapping

from models import CallStatus, EventType

S = CallStatus

#: Accepted and not dialled.
WAITING = (S.SCHEDULED, S.QUEUED)
#: Handed to a provider and not over: each takes a place among the concurrent calls.
LIVE = (S.DIALING, S.UNKNOWN, S.RINGING, S.IN_PROGRESS)
#: Ends that a provider reports, or that a hang-up brings about.
ENDS = (S.COMPLETED, S.VOICEMAIL, S.NO_ANSWER, S.BUSY, S.REJECTED, S.FAILED, S.CANCELLED)
#: All ends.
ENDED = (*ENDS, S.BLOCKED)

#: How far along a status is. A report moves a call only further along.
RANK: Mapping[CallStatus, int] = {
    S.SCHEDULED: 0,
    S.QUEUED: 1,
    S.DIALING: 2,
    S.UNKNOWN: 3,
    S.RINGING: 4,
    S.IN_PROGRESS: 5,
    **dict.fromkeys(ENDED, 6),
}

#: The table. Back from `DIALING` goes only the owner of the attempt, on proof that nothing was
#: sent or on a refusal that the provider documents as not processed.
MOVES: Mapping[CallStatus, frozenset[CallStatus]] = {
    S.SCHEDULED: frozenset({S.QUEUED, S.DIALING, S.FAILED, S.CANCELLED, S.BLOCKED}),
    S.QUEUED: frozenset({S.SCHEDULED, S.DIALING, S.FAILED, S.CANCELLED, S.BLOCKED}),
    S.DIALING: frozenset({S.SCHEDULED, S.QUEUED, S.UNKNOWN, S.RINGING, S.IN_PROGRESS, *ENDS}),
    S.UNKNOWN: frozenset({S.RINGING, S.IN_PROGRESS, *ENDS}),
    S.RINGING: frozenset({S.IN_PROGRESS, *ENDS}),
    S.IN_PROGRESS: frozenset(ENDS),
    **dict.fromkeys(ENDED, frozenset()),
}

TITLES: Mapping[CallStatus, str] = {
    S.SCHEDULED: "Call scheduled",
    S.QUEUED: "Call queued",
    S.DIALING: "Dialing",
    S.UNKNOWN: "Call in doubt",
    S.RINGING: "Ringing",
    S.IN_PROGRESS: "Call answered",
    S.COMPLETED: "Call completed",
    S.VOICEMAIL: "Voicemail reached",
    S.NO_ANSWER: "No answer",
    S.BUSY: "Line busy",
    S.REJECTED: "Call declined",
    S.FAILED: "Call failed",
    S.CANCELLED: "Call cancelled",
    S.BLOCKED: "Call blocked",
}


class IllegalMoveError(Exception):
    """The table does not have this step."""


def further(before: CallStatus, after: CallStatus) -> bool:
    """Whether a report of `after` moves a call on that is at `before`."""
    return RANK[after] > RANK[before] and after in MOVES[before]


def event_type(status: CallStatus) -> EventType:
    """What the log calls reaching this status."""
    return EventType[f"CALL_{status.value}"]
