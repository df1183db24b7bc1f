"""The sound of simulated conversations."""

from __future__ import annotations

import io
import time
import wave
from array import array
from itertools import pairwise

import pytest

from gateway.outreach.sound import Turn, pieces, render, size
from models import Speaker

WORDS = (
    "Hello, this is Ava from Northwind Routes. Do you have a minute?",
    "Well, I am just on my way out, but go ahead.",
    "We help small delivery teams plan their routes, so that drivers are home by five.",
    "About twelve, I think. We use a spreadsheet.",
)


def conversation(length_ms: int) -> list[Turn]:
    turns: list[Turn] = []
    at = 400
    for place in range(10_000):
        text = WORDS[place % 4]
        end = at + len(text) * 60
        if end > length_ms:
            return turns
        turns.append(Turn((Speaker.AGENT, Speaker.LEAD)[place % 2], text, at, end))
        at = end + 600
    return turns


def heard(sound: bytes) -> tuple[wave.Wave_read, array[int], array[int]]:
    """As another program reads it: its parameters, the left side and the right."""
    with wave.open(io.BytesIO(sound)) as file:
        samples = array("h", file.readframes(file.getnframes()))
    return file, samples[0::2], samples[1::2]


def loudness(side: array[int], start_ms: float, end_ms: float) -> float:
    part = side[int(start_ms * 8) : int(end_ms * 8)]
    return float((sum(each * each for each in part) / len(part)) ** 0.5)


def test_is_a_wav() -> None:
    turns = conversation(10_000)
    sound = render(turns, "seed", 10_000)
    file, left, right = heard(sound)
    assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, 8000)
    assert file.getnframes() == 80_000 == len(left) == len(right)
    assert len(sound) == size(10_000) == 44 + 320_000
    assert int.from_bytes(sound[4:8], "little") == len(sound) - 8
    assert int.from_bytes(sound[40:44], "little") == len(sound) - 44


def test_each_speaks_on_a_side_in_turn() -> None:
    turns = conversation(20_000)
    _, left, right = heard(render(turns, "seed"))
    assert max(map(abs, left)) <= 9000
    for turn, after in pairwise(turns):
        speaking, silent = (left, right) if turn.speaker is Speaker.AGENT else (right, left)
        # Heard from its first second to its last, and nothing in between.
        assert loudness(speaking, turn.start_ms, turn.start_ms + 1000) > 800
        assert loudness(speaking, turn.end_ms - 1000, turn.end_ms) > 800
        assert loudness(silent, turn.start_ms, turn.end_ms) == 0
        assert loudness(left, turn.end_ms + 5, after.start_ms) == 0
        assert loudness(right, turn.end_ms + 5, after.start_ms) == 0


def test_voices_differ() -> None:
    turns = [Turn(each, WORDS[2], 0, 5000) for each in (Speaker.AGENT, Speaker.LEAD)]
    pitches = []
    for side in heard(render(turns, "seed"))[1:]:
        part = side[8000:12_000]
        # The lag at which the sound is most like itself.
        alike = {
            lag: sum(a * b for a, b in zip(part, part[lag:], strict=False))
            for lag in range(30, 100)
        }
        pitches.append(8000 / max(alike, key=lambda lag: alike[lag]))
    assert max(pitches) > 1.3 * min(pitches)
    assert all(80 < each < 270 for each in pitches)


def test_the_seed_decides() -> None:
    turns = conversation(8000)
    one = render(turns, "seed")
    assert render(list(turns), "seed") == one
    assert any(render(turns, other) != one for other in "abc")


@pytest.mark.parametrize(
    "text", ["", "…", "日本語で話しています。", "12 %", "ok", "\x00" * 9, "a" * 5000]
)
def test_any_text_sounds(text: str) -> None:
    _, left, _ = heard(render([Turn(Speaker.AGENT, text, 100, 2100)], "seed"))
    assert loudness(left, 100, 2100) > 50


@pytest.mark.parametrize("end", [0, 1, 40, 90])
def test_short_turns_end_in_time(end: int) -> None:
    sound = render([Turn(Speaker.AGENT, "Hello there.", 0, end)], "seed", 100)
    assert len(sound) == size(100)


def test_nothing_said_is_silence() -> None:
    assert not any(render([], "seed", 1000)[44:])
    assert len(render([], "seed")) == 44


def test_pieces_join_without_a_seam() -> None:
    long = Turn(Speaker.AGENT, " ".join(WORDS) * 20, 15_000, 65_000)
    made = list(pieces([long], "seed", 66_000))
    assert max(map(len, made)) <= 20_000 * 32
    _, left, _ = heard(b"".join(made))
    for seam in (20_000, 40_000, 60_000):
        assert loudness(left, seam - 300, seam) > 300
        assert loudness(left, seam, seam + 300) > 300


def test_is_quick() -> None:
    turns = conversation(60_000)
    best = min(_seconds(turns) for _ in range(3))
    assert best < 0.5


def _seconds(turns: list[Turn]) -> float:
    start = time.process_time()
    assert len(render(turns, "quick", 60_000)) == size(60_000)
    return time.process_time() - start
