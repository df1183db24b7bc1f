"""The gateway as a server in this process, on both databases, and clients of its live doors."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.gateway.furnished import (
    house,
    postgres_copy,
    postgres_house,
    sqlite_copy,
    sqlite_house,
)
from tests.gateway.live.hall import Hall, opened
from tests.gateway.serving import House

__all__ = ["house", "postgres_copy", "postgres_house", "sqlite_copy", "sqlite_house"]


@pytest_asyncio.fixture
async def hall(house: House) -> AsyncIterator[Hall]:
    """A server on a port of its own."""
    async with opened(house) as found:
        yield found


@pytest_asyncio.fixture
async def lobby(sqlite_copy: House) -> AsyncIterator[Hall]:
    """The same on SQLite alone, for what has nothing to do with the database."""
    async with opened(sqlite_copy, live_init_timeout=0.3, max_body_bytes=100_000) as found:
        yield found
