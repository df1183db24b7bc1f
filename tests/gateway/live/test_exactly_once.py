"""Every event once, in order, to everybody, whoever writes and however often they are cut off.

`LIVE_EVENTS=10000` is the long form, which takes some five minutes.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import orjson
from websockets.asyncio.client import connect as dial
from websockets.exceptions import ConnectionClosed

from models.database import Database, Reads, Row, connect
from tests.gateway.serving import FULL, ROOT, House, Server, server

EVENTS = int(os.environ.get("LIVE_EVENTS", "400"))
#: Subscribers of each kind: over a WebSocket or a stream, to all or to one lead of a hundred.
EACH = 3
SECONDS = 60 + EVENTS / 20
#: Codes of closes after which a client goes on from its cursor.
TRY_AGAIN = (1012, 1013)
QUERY = """subscription($filter: ActivityFilter, $after: String) {
  activity(filter: $filter, after: $after) {
    cursor version activity { position subject { ... on Lead { id version } } } } }"""
RENAME = """mutation($id: ID!, $name: String) {
  updateLead(input: {id: $id, name: $name}) { errors { code } } }"""
LEADS = """mutation($leads: [CreateLeadInput!]!) {
  bulkCreateLeads(input: {leads: $leads}) { results { lead { id } } } }"""


@dataclass
class Subscriber:
    """One client, who is cut off again and again."""

    ports: list[int]
    streaming: bool
    lead: str | None
    cursor: str
    dice: random.Random
    seen: list[dict[str, Any]] = field(default_factory=list)
    cuts: int = 0

    async def follow(self) -> None:
        """Until it is cancelled."""
        while True:
            left = self.dice.randrange(1, max(3, EVENTS // 4))
            try:
                opened = self._stream() if self.streaming else self._socket()
                async with opened as events:
                    async for event, cursor in events:
                        self.cursor = cursor
                        if event is not None:
                            self.seen.append(event)
                            left -= 1
                        if left <= 0 or self.dice.random() < 0.002:
                            break
            except (OSError, httpx2.TransportError):
                pass
            except ConnectionClosed as closed:
                # On a machine with other things to do the client may be too slow, and is told so.
                if closed.rcvd is not None and closed.rcvd.code not in TRY_AGAIN:
                    raise
            self.cuts += 1
            await asyncio.sleep(self.dice.random() * 0.3)

    def _variables(self) -> dict[str, Any]:
        return {"filter": {"leadId": self.lead} if self.lead else None, "after": self.cursor}

    @asynccontextmanager
    async def _socket(self) -> AsyncIterator[AsyncIterator[tuple[Any, str]]]:
        url = f"ws://127.0.0.1:{self.dice.choice(self.ports)}/graphql"
        wire = await dial(
            url,
            subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
            compression=None,
            # The library reads no more while its queue is full, the answer to a close neither.
            close_timeout=0.2,
        )
        try:
            await wire.send('{"type":"connection_init","payload":{"apiKey":"key-full"}}')
            payload = {"query": QUERY, "variables": self._variables()}
            assert await wire.recv() == '{"type":"connection_ack"}'
            await wire.send(
                orjson.dumps({"id": "1", "type": "subscribe", "payload": payload}).decode()
            )

            async def events() -> AsyncIterator[tuple[Any, str]]:
                while True:
                    message = orjson.loads(await wire.recv())
                    if message["type"] == "ping":
                        await wire.send('{"type":"pong"}')
                        if "payload" in message:
                            yield None, message["payload"]["cursor"]
                    else:
                        event = message["payload"]["data"]["activity"]
                        yield event, event["cursor"]

            yield events()
        finally:
            if self.dice.random() < 0.5:
                # As a network that is gone.
                wire.transport.abort()
            await wire.close()

    @asynccontextmanager
    async def _stream(self) -> AsyncIterator[AsyncIterator[tuple[Any, str]]]:
        url = f"http://127.0.0.1:{self.dice.choice(self.ports)}/graphql"
        headers = {**FULL, "accept": "text/event-stream", "last-event-id": self.cursor}
        body = {"query": QUERY, "variables": self._variables()}
        async with (
            httpx2.AsyncClient(timeout=30) as http,
            http.stream("POST", url, json=body, headers=headers) as answer,
        ):

            async def events() -> AsyncIterator[tuple[Any, str]]:
                block: dict[str, str] = {}
                async for line in answer.aiter_lines():
                    name, _, value = line.partition(": ")
                    if name:
                        block[name] = value
                    elif "data" in block:
                        message = orjson.loads(block["data"])
                        if "errors" in message:
                            (error,) = message["errors"]
                            assert error["extensions"]["code"] == "UNAVAILABLE", error
                            return
                        yield message["data"]["activity"], block["id"]
                        block = {}
                    elif "id" in block:
                        yield None, block["id"]
                        block = {}

            yield events()


async def rename(port: int, leads: list[str], events: int, seed: int) -> None:
    """A client that changes leads through the API."""
    dice = random.Random(seed)
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=FULL) as http:
        for _ in range(events):
            variables = {"id": dice.choice(leads), "name": f"n{dice.random()}"}
            body = {"query": RENAME, "variables": variables}
            answer = await http.post("/graphql", json=body, timeout=30)
            assert answer.json()["data"]["updateLead"]["errors"] == []


async def beside(url: str, workspace: str, leads: list[str], events: int) -> None:
    """The process that writes beside the servers."""
    bare = [each.removeprefix("lead_") for each in leads]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.gateway.live.writers",
        *(url, workspace, str(events), *bare),
        cwd=ROOT,
    )
    try:
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()


async def told(database: Database, workspace: str, after: int) -> list[Row]:
    """What the log has behind a position."""
    marks = ("$1", "$2") if database.dialect == "postgres" else ("?1", "?2")

    def reads() -> Reads[list[Row]]:
        rows = yield (
            "SELECT position, lead_id, version FROM event "
            f"WHERE workspace_id = {marks[0]} AND position > {marks[1]} ORDER BY position",
            (workspace, after),
        )
        return rows

    return await database.run(reads())


async def test_every_event_once_and_in_order(house: House, redis_url: str, tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        # PostgreSQL has two servers, which share Redis.
        alone = house.url.startswith("sqlite")
        more = {} if alone else {"redis_url": redis_url}
        servers = [
            stack.enter_context(server(house.url, tmp_path, live_ping=0.5, **more))
            for _ in range(1 if alone else 2)
        ]
        database = await connect(house.url, connections=2)
        stack.push_async_callback(database.close)
        await _follow(house, servers, database)


async def _follow(house: House, servers: list[Server], database: Database) -> None:
    workspace, ports = house.workspaces[0], [each.port for each in servers]
    names = [{"name": f"lead {number}"} for number in range(100)]
    async with httpx2.AsyncClient(base_url=servers[0].url, headers=FULL) as http:
        body: dict[str, Any] = {"query": LEADS, "variables": {"leads": names}}
        answer = (await http.post("/graphql", json=body, timeout=30)).json()
        leads = [each["lead"]["id"] for each in answer["data"]["bulkCreateLeads"]["results"]]
        # On PostgreSQL these get their places now.
        await asyncio.sleep(0.5)
        cursor = (await http.post("/graphql", json={"query": "{ cursor }"})).json()["data"][
            "cursor"
        ]
    first = int((await told(database, workspace, 0))[-1][0])
    subscribers = [
        Subscriber(ports, streaming, lead, cursor, random.Random(seed))
        for seed in range(EACH)
        for streaming in (False, True)
        for lead in (None, leads[seed])
    ]
    tasks = [asyncio.create_task(each.follow()) for each in subscribers]
    try:
        async with asyncio.timeout(SECONDS):
            share = EVENTS // 2
            await asyncio.gather(
                beside(house.url, workspace, leads, share),
                *[rename(ports[n % len(ports)], leads, share // 8, n) for n in range(8)],
            )
            expected: list[Row] = []
            while True:
                expected = await told(database, workspace, first)
                if all(len(each.seen) >= len(_of(each, expected)) for each in subscribers):
                    break
                assert not [each.exception() for each in tasks if each.done()]
                await asyncio.sleep(0.1)
            # Nothing comes twice.
            await asyncio.sleep(0.6)
    finally:
        for task in tasks:
            task.cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(each, asyncio.CancelledError) for each in done), done
    assert len(expected) >= EVENTS * 0.95
    for each in subscribers:
        _check(each, _of(each, expected))
    assert sum(each.cuts for each in subscribers) > len(subscribers)


def _of(subscriber: Subscriber, rows: list[Row]) -> list[Row]:
    """What of the log a subscriber should see."""
    if subscriber.lead is None:
        return rows
    return [row for row in rows if f"lead_{row[1]}" == subscriber.lead]


def _check(subscriber: Subscriber, rows: list[Row]) -> None:
    seen = subscriber.seen
    assert [each["activity"]["position"] for each in seen] == [int(row[0]) for row in rows]
    assert [each["version"] for each in seen] == [int(row[2]) for row in rows]
    told: defaultdict[str, int] = defaultdict(int)
    now: defaultdict[str, int] = defaultdict(int)
    for each in seen:
        subject = each["activity"]["subject"]
        assert each["version"] > told[subject["id"]]
        assert subject["version"] >= max(each["version"], now[subject["id"]])
        told[subject["id"]], now[subject["id"]] = each["version"], subject["version"]
