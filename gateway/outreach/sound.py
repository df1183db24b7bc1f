"""The sound of a simulated conversation: voices that babble, each on its own channel, as a WAV.

Nobody says a word, but one hears who speaks when, how long and in which mood: syllables come at
the pace of the text, with its vowels, and the voice falls at a full stop and rises at a question.
A voice is a train of pulses through three resonances of the mouth, as in the first synthesizers
of speech. Each syllable is made once and kept.
"""

from __future__ import annotations

import math
import re
import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from models import Speaker

#: Samples a second of each channel, bytes of a sample, channels: ours on the left, theirs right.
RATE, WIDTH, CHANNELS = 8000, 2, 2
HEADER = 44
#: How much is made at once, so that a long call takes no more memory than a short one.
WINDOW_MS = 20_000
#: How loud a voice gets, of 32,767.
LOUD = 9000.0
#: Resonances of the mouth, in Hz, by vowel.
VOWELS = {
    "a": (730, 1090, 2440),
    "e": (530, 1840, 2480),
    "i": (300, 2200, 3000),
    "o": (570, 840, 2410),
    "u": (320, 870, 2240),
}
#: How wide each resonance is, in Hz, and how much of the whole it makes.
WIDTHS = (80, 110, 160)
SHARES = (1.0, 0.55, 0.3)
#: Lengths of a syllable, in milliseconds; the longest that fits is taken.
LENGTHS = (90, 120, 150, 180, 220, 270)
#: The consonants with which a syllable hisses.
HISSING = frozenset("sfzxchtkpj")
#: Vowels as they are written, and as they are spoken here.
_WRITTEN = "aeiouyäöüáéíóúàèìòùâêîôû"
_SPOKEN = str.maketrans(_WRITTEN, "aeiouiaouaeiouaeiouaeiou")
_SYLLABLE = re.compile(f"([^{_WRITTEN}]*)([{_WRITTEN}])[{_WRITTEN}]*")


@dataclass(frozen=True)
class Turn:
    """One speaker's words; times are milliseconds since the answer."""

    speaker: Speaker
    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True)
class Voice:
    """What tells one speaker from another."""

    pitch: float
    """Of the voice, in Hz."""
    throat: float
    """How much higher its resonances are than a tall man's."""


@dataclass(frozen=True)
class Syllable:
    """One syllable, to be made or found again."""

    voice: Voice
    vowel: str
    hiss: bool
    tone: int
    """How far the voice has risen or fallen, in steps of a semitone."""
    length_ms: int


def size(duration_ms: int) -> int:
    """Bytes of the WAV of a call that took so long."""
    return HEADER + _samples(duration_ms) * WIDTH * CHANNELS


def render(turns: Iterable[Turn], seed: str, duration_ms: int | None = None) -> bytes:
    """The whole WAV; the same turns and seed always give the same."""
    return b"".join(pieces(turns, seed, duration_ms))


def pieces(turns: Iterable[Turn], seed: str, duration_ms: int | None = None) -> Iterator[bytes]:
    """The WAV, piece by piece; its length is that of the turns unless it is given."""
    spoken = sorted(turns, key=lambda turn: turn.start_ms)
    total = _samples(
        max((turn.end_ms for turn in spoken), default=0) if duration_ms is None else duration_ms
    )
    yield header(total)
    voices = _voices(seed)
    window = _samples(WINDOW_MS)
    for start in range(0, total, window):
        length = min(window, total - start)
        sides = (array("h", bytes(length * WIDTH)), array("h", bytes(length * WIDTH)))
        for turn in spoken:
            if _samples(turn.start_ms) < start + length and _samples(turn.end_ms) > start:
                _speak(sides, turn, voices[turn.speaker], start)
        both = array("h", bytes(length * WIDTH * CHANNELS))
        both[0::2], both[1::2] = sides
        if struct.pack("=H", 1) != struct.pack("<H", 1):
            both.byteswap()
        yield both.tobytes()


def header(samples: int) -> bytes:
    """What a WAV of so many samples a channel begins with."""
    frame = WIDTH * CHANNELS
    data = samples * frame
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", HEADER - 8 + data, b"WAVE"),
        *(b"fmt ", 16, 1, CHANNELS, RATE, RATE * frame, frame, WIDTH * 8),
        *(b"data", data),
    )


def _samples(ms: int) -> int:
    return max(0, ms) * RATE // 1000


