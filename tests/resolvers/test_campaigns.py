"""Verbs on campaigns before they run."""

from __future__ import annotations

from typing import Any

import pytest

import models
from tests.resolvers.conftest import Door, unfound

WHOLE: dict[str, Any] = {
    "name": "Spring",
    "purpose": "QUOTE_REQUEST",
    "reason": "Quotes",
    "firstMessageOverride": "Hello",
    "languageMode": "FIXED",
    "outputLanguage": "it",
    "displayColumns": [{"name": "phone", "label": "Phone"}, {"name": "quote_amount", "label": "€"}],
    "timeZone": "Europe/Rome",
    "startDate": "2026-02-03",
    "endDate": "2026-02-28",
    "callingWindows": [{"days": [1, 5], "from": 540, "to": 1020}],
    "maxRetries": 3,
    "retryDelaySeconds": 900,
    "retryOn": ["NO_ANSWER", "VOICEMAIL"],
    "maxConcurrentCalls": 2,
    "metadata": {"team": 7},
}
SCHEMA = {"properties": {"quote_amount": {"type": "number", "required": True}}}
CAMPAIGN = f"campaign {{ id version status agent {{ id }} extractionSchema {' '.join(WHOLE)} }}"


async def agent(door: Door) -> str:
    payload = await door.done("createAgent", {"type": "OUTBOUND"}, "agent { id }")
    return str(payload["agent"]["id"])


async def make(door: Door, **fields: object) -> str:
    input = {"name": "Spring", "agentId": await agent(door), **fields}
    payload = await door.done("createCampaign", input, CAMPAIGN)
    return str(payload["campaign"]["id"])


async def become(door: Door, id: str, status: str) -> None:
    await door.fetch("UPDATE campaign SET status = ?1 WHERE id = ?2", status, id[9:])


async def test_every_field_comes_back(door: Door) -> None:
    input = {**WHOLE, "agentId": await agent(door), "extractionSchema": SCHEMA}
    made = (await door.done("createCampaign", input, CAMPAIGN))["campaign"]
    assert {name: made[name] for name in WHOLE} == WHOLE
    assert made["extractionSchema"] == {
        "properties": {"quote_amount": {"type": "number"}},
        "required": ["quote_amount"],
    }
    assert (made["status"], made["version"]) == ("DRAFT", 1)
    id = await make(door)
    for _ in range(2):
        payload = await door.done("updateCampaign", {"id": id, **input}, CAMPAIGN)
        found = payload["campaign"]
        assert {name: found[name] for name in WHOLE} == WHOLE
        assert found["version"] == 2
    assert await door.events(id) == [("CAMPAIGN_CREATED", 1), ("CAMPAIGN_UPDATED", 2)]


async def test_defaults(door: Door) -> None:
    input = {
        "name": "x",
        "agentId": await agent(door),
        "maxRetries": 1,
        "displayColumns": [{"name": " phone "}],
    }
    found = (await door.done("createCampaign", input, CAMPAIGN))["campaign"]
    assert found["retryOn"] == ["NO_ANSWER", "BUSY"]
    assert found["retryDelaySeconds"] == 3600
    assert found["displayColumns"] == [{"name": "phone", "label": "phone"}]
    assert found["extractionSchema"] is None


async def test_reports_every_problem_at_once(door: Door) -> None:
    found = await door.problems(
        "createCampaign",
        {
            "name": "\x00",
            "agentId": door.foreign().id(models.Agent),
            "phoneNumberId": door.foreign().id(models.PhoneNumber),
            "reason": "x" * 5001,
            "languageMode": None,
            "outputLanguage": "?",
            "extractionSchema": {"type": "string"},
            "displayColumns": [{"name": "a"}, {"name": " a"}, {"name": ""}, {"name": "x" * 101}],
            "timeZone": "CET/Nowhere",
            "startDate": "2026-02-30",
            "endDate": "tomorrow",
            "callingWindows": [{"days": [8], "from": 0, "to": 1}],
            "maxRetries": 6,
            "retryDelaySeconds": 59,
            "maxConcurrentCalls": 0,
            "metadata": [],
        },
    )
    assert found == {
        ("INVALID_TEXT", "name"),
        ("NOT_FOUND", "agentId"),
        ("NOT_FOUND", "phoneNumberId"),
        ("TOO_LONG", "reason"),
        ("REQUIRED", "languageMode"),
        ("INVALID_LANGUAGE", "outputLanguage"),
        ("INVALID_SCHEMA", "extractionSchema"),
        ("CONFLICT", "displayColumns.1.name"),
        ("REQUIRED", "displayColumns.2.name"),
        ("TOO_LONG", "displayColumns.3.name"),
        ("INVALID_TIME_ZONE", "timeZone"),
        ("INVALID", "startDate"),
        ("INVALID", "endDate"),
        ("OUT_OF_RANGE", "callingWindows.0.days"),
        ("OUT_OF_RANGE", "maxRetries"),
        ("OUT_OF_RANGE", "retryDelaySeconds"),
        ("OUT_OF_RANGE", "maxConcurrentCalls"),
        ("INVALID", "metadata"),
    }


