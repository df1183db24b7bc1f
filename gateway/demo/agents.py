"""The demo's six agents: who they are and what they know."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta

from gateway.demo.book import Book, Happening, Values
from gateway.demo.dice import Dice
from gateway.demo.product import COMPANY, ENGLISH, GERMAN
from models import (
    Actor,
    Agent,
    AgentMode,
    AgentType,
    EventType,
    OutreachModel,
    Subject,
    VoicemailAction,
)

#: The agent that was put away, and how many days ago.
ARCHIVED, ARCHIVED_DAYS = "Max", 58

VOICEMAIL_MESSAGE = (
    "Hello, this is Brindlewick. It is about planning your delivery tours. We will try again, "
    "or call us back on this number. Goodbye."
)


@dataclass(frozen=True)
class Character:
    """One agent in short."""

    name: str
    type: AgentType
    language: str
    time_zone: str
    days_ago: int
    voicemail: VoicemailAction
    transfer_number: str | None
    mode: AgentMode = AgentMode.AUTOPILOT
    outreach: OutreachModel = OutreachModel.BOTH


CHARACTERS = (
    # Transfers go to numbers kept for fiction, like every number of the demo.
    Character(
        "Max",
        AgentType.OUTBOUND,
        "en-US",
        "America/Chicago",
        93,
        VoicemailAction.HANG_UP,
        None,
        outreach=OutreachModel.CALL,
    ),
    Character(
        "Ava",
        AgentType.OUTBOUND,
        "en-US",
        "America/New_York",
        92,
        VoicemailAction.LEAVE_MESSAGE,
        "+12125550198",
    ),
    Character(
        "Oliver",
        AgentType.OUTBOUND,
        "en-GB",
        "Europe/London",
        91,
        VoicemailAction.LEAVE_MESSAGE,
        "+442079460998",
    ),
    Character(
        "Lena",
        AgentType.OUTBOUND,
        "de-DE",
        "Europe/Berlin",
        90,
        VoicemailAction.HANG_UP,
        "+493023125998",
    ),
    Character(
        "Maya",
        AgentType.INBOUND,
        "en-US",
        "America/New_York",
        89,
        VoicemailAction.HANG_UP,
        "+12125550198",
    ),
    Character(
        "Jonas",
        AgentType.INBOUND,
        "de-DE",
        "Europe/Berlin",
        88,
        VoicemailAction.HANG_UP,
        "+493023125998",
        mode=AgentMode.COPILOT,
    ),
)

FIRST_MESSAGE = {
    ("en", AgentType.OUTBOUND): (
        "Hello, this is {name} from Brindlewick, an AI assistant. This call is recorded. "
        "Do you have a minute?"
    ),
    ("en", AgentType.INBOUND): (
        "Brindlewick, you are speaking with {name}, an AI assistant. This call is recorded. "
        "How can I help?"
    ),
    ("de", AgentType.OUTBOUND): (
        "Guten Tag, hier ist {name} von Brindlewick, ein KI-Assistent. Das Gespräch wird "
        "aufgezeichnet. Haben Sie einen Moment?"
    ),
    ("de", AgentType.INBOUND): (
        "Brindlewick, {name} am Apparat, ein KI-Assistent. Das Gespräch wird aufgezeichnet. "
        "Was kann ich für Sie tun?"
    ),
}

SYSTEM_PROMPT = {
    "en": (
        "You are {name}, a friendly and brief sales assistant of Brindlewick. Say that you are an "
        "AI and that the call is recorded. {aim} Ask one question at a time, never argue, never "
        "promise discounts. When somebody does not want to be called, confirm it and end the call."
    ),
    "de": (
        "Du bist {name}, freundlich und knapp, im Vertrieb von Brindlewick. Sage, dass du eine KI "
        "bist und dass aufgezeichnet wird. {aim} Stelle eine Frage auf einmal, streite nie, "
        "versprich keine Rabatte. Wer keine Anrufe möchte, bekommt das bestätigt, und du legst auf."
    ),
}

AIM = {
    ("en", AgentType.OUTBOUND): "Find out how tours are planned today and offer a short demo.",
    ("en", AgentType.INBOUND): "Answer questions about the planner and offer a short demo.",
    (
        "de",
        AgentType.OUTBOUND,
    ): "Finde heraus, wie heute geplant wird, und biete eine Vorführung an.",
    ("de", AgentType.INBOUND): "Beantworte Fragen zum Planer und biete eine Vorführung an.",
}

#: What every call is asked for afterwards, in the form that voice platforms take.
ANALYSIS = [
    {"type": "number", "name": "vehicles", "description": "Vehicles the company delivers with."},
    {"type": "string", "name": "current_tool", "description": "How tours are planned today."},
    {"type": "boolean", "name": "meeting_agreed", "description": "Whether a demo was agreed."},
]


def agents(book: Book, dice: Dice, owner_id: str) -> dict[str, Values]:
    """The agents by name."""
    made = {}
    for number, character in enumerate(CHARACTERS, 1):
        row = book.add(Agent, _row(book, dice, character, number))
        made[character.name] = row
        happened = [(row["created_at"], EventType.AGENT_CREATED, "Agent created")]
        if row["active"]:
            tuned = row["created_at"] + dice.lapse(1200, 7200)
            happened.append((tuned, EventType.AGENT_UPDATED, "Agent's knowledge written"))
        else:
            happened.append((row["archived_at"], EventType.AGENT_ARCHIVED, "Agent archived"))
        book.tell(
            Happening(
                at,
                type_,
                Subject.AGENT,
                row["id"],
                title,
                {"agent_id": row["id"]},
                detail=f"{character.name}, {character.type.value.lower()}, {character.language}",
                actor=Actor.MEMBER,
                actor_id=owner_id,
            )
            for at, type_, title in happened
        )
    return made


def _row(book: Book, dice: Dice, character: Character, number: int) -> Values:
    created = book.now - timedelta(days=character.days_ago) - dice.lapse(0, 3600)
    language = character.language.partition("-")[0]
    kind = language, character.type
    name = character.name
    archived = name == ARCHIVED
    return {
        "id": dice.id(created),
        "created_at": created,
        "number": number,
        "name": name,
        "type": character.type,
        "mode": character.mode,
        "automation_enabled": character.mode is AgentMode.AUTOPILOT and not archived,
        "active": not archived,
        "outreach_model": character.outreach,
        "language": character.language,
        "time_zone": character.time_zone,
        "voice_engine": "simulator",
        "voice_id": f"voice-{name.lower()}",
        "model": "simulated",
        "email_address": f"{name.lower()}@example.com",
        "reply_to": "sales@example.com" if character.type is AgentType.OUTBOUND else None,
        "email_signature": f"{name}\n{COMPANY}\nhttps://routes.example.com",
        "system_prompt": SYSTEM_PROMPT[language].format(name=name, aim=AIM[kind]),
        "first_message": FIRST_MESSAGE[kind].format(name=name),
        **asdict(GERMAN if language == "de" else ENGLISH),
        "post_call_analysis_data": ANALYSIS,
        "transfer_number": character.transfer_number,
        "voicemail_action": character.voicemail,
        "voicemail_message": VOICEMAIL_MESSAGE
        if character.voicemail is VoicemailAction.LEAVE_MESSAGE
        else None,
        "ring_timeout_ms": 30_000 if character.type is AgentType.OUTBOUND else 45_000,
        "max_concurrent_calls": 3,
        "max_emails_per_day": 60,
        "archived_at": book.now - timedelta(days=ARCHIVED_DAYS) if archived else None,
    }
