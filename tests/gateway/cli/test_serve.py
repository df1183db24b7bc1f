"""`switchboard serve --demo` in a process of its own, as `make serve` runs it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.explorer.manifest import STATIC, read_manifest
from tests.port import free_port


@pytest.fixture
def port() -> int:
    return free_port()


def start(folder: Path, port: int, *options: str, **settings: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from gateway.cli import main; main()",
            "serve",
            "--demo",
            "--port",
            str(port),
            *options,
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def command(folder: Path, *words: str) -> None:
    subprocess.run(
        [sys.executable, "-c", "from gateway.cli import main; main()", *words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
        check=True,
        capture_output=True,
    )


def wait(port: int) -> None:
    for _ in range(600):
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not come up")


def ask(port: int, key: str, query: str) -> Any:
    answer = httpx2.post(
        f"http://127.0.0.1:{port}/graphql",
        json={"query": query},
        headers={"Authorization": f"Bearer {key}"},
        timeout=20,
    )
    return answer.json()


def test_an_empty_folder_becomes_a_gateway_with_data(tmp_path: Path, port: int) -> None:
    server = start(tmp_path, port)
    try:
        wait(port)
        key = (tmp_path / "var" / "demo.key").read_text().strip()
        data = ask(port, key, "{ leads(first: 2) { totalCount nodes { name agent { name } } } }")[
            "data"
        ]
        assert data["leads"]["totalCount"] > 100
    finally:
        server.send_signal(signal.SIGINT)
        output, errors = server.communicate(timeout=20)
    assert server.returncode == 0, errors
    assert "Traceback" not in errors
    assert key in output
    built = read_manifest(STATIC) is not None
    assert (f"http://localhost:{port}/graphql#key=" if built else "not built") in output
    assert key not in errors
    again = start(tmp_path, port)
    try:
        wait(port)
        assert ask(port, key, "{ leads(first: 1) { nodes { id } } }")["data"]
    finally:
        again.send_signal(signal.SIGTERM)
        output, _ = again.communicate(timeout=20)
    assert re.search(rf"API key\s+{key}", output)


def greeting(folder: Path, **settings: str) -> tuple[str, Any]:
    """What a server says when it has begun, and what it answers with the key that it shows."""
    port = free_port()
    server = start(folder, port, **settings)
    try:
        wait(port)
        key = folder / "var" / "demo.key"
        answer = ask(port, key.read_text().strip(), "{ __typename }") if key.exists() else None
    finally:
        server.send_signal(signal.SIGINT)
        output, _ = server.communicate(timeout=20)
    return output, answer


def test_a_demo_key_that_was_revoked_is_replaced(tmp_path: Path) -> None:
    before, _ = greeting(tmp_path)
    command(tmp_path, "keys", "revoke", "1")
    after, answer = greeting(tmp_path)
    keys = [re.search(r"API key\s+(\S+)", each) for each in (before, after)]
    assert keys[0] is not None
    assert keys[1] is not None
    assert keys[0][1] != keys[1][1]
    assert answer["data"] == {"__typename": "Query"}


def test_among_other_workspaces_there_is_no_demo_until_it_is_asked_for(tmp_path: Path) -> None:
    command(tmp_path, "migrate")
    command(tmp_path, "workspaces", "create", "Acme")
    output, _ = greeting(tmp_path)
    assert "API key" not in output
    assert "`switchboard demo` adds it" in output
    command(tmp_path, "demo")
    output, answer = greeting(tmp_path)
    assert "API key" in output
    assert answer["data"]


def test_where_only_known_documents_are_served_graphiql_is_not_offered(tmp_path: Path) -> None:
    manifest = tmp_path / "documents.json"
    manifest.write_text('{"one": "{ __typename }"}')
    output, _ = greeting(
        tmp_path, SWITCHBOARD_DOCUMENTS=str(manifest), SWITCHBOARD_DOCUMENTS_MODE="require"
    )
    assert "API key" in output
    assert "#key=" not in output


def test_a_second_server_on_the_same_file_refuses(tmp_path: Path, port: int) -> None:
    first = start(tmp_path, port)
    try:
        wait(port)
        second = start(tmp_path, free_port())
        _, errors = second.communicate(timeout=60)
        assert second.returncode != 0
        assert "Another Switchboard server" in errors
        assert "Traceback" not in errors
    finally:
        first.send_signal(signal.SIGINT)
        first.communicate(timeout=20)


def refusal(folder: Path, port: int, *options: str) -> str:
    """What a server says that can't listen: one line, before anything was done."""
    server = start(folder, port, *options)
    output, errors = server.communicate(timeout=30)
    assert server.returncode == 1
    assert output == ""
    assert errors.count("\n") == 1
    assert list(folder.iterdir()) == []
    return errors


def test_a_port_in_use(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        said = f"Port {number} is in use: choose another with --port or SWITCHBOARD_PORT."
        assert refusal(tmp_path, number) == f"Error: {said}\n"


def test_a_host_that_is_not_ours(tmp_path: Path, port: int) -> None:
    assert "choose another with --host" in refusal(tmp_path, port, "--host", "nowhere.invalid")
    assert "This machine has no address" in refusal(tmp_path, port, "--host", "192.0.2.1")


def test_any_free_port_and_redis_out_of_reach(tmp_path: Path) -> None:
    redis = "redis://:secret@127.0.0.1:1/0"
    server = start(tmp_path, 0, SWITCHBOARD_REDIS_URL=redis)
    try:
        assert server.stdout is not None
        first = server.stdout.readline()
        wait(int(first.rpartition(":")[2]))
    finally:
        server.send_signal(signal.SIGTERM)
        _, errors = server.communicate(timeout=20)
    assert errors.startswith("Warning: Redis can't be used: ")
    assert "secret" not in errors
