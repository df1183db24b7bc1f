"""Two random workspaces per database, built once and only read."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio
from tortoise.context import TortoiseContext

from gateway.execution import reference
from gateway.graph import core
from models import orm_config
from models.database import Database, connect
from tests.conftest import TEMPLATE, postgres_url
from tests.gateway.execution.asker import Asker
from tests.gateway.execution.samples import Samples, load
from tests.world import World

NAME = "execution_world"
#: graphql-core drops the coroutines that it has made when a field beside them fails at once.
DROPPED = "ignore:coroutine 'Executor:RuntimeWarning"


@dataclass(frozen=True)
class Place:
    """A database with the two workspaces."""

    url: str
    samples: tuple[Samples, Samples]
    """The rows of both; they are the same on both databases."""


@pytest.fixture(scope="session")
def sqlite_place(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The SQLite file."""
    path = tmp_path_factory.mktemp("execution") / "world.db"
    shutil.copy(sqlite_template, path)
    url = f"sqlite://{path}"
    reference.attach(core())
    return Place(url, asyncio.run(_build(url)))


@pytest.fixture(scope="session")
def postgres_place(sqlite_place: Place, postgres_template: Path) -> Iterator[Place]:
    """The PostgreSQL database."""
    asyncio.run(_administer(postgres_template, f"CREATE DATABASE {NAME} TEMPLATE {TEMPLATE}"))
    url = postgres_url(postgres_template, NAME)
    asyncio.run(_fill(url))
    yield Place(url, sqlite_place.samples)
    asyncio.run(_administer(postgres_template, f"DROP DATABASE {NAME} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest) -> Place:
    """Both, one after the other."""
    found: Place = request.getfixturevalue(f"{request.param}_place")
    return found


@pytest_asyncio.fixture
async def database(place: Place) -> AsyncIterator[Database]:
    """Connections to it, and the ORM for the reference."""
    found = await connect(place.url)
    async with TortoiseContext() as context:
        await context.init(config=orm_config(place.url))
        yield found
    await found.close()


@pytest.fixture
def ask(place: Place, database: Database) -> Asker:
    """Asks as the first workspace."""
    return Asker(place.samples, database)


async def _build(url: str) -> tuple[Samples, Samples]:
    database = await connect(url)
    try:
        first, second = await World().build(database)
        return await load(database, first.id), await load(database, second.id)
    finally:
        await database.close()


async def _fill(url: str) -> None:
    database = await connect(url)
    try:
        await World().build(database)
        async with database.transaction() as transaction:
            # Plans should be those of a database in use.
            await transaction.fetch("ANALYZE")
    finally:
        await database.close()


async def _administer(directory: Path, statement: str) -> None:
    connection = await asyncpg.connect(host=str(directory), user="postgres", database="postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
