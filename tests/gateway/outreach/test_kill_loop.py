"""A short form of the kill loop; the whole is `python -m tests.gateway.outreach.kill_loop`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.gateway.outreach.kill_loop import FAULTS, Loop

#: Without those that take their time.
QUICK = {**FAULTS, "accept_hang": 0}


@pytest.mark.parametrize(
    ("database", "mode"),
    [
        ("sqlite", "lookup"),
        ("sqlite", "dedupes"),
        ("sqlite", "none"),
        ("postgres", "lookup"),
        ("postgres", "none"),
    ],
)
def test_nothing_is_lost_and_nobody_is_called_twice(
    request: pytest.FixtureRequest, tmp_path: Path, database: str, mode: str
) -> None:
    fixture = {"sqlite": "sqlite_url", "postgres": "postgres_database"}[database]
    loop = Loop(calls=40, kills=4, mode=mode, clients=8)
    loop.carrier.faults = QUICK
    report = asyncio.run(loop.run(request.getfixturevalue(fixture), tmp_path))
    assert report["wrong"] == []
    assert report["unsettled"] == 0
    assert report["orders"] == 40
    assert report["kills"] >= 4
    assert report["twice"] == 0
