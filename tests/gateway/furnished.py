"""Fixtures: copies of a database with two workspaces, and the gateway before them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conftest import Filled
from tests.databases import copied
from tests.gateway.serving import House, Visitor, furnish, inside


@pytest.fixture(scope="session")
def sqlite_house(sqlite_world: Filled, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The SQLite file to copy; each folder that takes these fixtures in has one."""
    with copied(sqlite_world.url, tmp_path_factory.mktemp("furnished")) as url:
        yield asyncio.run(furnish(replace(sqlite_world, url=url)))


@pytest.fixture(scope="session")
def postgres_house(
    postgres_world: Filled, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The PostgreSQL database to copy; each folder that takes these fixtures in has one."""
    with copied(postgres_world.url, tmp_path_factory.mktemp("furnished")) as url:
        yield asyncio.run(furnish(replace(postgres_world, url=url)))


@pytest.fixture
def sqlite_copy(sqlite_house: House, tmp_path: Path) -> Iterator[House]:
    """A SQLite house of the test's own."""
    with copied(sqlite_house.url, tmp_path) as url:
        yield replace(sqlite_house, url=url)


@pytest.fixture
def postgres_copy(postgres_house: House, tmp_path: Path) -> Iterator[House]:
    """A PostgreSQL house of the test's own."""
    with copied(postgres_house.url, tmp_path) as url:
        yield replace(postgres_house, url=url)


@pytest.fixture(params=["sqlite", "postgres"])
def house(request: pytest.FixtureRequest) -> House:
    """A house of the test's own, on SQLite and on PostgreSQL."""
    found: House = request.getfixturevalue(f"{request.param}_copy")
    return found


@pytest_asyncio.fixture
async def visitor(house: House) -> AsyncIterator[Visitor]:
    """A client of a gateway in this process."""
    async with inside(house) as found:
        yield found
