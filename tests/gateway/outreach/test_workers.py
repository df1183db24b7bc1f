"""Two workers on one PostgreSQL hold to every limit, as the carrier counts it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.databases import redis
from tests.gateway.outreach.carrier import Carrier
from tests.gateway.outreach.conftest import OVER, opened
from tests.gateway.outreach.kill_loop import processes
from tests.gateway.outreach.test_dispatcher import BY_REFERENCE, most_in_a_second
from tests.port import free_port

CALLS = 24


@pytest.mark.parametrize(
    ("columns", "speed"),
    [
        ({"max_concurrent_calls": 3, "calls_per_second": 500}, 30.0),
        ({"max_concurrent_calls": 500, "calls_per_second": 6}, 300.0),
    ],
)
async def test_limits_hold_over_workers(
    postgres_database: str, tmp_path: Path, columns: dict[str, Any], speed: float
) -> None:
    carrier, port = Carrier(speed=speed), free_port()
    workers = [
        each
        for each in processes(postgres_database, tmp_path, free_port(), public=False)
        if each.command == "worker"
    ]
    assert len(workers) == 2
    settings = {"dispatcher": "off", "redis_url": f"redis://127.0.0.1:{port}/0"}
    with redis(port) as cache:
        async with opened(postgres_database, carrier, BY_REFERENCE, columns, **settings) as here:
            for each in workers:
                each.start()
            try:
                ids = [await here.place() for _ in range(CALLS // 2)]
                # The limits don't live there.
                cache.kill()
                ids += [await here.place() for _ in range(CALLS // 2)]
                for id in ids:
                    await here.until(id, lambda call: call["status"] in OVER, 60)
            finally:
                for each in workers:
                    each.stop()
    assert Counter(carrier.creates.values()) == {1: CALLS}
    assert carrier.most_live <= columns["max_concurrent_calls"]
    assert most_in_a_second(carrier) <= columns["calls_per_second"]
