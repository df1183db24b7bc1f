"""An entry of the event log as it is written, before it has a place there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import Actor, EventType, Subject
from schema.context import Caller

#: Which column of an event names its subject.
COLUMNS = {
    Subject.LEAD: "lead_id",
    Subject.AGENT: "agent_id",
    Subject.CALL: "call_id",
    Subject.EMAIL: "email_id",
    Subject.CAMPAIGN: "campaign_id",
    Subject.RECIPIENT: "recipient_id",
    Subject.PHONE_NUMBER: "phone_number_id",
}


def entry(
    caller: Caller,
    id: str,
    now: str,
    type: EventType,
    subject: Subject,
    subject_id: str,
    told: Mapping[str, Any],
) -> dict[str, Any]:
    """The row of what the caller did to the subject, with what is told of it."""
    row: dict[str, Any] = {
        "workspace_id": caller.workspace_id,
        "id": id,
        "created_at": now,
        "type": type,
        "subject_kind": subject,
        "subject_id": subject_id,
        "actor": caller.actor,
        "actor_id": caller.key_id if caller.actor is Actor.API_KEY else None,
        **told,
    }
    if subject in COLUMNS:
        row[COLUMNS[subject]] = subject_id
    return row
