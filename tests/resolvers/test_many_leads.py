"""Verbs on many leads at once."""

from __future__ import annotations

import asyncio
from typing import Any

import models
from tests.resolvers.conftest import Door

BULK = (
    "results { index created lead { id name agent { id } } errors { code path } } "
    "createdCount duplicateCount errorCount"
)


async def agent(door: Door, *, archived: bool = False) -> str:
    payload = await door.done("createAgent", {"type": "OUTBOUND"}, "agent { id }")
    id = str(payload["agent"]["id"])
    if archived:
        await door.done("archiveAgent", {"id": id}, "agent { id }")
    return id


def errors(result: dict[str, Any]) -> set[tuple[str, str]]:
    return {(each["code"], ".".join(each["path"])) for each in result["errors"]}


async def test_creates_the_good_ones(door: Door) -> None:
    events = await door.count("event")
    payload = await door.done(
        "bulkCreateLeads",
        {
            "leads": [
                {"name": "A", "email": "Ann@Example.com"},
                {"name": "B", "email": "ann@example.com"},
                {"phone": "x", "company": "\x00"},
                {"name": "D", "agentId": door.foreign().id(models.Agent)},
                {"name": "E", "agentId": await agent(door, archived=True)},
                {"name": "F"},
            ]
        },
        BULK,
    )
    results = payload["results"]
    assert [each["created"] for each in results] == [True, False, False, False, False, True]
    assert results[1]["lead"]["id"] == results[0]["lead"]["id"]
    assert errors(results[2]) == {
        ("INVALID_PHONE", "leads.2.phone"),
        ("INVALID_TEXT", "leads.2.company"),
    }
    assert errors(results[3]) == {("NOT_FOUND", "leads.3.agentId")}
    assert errors(results[4]) == {("ARCHIVED", "leads.4.agentId")}
    assert [payload[f"{each}Count"] for each in ("created", "duplicate", "error")] == [2, 1, 3]
    # Two for the agent that was made and put away, one for each lead.
    assert await door.count("event") == events + 4


async def test_knows_addresses_whatever_their_case(door: Door) -> None:
    await door.done("createLead", {"name": "A", "email": "ann@example.com"}, "")
    leads = [{"name": "B", "email": "ANN@EXAMPLE.COM"}]
    payload = await door.done("bulkCreateLeads", {"leads": leads}, BULK)
    assert payload["duplicateCount"] == 1
    assert payload["results"][0]["lead"]["name"] == "A"
    payload = await door.done("bulkCreateLeads", {"leads": leads, "duplicates": "CREATE"}, BULK)
    assert payload["createdCount"] == 1
    # Stored as it was given, and found whatever its case; of two the older one.
    await door.done("createLead", {"name": "C", "email": "Bob@Example.com"}, "")
    await door.done("createLead", {"name": "D", "email": "BOB@example.com"}, "")
    payload = await door.done("bulkCreateLeads", {"leads": [{"email": "bob@example.com"}]}, BULK)
    assert payload["results"][0]["lead"]["name"] == "C"


async def test_of_several_at_once_one_creates(door: Door) -> None:
    leads = [{"name": "T", "email": f"turn{number}@example.com"} for number in range(200)]
    input = {"leads": leads}
    done = await asyncio.gather(
        *(door.done("bulkCreateLeads", input, BULK) for _ in range(4)),
        door.done("bulkCreateLeads", input, BULK, "k"),
    )
    assert sorted(each["createdCount"] for each in done) == [0, 0, 0, 0, 200]
    assert sum(each["duplicateCount"] for each in done) == 800


async def test_replays_with_all_results(door: Door) -> None:
    input = {"leads": [{"name": "A"}, {"email": "x"}], "agentId": await agent(door)}
    first = await door.done("bulkCreateLeads", input, BULK, "k")
    again = await door.done("bulkCreateLeads", input, BULK, "k")
    assert again == {**first, "replayed": True}
    assert first["results"][0]["lead"]["agent"]["id"] == input["agentId"]


