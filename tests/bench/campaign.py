"""A campaign of 100,000: how soon it starts, how evenly it dials, and what memory it takes."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.bench.alone import alone
from tests.bench.cpu import own_memory
from tests.bench.database import Server
from tests.bench.office import Office, american, ask, office, process
from tests.bench.place import Cores
from tests.bench.report import table

MANY, FEW = 100_000, 1_000
#: Calls a second that the workspace permits.
RATE = 50
#: Seconds of dialling that are looked at.
SECONDS = 60
#: Recipients a request.
BATCH = 5_000
#: How many times faster than life the simulator plays calls out.
SPEED = 20
#: A campaign keeps to calling hours, and the benchmark to none.
ALWAYS = [{"days": [1, 2, 3, 4, 5, 6, 7], "from": 0, "to": 1440}]
#: Area codes that are in use, for 10,000 people each.
AREAS = (212, 213, 214, 215, 216, 217, 218, 219, 224, 225)
CREATE = (
    "mutation C($input: CreateCampaignInput!) { createCampaign(input: $input) { campaign { id } "
    "errors { code message } } }"
)
ADD = (
    "mutation A($input: AddRecipientsInput!) { addRecipients(input: $input) { createdCount "
    "errors { code message } } }"
)
START = (
    "mutation S($input: StartCampaignInput!) { startCampaign(input: $input) { campaign { status } "
    "errors { code message } } }"
)
DIRECT = (
    "mutation P($input: PlaceCallInput!, $key: String!) { placeCall(input: $input, "
    "idempotencyKey: $key) { call { id } errors { code message } } }"
)


@dataclass(frozen=True)
class Campaigned:
    """What came of one campaign."""

    dialect: str
    recipients: int
    added: float
    """Seconds that adding the recipients took."""
    started: float
    """Seconds until the start was answered."""
    first: float
    """Seconds from that answer to the first call's request to the provider."""
    dialed: list[int] = field(repr=False)
    """Calls dialled in each second from the first one on."""
    direct: list[float] = field(repr=False)
    """Seconds from the answer to a single `placeCall` to its request, with the campaign running."""
    memory: int
    """By how many bytes the process that dials grew from before the start."""

    @property
    def rate(self) -> float:
        """Calls a second over all seconds looked at."""
        return sum(self.dialed) / len(self.dialed)


async def measure(server: Server, cores: Cores) -> list[Campaigned]:
    """Both sizes on both databases."""
    return [
        await _run(server, cores, dialect, size)
        for dialect in ("sqlite", "postgres")
        for size in (FEW, MANY)
    ]


async def _run(server: Server, cores: Cores, dialect: str, size: int) -> Campaigned:
    limits = {
        "calls_per_second": RATE,
        "max_concurrent_calls": 10_000,
        "calling_hours": "OFF",
        "calling_windows": ALWAYS,
    }
    async with office(server, dialect, "bench_campaign", 1, **limits) as place:
        with contextlib.ExitStack() as stack:
            settings = {"SIMULATOR_SPEED": str(SPEED)}
            serve, port = stack.enter_context(process("serve", place, cores, **settings))
            dials = serve
            if dialect == "postgres":
                dials, _ = stack.enter_context(process("worker", place, cores, **settings))
            return await _campaign(server, place, size, port, dials.pid)


async def _campaign(server: Server, place: Office, size: int, port: int, pid: int) -> Campaigned:
    made = await ask(port, CREATE, input={"name": "Bench", "agentId": place.agent})
    campaign = made["createCampaign"]["campaign"]["id"]
    begun = time.monotonic()
    for first in range(0, size, BATCH):
        people = [{"phone": _somebody(each)} for each in range(first, min(first + BATCH, size))]
        added = await ask(port, ADD, input={"campaignId": campaign, "recipients": people})
        assert added["addRecipients"]["createdCount"] == len(people)
    added_in = time.monotonic() - begun
    if place.dialect == "postgres":
        # Autovacuum, which is off here, would have within a minute.
        connection = await server.connect("bench_campaign")
        await connection.execute("ANALYZE")
        await connection.close()
    await asyncio.sleep(1)
    before = own_memory(pid)
    begun, asked = time.monotonic(), time.time()
    await ask(port, START, input={"id": campaign})
    started = time.monotonic() - begun
    answered = time.time()
    seconds = min(SECONDS, size // RATE - 2)
    direct: list[tuple[float, str]] = []
    peak = before
    async with _watching(server, place) as watch:
        until = time.monotonic() + seconds + 4
        while time.monotonic() < until:
            placed = await ask(
                port,
                DIRECT,
                input={"target": {"phone": american(len(direct))}, "agentId": place.agent},
                key=f"direct-{len(direct)}",
            )
            direct.append((time.time(), placed["placeCall"]["call"]["id"][-36:]))
            for _ in range(10):
                await asyncio.sleep(0.5)
                peak = max(peak, own_memory(pid))
        dialed = await watch("SELECT id, dialed_at FROM call WHERE dialed_at IS NOT NULL")
    at = {str(id): _seconds(instant) for id, instant in dialed}
    waits = [at.get(id, float("inf")) - accepted for accepted, id in direct]
    first_at = min(at.values())
    counts = [0] * seconds
    for each in at.values():
        if each - first_at < seconds:
            counts[int(each - first_at)] += 1
    assert first_at >= asked, "it dialled before it was started"
    return Campaigned(
        place.dialect,
        size,
        added_in,
        started,
        max(0.0, first_at - answered),
        counts,
        waits[: max(1, len(waits) - 1)],
        peak - before,
    )


def _somebody(place: int) -> str:
    """A number for each of 100,000, of exchanges that no single call goes to."""
    area, line = divmod(place, 10_000)
    return f"+1{AREAS[area]}7{line // 100:02d}{line % 100:02d}00"


def _seconds(instant: Any) -> float:
    return (
        instant if isinstance(instant, datetime) else datetime.fromisoformat(instant)
    ).timestamp()


@asynccontextmanager
async def _watching(server: Server, place: Office) -> AsyncIterator[Any]:
    """Reads the database past the server."""
    if place.dialect == "sqlite":
        path = place.url.removeprefix("sqlite://")

        async def rows(sql: str) -> Any:
            with contextlib.closing(sqlite3.connect(path)) as connection:
                return connection.execute(sql).fetchall()

        yield rows
        return
    connection = await server.connect("bench_campaign")
    try:
        yield connection.fetch
    finally:
        await connection.close()


def section(figures: list[Campaigned]) -> str:
    """The figures as Markdown."""
    rows = []
    titles = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
    for each in figures:
        slowest = sorted(each.dialed)
        rows.append(
            [
                f"{titles[each.dialect]}, {each.recipients:,}",
                f"{each.added:.1f}",
                f"{each.started * 1000:.0f}",
                f"{each.first:.2f}",
                f"{each.rate:.1f}",
                f"{slowest[0]}–{slowest[-1]}",
                f"{max(each.direct):.2f}",
                f"{each.memory / (1 << 20):.1f}",
            ]
        )
    head = [
        *("", "adding them, s", "start, ms", "first call after, s", "calls a second"),
        *("in any second", "single call after, s", "memory, MiB"),
    ]
    return (
        f"A campaign with a limit of {RATE} calls a second, dialled by the built-in simulator at "
        f"{SPEED} times the speed of life; single calls are placed every five seconds meanwhile "
        f"(the longest wait is shown), over {SECONDS} seconds or till the small campaign's end. On "
        "PostgreSQL a worker dials, on the server's core:\n\n" + table(head, rows)
    )


if __name__ == "__main__":
    alone("campaign", measure, section)
