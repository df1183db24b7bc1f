"""The link in large deliveries leads to all of it, as it was given and no longer than it is good."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx2
import orjson
import pytest

from gateway.app import create_app
from gateway.settings import Settings
from tests.gateway.serving import lifespan
from tests.gateway.webhooks.stage import KEY, Stage


async def test_the_link_leads_to_all_of_it(place: Stage) -> None:
    place.now = datetime.now(UTC)
    await place.hook()
    place.tell()
    fields = {f"field {n}": "x" * 500 for n in range(60)}
    await place.done("createLead", {"name": "Ada", "customFields": fields})
    await place.settled(1)
    url = orjson.loads(place.receiver.got[0].body)["data"]["url"]
    path = url.removeprefix("http://gateway.test")
    now = place.now
    gateway = create_app(
        Settings(database_url=place.url, secret_keys=KEY, webhooks=False, explorer=False),
        lambda: now,
    )
    async with lifespan(gateway):
        transport = httpx2.ASGITransport(gateway)
        async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as http:
            found = await http.get(path)
            assert (found.status_code, found.headers["cache-control"]) == (200, "private, no-store")
            document = found.json()
            assert document["type"] == "lead.created"
            assert document["data"]["subject"]["customFields"] == fields
            for wrong in (path[:-1], path + "&x=1", path.replace("expires=1", "expires=2", 1)):
                assert (await http.get(wrong)).status_code in (400, 401, 403, 404, 410)
            place.pass_(days=8)
            now = place.now
            assert (await http.get(path)).status_code != 200


@pytest.mark.parametrize(
    "path", ["/events/x", "/events/", "/events/x?workspace=a&expires=1&signature=b"]
)
async def test_nothing_without_a_signature(place: Stage, path: str) -> None:
    gateway = create_app(
        Settings(database_url=place.url, secret_keys=KEY, webhooks=False, explorer=False)
    )
    async with lifespan(gateway):
        transport = httpx2.ASGITransport(gateway)
        async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as http:
            assert (await http.get(path)).status_code in (400, 401, 403, 404)
