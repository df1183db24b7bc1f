"""What is said in one call, and what its analysis makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.demo.dialogues import SKELETONS, VOICEMAIL
from gateway.demo.dice import Dice
from gateway.demo.leads import Prospect
from gateway.demo.phrases import agreed_in_english, filled, slots, spoken
from models import Speaker

#: Spoken pace: milliseconds a character, and the pause before the other side speaks.
PACE = (52, 74)
PAUSE = (250, 1400)

SPEAKERS = {"A": Speaker.AGENT, "L": Speaker.LEAD}


@dataclass(frozen=True)
class Outcome:
    """What a conversation comes to, in the words of the analysis."""

    intent: str
    outcome: str
    sentiments: tuple[str, ...]
    summaries: tuple[str, ...]


OUTCOMES = {
    "meeting": Outcome(
        "book_demo",
        "meeting booked",
        ("positive", "positive", "neutral"),
        (
            "{name} plans {vehicles} vehicles with {tool} and agreed to a demo on {day} at {hour}.",
            "After hearing that {benefit}, {name} of {company} booked a demo for {day} at {hour}.",
        ),
    ),
    "interested": Outcome(
        "request_information",
        "interested",
        ("positive", "neutral"),
        (
            "{name} is interested and asked for documents with prices at {email}. Main concern: {pain}.",
            "{company} runs {vehicles} vehicles. {name} wants to see a comparison before deciding.",
        ),
    ),
    "callback": Outcome(
        "call_back_later",
        "callback",
        ("neutral",),
        ("{name} had no time and asked for a call on {day} at {hour}.",),
    ),
    "not_interested": Outcome(
        "decline",
        "not interested",
        ("neutral", "negative"),
        (
            "{name} declined: no need for route planning at {company} at present.",
            "{company} has another solution. {name} does not want to be asked again soon.",
        ),
    ),
    "opt_out": Outcome(
        "stop_contact",
        "opted out",
        ("negative",),
        ("{name} asked not to be called again. The number was suppressed at once.",),
    ),
    "gatekeeper": Outcome(
        "relay_message",
        "wrong person",
        ("neutral",),
        ("A colleague answered; {name} was not available. Another time was suggested.",),
    ),
    "transferred": Outcome(
        "speak_to_human",
        "transferred",
        ("neutral", "positive"),
        ("{name} wanted to talk about prices with a person and was put through to sales.",),
    ),
    "won": Outcome(
        "purchase",
        "contract agreed",
        ("positive",),
        (
            "The trial convinced {name}: {company} takes a monthly contract for {vehicles} vehicles.",
        ),
    ),
    "inbound": Outcome(
        "ask_question",
        "question answered",
        ("positive", "neutral"),
        ("{name} of {company} called with a question about the planner, which was answered.",),
    ),
}


@dataclass(frozen=True)
class Turn:
    """One speaker's words; times are milliseconds since the answer."""

    speaker: Speaker
    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class Conversation:
    """A call's words with their analysis."""

    turns: tuple[Turn, ...]
    duration_ms: int
    language: str
    summary: str | None = None
    intent: str | None = None
    sentiment: str | None = None
    outcome: str | None = None
    answers: Mapping[str, Any] | None = None


def converse(dice: Dice, lead: Prospect, agent: Mapping[str, Any], outcome: str) -> Conversation:
    """A conversation of this agent with this lead that comes to this outcome."""
    language = spoken(agent)
    known = slots(dice, lead, agent, language)
    skeleton = dice.choice(SKELETONS[language][outcome])
    turns = _spoken(
        dice,
        [(SPEAKERS[who], filled(dice.choice(words), known)) for who, words in skeleton],
    )
    found = OUTCOMES[outcome]
    english = (
        known if language == "en" else slots(dice, lead, agent, "en") | agreed_in_english(known)
    )
    return Conversation(
        turns,
        turns[-1].end_ms + dice.randint(400, 2600),
        agent["language"],
        filled(dice.choice(found.summaries), english),
        found.intent,
        dice.choice(found.sentiments),
        found.outcome,
        _answers(dice, lead, outcome),
    )


def voicemail(dice: Dice, lead: Prospect, agent: Mapping[str, Any]) -> Conversation:
    """What the agent leaves on a machine, where it leaves anything."""
    if agent["voicemail_action"] != "LEAVE_MESSAGE":
        return Conversation((), dice.randint(3_000, 7_000), agent["language"])
    language = spoken(agent)
    text = filled(VOICEMAIL[language], slots(dice, lead, agent, language))
    turns = _spoken(dice, [(Speaker.AGENT, text)], after=dice.randint(4_000, 11_000))
    return Conversation(turns, turns[-1].end_ms + dice.randint(300, 900), agent["language"])


def _spoken(dice: Dice, lines: list[tuple[Speaker, str]], after: int = 0) -> tuple[Turn, ...]:
    turns = []
    clock = after + dice.randint(300, 900)
    for speaker, text in lines:
        end = clock + 350 + len(text) * dice.randint(*PACE)
        turns.append(Turn(speaker, text, clock, end))
        clock = end + dice.randint(*PAUSE)
    return tuple(turns)


def _answers(dice: Dice, lead: Prospect, outcome: str) -> dict[str, Any]:
    """What an analysis could extract; a campaign's schema picks from it."""
    talked = outcome not in ("callback", "opt_out", "gatekeeper")
    wants = outcome in ("meeting", "interested", "transferred", "won")
    timelines = ("this month", "this quarter", "this year") if wants else ("none",)
    return {
        "vehicles": lead.vehicles if talked else None,
        "current_tool": lead.tool["en"] if talked else None,
        "decision_maker": dice.chance(0.6) if talked else None,
        "timeline": dice.choice(timelines) if talked else None,
        "meeting_agreed": outcome == "meeting",
        "objection": dice.choice(("price", "contract elsewhere", "no need"))
        if outcome == "not_interested"
        else None,
        "callback_requested": outcome == "callback",
    }
