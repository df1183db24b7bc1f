"""The figures' place in the documentation."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from tests.bench.contenders.contender import Contender
from tests.bench.rounds import CONNECTIONS, Pace

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"
BEGIN, END = "<!-- {}: begin -->", "<!-- {}: end -->"


def circumstances(pace: Pace, contenders: Iterable[Contender]) -> str:
    """When and on what this was measured."""
    versions = "\n".join(
        f"- {each.title}: " + ", ".join(f"{name} {v}" for name, v in each.versions().items())
        for each in contenders
    )
    return (
        f"{measured()}, {pace.rounds} rounds of {pace.seconds:g} s, {CONNECTIONS} connections; "
        f"medians of the rounds.\n\n{versions}"
    )


def measured() -> str:
    """The beginning of a sentence on when and on what."""
    return f"Measured on {datetime.now(UTC):%Y-%m-%d} on {_processor()}, {os.cpu_count()} cores"


def apart(text: str) -> str:
    """The figures of a measurement that is made alone, with when and on what."""
    return f"{text}\n\n{measured()}, Python {platform.python_version()}."


def write(name: str, text: str) -> None:
    """Replace what stands between the marks of these figures."""
    begin, end = BEGIN.format(name), END.format(name)
    before, found, rest = DOCUMENT.read_text().partition(begin)
    assert found, name
    _, _, after = rest.partition(end)
    DOCUMENT.write_text(f"{before}{begin}\n{text}\n{end}{after}")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
