"""Scopes: what a key may not read it can't count either, and a refusal says what would do."""

from __future__ import annotations

from uuid import uuid4

import pytest

from models.database import connect
from schema.scope import SCOPES
from tests.gateway.serving import House, Visitor, add_key

LEADS = ("leads:read",)


async def granted(house: House, scopes: tuple[str, ...]) -> str:
    """A key with these scopes."""
    key = f"{' '.join(scopes)} {uuid4()}"
    database = await connect(house.url)
    try:
        number = uuid4().int % 10**8 + 1000
        await add_key(database, house.workspaces[0], key, number, {"scopes": list(scopes)})
    finally:
        await database.close()
    return key


async def missing(visitor: Visitor, query: str, scopes: tuple[str, ...]) -> list[str]:
    """The scopes that a key with these lacks; none if it is answered."""
    answer = await visitor.ask(query, key=await granted(visitor.house, scopes))
    if answer.status_code == 200:
        assert "errors" not in answer.json(), answer.json()
        return []
    assert answer.status_code == 403
    (error,) = answer.json()["errors"]
    found: list[str] = error["extensions"]["missingScopes"]
    assert all(scope in error["message"] for scope in found)
    assert all(scope in SCOPES for scope in found)
    return found


@pytest.mark.parametrize(
    ("query", "lacking"),
    [
        ("{ leads { nodes { totalCalls } } }", ["calls:read"]),
        ("{ leads { nodes { totalEmails } } }", ["emails:read"]),
        ("{ leads { nodes { recipients { totalCount } } } }", ["campaigns:read"]),
        ("{ leads { nodes { calls { totalCount } } } }", ["calls:read"]),
        ("{ leads { nodes { calls { pageInfo { endCursor } } } } }", ["calls:read"]),
        ("{ leads { nodes { calls { __typename } } } }", ["calls:read"]),
        ("{ calls { totalCount } }", ["calls:read"]),
        ("{ agents { pageInfo { endCursor } } }", ["agents:read"]),
        ("{ leads { nodes { agent { totalLeadsAssigned } } } }", ["agents:read"]),
        ("{ campaigns { totalCount } stats { totalCalls } }", ["campaigns:read", "results:read"]),
        ("{ leads { totalCount } }", []),
        ("{ viewer { workspace { name plan } key { name scopes } scopes } }", []),
        ("{ viewer { workspace { defaultAgent { name } } } }", ["agents:read"]),
        ("{ viewer { key { parent { name } } } }", ["keys:read"]),
    ],
)
async def test_counting_is_reading(visitor: Visitor, query: str, lacking: list[str]) -> None:
    assert await missing(visitor, query, LEADS) == lacking
    assert await missing(visitor, query, ("read_only",)) == []


NODE = """{{ node(id: "{id}") {{ id
    ... on Lead {{ name calls {{ totalCount }} }}
    ... on Call {{ status agent {{ name }} }}
}} }}"""


async def test_below_a_node(visitor: Visitor) -> None:
    lead = visitor.house.leads[0]
    # Of a call it sees nothing, so it needs nothing for what is below one.
    assert await missing(visitor, NODE.format(id=lead), LEADS) == ["calls:read"]
    both = ("leads:read", "calls:read")
    assert await missing(visitor, NODE.format(id=lead), both) == ["agents:read"]
    assert await missing(visitor, NODE.format(id=lead), (*both, "agents:read")) == []
    assert await missing(visitor, f'{{ node(id: "{lead}") {{ id }} }}', ("calls:read",)) == []
    key = await granted(visitor.house, ("calls:read",))
    found = (await visitor.ask(f'{{ node(id: "{lead}") {{ id }} }}', key=key)).json()
    assert found["data"] == {"node": None}


async def test_what_an_activity_is_about(visitor: Visitor) -> None:
    query = """{ activity(first: 100) { nodes { subjectKind
        subject { __typename ... on Lead { name calls { totalCount } } } } } }"""
    assert await missing(visitor, query, ("activity:read",)) == []
    assert await missing(visitor, query, ("activity:read", "leads:read")) == ["calls:read"]
    for scopes in (("activity:read", "agents:read"), ("read_only",)):
        key = await granted(visitor.house, scopes)
        data = (await visitor.ask(query, key=key)).json()["data"]
        kinds = {each["subjectKind"] for each in data["activity"]["nodes"] if each["subject"]}
        assert "AGENT" in kinds
        assert ("LEAD" in kinds) is (scopes == ("read_only",))


async def test_only_what_would_suffice(visitor: Visitor) -> None:
    make = """mutation { createApiKey(input: { name: "x", scopes: ["leads:read"] }) {
        apiKey { name } errors { code } } }"""
    assert await missing(visitor, make, LEADS) == ["keys:write"]
    assert await missing(visitor, make, ("keys:read",)) == ["keys:write"]
    change = 'mutation { updateLead(input: { id: "x" }) { lead { totalCalls } errors { code } } }'
    assert await missing(visitor, change, ("agents:read",)) == ["calls:read", "leads:write"]
    key = await granted(visitor.house, ("agents:read",))
    (error,) = (await visitor.ask(change, key=key)).json()["errors"]
    assert error["message"] == (
        "The API key lacks the scopes calls:read (for updateLead.lead.totalCalls), "
        "leads:write (for updateLead)."
    )
