"""Calls are accepted in one transaction, once per key, by the workspace's policy."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
import pytest_asyncio

import models
from tests.resolvers.conftest import Door

CALL = """call { id status waitingFor notBefore toNumber fromNumber reference warnings
  provider metadata maxDurationSeconds lead { id name source phone } agent { id } }"""
PHONE = "+12125550142"


@pytest_asyncio.fixture
async def ready(door: Door) -> Door:
    """A workspace that may call: an agent with a number, and nothing under way."""
    await door.fetch(
        "UPDATE workspace SET simulated = ?1, calling_hours = 'OFF', require_consent = ?2, "
        "closed_at = NULL, credit_micros = NULL, max_concurrent_calls = 100, "
        "calls_per_second = 1000, max_calls_per_day = NULL, calling_windows = '[]' WHERE id = ?3",
        True,
        False,
        door.workspace.id,
    )
    await door.fetch("DELETE FROM suppression WHERE workspace_id = ?1", door.workspace.id)
    await door.fetch(
        "UPDATE call SET status = 'COMPLETED', due_at = NULL WHERE workspace_id = ?1",
        door.workspace.id,
    )
    made = await door.done("createAgent", {"name": "Ada", "type": "OUTBOUND"}, "agent { id }")
    agent = made["agent"]["id"]
    await door.done(
        "addPhoneNumber",
        {"e164": "+442079460001", "outboundAgentId": agent, "provider": None},
        "phoneNumber { id }",
    )
    await door.fetch(
        "UPDATE workspace SET default_agent_id = ?1 WHERE id = ?2", agent[-36:], door.workspace.id
    )
    return door


_count = iter(range(1, 10_000))


async def place(door: Door, key: str | None = None, **input: Any) -> dict[str, Any]:
    given = {"target": {"phone": PHONE}, **input}
    return await door.verb("placeCall", given, CALL, key or f"key-{next(_count)}")


async def codes(door: Door, **input: Any) -> set[tuple[str, str]]:
    given = {"target": {"phone": PHONE}, **input}
    return await door.problems("placeCall", given)


async def test_a_bare_number_gets_a_lead_and_the_defaults(ready: Door) -> None:
    payload = await place(ready, metadata={"reference": "crm-7", "n": 1})
    call = payload["call"]
    assert payload["errors"] == []
    assert (call["status"], call["toNumber"]) == ("QUEUED", PHONE)
    assert (call["fromNumber"], call["provider"]) == ("+442079460001", "SIMULATOR")
    assert (call["reference"], call["metadata"]) == ("crm-7", {"reference": "crm-7", "n": 1})
    assert (call["lead"]["phone"], call["lead"]["source"]) == (PHONE, "CALL")
    assert [each["code"] for each in call["warnings"]] == ["CONSENT_UNKNOWN"]
    assert await ready.events(call["id"]) == [("CALL_QUEUED", 1)]
    assert ready.rings
    again = await place(ready)
    assert again["call"]["lead"]["id"] == call["lead"]["id"]


async def test_a_lead_may_be_called_at_another_number(ready: Door) -> None:
    made = await ready.done("createLead", {"name": "Grace", "phone": PHONE}, "lead { id }")
    target = {"leadId": made["lead"]["id"]}
    payload = await place(ready, target=target)
    assert payload["call"]["toNumber"] == PHONE
    payload = await place(ready, target=target, toNumber="+1 212 555 0143", maxDurationSeconds=90)
    assert payload["call"]["toNumber"] == "+12125550143"
    assert payload["call"]["maxDurationSeconds"] == 90
    assert payload["call"]["lead"]["id"] == made["lead"]["id"]


async def test_what_must_wait_says_for_what(ready: Door) -> None:
    payload = await place(ready, earliestAt="2026-02-03T09:00:00Z")
    call = payload["call"]
    assert (call["status"], call["waitingFor"]) == ("SCHEDULED", "START_TIME")
    assert call["notBefore"] == "2026-02-03T09:00:00.000Z"
    assert await ready.events(call["id"]) == [("CALL_SCHEDULED", 1)]


async def test_problems_come_together_and_change_nothing(ready: Door) -> None:
    found = await codes(
        ready,
        target={"phone": "123"},
        maxDurationSeconds=1,
        agentId="lead_x",
        language="klingon!",
        earliestAt="2026-02-04T00:00:00Z",
        latestAt="2026-02-03T00:00:00Z",
    )
    assert found == {
        ("INVALID_PHONE", "target.phone"),
        ("OUT_OF_RANGE", "maxDurationSeconds"),
        ("INVALID_ID", "agentId"),
        ("INVALID_LANGUAGE", "language"),
        ("OUT_OF_RANGE", "latestAt"),
    }


@pytest.mark.parametrize(
    ("phone", "code"),
    [
        ("+19002345678", "PREMIUM_NUMBER"),
        ("+881612345678", "SATELLITE_NUMBER"),
        ("+442079460001", "OWN_NUMBER"),
    ],
)
async def test_numbers_that_nobody_dials(ready: Door, phone: str, code: str) -> None:
    assert await codes(ready, target={"phone": phone}) == {(code, "target")}


@pytest.mark.parametrize(
    ("simulate", "said"),
    [
        ("BUSY", "is an object"),
        ({"outcome": "busy"}, "simulate.outcome is one of COMPLETED"),
        ({"talk": 1}, "simulate.talk is one of meeting"),
        ({"result": "BUSY"}, "has outcome and talk, not result"),
    ],
)
async def test_what_the_simulator_cannot_play(ready: Door, simulate: Any, said: str) -> None:
    payload = await place(ready, metadata={"simulate": simulate})
    (error,) = payload["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["metadata"])
    assert said in error["message"]
    fine = await place(ready, metadata={"simulate": {"outcome": "COMPLETED", "talk": "meeting"}})
    assert fine["errors"] == []


@pytest.mark.parametrize("phone", ["911", "112", "9-9-9"])
async def test_nobody_calls_the_police(ready: Door, phone: str) -> None:
    assert await codes(ready, target={"phone": phone}) == {("EMERGENCY_NUMBER", "target.phone")}


async def test_a_number_without_its_country_is_told_what_it_lacks(ready: Door) -> None:
    payload = await place(ready, target={"phone": "(212) 555-0142"})
    assert "country's code" in payload["errors"][0]["message"]


async def test_foreign_and_missing_ids_are_alike(ready: Door) -> None:
    other = ready.foreign()
    theirs = other.id(models.Lead), other.id(models.Agent), other.id(models.PhoneNumber)
    lead, agent, number = theirs
    assert await codes(ready, target={"leadId": lead}) == {("NOT_FOUND", "target.leadId")}
    nobody = "lead_01900000-0000-7000-8000-000000000000"
    assert await codes(ready, target={"leadId": nobody}) == {("NOT_FOUND", "target.leadId")}
    assert await codes(ready, agentId=agent) == {("NOT_FOUND", "agentId")}
    assert await codes(ready, fromNumberId=number) == {("NUMBER_NOT_OURS", "fromNumber")}


async def test_a_key_is_required(ready: Door) -> None:
    answer = await ready.answer(
        "mutation ($i: PlaceCallInput!) { placeCall(input: $i) { replayed } }",
        i={"target": {"phone": PHONE}},
    )
    assert answer.errors


async def test_one_key_is_one_call(ready: Door) -> None:
    before = await ready.count("call")
    payloads = await asyncio.gather(
        *(ready.answer(DOCUMENT, i={"target": {"phone": PHONE}}, k="one") for _ in range(50))
    )
    found: Counter[str] = Counter()
    for answer in payloads:
        if answer.errors:
            code = (answer.errors[0].extensions or {})["code"]
            found[str(code)] += 1
        else:
            found["done"] += 1
    assert set(found) <= {"done", "IDEMPOTENCY_IN_PROGRESS"}
    assert found["done"] >= 1
    assert await ready.count("call") == before + 1
    replay = await place(ready, "one")
    assert replay["replayed"]
    assert await ready.code("placeCall", {"target": {"phone": "+12125550143"}}, "one") == (
        "IDEMPOTENCY_KEY_REUSED"
    )
    # Another API key of the workspace is the same order, another workspace is not.
    assert (await place(ready.scoped("calls:write", "leads:read", "agents:read"), "one"))[
        "replayed"
    ]


DOCUMENT = """mutation ($i: PlaceCallInput!, $k: String!) {
  placeCall(input: $i, idempotencyKey: $k) { call { id } errors { code } replayed } }"""


async def test_a_key_outlives_its_call(ready: Door) -> None:
    """It lives a day, and never less than a day past the end of what it made."""
    call = (await place(ready, "long", earliestAt="2026-02-05T12:00:00Z"))["call"]
    ready.clock.advance(days=2)
    assert (await place(ready, "long", earliestAt="2026-02-05T12:00:00Z"))["replayed"]
    await ready.done("cancelCall", {"id": call["id"]}, "outcome")
    ready.clock.advance(hours=23)
    assert (await place(ready, "long", earliestAt="2026-02-05T12:00:00Z"))["replayed"]
    ready.clock.advance(hours=2)
    assert not (await place(ready, "long", earliestAt="2026-02-05T12:00:00Z"))["replayed"]


async def test_refusals_keep_no_key(ready: Door) -> None:
    await ready.done("suppress", {"phone": PHONE}, "created")
    assert (await place(ready, "again"))["errors"][0]["code"] == "SUPPRESSED"
    await ready.done("unsuppress", {"phone": PHONE}, "deletedId")
    payload = await place(ready, "again")
    assert payload["errors"] == []
    assert not payload["replayed"]


async def test_credit_is_reserved_and_given_back(ready: Door) -> None:
    await ready.fetch(
        "UPDATE workspace SET credit_micros = 1000000, credit_per_minute_micros = 200000 "
        "WHERE id = ?1",
        ready.workspace.id,
    )
    call = (await place(ready, maxDurationSeconds=180))["call"]
    assert await credit(ready) == 400_000
    assert await codes(ready, maxDurationSeconds=180) == {("INSUFFICIENT_CREDITS", "target")}
    await ready.done("cancelCall", {"id": call["id"]}, "outcome")
    assert await credit(ready) == 1_000_000


async def credit(door: Door) -> int:
    rows = await door.fetch("SELECT credit_micros FROM workspace WHERE id = ?1", door.workspace.id)
    return int(rows[0][0])


async def test_suppressing_ends_what_waits(ready: Door) -> None:
    call = (await place(ready))["call"]
    await ready.done("suppress", {"phone": PHONE}, "created")
    data = await ready.ask(
        "query ($id: ID!) { call(id: $id) { status blockedCode endReason } }", id=call["id"]
    )
    assert data["call"] == {
        "status": "BLOCKED",
        "blockedCode": "SUPPRESSED",
        "endReason": "POLICY",
    }


async def test_verbs_on_calls_mind_the_status(ready: Door) -> None:
    call = (await place(ready))["call"]
    assert await ready.problems("hangUpCall", {"id": call["id"]}) == {("ILLEGAL_TRANSITION", "id")}
    given = {"callId": call["id"], "resolution": "PLACED"}
    assert await ready.problems("resolveCall", given) == {("ILLEGAL_TRANSITION", "callId")}
    other = ready.foreign()
    assert await other.problems("cancelCall", {"id": call["id"]}) == {("NOT_FOUND", "id")}
    payload = await ready.done(
        "cancelCall", {"id": call["id"]}, "outcome call { status endReason }"
    )
    assert payload["outcome"] == "CANCELLED"
    assert payload["call"] == {"status": "CANCELLED", "endReason": "CANCELLED"}
    payload = await ready.done("cancelCall", {"id": call["id"]}, "outcome")
    assert payload["outcome"] == "CANCELLED"


async def test_scopes(ready: Door) -> None:
    reader = ready.scoped("calls:read", "leads:read", "agents:read")
    assert await reader.code("placeCall", {"target": {"phone": PHONE}}, "k") == "FORBIDDEN"
