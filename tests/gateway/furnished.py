"""Fixtures: copies of a database with two workspaces, and the gateway before them."""

from __future__ import annotations

import asyncio
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
import pytest_asyncio

from tests.conftest import TEMPLATE, postgres_url
from tests.gateway.serving import House, Visitor, furnish, inside


@pytest.fixture(scope="session")
def sqlite_house(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> House:
    """The SQLite file to copy."""
    path = tmp_path_factory.mktemp("furnished") / "house.db"
    shutil.copy(sqlite_template, path)
    return asyncio.run(furnish(f"sqlite://{path}"))


@pytest.fixture(scope="session")
def postgres_house(postgres_template: Path) -> House:
    """The PostgreSQL database to copy; each folder that takes these fixtures in has one."""
    name = f"furnished_{uuid.uuid4().hex}"
    execute(postgres_template, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    return asyncio.run(furnish(postgres_url(postgres_template, name)))


@pytest.fixture
def sqlite_copy(sqlite_house: House, tmp_path: Path) -> House:
    """A SQLite house of the test's own."""
    path = tmp_path / "house.db"
    shutil.copy(sqlite_house.url.removeprefix("sqlite://"), path)
    return replace(sqlite_house, url=f"sqlite://{path}")


@pytest.fixture
def postgres_copy(postgres_house: House, postgres_template: Path) -> Iterator[House]:
    """A PostgreSQL house of the test's own."""
    name = f"house_{uuid.uuid4().hex}"
    furnished = urlsplit(postgres_house.url).path.removeprefix("/")
    execute(postgres_template, f"CREATE DATABASE {name} TEMPLATE {furnished} STRATEGY file_copy")
    yield replace(postgres_house, url=postgres_url(postgres_template, name))
    execute(postgres_template, f"DROP DATABASE {name} WITH (FORCE)")


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


def execute(directory: Path, statement: str) -> None:
    """One statement for the PostgreSQL server."""

    async def work() -> None:
        connection = await asyncpg.connect(
            host=str(directory), user="postgres", database="postgres"
        )
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(work())
