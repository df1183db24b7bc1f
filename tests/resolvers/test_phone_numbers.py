"""Verbs on phone numbers."""

from __future__ import annotations

import asyncio

import pytest

import models
from tests.resolvers.conftest import Door, mutation

NUMBER = (
    "phoneNumber { id e164 country status version friendlyName "
    "outboundAgent { id } inboundAgent { id } }"
)


async def add(door: Door, e164: str = "+14155550123", **fields: object) -> str:
    payload = await door.done("addPhoneNumber", {"e164": e164, **fields}, NUMBER)
    return str(payload["phoneNumber"]["id"])


async def agent(door: Door) -> str:
    payload = await door.done("createAgent", {"type": "OUTBOUND"}, "agent { id }")
    return str(payload["agent"]["id"])


@pytest.mark.parametrize(
    ("e164", "country"),
    [
        ("+14155550123", "US"),
        ("+16135550123", "CA"),
        ("+442079460123", "GB"),
        ("+4930123456", "DE"),
        ("+80012345678", None),
    ],
)
async def test_knows_the_country(door: Door, e164: str, country: str | None) -> None:
    payload = await door.done("addPhoneNumber", {"e164": e164}, NUMBER)
    assert payload["phoneNumber"]["country"] == country


async def test_adds_with_everything(door: Door) -> None:
    one = await agent(door)
    fields = {
        "friendlyName": "Sales",
        "status": "PENDING",
        "provider": "TWILIO",
        "providerNumberId": "PN1",
        "callsPerSecond": 2,
        "maxConcurrentCalls": 5,
    }
    payload = await door.done(
        "addPhoneNumber",
        {"e164": "+1 (415) 555-0123", "outboundAgentId": one, "inboundAgentId": one, **fields},
        f"{NUMBER[:-1]} {' '.join(fields)} }}",
    )
    number = payload["phoneNumber"]
    assert {name: number[name] for name in fields} == fields
    assert number["e164"] == "+14155550123"
    assert number["outboundAgent"] == number["inboundAgent"] == {"id": one}
    assert await door.events(number["id"]) == [("PHONE_NUMBER_ADDED", 1)]


async def test_reports_every_problem_at_once(door: Door) -> None:
    found = await door.problems(
        "addPhoneNumber",
        {
            "e164": "+0987654321",
            "friendlyName": "\x00",
            "status": "RELEASED",
            "providerAccountId": "x",
            "callsPerSecond": 0,
            "maxConcurrentCalls": 2**31 - 1,
            "outboundAgentId": door.foreign().id(models.Agent),
            "inboundAgentId": "agent_1",
        },
    )
    assert found == {
        ("INVALID_PHONE", "e164"),
        ("INVALID_TEXT", "friendlyName"),
        ("INVALID", "status"),
        ("INVALID_ID", "providerAccountId"),
        ("OUT_OF_RANGE", "callsPerSecond"),
        ("OUT_OF_RANGE", "maxConcurrentCalls"),
        ("NOT_FOUND", "outboundAgentId"),
        ("INVALID_ID", "inboundAgentId"),
    }
    assert await door.problems("addPhoneNumber", {"e164": " "}) == {("REQUIRED", "e164")}


async def test_numbers_are_unique_in_a_workspace(door: Door) -> None:
    await add(door)
    found = await door.problems("addPhoneNumber", {"e164": "+1-415-555-0123", "status": None})
    assert found == {("CONFLICT", "e164"), ("REQUIRED", "status")}
    await add(door.foreign())


async def test_of_many_at_once_one_is_added(door: Door) -> None:
    text = mutation("addPhoneNumber", NUMBER)
    answers = await asyncio.gather(
        *(door.answer(text, input={"e164": "+14155550123"}) for _ in range(20))
    )
    payloads = [(each.data or {})["addPhoneNumber"] for each in answers]
    assert sum(not each["errors"] for each in payloads) == 1
    refused = [each["errors"][0] for each in payloads if each["errors"]]
    assert {(each["code"], *each["path"]) for each in refused} == {("CONFLICT", "e164")}


