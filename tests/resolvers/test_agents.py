"""Verbs on agents."""

from __future__ import annotations

import pytest

import models
from schema.agent_input import AgentFields
from schema.noun import camel
from tests.resolvers.conftest import Door, unfound

AGENT = "agent { id name version archivedAt automationEnabled }"
#: A value for every field that an agent can be given, as it comes back.
WHOLE = {
    "name": "Grace",
    "mode": "COPILOT",
    "automationEnabled": True,
    "active": False,
    "outreachModel": "CALL",
    "language": "pt-BR",
    "timeZone": "Europe/Rome",
    "provider": "RETELL",
    "providerAgentId": "a-1",
    "elevenlabsAgentId": "a-2",
    "voiceEngine": "retell",
    "voiceId": "v",
    "model": "gpt-4o-mini",
    "streamUrl": "wss://voice.example.com/stream?a=1",
    "emailAddress": "grace@example.com",
    "replyTo": "sales@example.com",
    "emailSignature": "G.",
    "systemPrompt": "You are\nGrace.",
    "productExplanation": "p",
    "valueProposition": "v",
    "painPoints": "p",
    "benefits": "b",
    "featuresDifferentiators": "f",
    "elevatorPitch": "e",
    "firstMessage": "Hello",
    "emailKnowledge": "k",
    "exampleEmail": "x",
    "generalTools": [{"type": "end_call"}],
    "postCallAnalysisData": [{"name": "budget"}],
    "providerSettings": {"a": {"b": 1}},
    "transferNumber": "+14155550100",
    "recordCalls": False,
    "voicemailAction": "LEAVE_MESSAGE",
    "voicemailMessage": "Call back",
    "ringTimeoutSeconds": 45,
    "maxDurationSeconds": 1200,
    "maxConcurrentCalls": 3,
    "maxEmailsPerDay": 0,
}


async def make(door: Door, **fields: object) -> str:
    payload = await door.done("createAgent", {"type": "OUTBOUND", **fields}, AGENT)
    return str(payload["agent"]["id"])


async def test_creates_with_automation_off(door: Door) -> None:
    payload = await door.done("createAgent", {"type": "INBOUND"}, AGENT + " replayed")
    assert payload["agent"]["name"] == "Inbound agent 1001"
    assert not payload["agent"]["automationEnabled"]
    assert await door.events(payload["agent"]["id"]) == [("AGENT_CREATED", 1)]


def test_knows_every_field() -> None:
    definition = AgentFields.__strawberry_definition__  # type: ignore[attr-defined]
    fields = {camel(each.python_name) for each in definition.fields}
    assert fields == set(WHOLE) | {"providerAccountId"}


async def test_every_field_comes_back(door: Door) -> None:
    selection = f"agent {{ id version {' '.join(WHOLE)} }}"
    created = await door.done("createAgent", {"type": "OUTBOUND", **WHOLE}, selection)
    assert {name: created["agent"][name] for name in WHOLE} == WHOLE
    id = await make(door)
    changed = await door.done("updateAgent", {"id": id, **WHOLE}, selection)
    assert changed["agent"] == {**WHOLE, "id": id, "version": 2}
    again = await door.done("updateAgent", {"id": id, **WHOLE}, selection)
    assert again["agent"]["version"] == 2
    assert await door.events(id) == [("AGENT_CREATED", 1), ("AGENT_UPDATED", 2)]


async def test_reports_every_problem_at_once(door: Door) -> None:
    found = await door.problems(
        "createAgent",
        {
            "type": "OUTBOUND",
            "name": " ",
            "mode": None,
            "language": None,
            "timeZone": "x",
            "systemPrompt": "x" * 50_001,
            "firstMessage": "\x00",
            "streamUrl": "https://example.com",
            "emailAddress": "x",
            "transferNumber": "911",
            "generalTools": {},
            "providerSettings": {"a": "x" * 70_000},
            "providerAccountId": "provider_account_1",
            "voicemailAction": "LEAVE_MESSAGE",
            "ringTimeoutSeconds": 2**31 - 1,
            "maxDurationSeconds": None,
            "maxConcurrentCalls": 0,
            "maxEmailsPerDay": -1,
        },
    )
    assert found == {
        ("REQUIRED", "name"),
        ("REQUIRED", "mode"),
        ("REQUIRED", "language"),
        ("INVALID_TIME_ZONE", "timeZone"),
        ("TOO_LONG", "systemPrompt"),
        ("INVALID_TEXT", "firstMessage"),
        ("INVALID_URL", "streamUrl"),
        ("INVALID_EMAIL", "emailAddress"),
        ("INVALID_PHONE", "transferNumber"),
        ("INVALID", "generalTools"),
        ("TOO_LONG", "providerSettings"),
        ("INVALID_ID", "providerAccountId"),
        ("REQUIRED", "voicemailMessage"),
        ("OUT_OF_RANGE", "ringTimeoutSeconds"),
        ("REQUIRED", "maxDurationSeconds"),
        ("OUT_OF_RANGE", "maxConcurrentCalls"),
        ("OUT_OF_RANGE", "maxEmailsPerDay"),
    }


@pytest.mark.parametrize(
    "url", ["wss://", "wss://a b", "wss://[", "wss://a:99999", "//a", "wss://a\x00", "wss:a"]
)
async def test_stream_addresses(door: Door, url: str) -> None:
    found = await door.problems("updateAgent", {"id": await make(door), "streamUrl": url})
    assert ("INVALID_URL", "streamUrl") in found


