"""The five queries, and the many requests that are made of each."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tests.bench.database import Server
from tests.bench.rows import WORKSPACE

#: How many different requests there are of each query.
DIFFERENT = 200
STAGES = ("NEW", "IN_PROGRESS", "QUALIFIED", "LOST")
PAGE = 50


class Query(Enum):
    """What is asked."""

    Q1 = "one lead by id, 10 scalars"
    Q2 = "50 leads with cursors, 12 scalars, newest first"
    Q3 = "50 leads, each with its agent, 5 calls and 3 e-mails"
    Q4 = "a lead changes its stage, an event is written"
    Q5 = "10 agents with 20 of their 30,000 calls each"


@dataclass(frozen=True)
class Point:
    """A row's place in a list ordered by creation, from which each contender makes a cursor."""

    instant: str
    """In the format in which ours puts it on the wire."""
    text: str
    """In PostgreSQL's own format."""
    id: str


@dataclass(frozen=True)
class Variables:
    """One request's values."""

    id: str = ""
    stage: str = ""
    after: Point | None = None


@dataclass
class Sample:
    """The values of all requests: the same for every contender."""

    of: dict[Query, list[Variables]] = field(default_factory=dict)


async def draw(server: Server, name: str, depth: float | None = None) -> Sample:
    """Rows at random all over the data set; with `depth`, pages of leads that begin about there."""
    connection = await server.connect(name)
    try:
        pick = random.Random(6)
        leads = await _points(connection, "lead", pick, depth)
        pages = [Variables(after=each) for each in leads]
        if depth is not None:
            return Sample({Query.Q2: pages, Query.Q3: pages})
        calls = await _points(connection, "call", pick)
    finally:
        await connection.close()
    pages[0] = Variables()
    return Sample(
        {
            Query.Q1: [Variables(id=each.id) for each in leads],
            Query.Q2: pages,
            Query.Q3: pages,
            # Each lead comes round with another stage: to set the same again would be no change.
            Query.Q4: [Variables(id=each.id, stage=stage) for stage in STAGES for each in leads],
            Query.Q5: [Variables(after=each) for each in calls],
        }
    )


async def _points(
    connection: Any, table: str, pick: random.Random, depth: float | None = None
) -> list[Point]:
    """Rows by their share of the span of creation; not so near the end that a page falls short."""
    oldest, newest = await connection.fetchrow(
        f"SELECT extract(epoch FROM min(created_at))::float, "
        f'extract(epoch FROM max(created_at))::float FROM "{table}"'
    )
    found = []
    for _ in range(DIFFERENT):
        share = pick.uniform(0.02, 0.98) if depth is None else depth + pick.uniform(0, 0.02)
        row = await connection.fetchrow(
            "SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'), "
            # Plain `created_at` in ORDER BY would be the text that is selected, in no index.
            f'created_at::text, id::text FROM "{table}" t WHERE workspace_id = $1 '
            "AND created_at <= to_timestamp($2) ORDER BY t.created_at DESC, t.id DESC LIMIT 1",
            WORKSPACE,
            newest - share * (newest - oldest),
        )
        found.append(Point(*row))
    return found
