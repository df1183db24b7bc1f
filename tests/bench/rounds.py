"""Rounds: every contender answers every query in turn, over and over, in an order that rotates."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from tests.bench.contenders.contender import Running
from tests.bench.cpu import resident, usage
from tests.bench.database import Server, tidy
from tests.bench.load import Generator, Load, WrongAnswerError, leaves
from tests.bench.query import Query, Sample

#: Requests under way at once: one on each connection.
CONNECTIONS = 16
#: Seconds for work that a server does after its answer, such as stamping events.
AFTERWARDS = 0.15


@dataclass(frozen=True)
class Pace:
    """How long everything takes."""

    rounds: int
    seconds: float
    warm: float
    """Seconds of load before each measurement."""
    first: float
    """Seconds of load before everything, for compilers that learn."""


@dataclass(frozen=True)
class Measurement:
    """One contender under one query for some seconds."""

    contender: str
    query: str
    round: int
    server: float
    """Microseconds of processor time of the server per request."""
    database: float
    rate: float
    p50: float
    p99: float

    @property
    def together(self) -> float:
        """Server and database."""
        return self.server + self.database


@dataclass
class Course:
    """Servers side by side over one data set."""

    server: Server
    database: str
    sample: Sample
    pace: Pace
    found: list[Measurement] = field(default_factory=list)
    memory: dict[str, int] = field(default_factory=dict)
    """Resident bytes after all load."""
    _order: dict[Query, count[int]] = field(
        default_factory=lambda: {each: count() for each in Query}
    )
    """Goes on from contender to contender, so that a lead's stage always is another one."""
    _expected: dict[tuple[Query, int], int] = field(default_factory=dict)

    async def run(self, entries: Sequence[tuple[str, Running]], queries: Sequence[Query]) -> None:
        """All rounds; an entry is a label and a server, and a server may be entered twice."""
        await tidy(self.server, self.database)
        for query in queries:
            for label, running in entries:
                if label == running.contender.name:
                    await self._load(running, query, self.pace.first)
        for round in range(self.pace.rounds):
            await tidy(self.server, self.database)
            for place, query in enumerate(queries):
                shift = (round + place) % len(entries)
                for label, running in [*entries[shift:], *entries[:shift]]:
                    measured = await self.measure(label, running, query, round)
                    print(
                        f"  {round + 1}/{self.pace.rounds} {query.name} {label:16} "
                        f"server {measured.server:8.0f} µs  database {measured.database:7.0f} µs  "
                        f"{measured.rate:7.0f}/s  p50 {measured.p50:7.2f} ms  "
                        f"p99 {measured.p99:7.2f} ms",
                        flush=True,
                    )
        for _, running in entries:
            self.memory[running.contender.name] = resident(running.pid)

    async def measure(self, label: str, running: Running, query: Query, round: int) -> Measurement:
        """Warm up, then measure."""
        calls, order = running.calls(query, self.sample), self._order[query]
        generator = Generator(running.port, CONNECTIONS)
        await generator.open()
        try:
            self._check(query, await generator.run(calls, self.pace.warm, order), running)
            await asyncio.sleep(AFTERWARDS)
            events = await self._events()
            before = usage(running.pid, self.server.pid)
            load = await generator.run(calls, self.pace.seconds, order)
            await asyncio.sleep(AFTERWARDS)
            used = usage(running.pid, self.server.pid).since(before)
        finally:
            generator.close()
        self._check(query, load, running)
        number = len(load.latencies)
        written = await self._events() - events
        if written != (number if query is Query.Q4 else 0):
            raise WrongAnswerError(f"{label}: {number} times {query.name} wrote {written} events")
        found = Measurement(
            label,
            query.name,
            round,
            used.server / number,
            used.database / number,
            load.rate,
            load.percentile(0.50),
            load.percentile(0.99),
        )
        self.found.append(found)
        return found

    async def _events(self) -> int:
        connection = await self.server.connect(self.database)
        try:
            found: int = await connection.fetchval("SELECT count(*) FROM event")
            return found
        finally:
            await connection.close()

    async def _load(self, running: Running, query: Query, seconds: float) -> None:
        generator = Generator(running.port, CONNECTIONS)
        await generator.open()
        try:
            calls = running.calls(query, self.sample)
            load = await generator.run(calls, seconds, self._order[query])
        finally:
            generator.close()
        self._check(query, load, running)

    def _check(self, query: Query, load: Load, running: Running) -> None:
        """All contenders must give as many values for the same request."""
        for place, body in load.kept:
            try:
                got = leaves(body)
            except WrongAnswerError as error:
                raise WrongAnswerError(f"{running.contender.name}, {query.name}: {error}") from None
            expected = self._expected.setdefault((query, place), got)
            if got != expected:
                raise WrongAnswerError(
                    f"{running.contender.name} gave {got} values for {query.name}, "
                    f"another gave {expected}: {body[:300]!r}"
                )
