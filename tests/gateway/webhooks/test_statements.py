"""What the loop asks again and again is found by indexes, however long the log of deliveries is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from gateway.webhooks import claiming, following
from models.columns import wire
from resolvers.webhook_events import happened
from tests.gateway.webhooks.stage import Stage


@pytest.mark.parametrize("name", ["due", "claim", "happened", "lagging"])
async def test_indexes(place: Stage, name: str) -> None:
    await place.hook()
    dialect = place.database.dialect
    statements: dict[str, tuple[str, Any]] = {
        "due": next(claiming.due(dialect, wire(place.now))),
        "claim": claiming.due_ones(dialect, wire(place.now), 10, [place.workspace]),
        "happened": next(happened(dialect, place.workspace, 5, 100)),
        "lagging": next(following.lagging(dialect)),
    }
    sql, values = statements[name]
    async with place.database.transaction() as transaction:
        if dialect == "sqlite":
            rows = await transaction.fetch(f"EXPLAIN QUERY PLAN {sql}", values)
            plan = [row[3] for row in rows]
            walked = [
                each
                for each in plan
                if re.match(r"SCAN (?!f\b|early|shared|s\b|json_each|\()", each)
            ]
            # Those that are due come first in their index.
            walked = [each for each in walked if "delivery_due" not in each]
        else:
            await transaction.fetch("SET LOCAL enable_seqscan = off")
            rows = await transaction.fetch(f"EXPLAIN {sql}", values)
            plan = [row[0] for row in rows]
            walked = [each for each in plan if "Seq Scan" in each and "follower" not in each]
    assert walked == [], plan
    wanted = {"due": "delivery_due", "claim": "delivery_due", "happened": "event_position"}
    assert wanted.get(name, "") in " ".join(plan), plan
