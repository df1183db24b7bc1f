"""After a crash everything goes on within ten seconds, on either database."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx2

from tests.gateway.outreach.carrier import Carrier
from tests.gateway.outreach.conftest import PLACE
from tests.gateway.outreach.kill_loop import Process, _rows, processes
from tests.gateway.outreach.workspace import KEY, furnish
from tests.port import free_port

CALLS = 3
BY_REFERENCE = {"lookup": "BY_REFERENCE", "dedupes_creates": False}


async def order(http: httpx2.AsyncClient, number: int) -> None:
    """Place a call, as soon as somebody listens."""
    input = {"target": {"phone": f"+1212555010{number}"}}
    body = {"query": PLACE, "variables": {"input": input, "key": f"order-{number}"}}
    async with asyncio.timeout(30):
        while True:
            try:
                answer = await http.post("/graphql", json=body)
                assert answer.json()["data"]["placeCall"]["errors"] == []
                return
            except httpx2.TransportError:
                await asyncio.sleep(0.05)


def ready(process: Process) -> bool:
    """Whether it works for the second time."""
    text = process.log.read_text()
    return text.count("Switchboard is at") + text.count("Placing calls") == 2


async def test_all_goes_on_within_ten_seconds(database_url: str, tmp_path: Path) -> None:
    url = database_url
    carrier, killed = Carrier(speed=1), asyncio.Event()

    async def kill(_reference: str, _when: str) -> None:
        """At the worst moment: the carrier has read the first create, and not answered."""
        if not killed.is_set():
            for each in running:
                each.kill()
            killed.set()

    carrier.on_create = kill
    base = await carrier.start()
    workspace = await furnish(url, base, BY_REFERENCE, calls_per_second=5)
    port = free_port()
    running = processes(url, tmp_path, port, public=False)
    for each in running:
        each.start()
    try:
        headers = {"authorization": f"Bearer {KEY}"}
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False
        ) as http:
            await asyncio.gather(*(order(http, number) for number in range(CALLS)))
            async with asyncio.timeout(30):
                await killed.wait()
            for each in running:
                assert each.process is not None
                await asyncio.to_thread(each.process.wait)
                each.start()
            # How long Python takes to load is the machine's matter.
            async with asyncio.timeout(60):
                while not all(ready(each) for each in running):
                    await asyncio.sleep(0.05)
            began = time.monotonic()
            # Those that were lost with the first one are asked for again.
            await asyncio.gather(*(order(http, number) for number in range(CALLS)))
            async with asyncio.timeout(30):
                # Another one may have been on its way at the kill, and never got there.
                while not all(row[2] or row[1] == "UNKNOWN" for row in await _rows(url, workspace)):
                    await asyncio.sleep(0.1)
            took = time.monotonic() - began
    finally:
        for each in running:
            each.stop()
        await carrier.stop()
    assert len(await _rows(url, workspace)) == CALLS
    assert set(carrier.creates.values()) == {1}
    # What had not been claimed goes out at once.
    assert max(carrier.arrivals) - began < 10
    # What had been is asked for when its lease is over, which on SQLite is at once.
    assert took < 10, took
