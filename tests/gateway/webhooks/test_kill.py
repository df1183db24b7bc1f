"""A server killed again and again while it delivers: nothing is lost."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from tests.gateway.serving import server
from tests.gateway.webhooks.receiver import Answer, Got
from tests.gateway.webhooks.stage import KEY, Stage

EVENTS, KILLS = 40, 4


async def test_killed_while_delivering(place: Stage, tmp_path: Path) -> None:
    place.now = datetime.now(UTC)
    await place.hook(timeoutSeconds=1)
    await place.happen(EVENTS)
    kill = asyncio.Event()

    def answer(_got: Got) -> Answer:
        # In the midst of it: some have been answered, others hang in the air.
        if len(place.receiver.got) % 6 == 0:
            kill.set()
        return Answer(wait=0.2)

    place.receiver.answer = answer
    for _ in range(KILLS):
        with server(
            place.url, tmp_path, webhooks=True, private_webhooks=True, secret_keys=KEY
        ) as found:
            kill.clear()
            async with asyncio.timeout(30):
                await kill.wait()
            found.process.kill()
            await asyncio.to_thread(found.process.wait)
    assert "PENDING" in await place.states()
    with server(place.url, tmp_path, webhooks=True, private_webhooks=True, secret_keys=KEY):
        await _arrived(place)
    ids = [row[0] for row in await place.fetch("SELECT id FROM delivery")]
    assert len(ids) == EVENTS
    assert {f"delivery_{each}" for each in ids} == {each.id for each in place.receiver.got}
    # The same body under the same id, however often it was sent.
    assert len({(each.id, each.body) for each in place.receiver.got}) == EVENTS


async def _arrived(place: Stage) -> None:
    async def done() -> bool:
        states = await place.states()
        return len(states) == EVENTS and set(states) == {"DELIVERED"}

    await place.until(done, seconds=60)
