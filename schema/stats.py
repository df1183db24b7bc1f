"""Stats: the workspace in figures."""

from __future__ import annotations

from enum import Enum

import strawberry

from models import CallStatus, EmailStatus
from schema.fields import attribute


@strawberry.enum(description="A span of time up to now.")
class StatsRange(Enum):
    """A span of time up to now, with its length in days."""

    LAST_7_DAYS = strawberry.enum_value("LAST_7_DAYS", description="The last 168 hours.")
    LAST_30_DAYS = strawberry.enum_value("LAST_30_DAYS", description="The last 30 times 24 hours.")
    LAST_90_DAYS = strawberry.enum_value("LAST_90_DAYS", description="The last 90 times 24 hours.")
    ALL = strawberry.enum_value("ALL", description="Since the beginning.")


@strawberry.type(description="How many calls have a status.")
class CallStatusCount:
    """How many calls have a status."""

    status: CallStatus = attribute("status", "The status that the calls have now.")
    count: int = attribute("count", "How many calls.")


@strawberry.type(description="How many e-mails have a status.")
class EmailStatusCount:
    """How many e-mails have a status."""

    status: EmailStatus = attribute("status", "The status that the e-mails have now.")
    count: int = attribute("count", "How many e-mails.")


@strawberry.type(description="How many agents there are at present, archived ones left out.")
class AgentCounts:
    """How many agents there are."""

    outbound: int = attribute("outbound", "Those that reach out.")
    inbound: int = attribute("inbound", "Those that answer.")


@strawberry.type(description="The workspace in figures, over a span of time.")
class Stats:
    """The workspace in figures."""

    total_leads: int = attribute("total_leads", "Leads that were created in the span.")
    meetings_booked: int = attribute(
        "meetings_booked", "Leads with a meeting that was agreed in the span."
    )
    converted: int = attribute("converted", "Leads that became customers in the span.")
    total_calls: int = attribute(
        "total_calls", "Calls that were asked for or came in during the span, in any status."
    )
    connected_calls: int = attribute(
        "connected_calls", "Those of them that ended after a conversation."
    )
    answer_rate: float | None = attribute(
        "answer_rate",
        "Connected calls as a part of all calls that were placed and have ended, from 0 to 1; "
        "null where none has. Voicemail is no answer.",
    )
    talk_seconds: int = attribute("talk_seconds", "How long the connected calls lasted together.")
    calls_by_status: list[CallStatusCount] = attribute(
        "calls_by_status", "The calls of the span by status; statuses without calls are left out."
    )
    total_emails: int = attribute(
        "total_emails", "E-mails that were asked for or came in during the span, in any status."
    )
    emails_by_status: list[EmailStatusCount] = attribute(
        "emails_by_status", "The e-mails of the span by status; those without are left out."
    )
    agents: AgentCounts = attribute("agents", "The agents at present, whatever the span.")
