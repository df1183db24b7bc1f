"""Real servers and real sockets: slow senders, hostile sessions in the log, a second server."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.gateway.serving import FULL, ROOT, House, Server, launch, server

HEAD = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
KEYED = HEAD + b"authorization: Bearer key-full\r\n"


@pytest.fixture
def one(sqlite_copy: House, tmp_path: Path) -> Iterator[Server]:
    with server(sqlite_copy.url, tmp_path, body_timeout=0.5, max_body_bytes=100_000) as found:
        yield found


def spoken(port: int, *parts: bytes, seconds: float = 5) -> bytes:
    """What the server answers on a raw connection until it closes or falls silent."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as wire:
        for part in parts:
            wire.sendall(part)
        found = b""
        try:
            while chunk := wire.recv(65_536):
                found += chunk
        except TimeoutError:
            found += b"<silence>"
        return found


def test_raw_connections(one: Server) -> None:
    half = spoken(one.port, KEYED + b'content-length: 100\r\n\r\n{"query"')
    assert half.startswith(b"HTTP/1.1 408")
    assert b"connection: close" in half
    assert b"BAD_REQUEST" in half
    chunked = spoken(one.port, KEYED + b'transfer-encoding: chunked\r\n\r\n8\r\n{"query"\r\n')
    assert chunked.startswith(b"HTTP/1.1 408")
    large = spoken(one.port, KEYED + b"content-length: 400000\r\n\r\n", b"x" * 400_000)
    assert large.startswith(b"HTTP/1.1 413")
    chunk = b"%x\r\n%s\r\n" % (60_000, b"x" * 60_000)
    streamed = spoken(
        one.port, KEYED + b"transfer-encoding: chunked\r\n\r\n", chunk * 3, b"0\r\n\r\n"
    )
    assert streamed.startswith(b"HTTP/1.1 413")
    nonsense = spoken(one.port, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
    assert nonsense.startswith(b"HTTP/1.1 400")
    mixed = spoken(
        one.port,
        KEYED + b"connection: close\r\ncontent-length: 23\r\n\r\n",
        b'{"query":"{__typename}"}',
    )
    assert mixed.startswith(b"HTTP/1.1 400") or b'"data"' in mixed
    assert httpx2.post(f"{one.url}/graphql", json={"query": "{__typename}"}, headers=FULL).json()[
        "data"
    ]


SECRETS = ("sb_live_abcdef0123456789", "+14155550199", "jane.doe@example.com", "key-full")


def test_the_log_of_a_hostile_session(one: Server) -> None:
    key, phone, email, _ = SECRETS
    create = """mutation($p: String, $e: String) { createLead(
      input: { name: "x", phone: $p, email: $e }, idempotencyKey: "+14155550199") {
      lead { id } errors { message } } }"""
    with httpx2.Client(base_url=one.url, headers=FULL) as http:
        for variables in ({"p": phone, "e": email}, {"p": f"{phone}x", "e": [email]}):
            http.post("/graphql", json={"query": create, "variables": variables})
        for query in (f'{{ lead(id: "{phone}") {{ id }} }}', f'{{ "{email}" }}', f"{{ {key} }}"):
            http.post("/graphql", json={"query": query})
            http.get("/graphql", params={"query": query})
        http.post("/graphql", json={"query": "{ __typename }", "operationName": email})
        http.post("/graphql", content=f'{{"{phone}'.encode())
        for path in (f"/leads/{phone}", f"/{email}", f"/v1/{key}", f"/graphql/assets/{email}"):
            http.get(path, params={"api_key": key})
        http.get("/graphql", headers={"authorization": f"Bearer {key}"})
        http.get("/graphql", headers={"x-api-key": key})
    spoken(one.port, f"GET /{email} HTTP/9.9\r\nx-api-key: {key}\r\n\r\n".encode(), seconds=1)
    time.sleep(0.2)
    text = one.logged()
    for secret in (*SECRETS, "14155550199", "jane.doe"):
        assert secret not in text
    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    access = [each for each in lines if each["logger"] == "access"]
    assert len(access) >= 15
    assert {"path", "status", "ms", "request", "method"} <= access[-1].keys()
    assert any(each.get("key") and each.get("workspace") for each in access)
    assert "/leads/…" in {each["path"] for each in access}


def test_a_second_server_refuses_to_start(house: House, redis_url: str, tmp_path: Path) -> None:
    with server(house.url, tmp_path):
        with launch(house.url, tmp_path) as second:
            assert second.process.wait(timeout=20) != 0
            assert "Another Switchboard server runs on this database" in second.logged()
            assert "Traceback" not in second.logged()
        # One-shot commands run beside it.
        done = subprocess.run(
            [sys.executable, "-c", "from gateway.cli import main; main()", "workspaces", "list"],
            cwd=ROOT,
            env={"PATH": "", "SWITCHBOARD_DATABASE_URL": house.url},
            capture_output=True,
            text=True,
            timeout=20,
        )
        assert "Workspace 1" in done.stdout, done.stderr
    if house.url.startswith("postgres"):
        with (
            server(house.url, tmp_path, redis_url=redis_url),
            server(house.url, tmp_path, redis_url=redis_url) as second,
        ):
            assert re.search("is at http", second.logged())
            with launch(house.url, tmp_path) as alone:
                assert alone.process.wait(timeout=20) != 0
                assert "SWITCHBOARD_REDIS_URL" in alone.logged()


def test_a_killed_server_leaves_nothing_behind(house: House, tmp_path: Path) -> None:
    with server(house.url, tmp_path) as first:
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
    with server(house.url, tmp_path) as second:
        answer = httpx2.post(
            f"{second.url}/graphql", json={"query": "{ leads { totalCount } }"}, headers=FULL
        )
        assert answer.json()["data"]["leads"]["totalCount"] == 40


async def test_many_at_once(one: Server) -> None:
    query = {"query": "{ leads(first: 5) { nodes { id name } } }"}
    async with httpx2.AsyncClient(base_url=one.url, headers=FULL, timeout=30) as http:
        answers = await asyncio.gather(*[http.post("/graphql", json=query) for _ in range(200)])
    assert {each.status_code for each in answers} == {200}
