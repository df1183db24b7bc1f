"""The life of a simulated call: a pure function of its seed, its id and what was ordered."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.outreach.simulated_words import (
    ANALYSES,
    BENEFIT,
    DAYS,
    HOURS,
    OPENING,
    PITCH,
    REASON,
    SKELETONS,
    VOICEMAIL,
)

#: How calls come out, in percent.
OUTCOMES = {
    "completed": 56,
    "voicemail": 18,
    "no-answer": 14,
    "busy": 6,
    "rejected": 4,
    "failed": 2,
}
#: What conversations come to, in percent.
TALKS = {"meeting": 25, "interested": 30, "callback": 20, "not_interested": 22, "opt_out": 3}
#: Milliseconds a character that is spoken, and of a pause before the other one speaks.
PACE = (48, 62)
PAUSE = (250, 1_100)
#: What a second of talking costs, in millionths of a dollar.
COST_MICROS = 1_400


@dataclass(frozen=True)
class Turn:
    """What one side says; times are milliseconds since the answer."""

    speaker: str
    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class Step:
    """Something that happens, in milliseconds since the call was placed."""

    at_ms: int
    status: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Life:
    """All that will happen in a call unless somebody ends it before."""

    steps: Sequence[Step]
    answered_ms: int | None = None
    turns: Sequence[Turn] = ()
    analysis: Mapping[str, Any] | None = None
    artifacts_ms: int | None = None
    """When transcript, recording and analysis are complete."""

    @property
    def end(self) -> Step:
        """The last step."""
        return self.steps[-1]


def life(seed: str, id: str, order: Mapping[str, Any]) -> Life:
    """How this call goes."""
    dice = random.Random(f"{seed}/{id}")  # noqa: S311
    wanted = order.get("outcome")
    outcome = wanted if wanted in OUTCOMES else _weighted(dice, OUTCOMES)
    queued = Step(0, "queued")
    if outcome in ("busy", "failed"):
        sip, detail = (486, "Busy Here") if outcome == "busy" else (503, "Service Unavailable")
        end = Step(dice.randint(900, 3_500), outcome, {"sipCode": sip, "detail": detail})
        return Life((queued, end))
    ringing = Step(dice.randint(700, 2_200), "ringing")
    limit = int(order["ringTimeoutMs"])
    if outcome == "no-answer":
        end = Step(ringing.at_ms + limit, outcome, {"sipCode": 480})
        return Life((queued, ringing, end))
    if outcome == "rejected":
        end = Step(ringing.at_ms + dice.randint(2_500, 9_000), outcome, {"sipCode": 603})
        return Life((queued, ringing, end))
    machine = outcome == "voicemail"
    rung = dice.randint(12_000, 20_000) if machine else dice.randint(2_500, 11_000)
    answered = ringing.at_ms + min(rung, limit - 500)
    known = _known(dice, order)
    if machine:
        turns, analysis, span = _machine(dice, order, known)
        hangup = "agent"
    else:
        turns, analysis, span = _talk(dice, known, order.get("talk"))
        if order.get("schema"):
            analysis = {**analysis, "extracted": found_out(dice, order["schema"], analysis)}
        hangup = dice.choice(("lead", "lead", "agent"))
    ended = {"hangupBy": hangup, "sipCode": 200, "detail": None}
    longest = int(order["maxDurationMs"])
    if span > longest:
        span = longest
        turns = tuple(each for each in turns if each.end_ms <= span)
        ended = {"hangupBy": "provider", "sipCode": 200, "detail": "max-duration"}
    data = {"answeredBy": "machine" if machine else "human"}
    end = Step(
        answered + span, outcome, {**ended, "durationMs": span, "costMicros": cost_micros(span)}
    )
    steps = (queued, ringing, Step(answered, "in-progress", data), end)
    return Life(steps, answered, turns, analysis, end.at_ms + dice.randint(800, 2_500))


def cost_micros(span_ms: int) -> int:
    """What so much talking costs, in millionths of a dollar; seconds that have begun count."""
    return (span_ms + 999) // 1_000 * COST_MICROS


def _known(dice: random.Random, order: Mapping[str, Any]) -> dict[str, str]:
    agent, lead = order["agent"], order["lead"]
    name = lead.get("name") or "the owner"
    opening = order.get("firstMessage") or dice.choice(OPENING)
    slots = {"agent": agent.get("name") or "your assistant", "name": name}
    reason = order.get("reason")
    return {
        **slots,
        "opening": _filled(opening, slots),
        "reason": f"It is about this: {reason}" if reason else REASON,
        "pitch": _short(agent.get("elevatorPitch") or agent.get("productExplanation") or PITCH),
        "benefit": _short(agent.get("benefits") or agent.get("valueProposition") or BENEFIT),
        "day": dice.choice(DAYS),
        "hour": dice.choice(HOURS),
    }


def _talk(
    dice: random.Random, known: Mapping[str, str], wanted: Any
) -> tuple[tuple[Turn, ...], Mapping[str, Any], int]:
    come_to = wanted if wanted in TALKS else _weighted(dice, TALKS)
    lines = [
        ("agent" if who == "A" else "lead", _filled(dice.choice(words), known))
        for who, words in SKELETONS[come_to]
    ]
    turns = _spoken(dice, lines)
    intent, outcome, sentiment, summary = ANALYSES[come_to]
    analysis = {
        "intent": intent,
        "outcome": outcome,
        "sentiment": sentiment,
        "summary": _filled(summary, known),
        "optOut": come_to == "opt_out",
    }
    return turns, analysis, turns[-1].end_ms + dice.randint(300, 1_500)


def found_out(dice: random.Random, schema: Mapping[str, Any], analysis: Mapping[str, Any]) -> Any:
    """Something that fits the properties of a JSON Schema, as an analysis might have found it."""
    found = {}
    for name, asked in (schema.get("properties") or {}).items():
        kind = asked.get("type")
        kind = kind[0] if isinstance(kind, list) and kind else kind
        if asked.get("enum"):
            found[name] = dice.choice(asked["enum"])
        elif kind == "boolean":
            found[name] = dice.random() < 0.5
        elif kind in ("integer", "number"):
            low = int(asked.get("minimum", 1))
            found[name] = dice.randint(low, int(asked.get("maximum", low + 50)))
        elif kind == "array":
            found[name] = []
        elif kind == "object":
            found[name] = found_out(dice, asked, analysis)
        else:
            found[name] = str(analysis["outcome"])[: asked.get("maxLength")]
    return found


def _machine(
    dice: random.Random, order: Mapping[str, Any], known: Mapping[str, str]
) -> tuple[tuple[Turn, ...], None, int]:
    if order["agent"].get("voicemailAction") != "LEAVE_MESSAGE":
        return (), None, dice.randint(2_500, 5_000)
    text = order["agent"].get("voicemailMessage") or _filled(VOICEMAIL, known)
    turns = _spoken(dice, [("agent", text)], dice.randint(3_000, 8_000))
    return turns, None, turns[-1].end_ms + 500


def _spoken(
    dice: random.Random, lines: Sequence[tuple[str, str]], after: int = 0
) -> tuple[Turn, ...]:
    turns = []
    clock = after + dice.randint(200, 600)
    for speaker, text in lines:
        end = clock + 300 + len(text) * dice.randint(*PACE)
        turns.append(Turn(speaker, text, clock, end))
        clock = end + dice.randint(*PAUSE)
    return tuple(turns)


def _short(text: str) -> str:
    """The first sentences of a text, as much as somebody says at once."""
    head = text.strip()[:240]
    cut = max(head.rfind(each) for each in ".!?")
    return head[: cut + 1] if cut > 0 else head


def _filled(text: str, known: Mapping[str, str]) -> str:
    # People write braces of their own, which are no slots of ours.
    for name, value in known.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _weighted(dice: random.Random, weights: Mapping[str, int]) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]