async def test_huge_integers_do_not_fit_the_type(door: Door) -> None:
    input = {"type": "OUTBOUND", "maxConcurrentCalls": 2**31}
    answer = await door.answer(
        "mutation V($input: CreateAgentInput!) { createAgent(input: $input) { replayed } }",
        input=input,
    )
    assert not answer.executed
    assert (answer.errors[0].extensions or {})["code"] == "BAD_USER_INPUT"


async def test_an_account_must_be_with_the_agents_vendor(door: Door) -> None:
    account = "01890000-0000-7000-8000-000000000001"
    await door.fetch(
        "INSERT INTO provider_account (workspace_id, id, name, provider, callback_token) "
        "VALUES (?1, ?2, 'A', 'VAPI', 't')",
        door.workspace.id,
        account,
    )
    id = await make(door, provider="VAPI", providerAccountId=f"provider_account_{account}")
    assert await door.problems("updateAgent", {"id": id, "provider": "RETELL"}) == {
        ("INVALID", "providerAccountId")
    }
    input = {"type": "OUTBOUND", "providerAccountId": f"provider_account_{account}"}
    assert await door.foreign().problems("createAgent", input) == {
        ("NOT_FOUND", "providerAccountId")
    }


async def test_archives_and_brings_back(door: Door) -> None:
    id = await make(door)
    for _ in range(2):
        payload = await door.done("archiveAgent", {"id": id}, AGENT)
        assert payload["agent"]["archivedAt"] == "2026-02-02T12:00:00.000Z"
    assert await door.problems("updateAgent", {"id": id, "name": "x", "timeZone": "x"}) == {
        ("ARCHIVED", "id"),
        ("INVALID_TIME_ZONE", "timeZone"),
    }
    for _ in range(2):
        payload = await door.done("unarchiveAgent", {"id": id}, AGENT)
        assert (payload["agent"]["archivedAt"], payload["agent"]["version"]) == (None, 3)
    assert await door.events(id) == [
        ("AGENT_CREATED", 1),
        ("AGENT_ARCHIVED", 2),
        ("AGENT_UPDATED", 3),
    ]


async def test_an_agent_at_work_is_not_put_away(door: Door) -> None:
    id = await make(door)
    campaign = door.id(models.Campaign)[-36:]
    await door.fetch(
        "UPDATE campaign SET agent_id = ?1, status = 'IN_PROGRESS' WHERE id = ?2", id[6:], campaign
    )
    assert await door.problems("archiveAgent", {"id": id}) == {("IN_USE", "id")}
    await door.fetch("UPDATE campaign SET status = 'PAUSED' WHERE id = ?1", campaign)
    await door.done("archiveAgent", {"id": id}, AGENT)


async def test_deletes_only_what_nothing_refers_to(door: Door) -> None:
    id = await make(door)
    lead = await door.done("createLead", {"name": "Ada", "agentId": id}, "lead { id }")
    await door.fetch(
        "UPDATE workspace SET default_agent_id = ?1 WHERE id = ?2", id[6:], door.workspace.id
    )
    payload = await door.verb("deleteAgent", {"id": id}, "deletedId")
    assert payload["deletedId"] is None
    assert payload["errors"] == [
        {
            "code": "IN_USE",
            "message": "The agent still has leads, the place of the workspace's default; "
            "archive it instead.",
            "path": ["id"],
        }
    ]
    await door.fetch(
        "UPDATE workspace SET default_agent_id = NULL WHERE id = ?1", door.workspace.id
    )
    await door.done("deleteLead", {"id": lead["lead"]["id"]}, "deletedId")
    payload = await door.done("deleteAgent", {"id": id}, "deletedId")
    assert payload["deletedId"] == id
    assert (await door.events(id))[-1] == ("AGENT_DELETED", 2)


async def test_agents_of_others_do_not_exist(door: Door) -> None:
    for id in (door.foreign().id(models.Agent), "agent_1", door.id(models.Lead)):
        for name in ("updateAgent", "archiveAgent", "unarchiveAgent", "deleteAgent"):
            payload = await door.verb(name, {"id": id}, "")
            code = unfound(id, "agent")
            assert payload["errors"] == [
                {
                    "code": code,
                    "message": "There is no agent with this id."
                    if code == "NOT_FOUND"
                    else "An id here has the form agent_<uuid>.",
                    "path": ["id"],
                }
            ]


async def test_scopes(door: Door) -> None:
    reader = door.scoped("read_only")
    for name in ("updateAgent", "archiveAgent", "unarchiveAgent", "deleteAgent"):
        assert await reader.code(name, {"id": "agent_1"}) == "FORBIDDEN"
    assert await reader.code("createAgent", {"type": "OUTBOUND"}) == "FORBIDDEN"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+4911833", "SHORT_NUMBER"),
        ("+19005551234", "PREMIUM_NUMBER"),
        ("+881612345678", "SATELLITE_NUMBER"),
    ],
)
async def test_calls_are_transferred_to_what_may_be_dialled(
    door: Door, number: str, code: str
) -> None:
    input = {"name": "Ava", "type": "OUTBOUND", "transferNumber": number}
    assert await door.problems("createAgent", input) == {(code, "transferNumber")}
