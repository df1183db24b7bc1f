"""Verbs on suppressions."""

from __future__ import annotations

import asyncio

import models
from tests.resolvers.conftest import Door, mutation, unfound

SUPPRESSION = "created suppression { id channel address reason note lead { id } }"


async def test_suppresses_once(door: Door) -> None:
    first = await door.done(
        "suppress",
        {"email": "Ann.Doe@Example.COM", "reason": "OPT_OUT", "note": "On the phone"},
        SUPPRESSION,
    )
    found = first["suppression"]
    assert first["created"]
    assert (found["channel"], found["address"]) == ("EMAIL", "ann.doe@example.com")
    again = await door.done("suppress", {"email": "ANN.doe@example.com"}, SUPPRESSION)
    assert again == {**first, "created": False}
    phone = await door.done("suppress", {"phone": "+1 415 555 0100"}, SUPPRESSION)
    assert phone["suppression"]["channel"] == "CALL"
    assert phone["suppression"]["reason"] == "MANUAL"
    assert await door.events(found["id"]) == [("SUPPRESSION_ADDED", 1)]


async def test_many_at_once_make_one(door: Door) -> None:
    text = mutation("suppress", SUPPRESSION)
    answers = await asyncio.gather(
        *(door.answer(text, input={"phone": "+14155550100"}) for _ in range(20))
    )
    payloads = [(each.data or {})["suppress"] for each in answers]
    assert [each["errors"] for each in payloads] == [[]] * 20
    assert sum(each["created"] for each in payloads) == 1
    assert len({each["suppression"]["id"] for each in payloads}) == 1


async def test_says_where_it_came_from(door: Door) -> None:
    lead = door.id(models.Lead)
    payload = await door.done("suppress", {"phone": "+14155550100", "leadId": lead}, SUPPRESSION)
    assert payload["suppression"]["lead"] == {"id": lead}


async def test_reports_every_problem_at_once(door: Door) -> None:
    other = door.foreign()
    found = await door.problems(
        "suppress",
        {
            "phone": "x",
            "channel": "EMAIL",
            "note": "\x00",
            "leadId": other.id(models.Lead),
            "callId": other.id(models.Call),
            "emailId": other.id(models.Email),
        },
    )
    assert found == {
        ("INVALID_PHONE", "phone"),
        ("INVALID", "channel"),
        ("INVALID_TEXT", "note"),
        ("NOT_FOUND", "leadId"),
        ("NOT_FOUND", "callId"),
        ("NOT_FOUND", "emailId"),
    }
    assert await door.problems("suppress", {}) == {("REQUIRED", "phone")}
    assert await door.problems("suppress", {"phone": " "}) == {("REQUIRED", "phone")}
    assert await door.problems("suppress", {"phone": "+14155550100", "email": "a@b.co"}) == {
        ("INVALID", "email")
    }


async def test_lifts_by_id_or_address(door: Door) -> None:
    for input, by in (
        ({"phone": "+14155550100"}, {"phone": "+1 415 555-0100"}),
        ({"email": "a@example.com"}, {"email": "A@EXAMPLE.com"}),
        ({"email": "a@example.com"}, None),
    ):
        made = await door.done("suppress", input, SUPPRESSION)
        id = made["suppression"]["id"]
        payload = await door.done("unsuppress", by or {"id": id}, "deletedId")
        assert payload["deletedId"] == id
        assert await door.events(id) == [("SUPPRESSION_ADDED", 1), ("SUPPRESSION_LIFTED", 2)]
    assert await door.problems("unsuppress", {"email": "a@example.com"}) == {("NOT_FOUND", "email")}
    assert await door.problems("unsuppress", {"id": id}) == {("NOT_FOUND", "id")}


async def test_those_of_others_do_not_exist(door: Door) -> None:
    made = await door.foreign().done("suppress", {"phone": "+14155550100"}, SUPPRESSION)
    for input in ({"id": made["suppression"]["id"]}, {"id": "suppression_1"}):
        code = unfound(input["id"], "suppression")
        assert await door.problems("unsuppress", input) == {(code, "id")}
    assert await door.problems("unsuppress", {"phone": "+14155550100"}) == {("NOT_FOUND", "phone")}
    assert (await door.done("suppress", {"phone": "+14155550100"}, SUPPRESSION))["created"]


async def test_no_change_of_a_lead_lifts_it(door: Door) -> None:
    made = await door.done("suppress", {"phone": "+14155550100"}, SUPPRESSION)
    lead = await door.done("upsertLead", {"phone": "+14155550100"}, "lead { id }")
    for disabled in (True, False):
        input = {"id": lead["lead"]["id"], "outreachDisabled": disabled}
        await door.done("updateLead", input, "lead { id }")
    await door.done("deleteLead", {"id": lead["lead"]["id"]}, "deletedId")
    again = await door.done("suppress", {"phone": "+14155550100"}, SUPPRESSION)
    assert again == {**made, "created": False}


async def test_scopes(door: Door) -> None:
    reader = door.scoped("read_only", "leads:write")
    assert await reader.code("suppress", {"phone": "x"}) == "FORBIDDEN"
    assert await reader.code("unsuppress", {"phone": "x"}) == "FORBIDDEN"
