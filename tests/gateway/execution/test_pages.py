"""Pages, counts and filters, through both executors."""

from __future__ import annotations

from typing import Any

import pytest

from schema import paging
from schema.noun import NOUNS
from tests.gateway.execution.asker import Asker
from tests.gateway.execution.comparison import compiled, operation
from tests.gateway.execution.conftest import DROPPED

pytestmark = pytest.mark.filterwarnings(DROPPED)


async def test_empty_pages(ask: Asker) -> None:
    data = await ask(
        """
        {
          leads(first: 0) { nodes { id } edges { cursor } totalCount
            pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
          last: leads(last: 0) { nodes { id } pageInfo { hasNextPage hasPreviousPage } }
          agents(first: 1) { nodes { leads(first: 0) { nodes { id } pageInfo { hasNextPage } } } }
        }
        """
    )
    assert data["leads"] == {
        "nodes": [],
        "edges": [],
        "totalCount": 40,
        "pageInfo": {
            "hasNextPage": True,
            "hasPreviousPage": False,
            "startCursor": None,
            "endCursor": None,
        },
    }
    assert data["last"]["pageInfo"] == {"hasNextPage": False, "hasPreviousPage": True}


async def test_after_and_before_together(ask: Asker) -> None:
    page = "nodes { number } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
    order = "orderBy: {field: NUMBER, direction: ASC}"
    edges = (await ask(f"{{ leads(first: 20, {order}) {{ edges {{ cursor }} }} }}"))["leads"][
        "edges"
    ]
    bounds = {"after": edges[3]["cursor"], "before": edges[9]["cursor"]}
    head = "query ($after: String, $before: String)"
    for size, numbers, following, preceding in (
        ("first: 3", [5, 6, 7], True, True),
        ("first: 5", [5, 6, 7, 8, 9], False, True),
        ("last: 3", [7, 8, 9], True, True),
        ("last: 9", [5, 6, 7, 8, 9], True, False),
    ):
        data = await ask(
            f"{head} {{ leads({size}, {order}, after: $after, before: $before) {{ {page} }} }}",
            **bounds,
        )
        assert [each["number"] for each in data["leads"]["nodes"]] == numbers
        info = data["leads"]["pageInfo"]
        assert (info["hasNextPage"], info["hasPreviousPage"]) == (following, preceding)


async def test_offset(ask: Asker) -> None:
    data = await ask(
        """
        {
          a: leads(first: 5, orderBy: {field: NUMBER, direction: ASC}, offset: 3)
            { nodes { number } pageInfo { hasNextPage hasPreviousPage } }
          b: leads(offset: 1000, first: 2) { nodes { number } pageInfo { hasPreviousPage } totalCount }
          agents(first: 5) { nodes { totalCalls calls(first: 100, offset: 2) { nodes { id } } } }
        }
        """
    )
    assert [each["number"] for each in data["a"]["nodes"]] == [4, 5, 6, 7, 8]
    assert data["a"]["pageInfo"] == {"hasNextPage": True, "hasPreviousPage": True}
    assert data["b"] == {"nodes": [], "pageInfo": {"hasPreviousPage": True}, "totalCount": 40}
    for agent in data["agents"]["nodes"]:
        assert len(agent["calls"]["nodes"]) == max(0, agent["totalCalls"] - 2)


async def test_counts_heed_filters_and_not_pages(ask: Asker) -> None:
    data = await ask(
        """
        {
          all: leads(first: 1) { totalCount }
          null: leads(first: 1, filter: null) { totalCount }
          empty: leads(first: 1, filter: {}) { totalCount }
          nulls: leads(first: 1, filter: {stage: null, agentId: null, createdAt: null}) { totalCount }
          open: leads(first: 1, filter: {createdAt: {from: null}}) { totalCount }
          none: leads(first: 1, filter: {stage: []}) { totalCount nodes { id } }
          nobody: leads(first: 1, filter: {ids: []}) { totalCount nodes { id } }
          assigned: leads(first: 1, filter: {assigned: true}) { totalCount }
          free: leads(first: 1, filter: {assigned: false}) { totalCount }
          anything: leads(first: 1, filter: {query: " "}) { totalCount }
        }
        """
    )
    counts = {key: each["totalCount"] for key, each in data.items()}
    rows = ask.samples.rows["Lead"]
    assigned = sum(row["agent_id"] is not None for row in rows)
    assert counts == {
        **dict.fromkeys(("all", "null", "empty", "nulls", "open", "anything"), len(rows)),
        **dict.fromkeys(("none", "nobody"), 0),
        "assigned": assigned,
        "free": len(rows) - assigned,
    }


async def test_one_operation_with_variables_of_changing_shape(ask: Asker) -> None:
    """What one run asks for must not show in the next one."""
    text = """
        query ($first: Int, $last: Int, $after: String, $before: String, $offset: Int,
               $filter: LeadFilter, $order: LeadOrder, $deep: Boolean = false) {
          leads(first: $first, last: $last, after: $after, before: $before, offset: $offset,
                filter: $filter, orderBy: $order) {
            edges { cursor node { id number agent @include(if: $deep) { name } } }
            pageInfo { hasNextPage hasPreviousPage } totalCount
          }
        }
    """
    mark = NOUNS["Lead"].ordering("NAME", False).mark
    row = sorted(ask.samples.rows["Lead"], key=lambda each: (each["name"], each["id"]))[10]
    cursor = paging.encode(mark, row["name"], row["id"])
    by_name = {"field": "NAME", "direction": "ASC"}
    runs: list[dict[str, Any]] = [
        {},
        {"first": 3},
        {"first": 3, "order": by_name},
        {"first": 3, "order": by_name, "after": cursor},
        {"last": 3, "order": by_name, "before": cursor},
        {"first": 4, "filter": {"stage": ["NEW"]}},
        {"first": 4, "filter": {"stage": ["NEW", "LOST", "QUALIFIED"]}},
        {"first": 4, "filter": {"stage": []}},
        {"first": 4, "filter": {"stage": None, "assigned": False}},
        {"first": 4, "filter": {"createdAt": {"from": "2026-01-31T09:30:00.010Z"}}},
        {"first": 4, "filter": {"createdAt": {"to": "2026-01-31T09:30:00.010Z"}}},
        {"first": 4, "filter": {"query": "a"}, "deep": True},
        {"first": 4, "filter": {"query": "ace"}, "offset": 1},
        {"first": 4, "filter": None, "order": None, "deep": True},
        {"after": cursor},
        {"first": 2},
    ]
    found = operation(text, ask.database)
    for given in [*runs, *reversed(runs)]:
        kept = await compiled(found, given, ask.database, ask.samples.workspace)
        fresh = await ask.answer(text, **given)
        assert kept.data == fresh.data
        assert [each.formatted for each in kept.errors] == [each.formatted for each in fresh.errors]
