"""What operations cost, and what the refusal of a dear one teaches."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.gateway.serving import House, Visitor, inside

NESTED = """query($a: Int, $b: Int, $c: Int) {
  leads(first: $a) { nodes { id
    calls(first: $b) { edges { node { id
      agent { leads(first: $c) { totalCount nodes { id } } } } } } } }
}"""


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ stats { totalLeads callsByStatus { count } } }", 100),
        ("{ viewer { scopes } }", 1),
        ("{ viewer { workspace { name } } }", 2),
        ("{ __typename }", 0),
        ("{ __schema { types { name fields { name } } } }", 0),
        ("{ leads(first: 10) { nodes { id } } }", 11),
        ("{ leads(last: 10) { nodes { id } } }", 11),
        ("{ leads { nodes { id } } }", 51),
        ("{ leads(first: 10) { totalCount } }", 2),
        ("{ leads(first: 10) { totalCount nodes { id } pageInfo { hasNextPage } } }", 12),
        ("{ leads(first: 10) { edges { cursor } } }", 11),
        ("{ leads(first: 10) { edges { cursor node { id } } } }", 11),
        ("{ leads(first: 10) { nodes { id agent { id } } } }", 21),
        ("{ leads(first: 10) { nodes { id calls(first: 5) { nodes { id } } } } }", 71),
        ("{ a: leads(first: 1) { nodes { id } } b: leads(first: 2) { nodes { id } } }", 5),
        ('{ nodes(ids: ["lead_x", "lead_y"]) { id } }', 3),
        ("{ activity(first: 9) { nodes { id subject { ... on Lead { name } ... on Call { lead { id } } } } } }", 28),
        ('{ node(id: "x") { id ... on Lead { id name } ... on Agent { calls(first: 9) { nodes { id } } } } }', 11),
        ("{ leads(first: 500) { nodes { id } } }", 1),
        ('mutation { deleteLead(input: { id: "lead_x" }) { errors { code } } }', 10),
    ],
)  # fmt: skip
async def test_arithmetic(visitor: Visitor, query: str, cost: int) -> None:
    answer = await visitor.ask(query)
    assert answer.json()["extensions"]["cost"]["requested"] == cost
    assert answer.headers["x-cost"] == str(cost)


@pytest.mark.parametrize(
    "variables",
    [
        {"a": 100, "b": 10, "c": 10},
        {"a": 100, "b": 100, "c": 1},
        {"a": 3, "b": 100, "c": 100},
        {"a": 100, "b": 2, "c": 100},
    ],
)
async def test_the_refusal_names_what_fits(house: House, variables: dict[str, int]) -> None:
    async with inside(house, max_cost=5000) as visitor:
        query = NESTED
        answer = await visitor.ask(query, variables=variables)
        (error,) = answer.json()["errors"]
        assert error["extensions"]["code"] == "COST_EXCEEDED"
        assert error["extensions"]["cost"] > error["extensions"]["maximum"] == 5000
        size, path = error["extensions"]["first"], error["extensions"]["path"]
        assert ".".join(path) in error["message"]
        name = "b" if path[-1] == "calls" else "a" if len(path) == 1 else "c"
        fitting = await visitor.ask(query, variables={**variables, name: size})
        assert "errors" not in fitting.json()
        over = await visitor.ask(query, variables={**variables, name: size + 1})
        assert over.json()["errors"][0]["extensions"]["code"] == "COST_EXCEEDED"


async def test_the_end_of_a_list(house: House) -> None:
    async with inside(house, max_cost=30) as visitor:
        answer = await visitor.ask("{ leads(last: 60) { nodes { id } } }")
        assert answer.json()["errors"][0]["extensions"]["last"] == 29
    async with inside(house, max_cost=30) as visitor:
        many = " ".join(f"a{i}: leads(first: 9) {{ nodes {{ id }} }}" for i in range(9))
        answer = await visitor.ask("{" + many + "}")
        assert not re.search("would fit", answer.json()["errors"][0]["message"])


async def test_a_bulk_payload_is_counted_by_its_input(visitor: Visitor) -> None:
    query = """mutation($i: BulkCreateLeadsInput!) { bulkCreateLeads(input: $i) {
      results { lead { calls(first: 100) { nodes { id } } } errors { code } } errors { code } } }"""
    input: dict[str, Any] = {"leads": [{"name": str(n)} for n in range(300)]}
    refused = await visitor.ask(query, variables={"i": input})
    assert refused.json()["errors"][0]["extensions"]["code"] == "COST_EXCEEDED"
    assert (await visitor.data("{ leads { totalCount } }"))["leads"]["totalCount"] == 40
    input["leads"] = input["leads"][:3]
    answer = await visitor.ask(query, variables={"i": input})
    assert answer.json()["extensions"]["cost"]["requested"] == 10 + 3 * (1 + 1 + 1 + 100)
