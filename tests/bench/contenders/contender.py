"""What the benchmark has to know of a server that takes part."""

from __future__ import annotations

import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import orjson

from tests.bench.database import Server
from tests.bench.place import PLACE, Cores, pinned
from tests.bench.query import Query, Sample, Variables

#: Connections to the database that each server may open.
CONNECTIONS = 10


@dataclass(frozen=True)
class Call:
    """One HTTP request."""

    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Contender(Protocol):
    """A server that answers the queries."""

    name: str
    title: str
    """What it is, for the table."""

    def versions(self) -> dict[str, str]:
        """What it is made of."""
        ...

    def install(self) -> None:
        """Fetch what it needs that this project does not."""
        ...

    def command(self, port: int) -> list[str]:
        """How it is started."""
        ...

    def environment(self, server: Server, name: str) -> dict[str, str]:
        """Its settings, for this database."""
        ...

    def call(self, query: Query, variables: Variables) -> Call:
        """One request."""
        ...


@dataclass(frozen=True)
class Running:
    """A contender's server."""

    contender: Contender
    pid: int
    port: int

    def calls(self, query: Query, sample: Sample) -> list[Call]:
        """All different requests of a query."""
        return [self.contender.call(query, each) for each in sample.of[query]]


@contextmanager
def serving(
    contender: Contender, server: Server, name: str, cores: Cores, port: int
) -> Iterator[Running]:
    """The contender's server, from its start to its stop; what it prints goes to a file."""
    log = PLACE / f"{contender.name}.log"
    with log.open("wb") as printed, pinned(cores.server):
        process = subprocess.Popen(
            contender.command(port),
            env=contender.environment(server, name),
            cwd=Path(__file__).parents[3],
            stdout=printed,
            stderr=printed,
        )
    try:
        _await(process, port, log)
        yield Running(contender, process.pid, port)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{log.name} says why nothing listens:\n{log.read_text()[-2000:]}")


def graphql(path: str, document: str, variables: dict[str, Any], **headers: str) -> Call:
    """A GraphQL request."""
    body = orjson.dumps({"query": document, "variables": variables})
    return Call(path, body, headers)


def uvicorn(application: str, port: int) -> list[str]:
    """The command that serves an ASGI application of ours in production's way."""
    return [
        *(sys.executable, "-m", "uvicorn", application, "--port", str(port)),
        *("--loop", "uvloop", "--http", "httptools", "--no-access-log"),
        *("--log-level", "warning", "--lifespan", "on"),
    ]


def pythons(*packages: str) -> dict[str, str]:
    """The versions of packages of this project's environment, and how its Python was built."""
    arguments = sysconfig.get_config_var("CONFIG_ARGS") or ""
    # Node's own builds are optimized; a Python that isn't takes about a fifth more.
    optimized = "--enable-optimizations" in arguments
    python = sys.version.split()[0] + (" (--enable-optimizations)" if optimized else "")
    return {"Python": python, **{each: version(each) for each in packages}}
