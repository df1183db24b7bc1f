"""Operations written by hand, through both executors."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import parse, validate

from gateway.graph import core
from models.database import Database
from schema import paging
from schema.noun import NOUNS
from tests.gateway.execution.comparison import Answer, agreed, compiled, operation
from tests.gateway.execution.conftest import DROPPED, Place
from tests.gateway.execution.samples import Samples

pytestmark = pytest.mark.filterwarnings(DROPPED)


class Asker:
    """Asks as the first workspace."""

    def __init__(self, place: Place, database: Database) -> None:
        self.samples: Samples = place.samples[0]
        self.strangers: Samples = place.samples[1]
        self.database = database

    async def __call__(self, text: str, **given: Any) -> Any:
        """The data, where there are no errors."""
        found = await self.answer(text, **given)
        assert found.errors == []
        return found.data

    async def answer(self, text: str, **given: Any) -> Answer:
        """What both executors say."""
        return await agreed(text, given, self.database, self.samples.workspace)

    def id(self, noun: str, place: int = 0) -> str:
        """The public id of a row."""
        return self.samples.public(NOUNS[noun], self.samples.rows[noun][place])


@pytest.fixture
def ask(place: Place, database: Database) -> Asker:
    return Asker(place, database)


async def test_nested_fragments(ask: Asker) -> None:
    data = await ask(
        """
        query { leads(first: 2) { ...Page } }
        fragment Page on LeadConnection { nodes { ...Lead } pageInfo { ...Info } }
        fragment Lead on Lead { id ...Named agent { ... on Agent { ...Agent } } }
        fragment Named on Lead { name ... { stage } }
        fragment Agent on Agent { name }
        fragment Info on PageInfo { hasNextPage }
        """
    )
    assert list(data["leads"]["nodes"][0]) == ["id", "name", "stage", "agent"]
    assert data["leads"]["pageInfo"] == {"hasNextPage": True}


def test_cyclic_fragments_are_refused() -> None:
    errors = validate(
        core(),
        parse(
            "{ leads { ...A } } fragment A on LeadConnection { nodes { ...B } } "
            "fragment B on Lead { agent { leads { ...A } } }"
        ),
    )
    assert [each.message for each in errors] == [
        "Cannot spread fragment 'A' within itself via 'B'."
    ]


async def test_same_response_keys_are_merged(ask: Asker) -> None:
    data = await ask(
        """
        query ($one: Int = 1) {
          leads(first: $one) { nodes { id } }
          leads(first: $one) { nodes { calls(first: 1) { nodes { id } } } totalCount }
          ... on Query { leads(first: $one) { nodes { id calls(first: 1) { totalCount } name } } }
        }
        """
    )
    (lead,) = data["leads"]["nodes"]
    assert list(data["leads"]) == ["nodes", "totalCount"]
    assert list(lead) == ["id", "calls", "name"]
    assert set(lead["calls"]) == {"nodes", "totalCount"}


@pytest.mark.parametrize("include", [True, False])
@pytest.mark.parametrize("skip", [True, False])
async def test_directives_with_variables(ask: Asker, include: bool, skip: bool) -> None:
    data = await ask(
        """
        query ($include: Boolean!, $skip: Boolean!) {
          agents(first: 1) {
            nodes {
              id
              name @include(if: $include) @skip(if: $skip)
              ... @include(if: $include) { type }
              ...Rest @skip(if: $skip)
            }
            totalCount @skip(if: $skip)
          }
        }
        fragment Rest on Agent { number calls(first: 1) @include(if: $include) { totalCount } }
        """,
        include=include,
        skip=skip,
    )
    (agent,) = data["agents"]["nodes"]
    assert ("name" in agent) is (include and not skip)
    assert ("type" in agent) is include
    assert ("number" in agent) is not skip
    assert ("calls" in agent) is (include and not skip)
    assert ("totalCount" in data["agents"]) is not skip


async def test_nothing_but_skipped_fields(ask: Asker) -> None:
    data = await ask(
        "{ leads(first: 1) { nodes { id @skip(if: true) } pageInfo { endCursor @include(if: false) } } }"
    )
    assert data == {"leads": {"nodes": [{}], "pageInfo": {}}}


async def test_null_cannot_decide_a_directive(database: Database) -> None:
    text = "query ($on: Boolean = true) { leads(first: 1) { nodes { id @include(if: $on) } } }"
    found = operation(text, database)
    answer = await compiled(found, {"on": None}, database, "")
    assert answer.data is None
    (error,) = answer.errors
    assert "'if' has invalid value" in error.message
    assert [(each.line, each.column) for each in error.locations or ()] == [(1, 73)]


async def test_bad_cursor_below_nullable_parents(ask: Asker) -> None:
    answer = await ask.answer(
        """
        query ($id: ID!) {
          lead(id: $id) { id calls(first: 2, after: "bad") { nodes { id } } }
          agents(first: 1) { totalCount }
        }
        """,
        id=ask.id("Lead"),
    )
    assert answer.data is not None
    assert answer.data["lead"] is None
    assert answer.data["agents"]["totalCount"] == 5
    (error,) = answer.errors
    assert error.formatted == {
        "message": "The cursor isn't one of ours.",
        "locations": [{"line": 3, "column": 30}],
        "path": ["lead", "calls"],
        "extensions": {"code": "INVALID_CURSOR"},
    }


async def test_bad_cursor_below_lists_of_non_null_items(ask: Asker) -> None:
    answer = await ask.answer(
        '{ leads(first: 3) { nodes { id calls(before: "bad") { totalCount } } } }'
    )
    assert answer.data is None
    paths = [each.path for each in answer.errors]
    assert paths == [["leads", "nodes", place, "calls"] for place in range(3)]


async def test_bad_cursor_below_nullable_relations_in_a_list(ask: Asker) -> None:
    text = """
        { calls(first: 50) { nodes { id lead { id calls(last: 1, after: "bad") { totalCount } } } } }
    """
    answer = await ask.answer(text)
    assert answer.data is not None
    nodes = answer.data["calls"]["nodes"]
    assert {each["lead"] for each in nodes} == {None}
    with_lead = [row for row in ask.samples.rows["Call"] if row["lead_id"] is not None]
    assert 0 < len(answer.errors) <= len(with_lead)
    assert all(
        each.path is not None and each.path[-2:] == ["lead", "calls"] for each in answer.errors
    )


async def test_bad_arguments_behind_no_parent_do_not_matter(ask: Asker) -> None:
    stranger = ask.strangers.public(NOUNS["Lead"], ask.strangers.rows["Lead"][0])
    data = await ask(
        'query ($id: ID!) { lead(id: $id) { calls(after: "bad") { totalCount } } }', id=stranger
    )
    assert data == {"lead": None}


async def test_one_of_two_same_lists_fails(ask: Asker) -> None:
    answer = await ask.answer(
        """
        query ($id: ID!, $far: Int) {
          a: node(id: $id) { ... on Agent { calls(first: $far) { totalCount } } }
          b: node(id: $id) { ... on Agent { calls(first: 1) { totalCount } } }
        }
        """,
        id=ask.id("Agent"),
        far=101,
    )
    assert answer.data is not None
    assert answer.data["a"] is None
    assert answer.data["b"]["calls"]["totalCount"] > 0
    assert [each.path for each in answer.errors] == [["a", "calls"]]
    assert answer.errors[0].extensions == {"code": "INVALID_PAGE"}


async def test_null_for_a_variable_that_only_its_default_makes_fit(ask: Asker) -> None:
    text = """
        query ($field: LeadOrderField = NAME, $stage: LeadStage = NEW) {
          leads(first: 3, orderBy: {field: $field}, filter: {stage: [$stage]}) { totalCount }
        }
    """
    assert (await ask(text))["leads"]["totalCount"] > 0
    for name in ("field", "stage"):
        answer = await ask.answer(text, **{name: None})
        assert answer.data is None
        assert len(answer.errors) == 1


async def test_wrong_ids(ask: Asker) -> None:
    answer = await ask.answer('{ lead(id: "lead_1") { id } }')
    assert answer.data == {"lead": None}
    assert answer.errors[0].extensions == {"code": "INVALID_ID"}
    answer = await ask.answer("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["x"])
    assert answer.data is None


async def test_another_workspace_is_not_there(ask: Asker) -> None:
    theirs = [
        ask.strangers.public(NOUNS[name], rows[0]) for name, rows in ask.strangers.rows.items()
    ]
    data = await ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=theirs)
    assert data == {"nodes": [None] * len(theirs)}
    agent = ask.strangers.public(NOUNS["Agent"], ask.strangers.rows["Agent"][0])
    data = await ask(
        "query ($id: ID!) { leads(filter: {agentId: $id}) { totalCount nodes { id } } }", id=agent
    )
    assert data == {"leads": {"totalCount": 0, "nodes": []}}


async def test_typename_everywhere(ask: Asker) -> None:
    data = await ask(
        """
        query ($id: ID!) {
          __typename
          node(id: $id) { __typename }
          leads(first: 1) {
            __typename
            edges { __typename node { t: __typename calls(first: 1) { __typename } } }
            nodes { __typename agent { __typename } }
            pageInfo { __typename }
          }
          only: leads(first: 1) { __typename }
          calls(first: 60) { nodes { cost { __typename } } }
        }
        """,
        id=ask.id("Webhook"),
    )
    assert data["__typename"] == "Query"
    assert data["node"] == {"__typename": "Webhook"}
    assert data["only"] == {"__typename": "LeadConnection"}
    assert data["leads"]["edges"][0]["__typename"] == "LeadEdge"
    assert data["leads"]["edges"][0]["node"]["calls"] == {"__typename": "CallConnection"}
    assert data["leads"]["pageInfo"] == {"__typename": "PageInfo"}
    assert {"cost": {"__typename": "Money"}} in data["calls"]["nodes"]


async def test_interface_and_concrete_fragments(ask: Asker) -> None:
    ids = [ask.id("Lead"), ask.id("Call", 3), ask.id("Lead"), ask.id("Suppression")]
    data = await ask(
        """
        query ($ids: [ID!]!) {
          nodes(ids: $ids) {
            ... on Node { id }
            ... on Lead { name calls(first: 1) { totalCount } }
            ... on Call { lead { id } ... on Node { again: id } }
          }
        }
        """,
        ids=ids,
    )
    assert [each["id"] for each in data["nodes"]] == ids
    assert [list(each) for each in data["nodes"]] == [
        ["id", "name", "calls"],
        ["id", "lead", "again"],
        ["id", "name", "calls"],
        ["id"],
    ]
    assert data["nodes"][0] == data["nodes"][2]


async def test_aliases_of_lists_with_different_arguments(ask: Asker) -> None:
    data = await ask(
        """
        {
          agents(first: 3, orderBy: {field: NUMBER, direction: ASC}) {
            nodes {
              newest: calls(first: 1) { nodes { number } totalCount }
              oldest: calls(last: 1) { nodes { number } totalCount }
              done: calls(first: 2, filter: {status: [COMPLETED]}) { nodes { status } totalCount }
              totalCalls
              again: totalCalls
            }
          }
        }
        """
    )
    for agent in data["agents"]["nodes"]:
        assert agent["newest"]["totalCount"] == agent["totalCalls"] == agent["again"]
        assert agent["done"]["totalCount"] <= agent["totalCalls"]
        assert {each["status"] for each in agent["done"]["nodes"]} <= {"COMPLETED"}
    assert any(each["newest"] != each["oldest"] for each in data["agents"]["nodes"])


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


@pytest.mark.parametrize(
    "arguments",
    [
        "offset: 1, last: 1",
        'offset: 1, after: "x"',
        'offset: 0, before: "x"',
        "offset: -1",
        "offset: 1000001",
        "first: 1, last: 1",
        "first: -1",
        "last: 101",
    ],
)
async def test_impossible_pages(ask: Asker, arguments: str) -> None:
    answer = await ask.answer(f"{{ leads({arguments}) {{ totalCount }} }}")
    assert answer.data is None
    assert [each.extensions for each in answer.errors] == [{"code": "INVALID_PAGE"}]


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


async def test_text_with_nul_is_refused(ask: Asker) -> None:
    for filter_ in ("name", "query", "email"):
        if filter_ == "name":
            text = "query ($t: String) { agents(filter: {name: $t}) { totalCount } }"
        else:
            text = f"query ($t: String) {{ leads(filter: {{{filter_}: $t}}) {{ totalCount }} }}"
        answer = await ask.answer(text, t="a\0b")
        assert answer.data is None
        assert answer.errors[0].extensions == {"code": "INVALID_TEXT"}


async def test_wide_integers_do_not_fit(ask: Asker) -> None:
    wide = [row["id"] for row in ask.samples.rows["Recording"] if (row["size_bytes"] or 0) >= 2**31]
    answer = await ask.answer(
        "query ($id: ID!) { node(id: $id) { ... on Recording { sizeBytes } } }",
        id=f"recording_{wide[0]}",
    )
    assert answer.data == {"node": {"sizeBytes": None}}
    assert [each.path for each in answer.errors] == [["node", "sizeBytes"]]


async def test_money_without_currency_is_none(ask: Asker) -> None:
    rows = {f"call_{row['id']}": row for row in ask.samples.rows["Call"]}
    data = await ask("{ calls(first: 100) { nodes { id cost { currency amountMicros } } } }")
    for call in data["calls"]["nodes"]:
        row = rows[call["id"]]
        whole = row["cost_micros"] is not None and row["cost_currency"] is not None
        assert (call["cost"] is not None) is whole


async def test_more_relations_than_can_be_joined(ask: Asker) -> None:
    """SQLite joins at most 64 tables."""
    relations = "agent { name } phoneNumber { id } campaign { id agent { id } } recipient { id }"
    inner = f"id recording {{ id call {{ id lead {{ name }} {relations} }} }}"
    for _ in range(12):
        inner = (
            f"id lead {{ name agent {{ id }} }} {relations} recording {{ id call {{ {inner} }} }}"
        )
    data = await ask(f"{{ calls(first: 100) {{ nodes {{ {inner} }} }} }}")
    assert any(each["recording"] for each in data["calls"]["nodes"])


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