@pytest.mark.parametrize(
    "date", ["20260203", "2026-W06-2", "2026-2-3", "٢٠٢٦-٠٢-٠٣", "2026-02-03T"]
)
async def test_days_have_one_spelling(door: Door, date: str) -> None:
    found = await door.problems("updateCampaign", {"id": await make(door), "startDate": date})
    assert found == {("INVALID", "startDate")}


async def test_fields_are_checked_against_those_that_stay(door: Door) -> None:
    id = await make(door, startDate="2026-03-01", retryOn=["BUSY"], maxRetries=1)
    assert await door.problems(
        "updateCampaign", {"id": id, "endDate": "2026-02-28", "retryOn": []}
    ) == {
        ("OUT_OF_RANGE", "endDate"),
        ("REQUIRED", "retryOn"),
    }
    await door.done("updateCampaign", {"id": id, "maxRetries": 0, "retryOn": None}, CAMPAIGN)
    assert await door.problems("updateCampaign", {"id": id, "maxRetries": 1}) == {
        ("REQUIRED", "retryOn")
    }
    assert await door.problems(
        "updateCampaign", {"id": id, "name": None, "agentId": None, "maxRetries": None}
    ) == {("REQUIRED", "name"), ("REQUIRED", "agentId"), ("REQUIRED", "maxRetries")}


async def test_agents_and_numbers_must_be_of_use(door: Door) -> None:
    away = await agent(door)
    await door.done("archiveAgent", {"id": away}, "")
    number = await door.done("addPhoneNumber", {"e164": "+14155550123"}, "phoneNumber { id }")
    released = number["phoneNumber"]["id"]
    await door.done("releasePhoneNumber", {"id": released}, "")
    input = {"name": "x", "agentId": away, "phoneNumberId": released}
    assert await door.problems("createCampaign", input) == {
        ("ARCHIVED", "agentId"),
        ("NUMBER_NOT_READY", "phoneNumberId"),
    }


@pytest.mark.parametrize("status", models.CampaignStatus)
async def test_statuses_that_permit_a_change(door: Door, status: str) -> None:
    id = await make(door)
    await become(door, id, status)
    if status in ("DRAFT", "PAUSED"):
        await door.done("updateCampaign", {"id": id, "name": "x"}, CAMPAIGN)
    else:
        found = await door.problems("updateCampaign", {"id": id, "name": "x", "timeZone": "y"})
        assert found == {("ILLEGAL_TRANSITION", "id"), ("INVALID_TIME_ZONE", "timeZone")}
    if status == "DRAFT":
        await door.done("deleteCampaign", {"id": id}, "deletedId")
    else:
        assert await door.problems("deleteCampaign", {"id": id}) == {("ILLEGAL_TRANSITION", "id")}


async def test_conditions_of_the_caller(door: Door) -> None:
    id, other = await make(door), await agent(door)
    for name in ("updateCampaign", "deleteCampaign"):
        assert await door.problems(name, {"id": id, "onlyIf": {"agentId": other}}) == {
            ("NOT_FOUND", "id")
        }
        assert await door.problems(name, {"id": id, "onlyIf": {"status": ["PAUSED"]}}) == {
            ("ILLEGAL_TRANSITION", "id")
        }
    data = await door.ask("query Q($id: ID!) { campaign(id: $id) { agent { id } } }", id=id)
    fits = {"agentId": data["campaign"]["agent"]["id"], "status": ["DRAFT", "PAUSED"]}
    await door.done("updateCampaign", {"id": id, "name": "x", "onlyIf": fits}, CAMPAIGN)


async def test_deletes_with_recipients_and_keeps_calls(door: Door) -> None:
    id = await make(door)
    recipients = [{"phone": "+14155550100"}, {"phone": "+14155550101"}]
    added = await door.done(
        "addRecipients",
        {"campaignId": id, "recipients": recipients},
        "results { recipient { id } }",
    )
    recipient = added["results"][0]["recipient"]["id"]
    await door.fetch(
        "UPDATE call SET campaign_id = ?1, recipient_id = ?2 WHERE id = ?3",
        id[9:],
        recipient[-36:],
        door.id(models.Call)[-36:],
    )
    calls, before = await door.count("call"), await door.count("recipient")
    payload = await door.done("deleteCampaign", {"id": id}, "deletedId")
    assert payload["deletedId"] == id
    assert await door.count("call") == calls
    assert await door.count("recipient") == before - 2
    assert [type for type, _ in await door.events(id)] == [
        "CAMPAIGN_CREATED",
        "RECIPIENTS_ADDED",
        "CAMPAIGN_DELETED",
    ]
    assert [version for _, version in await door.events(id)] == [1, 2, 3]


async def test_those_of_others_do_not_exist(door: Door) -> None:
    for id in (door.foreign().id(models.Campaign), "campaign_1"):
        code = unfound(id, "campaign")
        assert await door.problems("updateCampaign", {"id": id, "maxRetries": 1}) == {(code, "id")}
        assert await door.problems("deleteCampaign", {"id": id}) == {(code, "id")}


async def test_scopes(door: Door) -> None:
    reader = door.scoped("read_only", "campaigns:start", "leads:write")
    input = {"name": "x", "agentId": "y"}
    assert await reader.code("createCampaign", input) == "FORBIDDEN"
    assert await reader.code("updateCampaign", {"id": "x"}) == "FORBIDDEN"
    assert await reader.code("deleteCampaign", {"id": "x"}) == "FORBIDDEN"
