"""Selections written by hand, through both executors: fragments, merging, directives."""

from __future__ import annotations

import pytest
from graphql import parse, validate

from gateway.graph import core
from schema.noun import NOUNS
from tests.gateway.execution.asker import Asker
from tests.gateway.execution.conftest import DROPPED

pytestmark = pytest.mark.filterwarnings(DROPPED)


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


async def test_an_object_of_which_nothing_is_left(ask: Asker) -> None:
    data = await ask(
        "{ viewer { workspace { name @skip(if: true) } } leads(first: 1) { nodes { id @skip(if: true) } } }"
    )
    assert data == {"viewer": {"workspace": {}}, "leads": {"nodes": [{}]}}


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


SUBJECTS = """{
  activity(first: 100) {
    nodes {
      subjectKind
      subject {
        __typename
        ... on Node { id }
        ... on Lead { name agent { id } calls(first: 1) { totalCount } }
        ... on Call { lead { id } }
      }
    }
  }
}"""


async def test_what_an_activity_is_about(ask: Asker) -> None:
    found = (await ask(SUBJECTS))["activity"]["nodes"]
    kinds = {
        each["subjectKind"]: each["subject"]["__typename"] for each in found if each["subject"]
    }
    assert kinds.pop("WORKSPACE") == "Workspace"
    assert kinds.pop("PHONE_NUMBER") == "PhoneNumber"
    assert kinds.pop("PROVIDER_ACCOUNT") == "ProviderAccount"
    assert {word: word.title() for word in kinds} == kinds
    assert len(kinds) > 5
    for each in found:
        subject = each["subject"]
        if each["subjectKind"] == "MEMBER":
            assert subject is None
        elif subject and each["subjectKind"] == "LEAD":
            assert list(subject) == ["__typename", "id", "name", "agent", "calls"]
        elif subject:
            assert set(subject) <= {"__typename", "id", "lead"}
    # What is not selected of any of its types is an object all the same.
    bare = "{ activity(first: 100) { nodes { subject { ... on Webhook { id } } } } }"
    again = (await ask(bare))["activity"]["nodes"]
    assert [each["subject"] is None for each in again] == [
        each["subject"] is None for each in found
    ]
    assert {} in [each["subject"] for each in again]


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
