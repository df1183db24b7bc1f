"""A workspace of the benchmark's own that places calls, on a fresh database of either kind."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import orjson

from models import Agent, AgentType, ApiKey, ApiKeyKind, Lead, PhoneNumber, Workspace, writing
from models.columns import new_id, now, wire
from models.database import connect
from models.migrate import migrate
from tests.bench.database import Server
from tests.bench.place import PLACE, Cores, pinned
from tests.port import free_port

KEY = "bench_outreach_0123456789"
SECRET = "".join(f"{each:02x}" for each in range(32))


@dataclass(frozen=True)
class Office:
    """The workspace, in its database."""

    url: str
    leads: tuple[str, ...]
    agent: str
    number: str

    @property
    def dialect(self) -> str:
        """The database's."""
        return self.url.partition(":")[0]


@asynccontextmanager
async def office(
    server: Server, dialect: str, name: str, leads: int, **columns: Any
) -> AsyncIterator[Office]:
    """A new database with the workspace and so many leads; it is removed afterwards."""
    folder = PLACE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if dialect == "sqlite":
        url = f"sqlite://{folder / 'bench.db'}"
    else:
        url = server.url(name)
        await _admin(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await _admin(server, f"CREATE DATABASE {name}")
    try:
        await migrate(url)
        yield await _furnish(url, leads, columns)
    finally:
        if dialect == "postgres":
            await _admin(server, f"DROP DATABASE {name} WITH (FORCE)")
        shutil.rmtree(folder, ignore_errors=True)


async def _admin(server: Server, sql: str) -> None:
    connection = await server.connect()
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def _furnish(url: str, leads: int, columns: dict[str, Any]) -> Office:
    workspace, agent, number = new_id(), new_id(), new_id()
    database = await connect(url)
    try:
        async with database.transaction() as transaction:
            named = {"id": workspace, "number": 1, "name": "Bench", "default_agent_id": None}
            await writing.insert(transaction, Workspace, {**named, **columns})
            owned = {"workspace_id": workspace}
            made = {"id": agent, **owned, "number": 1, "name": "Ada", "type": AgentType.OUTBOUND}
            await writing.insert(transaction, Agent, made)
            line = {"id": number, **owned, "number": 1, "e164": "+12015550199"}
            await writing.insert(transaction, PhoneNumber, {**line, "outbound_agent_id": agent})
            key = {"name": "Bench", "kind": ApiKeyKind.KEY, "prefix": KEY[:12], "number": 1}
            digest = hashlib.sha256(KEY.encode()).hexdigest()
            scopes = {"secret_hash": digest, "scopes": ["full"]}
            await writing.insert(transaction, ApiKey, {**owned, **key, **scopes})
            rows = [_lead(workspace, place) for place in range(leads)]
            await writing.insert_many(transaction, Lead, rows)
    finally:
        await database.close()
    ids = tuple(f"lead_{each['id']}" for each in rows)
    return Office(url, ids, f"agent_{agent}", f"phone_number_{number}")


def _lead(workspace: str, place: int) -> dict[str, Any]:
    phone = american(place)
    return {
        "id": new_id(),
        "workspace_id": workspace,
        "number": place + 1,
        "name": f"Lead {place}",
        "phone": phone,
        "contact_key": phone,
        "search": f"lead {place} {phone}",
        "last_activity_at": wire(now()),
    }


def american(place: int) -> str:
    """A number that is kept for fiction, another one for each place below 30,000."""
    area, line = divmod(place, 100)
    return f"+1{201 + area}5550{100 + line}"


@contextmanager
def process(
    command: str, place: Office, cores: Cores, *options: str, **settings: str
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """`switchboard serve` or `worker` on the server's core, and the port that it may have."""
    port = free_port()
    environment = {each: value for each, value in os.environ.items() if "SWITCHBOARD" not in each}
    given = {
        "DATABASE_URL": place.url,
        "SECRET_KEYS": SECRET,
        "RATE_LIMIT": "100000000/minute",
        "MEDIA_DIRECTORY": str(PLACE / "media"),
        **settings,
    }
    environment |= {f"SWITCHBOARD_{name}": value for name, value in given.items()}
    ported = ["--port", str(port)] if command == "serve" else []
    program = str(Path(sys.executable).with_name("switchboard"))
    with (PLACE / f"{command}.log").open("wb") as log, pinned(cores.server):
        running = subprocess.Popen(
            [program, command, *ported, *options], env=environment, stdout=log, stderr=log
        )
    try:
        if ported:
            _await(port, running)
        yield running, port
    finally:
        running.terminate()
        try:
            running.wait(20)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def _await(port: int, running: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and running.poll() is None:
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/health", trust_env=False).status_code < 500:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise RuntimeError(f"nothing listens: {(PLACE / 'serve.log').read_text()[-2000:]}")


async def ask(port: int, query: str, **variables: Any) -> Any:
    """The data of a request that must succeed."""
    async with httpx2.AsyncClient(timeout=120, trust_env=False) as http:
        answer = await http.post(
            f"http://127.0.0.1:{port}/graphql",
            content=orjson.dumps({"query": query, "variables": variables}),
            headers={"authorization": f"Bearer {KEY}", "content-type": "application/json"},
        )
    body = answer.json()
    assert not body.get("errors"), body
    for field in body["data"].values():
        assert not (isinstance(field, dict) and field.get("errors")), body
    return body["data"]
