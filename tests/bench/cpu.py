"""What processes have cost so far, from /proc."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICK = 1_000_000 / os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Usage:
    """Processor time in microseconds."""

    server: float
    database: float

    def since(self, before: Usage) -> Usage:
        """What was used in between."""
        return Usage(self.server - before.server, self.database - before.database)


def usage(server: int, postmaster: int) -> Usage:
    """What the server's process and all of PostgreSQL have used."""
    return Usage(_own(server), _family(postmaster))


def resident(pid: int) -> int:
    """Bytes of memory that the process holds, its shared pages included."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def own_memory(pid: int) -> int:
    """Bytes of memory that are the process's alone: without files that it has mapped."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.partition("RssAnon:")[2].split()[0]) * 1024


def _own(pid: int) -> float:
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) * _TICK


def _family(parent: int) -> float:
    """The parent, its children, and those of its children that have ended."""
    while True:
        fields = _stat(parent)
        total = sum(int(each) for each in fields[11:15]) * _TICK
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                try:
                    child = _stat(int(entry.name))
                except (FileNotFoundError, ProcessLookupError):
                    continue
                if int(child[1]) == parent:
                    total += (int(child[11]) + int(child[12])) * _TICK
        # Whoever has ended meanwhile was counted twice or not at all.
        if _stat(parent)[13:15] == fields[13:15]:
            return total


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the third on: the second may contain spaces."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
