"""A server in this process, and who talks to it: WebSockets message by message, streams by block."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from gateway.app import Gateway, create_app
from gateway.front import front
from gateway.settings import Settings
from models.database import Reads, Row
from tests.gateway.serving import House
from tests.port import free_port

#: What every test of a door may have to wait for.
SECONDS = 10.0


@dataclass
class Hall:
    """The server, and its house."""

    gateway: Gateway
    house: House
    port: int
    server: uvicorn.Server
    http: httpx2.AsyncClient

    async def ask(self, query: str, key: str = "key-full", **variables: Any) -> Any:
        """The data of a request that must succeed."""
        headers = {"authorization": f"Bearer {key}"}
        body = {"query": query, "variables": variables}
        answer = (await self.http.post("/graphql", json=body, headers=headers)).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def settle(self) -> None:
        """Wait until every event has its place, which on SQLite it has from the start."""
        if self.gateway.parts.database.dialect == "sqlite":
            return
        async with asyncio.timeout(SECONDS):
            while (await self.gateway.parts.database.run(_unplaced()))[0][0]:
                await asyncio.sleep(0.01)

    @asynccontextmanager
    async def socket(
        self, key: str | None = "key-full", **options: Any
    ) -> AsyncIterator[Conversation]:
        """A WebSocket; with a key it is let in already."""
        async with connect(
            f"ws://127.0.0.1:{self.port}/graphql",
            subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
            compression=None,
            close_timeout=2,
            **options,
        ) as wire:
            found = Conversation(wire)
            if key is not None:
                await found.say(type="connection_init", payload={"Authorization": f"Bearer {key}"})
                assert await found.hear() == {"type": "connection_ack"}
            yield found

    @asynccontextmanager
    async def stream(
        self, query: str, key: str = "key-full", last: str | None = None, **variables: Any
    ) -> AsyncIterator[Stream]:
        """An event stream."""
        headers = {"authorization": f"Bearer {key}", "accept": "text/event-stream"}
        if last is not None:
            headers["last-event-id"] = last
        body = {"query": query, "variables": variables}
        async with self.http.stream("POST", "/graphql", json=body, headers=headers) as answer:
            yield Stream(answer, answer.aiter_bytes())


def _unplaced() -> Reads[list[Row]]:
    rows = yield "SELECT count(*) FROM event WHERE position IS NULL", ()
    return rows


@dataclass
class Conversation:
    """One client's WebSocket."""

    wire: ClientConnection
    pings: list[dict[str, Any]] = field(default_factory=list)

    async def say(self, **message: Any) -> None:
        await self.wire.send(orjson.dumps(message).decode())

    async def hear(self) -> dict[str, Any]:
        """The next message that is no ping."""
        while True:
            async with asyncio.timeout(SECONDS):
                message: dict[str, Any] = orjson.loads(await self.wire.recv())
            if message["type"] != "ping":
                return message
            self.pings.append(message)
            await self.say(type="pong")

    async def begin(self, query: str, id: str = "1", **variables: Any) -> None:
        await self.say(id=id, type="subscribe", payload={"query": query, "variables": variables})

    async def events(self, count: int, id: str = "1") -> list[dict[str, Any]]:
        """So many deliveries of the only root field."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            message = await self.hear()
            assert (message["type"], message["id"]) == ("next", id), message
            (event,) = message["payload"]["data"].values()
            found.append(event)
        return found

    async def ended(self) -> tuple[int, str]:
        """Code and reason of the close, whatever comes before."""
        with pytest.raises(ConnectionClosed) as caught:
            await self._drain()
        closed = caught.value.rcvd
        assert closed is not None, "cut off"
        return closed.code, closed.reason

    async def _drain(self) -> None:
        while True:
            async with asyncio.timeout(SECONDS):
                await self.wire.recv()

    async def silent(self, seconds: float = 0.2) -> bool:
        """Whether nothing comes."""
        try:
            async with asyncio.timeout(seconds):
                await self.wire.recv()
        except TimeoutError:
            return True
        return False


@dataclass
class Stream:
    """One client's event stream."""

    answer: httpx2.Response
    chunks: AsyncIterator[bytes]
    rest: bytes = b""

    async def block(self) -> dict[str, str]:
        """The next block, its fields by name; empty at the end."""
        while b"\n\n" not in self.rest:
            try:
                async with asyncio.timeout(SECONDS):
                    self.rest += await anext(self.chunks)
            except StopAsyncIteration:
                assert not self.rest
                return {}
        text, _, self.rest = self.rest.partition(b"\n\n")
        assert b"\r" not in text
        fields = [line.partition(": ") for line in text.decode().split("\n")]
        return {name.rstrip(":"): value for name, _, value in fields}

    async def events(self, count: int) -> list[dict[str, Any]]:
        """So many deliveries of the only root field, with the id of each as `id`."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            block = await self.block()
            if "event" in block:
                assert block["event"] == "next", block
                (event,) = orjson.loads(block["data"])["data"].values()
                assert event.get("cursor", block["id"]) == block["id"]
                found.append(event)
        return found


@asynccontextmanager
async def opened(house: House, **settings: Any) -> AsyncIterator[Hall]:
    """A server in this process, from start-up to shutdown."""
    port = free_port()
    settings = {
        "rate_limit": "1000000/minute",
        "explorer": False,
        "dispatcher": "off",
        "webhooks": False,
        **settings,
    }
    gateway = create_app(Settings(database_url=house.url, port=port, **settings))
    config = uvicorn.Config(
        gateway,
        http=front(gateway.sweep),
        host="127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server._serve())
    while not server.started:
        assert not task.done(), gateway.refusal
        await asyncio.sleep(0.005)
    async with httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", headers={}, timeout=SECONDS
    ) as http:
        hall = Hall(gateway, house, port, server, http)
        await hall.settle()
        try:
            yield hall
        finally:
            server.should_exit = True
            await task


CREATE = "mutation($name: String) { createLead(input: {name: $name}) { cursor lead { id } } }"
ACTIVITY = """subscription($filter: ActivityFilter, $after: String) {
  activity(filter: $filter, after: $after) {
    cursor at type title version status activity { id subject { ... on Lead { id name version } } }
  } }"""