def _voices(seed: str) -> dict[Speaker, Voice]:
    """Everybody's voice: ours and theirs are never alike."""
    dice = Random(seed)  # noqa: S311
    low = Voice(dice.uniform(95, 125), dice.uniform(1.0, 1.06))
    high = Voice(dice.uniform(175, 225), dice.uniform(1.14, 1.22))
    ours, theirs = (low, high) if dice.random() < 0.5 else (high, low)
    return {
        Speaker.AGENT: ours,
        Speaker.LEAD: theirs,
        Speaker.SYSTEM: Voice(150.0, 1.1),
        Speaker.TOOL: Voice(150.0, 1.1),
    }


def _speak(sides: Sequence[array[int]], turn: Turn, voice: Voice, start: int) -> None:
    """Put what falls into the window that begins at `start` on the speaker's side."""
    side = sides[Speaker.LEAD is turn.speaker]
    for place, syllable in _plan(turn, voice):
        sound = _sound(syllable)
        begin = place - start
        end = min(begin + len(sound), len(side))
        if begin >= len(side) or end <= 0:
            continue
        side[max(0, begin) : end] = sound[max(0, -begin) : end - begin]


@lru_cache(64)
def _plan(turn: Turn, voice: Voice) -> tuple[tuple[int, Syllable], ...]:
    """Where each syllable of a turn begins, in samples."""
    words = turn.text.lower().split() or ["a"]
    # A space is a short rest, a comma a longer one; a syllable counts four.
    parts: list[tuple[str, bool, int]] = []
    for word in words:
        # Scripts that write no vowels have about one for every two signs.
        found = _SYLLABLE.findall(word) or [("", "e")] * (1 + len(word) // 2)
        rest = 3 if word[-1] in ",;:" else 6 if word[-1] in ".!?" else 1
        for onset, vowel in found:
            parts.append((vowel.translate(_SPOKEN), not HISSING.isdisjoint(onset[-1:]), 0))
        parts[-1] = (*parts[-1][:2], rest)
    beats = sum(4 + rest for _, _, rest in parts) - parts[-1][2]
    beat = (turn.end_ms - turn.start_ms) / beats
    length = max((each for each in LENGTHS if each <= 4.6 * beat), default=LENGTHS[0])
    asking = turn.text.rstrip().endswith("?")
    made, at = [], float(turn.start_ms)
    for place, (vowel, hiss, rest) in enumerate(parts):
        through = place / len(parts)
        tone = round(2 - 4 * through) + (place * 5 + len(turn.text)) % 3
        if asking and through > 0.8:
            tone += 6
        syllable = Syllable(voice, vowel, hiss, tone, length)
        if at + length <= turn.end_ms + 1:
            made.append((_samples(int(at)), syllable))
        at += beat * (4 + rest)
    return tuple(made)


@lru_cache(512)
def _sound(syllable: Syllable) -> array[int]:
    """The samples of a syllable."""
    voice, count = syllable.voice, _samples(syllable.length_ms)
    period = RATE / (voice.pitch * 2 ** (syllable.tone / 12))
    noise = Random(f"{syllable}")  # noqa: S311
    filters = [
        _resonance(center * voice.throat, width, share)
        for center, width, share in zip(VOWELS[syllable.vowel], WIDTHS, SHARES, strict=True)
    ]
    (g1, a1, b1), (g2, a2, b2), (g3, a3, b3) = filters
    x1 = x2 = y1 = y2 = z1 = z2 = next_pulse = 0.0
    out = []
    hissing = count // 5 if syllable.hiss else 0
    for place in range(count):
        pulse = 0.0
        if place >= hissing and place >= next_pulse:
            pulse = 1.0
            # Falls a little within the syllable, and is never quite regular.
            next_pulse = place + period * (1 + 0.12 * place / count + 0.02 * noise.random())
        x1, x2 = g1 * pulse + a1 * x1 - b1 * x2, x1
        y1, y2 = g2 * pulse + a2 * y1 - b2 * y2, y1
        z1, z2 = g3 * pulse + a3 * z1 - b3 * z2, z1
        out.append(x1 - y1 + z1)
    loudest = max(max(out), -min(out)) or 1.0
    rise, fall = count // 8, count // 3
    samples = array("h")
    for place, value in enumerate(out):
        loud = min(1.0, place / rise, (count - place) / fall)
        if place < hissing:
            value = (noise.random() - 0.5) * loudest * 0.5
        samples.append(int(value / loudest * loud * LOUD))
    return samples


def _resonance(center: float, width: float, share: float) -> tuple[float, float, float]:
    """Gain and coefficients of a filter with two poles."""
    radius = math.exp(-math.pi * width / RATE)
    angle = 2 * math.pi * min(center, RATE * 0.45) / RATE
    return share * math.sin(angle), 2 * radius * math.cos(angle), radius * radius
