"""What the parts of the dispatcher share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.execution.numbers import Numbers
from gateway.media import MediaStore
from gateway.outreach.model import Model
from gateway.outreach.speech import Speech
from gateway.outreach.wire import Wire
from models import Actor, Numbered
from models.columns import new_id, wire
from models.database import Database, T, Transaction
from schema.context import Caller
from schema.installation import Installation
from schema.unit import Unit

#: Who acts when the dispatcher does.
DISPATCHER = "00000000-0000-7000-8000-000000000001"
#: Transactions at once of those who look after calls. Dozens fall due together, and whoever claims
#: a call would wait behind all of them.
TURNS = 4


@dataclass(frozen=True)
class Scene:
    """One process that places calls."""

    database: Database
    wire: Wire
    installation: Installation
    clock: Callable[[], datetime]
    ring: Callable[[str], None]
    """Called with the workspace after events have been committed."""
    numbers: Numbers
    store: MediaStore
    """Where recordings are kept."""
    speech: Speech
    """Tells of what is just being said."""
    model: Model | None = None
    """Asked for what campaigns want to know, if there is one."""
    worker: str = field(default_factory=new_id)
    """Names this process among all that place calls."""
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(TURNS))
    """Taken for each transaction that can wait for those of new calls."""

    async def transact(
        self,
        workspace_id: str,
        body: Callable[[Unit], Coroutine[Any, Any, T]],
        actor: Actor = Actor.SYSTEM,
    ) -> T:
        """Change calls or e-mails in one transaction; its events follow when it has committed.

        The body awaits nothing but its unit: on SQLite it is on the writer's thread.
        """
        caller = Caller(
            workspace_id,
            DISPATCHER,
            frozenset({"full"}),
            actor=actor,
            installation=self.installation,
        )
        # An attempt that fails may be followed by another one.
        taken = {Numbered.CALL: await self.numbers.take(workspace_id, Numbered.CALL, 1)}

        async def within(transaction: Transaction) -> tuple[T, bool]:
            unit = Unit(transaction, caller, wire(self.clock()), taken)
            found = await body(unit)
            recorded = unit.recorded
            await unit.flush()
            return found, recorded

        try:
            found, recorded = await self.database.transact(within)
        finally:
            self.numbers.give_back(workspace_id, taken)
        if recorded:
            self.ring(workspace_id)
        return found
