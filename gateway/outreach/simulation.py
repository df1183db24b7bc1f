"""The built-in carrier behind the simulator: it keeps nothing, and answers by computing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import orjson

from gateway.outreach.providers.provider import Request, Response
from gateway.outreach.simulated_call import Life, Turn, cost_micros, life
from models.columns import wire

#: The scheme under which it is reached.
SCHEME = "simulator"


def told(
    id: str, order: Mapping[str, Any], lived: Life, elapsed_ms: float, speed: float
) -> dict[str, Any]:
    """What a carrier says of a call that was placed so many of its own milliseconds ago.

    At speed 2 everything takes half as long; texts keep their own times.
    """
    started = datetime.fromisoformat(order["startedAt"])

    def instant(at_ms: float) -> str:
        return wire(started + timedelta(milliseconds=at_ms / speed))

    past = [each for each in lived.steps if each.at_ms <= elapsed_ms]
    events = [
        {"sequence": place, "status": step.status, "at": instant(step.at_ms), **step.data}
        for place, step in enumerate(past)
    ]
    over = lived.artifacts_ms if lived.artifacts_ms is not None else lived.end.at_ms
    complete = elapsed_ms >= over
    coming = [each.at_ms for each in lived.steps if each.at_ms > elapsed_ms]
    answered = lived.answered_ms
    turns: Sequence[Turn] = ()
    if answered is not None:
        turns = [each for each in lived.turns if answered + each.end_ms <= elapsed_ms]
        coming += [answered + each.end_ms for each in lived.turns[len(turns) :]]
    if not complete:
        coming.append(over)
    speaking = None
    if answered is not None and answered <= elapsed_ms < lived.end.at_ms:
        left = lived.turns[len(turns) : len(turns) + 1]
        speaking = next((_speaking(each, elapsed_ms - answered, speed) for each in left), None)
    return {
        "id": id,
        "reference": order["reference"],
        "status": past[-1].status if past else "queued",
        "events": events,
        "turns": [asdict(each) for each in turns],
        "speaking": speaking,
        "analysis": lived.analysis if complete else None,
        "recording": _recording(lived, complete),
        "complete": complete,
        "nextInMs": max(0.0, (min(coming) - elapsed_ms) / speed) if coming else None,
    }


def _speaking(turn: Turn, at_ms: float, speed: float) -> dict[str, Any]:
    """A turn that is under way or comes next."""
    return {
        "speaker": turn.speaker,
        "text": turn.text,
        "startsInMs": (turn.start_ms - at_ms) / speed,
        "endsInMs": (turn.end_ms - at_ms) / speed,
    }


def _recording(lived: Life, complete: bool) -> dict[str, Any] | None:
    if not complete or lived.answered_ms is None:
        return None
    return _recorded(lived.end.at_ms - lived.answered_ms)


def _recorded(span_ms: int) -> dict[str, Any]:
    return {"mediaType": "audio/wav", "channels": 2, "durationMs": span_ms}


class Simulation:
    """Answers the simulator's requests within the process."""

    def __init__(self, seed: str, speed: float, clock: Callable[[], datetime]) -> None:
        self._seed = seed
        self._speed = speed
        self._clock = clock

    async def __call__(self, request: Request) -> Response:
        """The answer to a request."""
        order = orjson.loads(request.body)
        path = request.url.partition("://")[2].partition("/")[2]
        id = f"sim_{order['reference']}"
        if request.method == "POST" and path == "calls":
            return _answer(201, {"id": id, "status": "queued"})
        if path == "calls":
            return _answer(200, {"calls": [{"id": id, "status": "queued"}]})
        lived = life(self._seed, id, order)
        found = told(id, order, lived, self._elapsed(order), self._speed)
        if request.method == "POST" and not found["complete"]:
            found = self._ended(found)
        return _answer(200, found)

    def _elapsed(self, order: Mapping[str, Any]) -> float:
        started = datetime.fromisoformat(order["startedAt"])
        return (self._clock() - started).total_seconds() * 1000 * self._speed

    def _ended(self, found: dict[str, Any]) -> dict[str, Any]:
        """The call as it is when somebody ends it now."""
        if found["status"] in ("queued", "ringing"):
            end: dict[str, Any] = {"status": "canceled"}
        elif found["status"] == "in-progress":
            answered = datetime.fromisoformat(found["events"][-1]["at"])
            since = (self._clock() - answered).total_seconds() * 1000
            span = max(0, int(since * self._speed))
            end = {"status": "completed", "hangupBy": "user", "durationMs": span}
            end["costMicros"] = cost_micros(span)
        else:
            return found
        event = {"sequence": len(found["events"]), "at": wire(self._clock()), **end}
        ended = {**found, **end, "events": [*found["events"], event], "complete": True}
        recording = _recorded(end["durationMs"]) if "durationMs" in end else None
        return {**ended, "recording": recording, "nextInMs": None, "speaking": None}


def _answer(status: int, found: object) -> Response:
    return Response(status, {"content-type": "application/json"}, orjson.dumps(found))
