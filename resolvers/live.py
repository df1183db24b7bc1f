"""Live status: what can be subscribed to, and the cursor to start from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import strawberry

from schema import identity
from schema.errors import InvalidFilterError, InvalidIdError
from schema.fields import lazy, start, subscribed
from schema.live import ActivityEvent, CallStatusEvent, CallTranscriptEvent, CampaignProgressEvent
from schema.topic import CALL_TYPES, CAMPAIGN_TYPES, SPOKEN_TYPES, Topic, filtered

#: The nouns whose calls can be followed, by the argument that names one.
OF_CALLS = {"callId": "Call", "leadId": "Lead", "agentId": "Agent", "campaignId": "Campaign"}


def call_status(arguments: dict[str, Any]) -> Topic:
    """The calls of one thing, or all."""
    given = [name for name in OF_CALLS if arguments.get(name) is not None]
    if not given:
        return Topic(CALL_TYPES)
    if len(given) > 1:
        raise InvalidFilterError(f"Give one of {', '.join(OF_CALLS)}.").at(given[1])
    (name,) = given
    return replace(_about(OF_CALLS[name], name, arguments, CALL_TYPES), ends=name == "callId")


def call_transcript(arguments: dict[str, Any]) -> Topic:
    """What is said in one call."""
    return replace(_about("Call", "callId", arguments, SPOKEN_TYPES), spoken=True)


def activity(arguments: dict[str, Any]) -> Topic:
    """All that happens, or what a filter leaves of it."""
    try:
        return filtered(arguments.get("filter"))
    except InvalidFilterError as error:
        raise error.at("filter") from None


def campaign_progress(arguments: dict[str, Any]) -> Topic:
    """What brings one campaign on."""
    return _about("Campaign", "campaignId", arguments, CAMPAIGN_TYPES)


def _about(noun: str, argument: str, arguments: dict[str, Any], types: frozenset[str]) -> Topic:
    prefix = noun.lower()
    try:
        id = identity.parse(arguments[argument], prefix)
    except InvalidIdError as error:
        raise error.at(argument) from None
    return Topic(types, f"{prefix}_id", id, noun)


def _cursor() -> Any:
    field = start(
        "The place in the event log where this operation began. What happened before it is in the "
        "answer; give it as `after` of a subscription for all that happens then."
    )
    field.type = str
    return field


QUERIES = {"cursor": _cursor()}
_AFTER = (
    str,
    "Go on after this cursor: of an event, of a query's or mutation's `cursor`, or of an entry of "
    "`activity`. Without it only what happens from now on comes.",
)
SUBSCRIPTIONS = {
    "call_status": subscribed(
        CallStatusEvent,
        call_status,
        "What happens to calls: to one, to those of a lead, an agent or a campaign, or to all. "
        "With `callId` it completes once the call is over and its recording, transcript and "
        "analysis are there.",
        "calls:read",
        call_id=(strawberry.ID, "This call."),
        lead_id=(strawberry.ID, "The calls of this lead."),
        agent_id=(strawberry.ID, "The calls of this agent."),
        campaign_id=(strawberry.ID, "The calls of this campaign."),
        after=_AFTER,
    ),
    "call_transcript": subscribed(
        CallTranscriptEvent,
        call_transcript,
        "What is said in a call, turn by turn, and what is just being said where the provider "
        "tells.",
        "calls:read",
        required="call_id",
        call_id=(strawberry.ID, "The call."),
        after=_AFTER,
    ),
    "activity": subscribed(
        ActivityEvent,
        activity,
        "What happens in the workspace.",
        "activity:read",
        filter=(lazy("ActivityFilter"), "Only what meets all of these."),
        after=_AFTER,
    ),
    "campaign_progress": subscribed(
        CampaignProgressEvent,
        campaign_progress,
        "How a campaign comes on.",
        "campaigns:read",
        required="campaign_id",
        campaign_id=(strawberry.ID, "The campaign."),
        after=_AFTER,
    ),
}