async def test_bounds(door: Door) -> None:
    leads = [{"name": str(place)} for place in range(501)]
    assert await door.problems("bulkCreateLeads", {"leads": leads}) == {("TOO_LONG", "leads")}
    payload = await door.done("bulkCreateLeads", {"leads": leads[:500]}, BULK)
    assert payload["createdCount"] == 500
    payload = await door.done("bulkCreateLeads", {"leads": []}, BULK)
    assert payload["results"] == []
    ids = [door.id(models.Lead)] * 5001
    assert await door.problems("assignLeads", {"agentId": None, "leadIds": ids}) == {
        ("TOO_LONG", "leadIds")
    }


ASSIGNED = "agent { id } assignedCount totalCount"


async def test_assigns_by_id_filter_and_lack(door: Door) -> None:
    one = await agent(door)
    ids = [door.id(models.Lead, place) for place in range(3)]
    payload = await door.done("assignLeads", {"agentId": one, "leadIds": ids}, ASSIGNED)
    assert (payload["assignedCount"], payload["totalCount"]) == (3, 3)
    payload = await door.done("assignLeads", {"agentId": one, "leadIds": ids[:2]}, ASSIGNED)
    assert (payload["assignedCount"], payload["totalCount"]) == (0, 2)
    assert [type for type, _ in await door.events(ids[0])] == ["LEAD_ASSIGNED"]
    payload = await door.done(
        "assignLeads", {"agentId": None, "filter": {"agentId": one}}, ASSIGNED
    )
    assert (payload["assignedCount"], payload["agent"]) == (3, None)
    payload = await door.done("assignLeads", {"agentId": one, "allUnassigned": True}, ASSIGNED)
    assert payload["assignedCount"] == payload["totalCount"] >= 3
    payload = await door.done("assignLeads", {"agentId": one, "filter": {}}, ASSIGNED)
    assert payload["totalCount"] == 40


async def test_tells_what_assigning_one_lead_tells(door: Door) -> None:
    agents = [door.id(models.Agent, place) for place in (0, 1)]
    await door.fetch("UPDATE agent SET archived_at = NULL")
    id = door.id(models.Lead)
    await door.done("updateLead", {"id": id, "agentId": None}, "lead { id }")
    await door.done("updateLead", {"id": id, "agentId": agents[0]}, "lead { id }")
    await door.done("assignLeads", {"agentId": agents[1], "leadIds": [id]}, ASSIGNED)
    one, other = await door.fetch(
        "SELECT type, status, title, metadata, actor, actor_id FROM event "
        "WHERE lead_id = ?1 ORDER BY sequence DESC LIMIT 2",
        id[-36:],
    )
    assert tuple(one) == tuple(other)


async def test_assigns_all_of_those_named_or_none(door: Door) -> None:
    mine, theirs = door.id(models.Lead), door.foreign().id(models.Lead)
    found = await door.problems(
        "assignLeads",
        {"agentId": "agent_7", "leadIds": [mine, theirs, "lead_7", "", mine]},
    )
    assert found == {
        ("INVALID_ID", "agentId"),
        ("NOT_FOUND", "leadIds.1"),
        ("INVALID_ID", "leadIds.2"),
        ("INVALID_ID", "leadIds.3"),
    }


async def test_a_filter_that_can_not_be_used(door: Door) -> None:
    for filter, problem in (
        ({"agentId": "x"}, ("INVALID_ID", "filter.agentId")),
        ({"ids": [door.id(models.Lead), "y"]}, ("INVALID_ID", "filter.ids.1")),
        ({"query": "x" * 201}, ("INVALID_FILTER", "filter.query")),
        ({"email": "a\0b"}, ("INVALID_TEXT", "filter.email")),
    ):
        assigning = {"agentId": None, "filter": filter}
        assert await door.problems("assignLeads", assigning) == {problem}
        adding = {"campaignId": door.foreign().id(models.Campaign), "filter": filter}
        assert await door.problems("addRecipients", adding) == {
            ("NOT_FOUND", "campaignId"),
            problem,
        }


async def test_one_way_to_choose(door: Door) -> None:
    for input, problem in (
        ({}, ("REQUIRED", "leadIds")),
        ({"leadIds": [], "filter": {}}, ("INVALID", "filter")),
        ({"allUnassigned": False}, ("INVALID", "allUnassigned")),
    ):
        assert await door.problems("assignLeads", {"agentId": None, **input}) == {problem}
