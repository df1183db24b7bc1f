"""How many `placeCall`s a second are accepted, beside what the machine can commit at all."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median

import orjson

from tests.bench.alone import alone
from tests.bench.contenders.contender import Call, graphql
from tests.bench.cpu import usage
from tests.bench.database import Server
from tests.bench.load import Generator
from tests.bench.office import KEY, Office, office, process
from tests.bench.place import PLACE, Cores
from tests.bench.report import table

CLIENTS = 32
SECONDS = 6.0
ROUNDS = 3
LEADS = 2_000
#: More than are accepted in a round.
ORDERS = 20_000
PLACE_CALL = (
    "mutation Place($input: PlaceCallInput!, $key: String!) { placeCall(input: $input, "
    "idempotencyKey: $key) { call { id status toNumber createdAt } errors { code message } } }"
)


@dataclass(frozen=True)
class Accepted:
    """What came of one round."""

    dialect: str
    rate: float
    p50: float
    p99: float
    """Milliseconds."""
    cost: float
    """Microseconds of the server's processor time for each; on SQLite the database is in it."""
    database: float
    """The same of PostgreSQL, with what does not answer a request."""
    commits: float
    """What so many clients commit a second who do nothing but insert a row each."""


async def measure(server: Server, cores: Cores) -> list[Accepted]:
    """On both databases."""
    found = []
    for dialect in ("sqlite", "postgres"):
        async with office(server, dialect, "bench_calls", LEADS) as place:
            with process("serve", place, cores) as (running_, port):
                for round_ in range(ROUNDS):
                    # Before each, as a machine's disk has moods.
                    commits = await _commits(server, place)
                    found.append(await _round(server, place, running_.pid, port, round_, commits))
    return found


async def _round(
    server: Server, place: Office, pid: int, port: int, round_: int, commits: float
) -> Accepted:
    clients = Generator(port, CLIENTS)
    await clients.open()
    calls = [_call(place, f"{round_}-{each}") for each in range(ORDERS)]
    await clients.run(calls, 1.0, count())
    before = usage(pid, server.pid)
    load = await clients.run(calls, SECONDS, count(ORDERS // 2))
    spent = usage(pid, server.pid).since(before)
    clients.close()
    for _, body in load.kept:
        answer = orjson.loads(body)["data"]["placeCall"]
        assert answer["errors"] == [], answer
    made = len(load.latencies)
    assert made < ORDERS // 2, "keys were used twice"
    return Accepted(
        place.dialect,
        load.rate,
        load.percentile(0.5),
        load.percentile(0.99),
        spent.server / made,
        spent.database / made,
        commits,
    )


def _call(place: Office, key: str) -> Call:
    lead = place.leads[hash(key) % len(place.leads)]
    input = {"target": {"leadId": lead}, "agentId": place.agent, "fromNumberId": place.number}
    return graphql(
        "/graphql", PLACE_CALL, {"input": input, "key": key}, authorization=f"Bearer {KEY}"
    )


async def _commits(server: Server, place: Office) -> float:
    if place.dialect == "sqlite":
        return await asyncio.to_thread(_sqlite_commits, PLACE / "commits.db")
    return await _postgres_commits(server)


def _sqlite_commits(path: Path) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS row (x)")
        start, done = time.monotonic(), 0
        while time.monotonic() - start < 2:
            connection.execute("INSERT INTO row VALUES (1)")
            done += 1
        return done / (time.monotonic() - start)
    finally:
        connection.close()
        for each in PLACE.glob("commits.db*"):
            each.unlink()


async def _postgres_commits(server: Server) -> float:
    connections = [await server.connect() for _ in range(CLIENTS)]
    await connections[0].execute("CREATE TABLE IF NOT EXISTS commits (x int)")
    start, done = time.monotonic(), 0

    async def client(place: int) -> None:
        nonlocal done
        while time.monotonic() - start < 2:
            await connections[place].execute("INSERT INTO commits VALUES (1)")
            done += 1

    await asyncio.gather(*(client(each) for each in range(CLIENTS)))
    spent = time.monotonic() - start
    await connections[0].execute("DROP TABLE commits")
    for each in connections:
        await each.close()
    return done / spent


def section(figures: list[Accepted]) -> str:
    """The figures as Markdown: medians of the rounds."""
    rows = []
    for dialect, title in (("sqlite", "SQLite"), ("postgres", "PostgreSQL")):
        mine = [each for each in figures if each.dialect == dialect]
        rows.append(
            [
                title,
                f"{median(each.rate for each in mine):,.0f}",
                f"{median(each.p50 for each in mine):.0f}",
                f"{median(each.p99 for each in mine):.0f}",
                f"{median(each.cost for each in mine):,.0f}",
                "" if dialect == "sqlite" else f"{median(each.database for each in mine):,.0f}",
                f"{median(each.commits for each in mine):,.0f}",
            ]
        )
    head = ["", "calls a second", "p50 ms", "p99 ms", "server µs", "database µs", "bare commits/s"]
    return (
        f"`placeCall` in one workspace, {CLIENTS} clients, another key each time, fsync on; the "
        "call, its timeline, the event and the key in one transaction. The server has one core, on "
        "SQLite with its database; beside it what as many clients commit who insert one row of one "
        "column each (on SQLite one client, as there is one writer):\n\n" + table(head, rows)
    )


if __name__ == "__main__":
    alone("accepting", measure, section)
