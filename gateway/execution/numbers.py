"""The `number`s that people read aloud, taken in blocks so that creating never waits for them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping

from models import Numbered
from models.columns import new_id
from models.database import Database, Row

#: How many numbers are taken at once; those left over at a stop are gaps.
BLOCK = 20


class Numbers:
    """Free numbers of each workspace and noun, in this process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._free: dict[tuple[str, Numbered], list[int]] = defaultdict(list)
        self._locks: dict[tuple[str, Numbered], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def take(self, workspace_id: str, noun: Numbered, count: int) -> list[int]:
        """So many numbers that nobody else gets."""
        key = (workspace_id, noun)
        free = self._free[key]
        if len(free) < count:
            async with self._locks[key]:
                if len(free) < count:
                    free += await self._block(workspace_id, noun, max(count, BLOCK))
        found = free[:count]
        del free[:count]
        return found

    def give_back(self, workspace_id: str, taken: Mapping[Numbered, list[int]]) -> None:
        """Numbers that were not used after all."""
        for noun, numbers in taken.items():
            if numbers:
                self._free[workspace_id, noun][:0] = numbers

    async def _block(self, workspace_id: str, noun: Numbered, count: int) -> list[int]:
        # A transaction of its own: a verb that rolls back must not hand out numbers twice, and
        # verbs in one workspace must not wait for each other's counter.
        async with self._database.transaction() as transaction:
            postgres = transaction.dialect == "postgres"
            mark = "$" if postgres else "?"
            rows: list[Row] = await transaction.fetch(
                f"INSERT INTO counter (workspace_id, id, noun, next_number) "
                f"VALUES ({mark}1, {mark}2, {mark}3, {mark}4 + 1) "
                "ON CONFLICT (workspace_id, noun) "
                f"DO UPDATE SET next_number = counter.next_number + {mark}4 "
                "RETURNING next_number",
                [workspace_id, new_id(), noun.value, count],
            )
        end = int(rows[0][0])
        return list(range(end - count, end))
