"""Nested connections written as JSON by PostgreSQL: the same bytes as orjson's, or read as rows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
import pytest_asyncio
from tortoise.context import TortoiseContext

from gateway.execution import reference
from gateway.graph import core
from models import Agent, AgentType, Call, Email, Lead, Workspace, orm_config, writing
from models.columns import uuid7
from models.database import Database, connect
from tests.gateway.execution.asker import Asker
from tests.gateway.execution.comparison import agreed, operation
from tests.gateway.execution.conftest import DROPPED
from tests.gateway.execution.test_statements import recorded

pytestmark = pytest.mark.filterwarnings(DROPPED)

START = "2026-01-31T09:30:00.000Z"
TEXTS = [
    *(chr(code) for code in range(1, 0x100)),
    *"\u2027\u2028\u2029\ufeff\ufffd\uffff\U0001f600\U0010ffff",
    "",
    "null",
    "\\u0041\\",
    '"},{"id":"',
    "'||'",
    "$1 {} %s",
    # Longer than what is looked at in one go.
    *(f"{'a' * length}{mark}{'b' * length}" for length in (7, 15, 16, 31, 64) for mark in '"\\\né'),
]
INSTANTS = [
    *(f"2026-01-31T09:30:00.{part}Z" for part in ("000", "001", "010", "099", "100", "990", "999")),
    "1970-01-01T00:00:00.000Z",
    "1969-12-31T23:59:59.999Z",
    "2000-02-29T12:00:00.500Z",
    "1582-10-10T00:00:00.001Z",
    "0999-12-31T23:59:59.999Z",
    "0001-01-01T00:00:00.000Z",
    "9999-12-31T23:59:59.999Z",
]


class Firm:
    """A workspace with one agent."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.workspace = str(uuid7())
        self.agent = str(uuid7())
        self._number = 0

    async def found(self) -> None:
        """Write the workspace and the agent."""
        async with self.database.transaction() as transaction:
            values = {"id": self.workspace, "number": 1, "name": "Acme"}
            await writing.insert(transaction, Workspace, values)
            values = {"id": self.agent, "name": "Ada", "type": AgentType.OUTBOUND, "number": 1}
            await writing.insert(transaction, Agent, {"workspace_id": self.workspace, **values})

    async def add(self, model: Any, **values: Any) -> None:
        """A row that belongs to the agent."""
        self._number += 1
        defaults: dict[Any, dict[str, Any]] = {
            Lead: {
                "number": self._number,
                "name": "Grace",
                "search": "grace",
                "last_activity_at": START,
            },
            Call: {"number": self._number, "to_number": "+14155550100"},
            Email: {
                "thread_id": str(uuid7()),
                "from_email": "ada@example.com",
                "to_email": "grace@example.com",
            },
        }
        row = {
            "id": str(uuid7()),
            "workspace_id": self.workspace,
            "agent_id": self.agent,
            **defaults[model],
            **values,
        }
        async with self.database.transaction() as transaction:
            await writing.insert(transaction, model, row)

    async def below(self, selection: str) -> Any:
        """What both executors find below the agent, in one statement on PostgreSQL."""
        text = f"{{ agents {{ nodes {{ {selection} }} }} }}"
        if self.database.dialect == "postgres":
            found = operation(text, self.database)
            assert len(await recorded(found, {}, self.database, self.workspace)) == 1
        answer = await agreed(text, {}, self.database, self.workspace)
        assert answer.data is not None
        (agent,) = answer.data["agents"]["nodes"]
        return agent


@pytest_asyncio.fixture
async def firm(database_url: str) -> AsyncIterator[Firm]:
    """A workspace to be filled."""
    reference.attach(core())
    database = await connect(database_url)
    async with TortoiseContext() as context:
        await context.init(config=orm_config(database_url))
        found = Firm(database)
        await found.found()
        yield found
    await database.close()


async def test_text_is_escaped_as_orjson_does(firm: Firm) -> None:
    texts = [text for text in TEXTS if text != "\0"]
    for start in range(0, len(texts), 90):
        for text in texts[start : start + 90]:
            await firm.add(Email, subject=text)
    seen: list[str] = []
    after = "null"
    while True:
        page = f"emails(first: 100, after: {after})"
        found = (await firm.below(f"{page} {{ nodes {{ subject }} pageInfo {{ endCursor }} }}"))[
            "emails"
        ]
        if not found["nodes"]:
            break
        seen += [each["subject"] for each in found["nodes"]]
        after = orjson.dumps(found["pageInfo"]["endCursor"]).decode()
    assert sorted(seen) == sorted(texts)


async def test_text_in_cursors(firm: Firm) -> None:
    names = ['a"b', "a\\", "a\n\tb", "\u2028\x7f", "{}'||'", "\U0001f600 李", ""]
    for name in names:
        await firm.add(Lead, name=name)
    seen: list[str] = []
    after = "null"
    while len(seen) < len(names):
        page = f"leads(first: 2, after: {after}, orderBy: {{field: NAME, direction: ASC}})"
        found = (
            await firm.below(
                f"{page} {{ edges {{ cursor node {{ name }} }} pageInfo {{ startCursor endCursor }} }}"
            )
        )["leads"]
        seen += [each["node"]["name"] for each in found["edges"]]
        assert found["pageInfo"]["startCursor"] == found["edges"][0]["cursor"]
        after = orjson.dumps(found["pageInfo"]["endCursor"]).decode()
    assert seen == sorted(names, key=str.encode)


