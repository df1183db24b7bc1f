"""The stage on which webhooks are told."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.gateway.webhooks.stage import Stage, stage


@pytest_asyncio.fixture
async def place(database_url: str) -> AsyncIterator[Stage]:
    """A workspace and a receiver, on either database."""
    async with stage(database_url) as made:
        yield made
