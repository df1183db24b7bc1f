"""Those who wait take little memory."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.bench.cpu import resident
from tests.bench.listening import Tally, listeners
from tests.gateway.live.hall import ACTIVITY
from tests.gateway.serving import House, server

WAITING = 1000


async def test_those_who_wait_take_little(sqlite_copy: House, tmp_path: Path) -> None:
    """At most 50 KiB for each; a run with 10,000 is in the benchmarks."""
    with server(sqlite_copy.url, tmp_path) as served:
        tally, init = Tally(), {"apiKey": "key-full"}
        everybody = await listeners(served.port, 100, tally, ACTIVITY, init)
        await asyncio.sleep(0.5)
        before = resident(served.process.pid)
        everybody += await listeners(served.port, WAITING, tally, ACTIVITY, init)
        await asyncio.sleep(0.5)
        each = (resident(served.process.pid) - before) / WAITING
        for one in everybody:
            one.close()
        assert tally.lost == 0
    assert each < 50 * 1024
