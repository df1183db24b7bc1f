"""Writers cancelled at any moment leave nothing half-done, and nothing to the next one."""

from __future__ import annotations

import asyncio
import random

from models import Workspace, writing
from models.columns import uuid7
from models.database import Database, connect


async def add(database: Database, number: int) -> None:
    async with database.transaction() as transaction:
        for part in (2 * number, 2 * number + 1):
            row = {"id": str(uuid7()), "number": part, "name": "x"}
            await writing.insert(transaction, Workspace, row)


async def test_cancelled_writers(database_url: str) -> None:
    database = await connect(database_url, connections=2)
    dice = random.Random(1)
    done = set()
    for number in range(400):
        task = asyncio.create_task(add(database, number))
        await asyncio.sleep(dice.random() * 0.006)
        task.cancel()
        try:
            await task
            done.add(number)
        except asyncio.CancelledError:
            pass
    await add(database, 1000)
    found: dict[int, int] = {}
    async with database.transaction() as transaction:
        for (number,) in await transaction.fetch("SELECT number FROM workspace"):
            found[number // 2] = found.get(number // 2, 0) + 1
    await database.close()
    assert set(found.values()) == {2}
    assert done <= found.keys()
    assert 0 < len(done) < 400
    # Another connection sees the same: nothing waited in an open transaction.
    other = await connect(database_url, connections=1)
    async with other.transaction() as transaction:
        ((count,),) = await transaction.fetch("SELECT count(*) FROM workspace")
    await other.close()
    assert count == 2 * len(found)
