"""Tables are what the models say, on both databases, forwards and backwards."""

from __future__ import annotations

from models.migrate import migrate, pending


async def test_applies_and_reverts(empty_database_url: str) -> None:
    assert await pending(empty_database_url) == ["0001_initial"]
    await migrate(empty_database_url)
    assert await pending(empty_database_url) == []
    await migrate(empty_database_url, target="zero")
    assert await pending(empty_database_url) == ["0001_initial"]
    await migrate(empty_database_url)
