"""Live status: deliveries beside a peer's, the memory of those who wait, many workspaces at once.

`python -m tests.bench.live` measures this alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import resource
import time
from dataclasses import dataclass
from itertools import count
from statistics import median, quantiles

import httpx2

from models import ApiKey, ApiKeyKind, Lead, Workspace, writing
from models.columns import new_id, now, wire
from models.database import connect
from tests.bench.alone import alone
from tests.bench.contenders.contender import Contender, Running, serving
from tests.bench.contenders.mercurius import Mercurius
from tests.bench.contenders.ours import Ours
from tests.bench.cpu import resident, usage
from tests.bench.database import Server
from tests.bench.dataset import KEY, SMALL, prepare
from tests.bench.listening import Subscriber, Tally, listeners
from tests.bench.load import Generator
from tests.bench.place import Cores
from tests.bench.query import Query, Sample, draw
from tests.bench.report import table
from tests.port import free_port

SUBSCRIBERS = 200
#: Clients that change leads one after the other, and for how many seconds in a round.
CLIENTS = 16
BUSY = 2.0
ROUNDS = 3
IDLE = 10_000
WORKSPACES, EACH, SECONDS = 50, 100, 30
DOCUMENTS = {
    "ours": "subscription { activity { cursor type version activity { subject { ... on Lead "
    "{ id name stage version } } } } }",
    "mercurius": "subscription { leadMoved { id name stage version } }",
}
TIMED = "subscription { activity { cursor activity { subject { ... on Lead { name } } } } }"
RENAME = "mutation($id: ID!, $name: String) { updateLead(input: {id: $id, name: $name}) { errors { code } } }"


@dataclass(frozen=True)
class Delivered:
    """One round of deliveries."""

    contender: str
    rate: float
    """Deliveries a second, from the first change asked for to the last delivery."""
    cost: float
    """Microseconds of the server's processor time for each, the changes included."""


@dataclass(frozen=True)
class Figures:
    """All that was measured."""

    delivered: list[Delivered]
    idle: float
    """Bytes for each of those who wait."""
    p50: float
    p99: float
    """Seconds from asking for a change to its delivery, over many workspaces."""
    expected: int
    received: int