async def test_instants_are_spelled_alike(firm: Firm) -> None:
    for instant in INSTANTS:
        await firm.add(Call, started_at=instant, created_at=instant)
    found = await firm.below(
        "calls(first: 50) { edges { cursor node { createdAt startedAt endedAt } } }"
    )
    shown = [each["node"] for each in found["calls"]["edges"]]
    assert [each["createdAt"] for each in shown] == sorted(INSTANTS, reverse=True)
    assert all(each["startedAt"] == each["createdAt"] for each in shown)
    assert all(each["endedAt"] is None for each in shown)
    assert [each["cursor"][-24:] for each in found["calls"]["edges"]] == sorted(
        INSTANTS, reverse=True
    )


async def test_other_values(firm: Firm) -> None:
    for milliseconds in (None, 0, 1, 999, 1000, 61_999, 2**31 - 1):
        await firm.add(Call, duration_ms=milliseconds, max_duration_ms=-(milliseconds or 0))
    await firm.add(Call, cost_micros=2**62, cost_currency="EUR", metadata={"z": 1.5, "a": [None]})
    await firm.add(Call, cost_micros=0, cost_currency="EUR", lead_id=None)
    await firm.add(Call, cost_micros=0, metadata=[{"\u2028": '"'}])
    found = await firm.below(
        """
        a: calls(last: 50) {
          type: __typename
          nodes { number durationSeconds maxDurationSeconds cost { amountMicros currency }
                  metadata answeredBy cancelRequested version agentId: agent { id __typename }
                  lead { name } provider status }
          totalCount
        }
        b: calls(first: 0) { nodes { id } pageInfo { hasNextPage endCursor } }
        c: calls(last: 0) { edges { cursor } pageInfo { hasPreviousPage startCursor } }
        d: emails { nodes { id } edges { node { id } } totalCount pageInfo { endCursor } }
        """
    )
    durations = [each["durationSeconds"] for each in found["a"]["nodes"]][::-1]
    assert durations == [None, 0, 0, 0, 1, 61, 2_147_483, None, None, None]
    limits = [each["maxDurationSeconds"] for each in found["a"]["nodes"]][::-1]
    assert limits[:7] == [0, 0, -1, -1, -1, -62, -2_147_484]
    assert [each["cost"] for each in found["a"]["nodes"]][:3][::-1] == [
        {"amountMicros": str(2**62), "currency": "EUR"},
        {"amountMicros": "0", "currency": "EUR"},
        None,
    ]
    assert found["a"]["totalCount"] == 10
    assert found["b"] == {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}
    assert found["c"] == {"edges": [], "pageInfo": {"hasPreviousPage": True, "startCursor": None}}
    assert found["d"] == {
        "nodes": [],
        "edges": [],
        "totalCount": 0,
        "pageInfo": {"endCursor": None},
    }


INFO = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"


@pytest.mark.parametrize("lists", ["nodes { number }", "edges { cursor node { number } }", ""])
@pytest.mark.parametrize("info", [INFO, "pageInfo { endCursor }", "pageInfo { hasNextPage }", ""])
async def test_pages(ask: Asker, lists: str, info: str) -> None:
    """Every way to ask for a page, at the root as well as below the agents."""
    if not lists and not info:
        return
    text = f"""
        query ($first: Int, $last: Int, $after: String, $before: String, $offset: Int,
               $order: CallOrder, $filter: CallFilter) {{
          agents {{ nodes {{ calls(first: $first, last: $last, after: $after, before: $before,
            offset: $offset, orderBy: $order, filter: $filter) {{ {lists} {info} }} }} }}
        }}
    """
    agent = (await ask("{ agents { nodes { id totalCalls calls { edges { cursor } } } } }"))[
        "agents"
    ]["nodes"]
    cursors = [
        each["cursor"] for each in max(agent, key=lambda each: each["totalCalls"])["calls"]["edges"]
    ]
    by_number = {"order": {"field": "NUMBER", "direction": "ASC"}}
    for given in (
        {},
        {"first": 0},
        {"first": 3},
        {"last": 3},
        {"last": 0},
        {"first": 3, "offset": 2},
        {"first": 3, "after": cursors[1]},
        {"last": 3, "after": cursors[1]},
        {"first": 3, "before": cursors[4]},
        {"last": 3, "before": cursors[4]},
        {"first": 100, "after": cursors[1], "before": cursors[-2]},
        {"last": 2, **by_number},
        {"first": 2, **by_number},
        {"first": 2, "filter": {"status": ["COMPLETED", "FAILED"]}},
        # Wrong arguments fail as they do in rows.
        {"first": 3, "after": "nothing"},
        {"first": 3, "after": cursors[0], **by_number},
        {"first": -1},
    ):
        await ask.answer(text, **given)


@pytest.mark.parametrize(
    ("selection", "statements"),
    [
        ("calls { nodes { id lead { name agent { name } } } }", 1),
        ("calls { nodes { id lead { name emails { nodes { subject } } } } }", 1),
        ("calls { totalCount } emails { __typename } leads { pageInfo { hasNextPage } }", 1),
        ("leads { nodes { calls { nodes { events { nodes { call { id } } } } } } }", 1),
        # A figure is counted for all leads at once, and their calls still are text.
        ("leads { nodes { totalCalls calls { nodes { id } } } }", 3),
        # A large integer may fail.
        ("emails { nodes { id } } calls(first: 1) { nodes { recording { sizeBytes } } }", 2),
        ("calls(first: 1000) { nodes { id } }", 1),
    ],
)
async def test_what_is_spliced(ask: Asker, selection: str, statements: int) -> None:
    text = f"{{ agents {{ nodes {{ {selection} }} }} }}"
    await ask.answer(text)
    if ask.database.dialect == "postgres":
        found = operation(text, ask.database)
        seen = await recorded(found, {}, ask.database, ask.samples.workspace)
        assert len(seen) == statements
