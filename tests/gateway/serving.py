"""Two workspaces with keys, and the gateway before them: in this process, or as a server."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2

from gateway.app import Gateway, create_app
from gateway.bounds import variable
from gateway.settings import Settings
from models import ApiKey, ApiKeyKind, Lead, writing
from models.columns import now, wire
from models.database import Database, connect
from tests.conftest import Filled
from tests.port import free_port

ROOT = Path(__file__).parents[2]

#: Keys of the first workspace, what the database knows of them.
KEYS: Mapping[str, dict[str, Any]] = {
    "key-full": {"scopes": ["full"]},
    "key-second": {"scopes": ["full"]},
    "key-reader": {"scopes": ["read_only"]},
    "key-leads": {"scopes": ["leads:read"]},
    "key-slow": {"scopes": ["full"], "requests_per_minute": 3},
    "key-trusted": {"scopes": ["full"], "documents_only": True},
    "key-revoked": {"scopes": ["full"], "revoked_at": wire(now())},
    "key-expired": {"scopes": ["full"], "expires_at": wire(now() - timedelta(seconds=1))},
}
#: A key of the second workspace.
OTHER = "key-other"
FULL = {"authorization": "Bearer key-full"}


@dataclass(frozen=True)
class House:
    """A database with two workspaces."""

    url: str
    workspaces: tuple[str, str]
    leads: tuple[str, ...]
    """Public ids of the first workspace's leads."""


async def furnish(filled: Filled) -> House:
    """Add keys to the workspaces."""
    first, second = filled.workspaces
    database = await connect(filled.url)
    try:
        for number, (secret, columns) in enumerate(KEYS.items()):
            await add_key(database, first.id, secret, 500 + number, columns)
        await add_key(database, second.id, OTHER, 500, {"scopes": ["full"]})
    finally:
        await database.close()
    leads = tuple(f"lead_{each}" for each in first.ids[Lead])
    return House(filled.url, (first.id, second.id), leads)


async def add_key(
    database: Database, workspace: str, secret: str, number: int, columns: Mapping[str, Any]
) -> str:
    """Add a key or a client token; gives its id."""
    async with database.transaction() as transaction:
        row = await writing.insert(
            transaction,
            ApiKey,
            {
                "workspace_id": workspace,
                "number": number,
                "name": secret,
                "kind": ApiKeyKind.KEY,
                "prefix": secret[:7],
                "secret_hash": hashlib.sha256(secret.encode()).hexdigest(),
                **columns,
            },
        )
    return str(row["id"])


@dataclass
class Visitor:
    """A client of a gateway in this process."""

    http: httpx2.AsyncClient
    gateway: Gateway
    house: House
    headers: dict[str, str] = field(default_factory=lambda: dict(FULL))

    async def ask(self, query: str, key: str = "key-full", **more: Any) -> httpx2.Response:
        """POST a request."""
        return await self.http.post(
            "/graphql", json={"query": query, **more}, headers={"authorization": f"Bearer {key}"}
        )

    async def data(self, query: str, **variables: Any) -> Any:
        """The data of a request that must succeed."""
        answer = (await self.ask(query, variables=variables)).json()
        assert "errors" not in answer, answer
        return answer["data"]


@asynccontextmanager
async def inside(house: House, **settings: Any) -> AsyncIterator[Visitor]:
    """The gateway in this process, from start-up to shutdown."""
    settings = {
        "rate_limit": "100000/minute",
        "explorer": False,
        # The random calls stay as they are, unless a test is about placing them.
        "dispatcher": "off",
        "webhooks": False,
        **settings,
    }
    gateway = create_app(Settings(database_url=house.url, **settings))
    async with lifespan(gateway):
        transport = httpx2.ASGITransport(gateway, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as http:
            yield Visitor(http, gateway, house)


@asynccontextmanager
async def lifespan(gateway: Gateway) -> AsyncIterator[None]:
    """Start the gateway up and shut it down; raises what start-up raises."""
    inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    task = asyncio.create_task(gateway(scope, inbox.get, outbox.put))  # type: ignore[arg-type]
    inbox.put_nowait({"type": "lifespan.startup"})
    started = asyncio.create_task(outbox.get())
    await asyncio.wait([task, started], return_when=asyncio.FIRST_COMPLETED)
    if task.done():
        started.cancel()
        await task
    message = await started
    if message["type"] == "lifespan.startup.failed":
        await task
    try:
        yield
    finally:
        inbox.put_nowait({"type": "lifespan.shutdown"})
        await task


@dataclass(frozen=True)
class Server:
    """A gateway in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def logged(self) -> str:
        """All that it has written."""
        return self.log.read_text(errors="replace")


@contextmanager
def server(url: str, folder: Path, **settings: Any) -> Iterator[Server]:
    """A real server on a free port, ready."""
    with launch(url, folder, **settings) as found:
        deadline = time.monotonic() + 20
        while True:
            try:
                if httpx2.get(f"{found.url}/readyz", timeout=2).status_code == 200:
                    break
            except httpx2.TransportError:
                pass
            if found.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the server did not start:\n{found.logged()}")
            time.sleep(0.02)
        yield found


@contextmanager
def launch(url: str, folder: Path, **settings: Any) -> Iterator[Server]:
    """A server that may refuse to start."""
    port = free_port()
    settings = {
        "database_url": url,
        "port": port,
        "rate_limit": "100000/minute",
        "explorer": False,
        "dispatcher": "off",
        "webhooks": False,
        **settings,
    }
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("SWITCHBOARD_")}
    environment = inherited | {variable(k): str(v) for k, v in settings.items()}
    log = folder / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", "from gateway.cli import main; main()", "serve"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Server(process, port, log)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
