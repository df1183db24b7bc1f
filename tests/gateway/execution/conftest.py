"""Two random workspaces per database, built once and only read."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from tortoise.context import TortoiseContext

from gateway.execution import reference
from gateway.graph import core
from models import orm_config
from models.database import Database, connect
from tests.conftest import Filled
from tests.gateway.execution.asker import Asker
from tests.gateway.execution.samples import Samples, load

#: graphql-core drops the coroutines that it has made when a field beside them fails at once.
DROPPED = "ignore:coroutine 'Executor:RuntimeWarning"


@dataclass(frozen=True)
class Place:
    """A database with the two workspaces."""

    url: str
    samples: tuple[Samples, Samples]
    """The rows of both; they are the same on both databases."""


@pytest.fixture(scope="module", autouse=True)
def dropped() -> Iterator[None]:
    """What was dropped goes while the module's last test still says that it may."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def sqlite_place(sqlite_world: Filled) -> Place:
    """The SQLite file."""
    reference.attach(core())
    return Place(sqlite_world.url, asyncio.run(_samples(sqlite_world)))


@pytest.fixture(scope="session")
def postgres_place(sqlite_place: Place, postgres_world: Filled) -> Place:
    """The PostgreSQL database."""
    return Place(postgres_world.url, sqlite_place.samples)


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


async def _samples(filled: Filled) -> tuple[Samples, Samples]:
    first, second = filled.workspaces
    database = await connect(filled.url)
    try:
        return await load(database, first.id), await load(database, second.id)
    finally:
        await database.close()
