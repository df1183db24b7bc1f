"""Where the benchmark keeps its things, and which core does what."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: Everything made here may be thrown away; `make clean` does.
PLACE = Path(__file__).parents[2] / "var" / "bench"


@dataclass(frozen=True)
class Cores:
    """The server under test has a core to itself; the database and the load share another."""

    server: frozenset[int]
    rest: frozenset[int]

    @property
    def apart(self) -> bool:
        """Whether there were two cores to tell apart."""
        return self.server.isdisjoint(self.rest)

    @classmethod
    def found(cls) -> Cores:
        """The last core this process may use for the server, the first for all else."""
        usable = sorted(os.sched_getaffinity(0))
        return cls(frozenset({usable[-1]}), frozenset({usable[0]}))


@contextmanager
def pinned(cores: frozenset[int]) -> Iterator[None]:
    """What is started within the block runs on these cores, as do all its threads."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
