"""What was said in a call."""

from __future__ import annotations

from models.columns import Integer, Text, Uuid, choice
from models.row import Row
from models.vocabulary import Vocabulary


class Speaker(Vocabulary):
    """Who speaks in a turn of a transcript."""

    AGENT = "AGENT", "Our agent."
    LEAD = "LEAD", "The person at the other end."
    SYSTEM = "SYSTEM", "An announcement or an instruction."
    TOOL = "TOOL", "A tool the agent used."


class TranscriptTurn(Row):
    """One turn of a call's transcript: one speaker's words without interruption."""

    call_id = Uuid(description="The call these words belong to.")
    position = Integer(description="Place of the turn in the transcript, from 0.")
    speaker = choice(Speaker, description="Who speaks.")
    text = Text(description="The words, as transcribed.")
    start_ms = Integer(
        null=True,
        description="When the turn begins, in milliseconds since the call was answered, where known.",
    )
    end_ms = Integer(
        null=True,
        description="When the turn ends, in milliseconds since the call was answered, where known.",
    )

    class Meta:
        """Where rows are kept."""

        table = "transcript_turn"
