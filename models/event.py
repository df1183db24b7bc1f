"""The event log: what happened, appended in the transaction in which it happened."""

from __future__ import annotations

from models.columns import BigInteger, Integer, Json, Text, Uuid, choice
from models.event_type import EventType
from models.row import Row
from models.vocabulary import Vocabulary


class Actor(Vocabulary):
    """Who caused an event."""

    API_KEY = "API_KEY", "A program with an API key or a client token."
    MEMBER = "MEMBER", "A person of the workspace."
    AGENT = "AGENT", "An agent by itself."
    LEAD = "LEAD", "The lead: answered, replied, opted out."
    PROVIDER = "PROVIDER", "A vendor's report."
    SYSTEM = "SYSTEM", "Switchboard itself: the dispatcher, a schedule, a command."


class Subject(Vocabulary):
    """The kind of object an event is about."""

    WORKSPACE = "WORKSPACE", "The workspace."
    MEMBER = "MEMBER", "A person of the workspace."
    API_KEY = "API_KEY", "An API key or client token."
    LEAD = "LEAD", "A lead."
    AGENT = "AGENT", "An agent."
    PHONE_NUMBER = "PHONE_NUMBER", "A phone number."
    CALL = "CALL", "A call."
    EMAIL = "EMAIL", "An e-mail."
    CAMPAIGN = "CAMPAIGN", "A campaign."
    RECIPIENT = "RECIPIENT", "A recipient of a campaign."
    SUPPRESSION = "SUPPRESSION", "A suppressed address."
    WEBHOOK = "WEBHOOK", "A webhook."
    PROVIDER_ACCOUNT = "PROVIDER_ACCOUNT", "An account with a vendor."


class Event(Row):
    """Something that happened in the workspace: an entry of the activity feed.

    Entries are appended and never changed. They name what they are about by id, also after
    it was deleted.
    """

    sequence = BigInteger(
        generated=True,
        description="Order of insertion over the whole database, with gaps. Never shown.",
    )
    position = BigInteger(
        null=True,
        description="Place in the workspace's log, without gaps, from 1; null for the moment until it is stamped. Cursors are made from it.",
    )
    type = choice(EventType, description="What happened.")
    subject_kind = choice(Subject, description="The kind of object it happened to.")
    subject_id = Uuid(description="The object it happened to.")
    version = Integer(
        default=1, description="The object's version after it, by which late arrivals can be told."
    )
    status = Text(
        null=True, description="The object's status, stage or state after it, where it has one."
    )
    title = Text(description="What happened in a few words, to show in a feed.")
    detail = Text(null=True, description="More about it, in a sentence.")
    metadata = Json(default=dict, description="Further data, as one JSON object.")
    actor = choice(Actor, default=Actor.SYSTEM, description="Who caused it.")
    actor_id = Uuid(
        null=True, description="The key, person, agent or lead that caused it, where there is one."
    )
    lead_id = Uuid(null=True, description="The lead concerned, if any.")
    agent_id = Uuid(null=True, description="The agent concerned, if any.")
    call_id = Uuid(null=True, description="The call concerned, if any.")
    email_id = Uuid(null=True, description="The e-mail concerned, if any.")
    campaign_id = Uuid(null=True, description="The campaign concerned, if any.")
    recipient_id = Uuid(null=True, description="The recipient concerned, if any.")
    phone_number_id = Uuid(null=True, description="The phone number concerned, if any.")

    class Meta:
        """Where rows are kept."""

        table = "event"
