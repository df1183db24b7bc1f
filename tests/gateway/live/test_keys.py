"""Who stays is watched: keys that are revoked, expire or become narrower close what they opened."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import orjson
import pytest

from models.columns import now, wire
from tests.gateway.live.hall import ACTIVITY, CREATE, Hall
from tests.gateway.live.test_resuming import write

CHANGES = {
    "revoked": ("revoked_at = $1", wire(now())),
    "expired": ("expires_at = $1", wire(now() - timedelta(seconds=1))),
    "narrower": ("scopes = $1", '["leads:read"]'),
    "gone": ("secret_hash = $1", "0" * 64),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_what_a_key_opened_is_closed(hall: Hall, change: str) -> None:
    sql, value = CHANGES[change]
    database = hall.gateway.parts.database
    async with (
        hall.socket("key-second") as idle,
        hall.socket("key-second") as talk,
        hall.stream(ACTIVITY, key="key-second") as stream,
        hall.socket("key-full") as other,
    ):
        await talk.begin(ACTIVITY)
        await other.begin(ACTIVITY)
        await stream.block()
        await write(database, f"UPDATE api_key SET {sql} WHERE name = 'key-second'", value)
        begun = asyncio.get_running_loop().time()
        assert (await talk.ended())[0] == 4401
        assert (await idle.ended())[0] == 4401
        block = await stream.block()
        assert orjson.loads(block["data"])["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert await stream.block() == {"event": "complete", "data": ""}
        assert await stream.block() == {}
        assert asyncio.get_running_loop().time() - begun < 5
        await hall.ask(CREATE, name="Ada")
        assert (await other.events(1))[0]["type"] == "LEAD_CREATED"


async def test_wider_keys_stay(hall: Hall) -> None:
    async with hall.socket("key-reader") as talk:
        await talk.begin(ACTIVITY)
        sql = "UPDATE api_key SET scopes = $1 WHERE name = 'key-reader'"
        await write(hall.gateway.parts.database, sql, '["full"]')
        assert await talk.silent(2.5)
        await hall.ask(CREATE, name="Ada")
        assert await talk.events(1)


async def test_a_key_that_expires_meanwhile(hall: Hall) -> None:
    soon = wire(now() + timedelta(seconds=1))
    database = hall.gateway.parts.database
    await write(database, "UPDATE api_key SET expires_at = $1 WHERE name = 'key-second'", soon)
    async with hall.socket("key-second") as talk:
        assert await talk.ended() == (4401, "The API key or client token has expired.")


async def test_scopes_decide_what_is_seen(hall: Hall) -> None:
    """A key that may read the feed alone gets no lead with it."""
    database = hall.gateway.parts.database
    sql = "UPDATE api_key SET scopes = $1 WHERE name = 'key-leads'"
    await write(database, sql, '["activity:read"]')
    async with hall.socket("key-leads") as narrow, hall.socket() as wide:
        query = "subscription { activity { title activity { subject { __typename } } } }"
        for talk in (narrow, wide):
            await talk.begin(query)
        await asyncio.sleep(0.2)
        await hall.ask(CREATE, name="Ada")
        (event,) = await wide.events(1)
        assert event["activity"]["subject"] == {"__typename": "Lead"}
        (event,) = await narrow.events(1)
        assert event == {"title": "Ada was added", "activity": {"subject": None}}
