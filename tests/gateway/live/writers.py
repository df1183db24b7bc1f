"""A process that writes beside the servers: some hold their transaction open, some take it back.

`python -m tests.gateway.live.writers URL WORKSPACE EVENTS LEAD…`
"""

from __future__ import annotations

import asyncio
import random
import sys

from models import EventType, Lead, Subject
from models.columns import new_id, now, wire
from models.database import ConflictError, Database, connect
from schema.context import Caller
from schema.unit import Unit

WRITERS = 8


async def write(
    database: Database, workspace: str, leads: list[str], events: int, seed: int
) -> None:
    """Change leads until there are so many events more."""
    dice = random.Random(seed)
    caller = Caller(workspace, new_id(), frozenset({"full"}))
    done = 0
    while done < events:
        some = sorted(dice.sample(leads, dice.choice((1, 1, 1, 3))))
        try:
            async with database.transaction() as transaction:
                unit = Unit(transaction, caller, wire(now()))
                for lead in some:
                    row = await unit.update(Lead, lead, {"name": f"n{dice.random()}"})
                    assert row is not None
                    kind = EventType.LEAD_UPDATED
                    unit.record(kind, Subject.LEAD, lead, new_id(), version=row[0])
                await pause(dice)
                await unit.flush()
                await pause(dice)
                if dice.random() < 0.1:
                    raise ZeroDivisionError
        except (ZeroDivisionError, ConflictError):
            continue
        done += len(some)


async def pause(dice: random.Random) -> None:
    """Hold what is open for a moment, now and then."""
    if dice.random() < 0.1:
        await asyncio.sleep(dice.random() * 0.05)


async def main(url: str, workspace: str, events: str, *leads: str) -> None:
    """All of them at once."""
    database = await connect(url, connections=WRITERS + 2)
    share = int(events) // WRITERS
    try:
        await asyncio.gather(
            *[write(database, workspace, list(leads), share, seed) for seed in range(WRITERS)]
        )
    finally:
        await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