async def measure(server: Server, cores: Cores) -> Figures:
    """Everything, one after the other."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    contenders: list[Contender] = [Ours(), Mercurius()]
    for each in contenders:
        each.install()
    await prepare(server, SMALL)
    sample = await draw(server, SMALL.name)
    rooms = await _furnish(server.url(SMALL.name))
    delivered: list[Delivered] = []
    with contextlib.ExitStack() as stack:
        served = [
            stack.enter_context(serving(_Live(each), server, SMALL.name, cores, free_port()))
            for each in contenders
        ]
        for _ in range(ROUNDS):
            delivered += [await _deliver(each, server, sample) for each in served]
        idle = await _idle(served[0])
        waits, expected = await _spread(served[0], rooms)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    cuts = quantiles(waits, n=100)
    return Figures(delivered, idle, cuts[49], cuts[98], expected, len(waits))


class _Live:
    """A contender that may be subscribed to."""

    def __init__(self, contender: Contender) -> None:
        self._contender = contender
        self.name = contender.name
        self.title = contender.title
        self.versions = contender.versions
        self.install = contender.install
        self.command = contender.command
        self.call = contender.call

    def environment(self, server: Server, name: str) -> dict[str, str]:
        """Its own, and that it is about subscriptions."""
        return {**self._contender.environment(server, name), "LIVE": "1"}


async def _deliver(running: Running, server: Server, sample: Sample) -> Delivered:
    """Change leads as fast as the server lets one, and wait for all deliveries."""
    name, tally = running.contender.name, Tally()
    everybody = await listeners(running.port, SUBSCRIBERS, tally, DOCUMENTS[name], {"apiKey": KEY})
    await asyncio.sleep(1)
    clients = Generator(running.port, CLIENTS)
    await clients.open()
    before, start = usage(running.pid, server.pid), time.monotonic()
    await clients.run(running.calls(Query.Q4, sample), BUSY, count())
    clients.close()
    # A change to the stage that a lead has already is none, and nothing is delivered.
    last, silent = tally.count, time.monotonic()
    while time.monotonic() - silent < 1:
        await asyncio.sleep(0.01)
        if tally.count != last:
            last, silent = tally.count, time.monotonic()
    spent = usage(running.pid, server.pid).since(before)
    assert not tally.lost, f"{tally.lost} subscribers of {name} were cut off"
    _hang_up(everybody)
    await asyncio.sleep(0.5)
    return Delivered(name, last / (silent - start), spent.server / last)


async def _idle(running: Running) -> float:
    """What each of many subscribers takes who hears nothing."""
    tally = Tally()
    warm = await listeners(running.port, 200, tally, DOCUMENTS["ours"], {"apiKey": KEY})
    await asyncio.sleep(1)
    before = resident(running.pid)
    everybody = await listeners(running.port, IDLE, tally, DOCUMENTS["ours"], {"apiKey": KEY})
    # Long enough for pings.
    await asyncio.sleep(20)
    after = resident(running.pid)
    _hang_up(warm + everybody)
    await asyncio.sleep(1)
    return (after - before) / IDLE


async def _spread(running: Running, rooms: list[tuple[str, str]]) -> tuple[list[float], int]:
    """One change a second in each of many workspaces; how long each delivery took."""
    tally = Tally()
    everybody = []
    for key, _ in rooms:
        everybody += await listeners(running.port, EACH, tally, TIMED, {"apiKey": key}, timed=True)
    await asyncio.sleep(1)
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{running.port}") as http:

        async def room(place: int, key: str, lead: str) -> None:
            await asyncio.sleep(place / len(rooms))
            start = time.monotonic()
            for second in range(SECONDS):
                await asyncio.sleep(max(0.0, start + second - time.monotonic()))
                variables = {"id": lead, "name": f"at {time.monotonic()}"}
                body = {"query": RENAME, "variables": variables}
                headers = {"authorization": f"Bearer {key}"}
                answer = await http.post("/graphql", json=body, headers=headers, timeout=60)
                assert answer.json()["data"]["updateLead"]["errors"] == []

        await asyncio.gather(*[room(place, *each) for place, each in enumerate(rooms)])
    await asyncio.sleep(2)
    _hang_up(everybody)
    return tally.waits, len(rooms) * SECONDS * EACH


def _hang_up(everybody: list[Subscriber]) -> None:
    for each in everybody:
        each.close()


async def _furnish(url: str) -> list[tuple[str, str]]:
    """Workspaces with a key and a lead each; gives the two."""
    found = []
    # Those of earlier runs stay.
    first = int(time.time()) % 1_000_000_000
    database = await connect(url)
    try:
        async with database.transaction() as transaction:
            for number in range(WORKSPACES):
                workspace, lead, key = new_id(), new_id(), f"bench_{new_id()}"
                named = {"id": workspace, "number": first + number, "name": f"Room {number}"}
                await writing.insert(transaction, Workspace, named)
                owned = {"workspace_id": workspace, "number": 1}
                await writing.insert(
                    transaction,
                    ApiKey,
                    {
                        **owned,
                        "name": "Key",
                        "kind": ApiKeyKind.KEY,
                        "prefix": key[:12],
                        "secret_hash": hashlib.sha256(key.encode()).hexdigest(),
                        "scopes": ["full"],
                    },
                )
                await writing.insert(
                    transaction,
                    Lead,
                    {
                        **owned,
                        "id": lead,
                        "name": "Lead",
                        "last_activity_at": wire(now()),
                        "search": "lead",
                    },
                )
                found.append((key, f"lead_{lead}"))
    finally:
        await database.close()
    return found


def section(figures: Figures) -> str:
    """The figures as Markdown."""
    rows = []
    titles = {"ours": Ours.title, "mercurius": Mercurius.title}
    for name, title in titles.items():
        mine = [each for each in figures.delivered if each.contender == name]
        rate, cost = median(each.rate for each in mine), median(each.cost for each in mine)
        rows.append([title, f"{rate:,.0f}", f"{cost:.1f}"])
    return (
        f"Live status: {SUBSCRIBERS} subscribers of one selection, {CLIENTS} clients that change "
        "leads; from the first change asked for to the last delivery, and the server's processor "
        "time for each delivery, the changes included:\n\n"
        + table(["", "deliveries a second", "µs"], rows)
        + f"\n\n{IDLE:,} subscribers who hear nothing but pings take {figures.idle / 1024:.1f} KiB "
        f"each. {WORKSPACES} workspaces with one change a second and {EACH} subscribers each: "
        f"{figures.received:,} of {figures.expected:,} deliveries, half of them within "
        f"{figures.p50 * 1000:.0f} ms of asking for the change, 99 of 100 within "
        f"{figures.p99 * 1000:.0f} ms."
    )


if __name__ == "__main__":
    alone("live", measure, section)
