"""Real servers for the tests, one of each per session, and databases to copy."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from tortoise.backends.base.executor import EXECUTOR_CACHE
from tortoise.context import TortoiseContext

from models import orm_config
from models.database import connect
from models.migrate import migrate
from tests.databases import copied, created, postgres, redis
from tests.port import free_port
from tests.world import Workspace, World


@dataclass(frozen=True)
class Filled:
    """A database with two workspaces of random rows."""

    url: str
    workspaces: tuple[Workspace, Workspace]


@pytest.fixture(autouse=True)
def forget_statements() -> None:
    """Tortoise keeps INSERTs by connection name, whatever the database behind it."""
    EXECUTOR_CACHE.clear()


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[Path]:
    """Directory of the socket of a PostgreSQL that lives as long as the session."""
    with postgres() as directory:
        yield directory


@pytest.fixture(scope="session")
def postgres_template(postgres_socket: Path) -> Iterator[str]:
    """A migrated PostgreSQL database to copy."""
    with created(postgres_socket) as url:
        asyncio.run(migrate(url))
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A migrated SQLite file to copy."""
    url = f"sqlite://{tmp_path_factory.mktemp('sqlite') / 'template.db'}"
    asyncio.run(migrate(url))
    return url


@pytest.fixture(scope="session")
def sqlite_world(
    sqlite_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Filled]:
    """A SQLite file with two workspaces, to read or to copy."""
    with copied(sqlite_template, tmp_path_factory.mktemp("world")) as url:
        yield Filled(url, asyncio.run(_fill(url)))


@pytest.fixture(scope="session")
def postgres_world(
    postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Filled]:
    """A PostgreSQL database with two workspaces, to read or to copy."""
    with copied(postgres_template, tmp_path_factory.mktemp("world")) as url:
        yield Filled(url, asyncio.run(_fill(url)))


@pytest.fixture
def sqlite_url(sqlite_template: str, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated SQLite database."""
    with copied(sqlite_template, tmp_path) as url:
        yield url


@pytest.fixture
def postgres_database(postgres_template: str, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database, dropped afterwards."""
    with copied(postgres_template, tmp_path) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh, migrated database: the test runs once on SQLite and once on PostgreSQL."""
    fixture = {"sqlite": "sqlite_url", "postgres": "postgres_database"}[request.param]
    url: str = request.getfixturevalue(fixture)
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Filled]:
    """A copy of the two workspaces: the test runs once on SQLite and once on PostgreSQL."""
    found: Filled = request.getfixturevalue(f"{request.param}_world")
    with copied(found.url, tmp_path) as url:
        yield Filled(url, copy.deepcopy(found.workspaces))


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without tables: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite://{tmp_path / 'empty.db'}"
        return
    with created(request.getfixturevalue("postgres_socket")) as url:
        yield url


@pytest_asyncio.fixture
async def orm(database_url: str) -> AsyncIterator[TortoiseContext]:
    """The ORM on a fresh database."""
    async with TortoiseContext() as context:
        await context.init(config=orm_config(database_url))
        yield context


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis that lives as long as the session."""
    port = free_port()
    with redis(port):
        yield f"redis://127.0.0.1:{port}/0"


async def _fill(url: str) -> tuple[Workspace, Workspace]:
    database = await connect(url)
    try:
        first, second = await World().build(database)
        if database.dialect == "postgres":
            async with database.transaction() as transaction:
                # Plans should be those of a database in use.
                await transaction.fetch("ANALYZE")
        return first, second
    finally:
        await database.close()