async def test_updates(door: Door) -> None:
    id = await add(door)
    for _ in range(2):
        payload = await door.done(
            "updatePhoneNumber", {"id": id, "friendlyName": "Berlin", "status": "SUSPENDED"}, NUMBER
        )
    assert payload["phoneNumber"]["friendlyName"] == "Berlin"
    assert payload["phoneNumber"]["version"] == 2
    assert await door.events(id) == [("PHONE_NUMBER_ADDED", 1), ("PHONE_NUMBER_UPDATED", 2)]


async def test_assigns(door: Door) -> None:
    id, one = await add(door), await agent(door)
    payload = await door.done(
        "assignPhoneNumber", {"id": id, "agentId": one, "role": "OUTBOUND"}, NUMBER
    )
    assert payload["phoneNumber"]["outboundAgent"] == {"id": one}
    assert payload["phoneNumber"]["inboundAgent"] is None
    for _ in range(2):
        payload = await door.done(
            "assignPhoneNumber", {"id": id, "agentId": None, "role": "OUTBOUND"}, NUMBER
        )
    assert payload["phoneNumber"]["outboundAgent"] is None
    assert await door.events(id) == [
        ("PHONE_NUMBER_ADDED", 1),
        ("PHONE_NUMBER_ASSIGNED", 2),
        ("PHONE_NUMBER_ASSIGNED", 3),
    ]
    await door.done("archiveAgent", {"id": one}, "")
    assert await door.problems(
        "assignPhoneNumber", {"id": id, "agentId": one, "role": "INBOUND"}
    ) == {("ARCHIVED", "agentId")}
    assert await door.problems(
        "assignPhoneNumber",
        {
            "id": door.foreign().id(models.PhoneNumber),
            "agentId": door.foreign().id(models.Agent),
            "role": "INBOUND",
        },
    ) == {("NOT_FOUND", "id"), ("NOT_FOUND", "agentId")}


async def test_a_released_number_comes_back_under_its_id(door: Door) -> None:
    one = await agent(door)
    id = await add(door, outboundAgentId=one, friendlyName="Old", callsPerSecond=3)
    for _ in range(2):
        payload = await door.done("releasePhoneNumber", {"id": id}, NUMBER)
        assert payload["phoneNumber"]["status"] == "RELEASED"
        assert payload["phoneNumber"]["outboundAgent"] is None
    assert await door.problems("updatePhoneNumber", {"id": id, "friendlyName": "x"}) == {
        ("NUMBER_NOT_READY", "id")
    }
    assert await door.problems(
        "assignPhoneNumber", {"id": id, "agentId": one, "role": "INBOUND"}
    ) == {("NUMBER_NOT_READY", "id")}
    payload = await door.done("addPhoneNumber", {"e164": "+14155550123"}, NUMBER)
    number = payload["phoneNumber"]
    assert (number["id"], number["status"], number["version"]) == (id, "ACTIVE", 3)
    assert number["friendlyName"] is None
    assert await door.events(id) == [
        ("PHONE_NUMBER_ADDED", 1),
        ("PHONE_NUMBER_RELEASED", 2),
        ("PHONE_NUMBER_ADDED", 3),
    ]


async def test_a_number_at_work_is_not_released(door: Door) -> None:
    id = await add(door)
    await door.fetch(
        "UPDATE campaign SET phone_number_id = ?1, status = 'SCHEDULED' WHERE id = ?2",
        id[-36:],
        door.id(models.Campaign)[-36:],
    )
    assert await door.problems("releasePhoneNumber", {"id": id}) == {("IN_USE", "id")}


async def test_scopes(door: Door) -> None:
    reader = door.scoped("read_only", "agents:write")
    assert await reader.code("addPhoneNumber", {"e164": "x"}) == "FORBIDDEN"
    assert await reader.code("releasePhoneNumber", {"id": "x"}) == "FORBIDDEN"
