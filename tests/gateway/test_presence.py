"""The lock that keeps a second server away."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncpg
import pytest

from gateway import presence
from gateway.presence import LOCK, Presence, PresenceError

HELD = (
    "SELECT pid FROM pg_locks JOIN pg_database ON pg_database.oid = database "
    f"WHERE datname = current_database() AND objid = {LOCK & 0xFFFF_FFFF} AND granted"
)


def test_a_lock_lost_with_its_connection_is_taken_again(
    postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "WATCH", 0.02)

    async def scene() -> None:
        one, two = (Presence(postgres_database, shared=False) for _ in range(2))
        await one.claim()
        connection = await asyncpg.connect(
            "postgresql" + postgres_database.removeprefix("postgres")
        )
        try:
            before = await connection.fetchval(HELD)
            await connection.execute(f"SELECT pg_terminate_backend({before})")
            async with asyncio.timeout(5):
                while await connection.fetchval(HELD) in (None, before):
                    await asyncio.sleep(0.02)
            with pytest.raises(PresenceError):
                await two.claim()
        finally:
            await connection.close()
            await one.release()
        await two.claim()
        await two.release()

    asyncio.run(scene())


def test_a_lock_file_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.db.server").mkdir()
    with pytest.raises(PresenceError, match="server can't be written: is a directory"):
        asyncio.run(Presence(f"sqlite://{tmp_path / 'x.db'}", shared=False).claim())
