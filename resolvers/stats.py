"""The workspace in figures: one statement for each table that is counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models import CallStatus, EmailStatus
from models.columns import wire
from models.database import Reads
from schema.condition import Values
from schema.context import Question
from schema.errors import InvalidFilterError
from schema.fields import asked
from schema.scalars import DateTime
from schema.stats import Stats, StatsRange

#: Four statements that count all there is.
COST = 100
DAYS = {"LAST_7_DAYS": 7, "LAST_30_DAYS": 30, "LAST_90_DAYS": 90, "ALL": None}
#: How a call that was placed can have ended.
ENDED = {
    CallStatus.COMPLETED,
    CallStatus.VOICEMAIL,
    CallStatus.NO_ANSWER,
    CallStatus.BUSY,
    CallStatus.REJECTED,
    CallStatus.FAILED,
}


@dataclass(frozen=True)
class Count:
    """The values of `CallStatusCount` and `EmailStatusCount`."""

    status: CallStatus | EmailStatus
    count: int


@dataclass(frozen=True)
class Agents:
    """The values of `AgentCounts`."""

    outbound: int
    inbound: int


@dataclass(frozen=True)
class Figures:
    """The values of `Stats`."""

    total_leads: int
    meetings_booked: int
    converted: int
    total_calls: int
    connected_calls: int
    answer_rate: float | None
    talk_seconds: int
    calls_by_status: list[Count]
    total_emails: int
    emails_by_status: list[Count]
    agents: Agents


@dataclass(frozen=True)
class Span:
    """From included, to excluded; either end may be open."""

    low: str | None
    high: str | None

    def sql(self, moment: str, bind: Values) -> str:
        """The condition that an expression's instant lies in the span."""
        ends = []
        if self.low is not None:
            ends.append(f" AND {moment} >= {bind('timestamptz', self.low)}")
        if self.high is not None:
            ends.append(f" AND {moment} < {bind('timestamptz', self.high)}")
        return "".join(ends)


def span(question: Question, arguments: dict[str, Any]) -> Span:
    """The span that is asked for: a range up to now, or from and to."""
    low, high = arguments.get("from"), arguments.get("to")
    range = arguments.get("range")
    if range is None:
        if low is not None and high is not None and low >= high:
            raise InvalidFilterError("`from` lies before `to`.").at("from")
        return Span(low, high)
    if low is not None or high is not None:
        raise InvalidFilterError("Give either `range` or `from` and `to`.").at("range")
    days = DAYS[range]
    if days is None:
        return Span(None, None)
    return Span(wire(datetime.fromisoformat(question.now) - timedelta(days=days)), None)


def figures(question: Question, arguments: dict[str, Any]) -> Reads[Figures]:
    """Counts leads, calls, e-mails and agents."""
    within = span(question, arguments)
    leads, meetings, converted = yield from _leads(question, within)
    calls = yield from _by_status(question, within, "call", "coalesce(sum(t.duration_ms), 0)")
    emails = yield from _by_status(question, within, "email", "0")
    agents = yield (
        f"SELECT t.type, count(*) FROM agent t WHERE t.workspace_id = "
        f"{Values(question.dialect).workspace} AND t.archived_at IS NULL GROUP BY t.type",
        [question.workspace],
    )
    by_type = {row[0]: int(row[1]) for row in agents}
    connected, talked = calls.get(CallStatus.COMPLETED, (0, 0))
    ended = sum(count for status, (count, _) in calls.items() if status in ENDED)
    return Figures(
        leads,
        meetings,
        converted,
        sum(count for count, _ in calls.values()),
        connected,
        round(connected / ended, 4) if ended else None,
        talked // 1000,
        [Count(each, calls[each][0]) for each in CallStatus if each in calls],
        sum(count for count, _ in emails.values()),
        [Count(each, emails[each][0]) for each in EmailStatus if each in emails],
        Agents(by_type.get("OUTBOUND", 0), by_type.get("INBOUND", 0)),
    )


def _leads(question: Question, within: Span) -> Reads[tuple[int, int, int]]:
    bind = Values(question.dialect)
    counts = [("", "t.created_at")]
    for flag, type in (("meeting_booked", "LEAD_MEETING_BOOKED"), ("converted", "LEAD_CONVERTED")):
        # When it came about says the log; leads that came with it, when they were created.
        moment = (
            "coalesce((SELECT max(e.created_at) FROM event e WHERE e.workspace_id = "
            f"t.workspace_id AND e.lead_id = t.id AND e.type = '{type}' "
            # Only events with a place in the log are in the index of a lead's events.
            "AND e.position IS NOT NULL), t.created_at)"
        )
        counts.append((f" AND t.{flag} = true", moment))
    selected = [
        f"(SELECT count(*) FROM lead t WHERE t.workspace_id = {bind.workspace}{condition}"
        f"{within.sql(moment, bind)})"
        for condition, moment in counts
    ]
    rows = yield f"SELECT {', '.join(selected)}", bind.all(question.workspace)
    leads, meetings, converted = rows[0]
    return int(leads), int(meetings), int(converted)


def _by_status(
    question: Question, within: Span, table: str, figure: str
) -> Reads[dict[str, tuple[int, int]]]:
    bind = Values(question.dialect)
    rows = yield (
        f'SELECT t.status, count(*), {figure} FROM "{table}" t '
        f"WHERE t.workspace_id = {bind.workspace}{within.sql('t.created_at', bind)} "
        "GROUP BY t.status",
        bind.all(question.workspace),
    )
    return {status: (int(count), int(value)) for status, count, value in rows}


def _stats() -> Any:
    field = asked(
        figures,
        "The workspace in figures: all of time, the last days, or a span.",
        "results:read",
        cost=COST,
        **{
            "range": (StatsRange, "The last days up to now; instead of `from` and `to`."),
            "from": (DateTime, "The first instant of the span."),
            "to": (DateTime, "The first instant behind the span."),
        },
    )
    field.type = Stats
    return field


QUERIES = {"stats": _stats()}
