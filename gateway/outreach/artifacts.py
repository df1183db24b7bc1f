"""What a call leaves behind: transcript, recording and analysis, as the provider tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.outreach.providers.provider import Analysis, Report, Sound
from models import EventType, Provider, Recording, RecordingState, TranscriptTurn
from models.columns import new_id
from resolvers.call_progress import tell
from schema.unit import Unit

#: Characters of one turn; providers transcribe monologues.
LONGEST = 20_000


async def keep_turns(unit: Unit, call: Mapping[str, Any], report: Report) -> bool:
    """Append the turns that are not there yet; whether there were any."""
    turns = report.turns or ()
    if report.spoken is not None:
        turns = (report.spoken,)
    mark = "$" if unit.dialect == "postgres" else "?"
    rows = await unit.read(
        f"SELECT max(position) FROM transcript_turn WHERE workspace_id = {mark}1 "
        f"AND call_id = {mark}2",
        [unit.workspace_id, call["id"]],
    )
    first = 0 if rows[0][0] is None else rows[0][0] + 1
    new = [
        {
            "id": new_id(),
            "call_id": call["id"],
            "position": first + place,
            "speaker": turn.speaker,
            "text": turn.text[:LONGEST],
            "start_ms": turn.start_ms,
            "end_ms": turn.end_ms,
        }
        for place, turn in enumerate(turns if report.spoken else turns[first:])
    ]
    if report.whole and first:
        return False
    if not new:
        return False
    await unit.insert_many(TranscriptTurn, new)
    for row in new:
        said = {"turnId": f"turn_{row['id']}", "position": row["position"]}
        title = f"{row['speaker'].capitalize()} spoke"
        tell(unit, call, EventType.CALL_TRANSCRIPT_TURN, title, row["text"][:300], said)
    return True


def keep_analysis(analysis: Analysis) -> dict[str, Any]:
    """The columns of what the provider made of the call."""
    found = {
        "summary": analysis.summary,
        "intent": analysis.intent,
        "sentiment": analysis.sentiment,
        "outcome": analysis.outcome,
        "extracted": None if analysis.extracted is None else dict(analysis.extracted),
        "detected_language": analysis.detected_language,
    }
    return {name: value for name, value in found.items() if value is not None}


async def keep_sound(unit: Unit, call: Mapping[str, Any], sound: Sound) -> None:
    """Note the recording; its bytes are fetched from where it lies."""
    known = await unit.find(Recording, ("id",), {"call_id": call["id"]})
    # What was simulated is rendered when somebody first listens.
    here = sound.path is not None or call["provider"] == Provider.SIMULATOR
    state = RecordingState.AVAILABLE if here else RecordingState.PENDING
    row = {
        "state": RecordingState.UNAVAILABLE if sound.lost else state,
        "available_at": unit.now if here else None,
        "media_type": sound.media_type,
        "channels": sound.channels,
        "duration_ms": sound.duration_ms,
        "provider": Provider[call["provider"]],
        "provider_recording_id": sound.id,
        "provider_url": sound.url,
        "path": sound.path,
        "size_bytes": sound.size_bytes,
    }
    if known:
        await unit.update(Recording, known[0][0], row)
    else:
        id = sound.kept_as or new_id()
        await unit.insert(Recording, {"id": id, "call_id": call["id"], **row})
