"""Ids of the wrong form or type: a mistake in the client, said where it stands."""

from __future__ import annotations

from typing import Any

from tests.gateway.serving import Visitor

NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"


async def errors(visitor: Visitor, query: str, **variables: Any) -> tuple[Any, list[Any]]:
    """The data, and path, code and argument of each error."""
    answer = await visitor.ask(query, variables=variables)
    assert answer.status_code == 200
    found = answer.json()
    return found["data"], [
        (each["path"], each["extensions"]["code"], each["extensions"]["argument"])
        for each in found.get("errors", [])
    ]


async def test_the_others_are_answered(visitor: Visitor) -> None:
    lead, other = visitor.house.leads[:2]
    unknown = "lead_00000000-0000-7000-8000-000000000000"
    ids = [lead, "lead_zzz", unknown, lead.replace("lead", "foo"), other]
    data, found = await errors(visitor, NODES, ids=ids)
    assert [each and each["id"] for each in data["nodes"]] == [lead, None, None, None, other]
    assert found == [
        (["nodes", 1], "INVALID_ID", ["ids", "1"]),
        (["nodes", 3], "INVALID_ID", ["ids", "3"]),
    ]


async def test_one_id(visitor: Visitor) -> None:
    lead = visitor.house.leads[0]
    for field, id in (("node", lead.replace("lead", "foo")), ("agent", lead), ("lead", "lead_z")):
        data, found = await errors(visitor, f'{{ {field}(id: "{id}") {{ id }} }}')
        assert data == {field: None}
        assert found == [([field], "INVALID_ID", ["id"])]


async def test_in_a_filter(visitor: Visitor) -> None:
    data, found = await errors(visitor, '{ leads(filter: {agentId: "x"}) { totalCount } }')
    assert data is None
    assert found == [(["leads"], "INVALID_ID", ["filter", "agentId"])]


async def test_in_a_verb(visitor: Visitor) -> None:
    lead = visitor.house.leads[0]
    for input, path in (
        ({"id": "lead_zzz"}, ["id"]),
        ({"id": lead.replace("lead", "agent")}, ["id"]),
        ({"id": lead, "agentId": lead}, ["agentId"]),
        ({"id": lead, "agentId": "xx"}, ["agentId"]),
    ):
        query = """mutation ($input: UpdateLeadInput!) {
            updateLead(input: $input) { lead { id } errors { code path } } }"""
        payload = (await visitor.data(query, input=input))["updateLead"]
        assert payload == {"lead": None, "errors": [{"code": "INVALID_ID", "path": path}]}
    query = """mutation { assignLeads(input: { agentId: null, filter: { agentId: "x" } }) {
        errors { code path } } }"""
    payload = (await visitor.data(query))["assignLeads"]
    assert payload["errors"] == [{"code": "INVALID_ID", "path": ["filter", "agentId"]}]
