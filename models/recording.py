"""The sound of a call."""

from __future__ import annotations

from models.columns import BigInteger, Integer, Json, Text, Timestamp, Uuid, choice
from models.provider import Provider
from models.row import Noun
from models.vocabulary import Vocabulary


class RecordingState(Vocabulary):
    """Whether a recording can be listened to."""

    PENDING = "PENDING", "The provider still works on it."
    AVAILABLE = "AVAILABLE", "Can be fetched."
    UNAVAILABLE = "UNAVAILABLE", "There is none, or it was lost."
    DELETED = "DELETED", "Was deleted, here or at the provider."


class Recording(Noun):
    """A recording of a call, kept at the provider or here, reached by signed links of ours."""

    call_id = Uuid(description="The call that was recorded.")
    state = choice(
        RecordingState,
        default=RecordingState.PENDING,
        description="Whether the recording can be listened to.",
    )
    media_type = Text(
        null=True, description="MIME type of the audio, such as `audio/mpeg`; null until known."
    )
    channels = Integer(
        null=True, description="1 when both sides are mixed, 2 when each side has a channel."
    )
    duration_ms = Integer(null=True, description="Length in milliseconds, where known.")
    size_bytes = BigInteger(null=True, description="Size of the audio in bytes, where known.")
    provider = choice(Provider, null=True, description="The vendor that made the recording.")
    provider_recording_id = Text(
        null=True, description="Id of the recording at the vendor, where it has one."
    )
    provider_url = Text(
        null=True, description="Where the vendor keeps the audio. Never shown; links are ours."
    )
    path = Text(
        null=True, description="Where our own copy lies, below the media directory. Never shown."
    )
    metadata = Json(
        default=dict, description="What the vendor said about the recording. Never shown."
    )
    available_at = Timestamp(null=True, description="When the recording could first be fetched.")

    class Meta:
        """Where rows are kept."""

        table = "recording"
