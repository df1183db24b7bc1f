"""What a call leaves behind: its timeline, its transcript and its recording."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.demo.book import Book, Values
from gateway.demo.conversations import Conversation
from gateway.demo.dice import Dice
from gateway.outreach.sound import size
from models import (
    CallEvent,
    CallEventType,
    CallStatus,
    Provider,
    Recording,
    RecordingState,
    TranscriptTurn,
)


@dataclass(frozen=True)
class Entry:
    """One line of a timeline."""

    at: datetime
    type: CallEventType
    status: CallStatus | None = None
    detail: str | None = None


def timeline(book: Book, dice: Dice, call: Values, statuses: list[Entry], outcome: str) -> None:
    """Write a call's timeline: its statuses, and what was noticed in between."""
    entries = statuses + _noticed(dice, call, outcome)
    for entry in sorted(entries, key=lambda each: each.at):
        reported = entry.status not in (CallStatus.SCHEDULED, CallStatus.QUEUED)
        book.add(
            CallEvent,
            {
                "id": dice.id(entry.at),
                "created_at": entry.at,
                "call_id": call["id"],
                "type": entry.type,
                "status": entry.status,
                "detail": entry.detail,
                "provider": call["provider"] if reported else None,
                "occurred_at": entry.at,
            },
        )


def _noticed(dice: Dice, call: Values, outcome: str) -> list[Entry]:
    answered, ended = call.get("answered_at"), call.get("ended_at")
    if answered is None or ended is None:
        return []
    if call["status"] is CallStatus.VOICEMAIL:
        heard = answered + (ended - answered) * 0.4
        entries = [_entry(heard, CallEventType.VOICEMAIL_DETECTED, "A machine answered.")]
    else:
        late = answered + (ended - answered) * 0.8
        entries = [
            _entry(
                answered + dice.lapse(0.6, 2.4),
                CallEventType.DISCLOSURE_PLAYED,
                "Recording and AI were announced.",
            ),
            _entry(late, CallEventType.INTENT_DETECTED, call["intent"]),
        ]
        if outcome == "opt_out":
            words = "The lead asked not to be called again."
            entries.append(
                _entry(late + dice.lapse(0.1, 0.4), CallEventType.OPT_OUT_DETECTED, words)
            )
        if outcome == "transferred":
            words = "The lead asked for a person."
            entries.append(
                _entry(late + dice.lapse(0.1, 0.4), CallEventType.HANDOFF_REQUESTED, words)
            )
            over = ended - timedelta(milliseconds=40)
            entries.append(_entry(over, CallEventType.TRANSFERRED, call["transferred_to"]))
    ready = call["artifacts_at"]
    steps = (
        (CallEventType.TRANSCRIPT, "The transcript is complete."),
        (CallEventType.RECORDING, "The recording is available."),
        (CallEventType.ANALYSIS, "Summary and analysis arrived."),
    )
    for place, (type_, words) in enumerate(steps if call.get("summary") else steps[:2]):
        entries.append(_entry(ready - timedelta(milliseconds=900 - 300 * place), type_, words))
    return entries


def _entry(at: datetime, type_: CallEventType, detail: str) -> Entry:
    return Entry(at.replace(microsecond=at.microsecond // 1000 * 1000), type_, None, detail)


def artifacts(book: Book, dice: Dice, call: Values, talk: Conversation) -> None:
    """Write a call's transcript and its recording."""
    answered = call["answered_at"]
    for position, turn in enumerate(talk.turns):
        said = answered + timedelta(milliseconds=turn.end_ms)
        book.add(
            TranscriptTurn,
            {
                "id": dice.id(said),
                "created_at": said,
                "call_id": call["id"],
                "position": position,
                "speaker": turn.speaker,
                "text": turn.text,
                "start_ms": turn.start_ms,
                "end_ms": turn.end_ms,
            },
        )
    state = dice.weighted(
        {
            RecordingState.AVAILABLE: 96,
            RecordingState.UNAVAILABLE: 2,
            RecordingState.DELETED: 2,
        }
    )
    kept = state is not RecordingState.UNAVAILABLE
    available = call["artifacts_at"] - timedelta(milliseconds=600)
    book.add(
        Recording,
        {
            "id": dice.id(call["ended_at"]),
            "created_at": call["ended_at"],
            "updated_at": available,
            "version": 2,
            "call_id": call["id"],
            "state": state,
            "media_type": "audio/wav" if kept else None,
            "channels": 2 if kept else None,
            "duration_ms": talk.duration_ms if kept else None,
            "size_bytes": size(talk.duration_ms) if kept else None,
            "provider": Provider.SIMULATOR,
            "provider_recording_id": f"rec-{call['provider_call_id']}",
            "available_at": available if kept else None,
        },
    )
