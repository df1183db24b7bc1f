"""Events wake whoever tells of them: followers here, webhooks everywhere."""

from __future__ import annotations

import asyncio

import pytest

from gateway.webhooks.telling import Telling
from tests.gateway.serving import House, inside


async def test_events_wake_who_tells_of_them(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[str] = []
    monkeypatch.setattr(Telling, "ring", lambda _, workspace: rung.append(workspace))
    async with inside(house, webhooks=True) as visitor:
        await visitor.data('mutation { createLead(input: {name: "Ada"}) { lead { id } } }')
        async with asyncio.timeout(5):
            while house.workspaces[0] not in rung:
                await asyncio.sleep(0.01)
