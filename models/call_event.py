"""The timeline of a call."""

from __future__ import annotations

from models.call import CallStatus
from models.columns import Flag, Json, Text, Timestamp, Uuid, choice, now
from models.provider import Provider
from models.row import Row
from models.vocabulary import Vocabulary


class CallEventType(Vocabulary):
    """What happened during a call."""

    STATUS = "STATUS", "The call reached, or was reported in, a status."
    DISCLOSURE_PLAYED = "DISCLOSURE_PLAYED", "The notice about recording or AI was played."
    INTENT_DETECTED = "INTENT_DETECTED", "The analysis made out what the lead wants."
    HANDOFF_REQUESTED = "HANDOFF_REQUESTED", "The lead asked for a person."
    TRANSFERRED = "TRANSFERRED", "The call was handed on."
    VOICEMAIL_DETECTED = "VOICEMAIL_DETECTED", "A machine answered."
    OPT_OUT_DETECTED = "OPT_OUT_DETECTED", "The lead asked not to be called again."
    MESSAGE_SPOKEN = "MESSAGE_SPOKEN", "The agent was told to say something."
    DIGITS_PRESSED = "DIGITS_PRESSED", "Keys were pressed."
    TRANSCRIPT = "TRANSCRIPT", "The transcript grew or was completed."
    RECORDING = "RECORDING", "A recording became available, or did not."
    ANALYSIS = "ANALYSIS", "Summary and analysis arrived."
    CANCEL_REQUESTED = "CANCEL_REQUESTED", "Somebody asked to hang up."
    RESOLVED = "RESOLVED", "A person said what became of a call in doubt."
    PROVIDER = "PROVIDER", "The provider reported something of its own."


class CallEvent(Row):
    """One entry in a call's timeline. Entries are appended and never changed."""

    call_id = Uuid(description="The call this happened in.")
    type = choice(CallEventType, description="What happened.")
    status = choice(
        CallStatus, null=True, description="The status reported, for entries of type `STATUS`."
    )
    late = Flag(
        default=False,
        description="Whether the report came after a later status and therefore moved nothing.",
    )
    detail = Text(null=True, description="What happened, in a sentence or the provider's words.")
    metadata = Json(default=dict, description="Further data of this entry, as one JSON object.")
    provider = choice(Provider, null=True, description="The vendor that reported it, if one did.")
    provider_event_id = Text(
        null=True,
        description="Mark by which a repeated report is recognised; unique in the call. Never shown.",
    )
    occurred_at = Timestamp(
        default=now,
        description="When it happened, by the provider's clock where it told; `createdAt` is when we heard of it.",
    )

    class Meta:
        """Where rows are kept."""

        table = "call_event"
