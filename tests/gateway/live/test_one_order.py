"""One order is one call, whichever door, key, process or moment it is repeated at."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import orjson
import pytest
import pytest_asyncio

from models.database import connect
from tests.gateway.live.hall import Hall, opened
from tests.gateway.outreach.workspace import KEY, furnish
from tests.gateway.serving import House, add_key

PLACE = """mutation($phone: String!, $order: String!, $seconds: Int) {
  placeCall(idempotencyKey: $order, input: {
    target: {phone: $phone}, maxDurationSeconds: $seconds
  }) { replayed call { id status } errors { code path } } }"""
PHONE = "+442079460123"
NEXT = "sb_live_rotated"
THEIRS = "sb_live_others"


@pytest_asyncio.fixture
async def halls(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[list[Hall]]:
    """A workspace that calls, and all its servers: on PostgreSQL there are two."""
    workspace = await furnish(database_url)
    house = House(database_url, (workspace, workspace), ())
    async with AsyncExitStack() as stack:
        more = {}
        if not database_url.startswith("sqlite"):
            more["redis_url"] = request.getfixturevalue("redis_url")
        count = 2 if more else 1
        yield [await stack.enter_async_context(opened(house, **more)) for _ in range(count)]


async def post(hall: Hall, caller: str, **variables: Any) -> Any:
    """By plain HTTP."""
    headers = {"authorization": f"Bearer {caller}"}
    body = {"query": PLACE, "variables": variables}
    return (await hall.http.post("/graphql", json=body, headers=headers)).json()


async def stream(hall: Hall, caller: str, **variables: Any) -> Any:
    """By an event stream."""
    async with hall.stream(PLACE, caller, **variables) as answer:
        block = await answer.block()
        while "data" not in block:
            block = await answer.block()
        return orjson.loads(block["data"])


async def socket(hall: Hall, caller: str, **variables: Any) -> Any:
    """By a WebSocket."""
    async with hall.socket(caller) as talk:
        await talk.begin(PLACE, **variables)
        message = await talk.hear()
        if message["type"] == "error":
            return {"errors": message["payload"]}
        return message["payload"]


DOORS = (post, stream, socket)


def told(answer: Any) -> tuple[str, str | None]:
    """What came of an order, and the id of its call."""
    if answer.get("errors"):
        return answer["errors"][0]["extensions"]["code"], None
    payload = answer["data"]["placeCall"]
    if payload["errors"]:
        return payload["errors"][0]["code"], None
    return ("replayed" if payload["replayed"] else "accepted"), payload["call"]["id"]


async def calls(hall: Hall) -> int:
    query = "{ calls { totalCount } }"
    return int((await hall.ask(query, KEY))["calls"]["totalCount"])


async def test_fifty_at_once_through_all_doors(halls: list[Hall]) -> None:
    given = {"phone": PHONE, "order": "one"}
    answers = await asyncio.gather(
        *(DOORS[n % 3](halls[n % len(halls)], KEY, **given) for n in range(50))
    )
    found = [told(each) for each in answers]
    kinds = Counter(kind for kind, _ in found)
    assert kinds["accepted"] == 1
    assert set(kinds) <= {"accepted", "replayed", "IDEMPOTENCY_IN_PROGRESS"}
    assert len({id for _, id in found if id}) == 1
    assert await calls(halls[0]) == 1
    for hall in halls:
        for door in DOORS:
            assert told(await door(hall, KEY, **given)) == (
                "replayed",
                next(i for _, i in found if i),
            )


async def test_the_same_key_with_another_order(halls: list[Hall]) -> None:
    assert told(await post(halls[0], KEY, phone=PHONE, order="k"))[0] == "accepted"
    for hall in halls:
        for door in DOORS:
            again = await door(hall, KEY, phone="+442079460124", order="k")
            assert told(again)[0] == "IDEMPOTENCY_KEY_REUSED"
    assert await calls(halls[0]) == 1


async def test_what_was_refused_leaves_the_key_free(halls: list[Hall]) -> None:
    wrong = await socket(halls[0], KEY, phone=PHONE, order="k", seconds=1)
    assert told(wrong)[0] == "OUT_OF_RANGE"
    assert told(await stream(halls[-1], KEY, phone="123", order="k"))[0] == "INVALID_PHONE"
    assert await calls(halls[0]) == 0
    assert told(await post(halls[-1], KEY, phone=PHONE, order="k"))[0] == "accepted"


async def test_a_rotated_key_repeats_the_same_order(halls: list[Hall]) -> None:
    """Whoever changes the API key between two tries has one call all the same."""
    workspace = halls[0].house.workspaces[0]
    kind, id = told(await post(halls[0], KEY, phone=PHONE, order="k"))
    assert kind == "accepted"
    database = halls[0].gateway.parts.database
    await add_key(database, workspace, NEXT, 2, {"scopes": ["full"]})
    await add_key(database, workspace, "reader", 3, {"scopes": ["read_only"]})
    revoke = """mutation { revokeApiKey(input: {id: "%s"}) { errors { code } } }"""
    keys = await halls[0].ask("{ apiKeys(first: 10) { nodes { id name } } }", NEXT)
    (old,) = [each["id"] for each in keys["apiKeys"]["nodes"] if each["name"] == "Clients"]
    assert (await halls[0].ask(revoke % old, NEXT))["revokeApiKey"]["errors"] == []
    for hall in halls:
        for door in DOORS:
            assert told(await door(hall, NEXT, phone=PHONE, order="k")) == ("replayed", id)
    # Who may not call learns nothing of the order either.
    assert told(await post(halls[0], "reader", phone=PHONE, order="k"))[0] == "FORBIDDEN"


async def test_another_workspace_has_keys_of_its_own(halls: list[Hall]) -> None:
    _, id = told(await post(halls[0], KEY, phone=PHONE, order="k"))
    theirs = await furnish(halls[0].house.url, key=THEIRS)
    assert theirs != halls[0].house.workspaces[0]
    for place, hall in enumerate(halls):
        kind, other = told(await stream(hall, THEIRS, phone=PHONE, order="k"))
        assert (kind, other == id) == ("replayed" if place else "accepted", False)
    database = await connect(halls[0].house.url, connections=1)
    async with database.transaction() as transaction:
        (row,) = await transaction.fetch("SELECT count(*) FROM call", ())
    await database.close()
    assert row[0] == 2
