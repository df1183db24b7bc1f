"""A small GraphQL server behind a key, with the explorer mounted as the gateway mounts it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from strawberry.asgi import GraphQL
from strawberry.exceptions import ConnectionRejectionError

from gateway.explorer import Assets, Page

KEY = "sb_test_correct-horse"


@strawberry.type
class Lead:
    """A person to reach."""

    id: strawberry.ID
    name: str
    stage: str


@strawberry.type
class LeadConnection:
    """One page of leads."""

    nodes: list[Lead]


@strawberry.type
class Query:
    """What can be asked."""

    @strawberry.field
    def leads(self, first: int = 10) -> LeadConnection:
        return LeadConnection(nodes=[Lead(id=strawberry.ID("lead_1"), name="Ada", stage="NEW")])


@strawberry.type
class Subscription:
    """What can be followed."""

    @strawberry.subscription
    async def ticks(self) -> AsyncIterator[int]:
        for tick in range(1, 4):
            await asyncio.sleep(0.05)
            yield tick


class Door(GraphQL[Any, Any]):
    """Strawberry's own door, which lets in one key."""

    async def on_ws_connect(self, context: Any) -> Any:
        if context["connection_params"].get("Authorization") != f"Bearer {KEY}":
            raise ConnectionRejectionError
        return await super().on_ws_connect(context)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            if headers.get(b"authorization") != f"Bearer {KEY}".encode():
                body = {"errors": [{"message": "No.", "extensions": {"code": "UNAUTHENTICATED"}}]}
                await JSONResponse(body, 401)(scope, receive, send)
                return
        await super().__call__(scope, receive, send)


class Entrance:
    """The page for browsers, the door for everyone else."""

    def __init__(self) -> None:
        self.page = Page()
        self.door = Door(strawberry.Schema(Query, subscription=Subscription))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self.page if scope.get("method") == "GET" else self.door
        await app(scope, receive, send)


@asynccontextmanager
async def serve() -> AsyncIterator[str]:
    """Serve on a free port and give the page's address."""
    entrance = Entrance()
    app = Starlette(
        routes=[
            Mount("/graphql/assets", Assets()),
            Route("/graphql", entrance),
            WebSocketRoute("/graphql", entrance.door),
        ]
    )
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="warning", lifespan="off", ws="websockets-sansio")
        server = uvicorn.Server(config)
        running = asyncio.ensure_future(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/graphql"
        server.should_exit = True
        server.force_exit = True
        await running
