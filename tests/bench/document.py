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
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def circumstances(pace: Pace, contenders: Iterable[Contender]) -> str:
    """When and on what this was measured."""
    versions = "\n".join(
        f"- {each.title}: " + ", ".join(f"{name} {v}" for name, v in each.versions().items())
        for each in contenders
    )
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d} on {_processor()}, {os.cpu_count()} cores, "
        f"{pace.rounds} rounds of {pace.seconds:g} s, {CONNECTIONS} connections; medians of the "
        f"rounds.\n\n{versions}"
    )


def write(text: str) -> None:
    """Replace what stands between the marks."""
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
