"""docs/live.md: graphql-ws, graphql-sse, Apollo Client, urql and gql follow, are cut off, and go on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gql import Client, gql
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from tests.clients.conftest import scripts
from tests.clients.page import ORIGIN
from tests.gateway.furnished import house
from tests.gateway.serving import FULL, House, Server, server

__all__ = ["house"]


@pytest.fixture
def own(house: House, tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own."""
    with server(house.url, tmp_path, cors_origins=ORIGIN) as found:
        yield found


def test_resuming(own: Server, node: Callable[..., str]) -> None:
    found = scripts(node, own)("live.mjs")
    assert found["problems"] == []
    expected = [f"Ada {number} was added" for number in range(12)] + ["Grace was added"]
    for name in ("graphqlWs", "graphqlSse", "apollo", "urql", "late"):
        assert found[name] == expected, name
    # They were cut off, and their token was renewed.
    assert found["cuts"] >= 2
    assert found["sessions"] >= 1


async def test_python_gql(own: Server) -> None:
    url = f"ws://127.0.0.1:{own.port}/graphql"
    socket = WebsocketsTransport(url=url, init_payload=dict(FULL), ping_interval=1)
    http = HTTPXAsyncTransport(url=f"{own.url}/graphql", headers=FULL)
    feed = gql("subscription { activity { title activity { subject { __typename } } } }")
    create = gql('mutation { createLead(input: {name: "Followed"}) { errors { code } } }')
    async with Client(transport=socket) as follower, Client(transport=http) as client:
        events = follower.subscribe(feed)
        first = asyncio.ensure_future(anext(events))
        while not first.done():
            # It may not have subscribed yet.
            await client.execute(create)
            await asyncio.sleep(0.2)
        found = (await first)["activity"]
        await events.aclose()
    assert found == {
        "title": "Followed was added",
        "activity": {"subject": {"__typename": "Lead"}},
    }
