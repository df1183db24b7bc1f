"""Verbs on one lead."""

from __future__ import annotations

import asyncio

import pytest

import models
from tests.resolvers.conftest import Door, mutation, unfound

LEAD = "lead { id name firstName email phone stage converted version lastActivityAt agent { id } }"
NOBODY = "lead_00000000-0000-7000-8000-000000000000"


async def make(door: Door, **fields: object) -> str:
    payload = await door.done("createLead", {"name": "Ada", **fields}, LEAD)
    return str(payload["lead"]["id"])


async def agent(door: Door) -> str:
    payload = await door.done("createAgent", {"type": "OUTBOUND"}, "agent { id }")
    return str(payload["agent"]["id"])


async def test_creates(door: Door) -> None:
    payload = await door.done(
        "createLead",
        {"firstName": " Jane ", "lastName": "Doe", "phone": "+1 (415) 555-0100", "role": ""},
        "lead { name firstName role phone stage number source version }",
    )
    assert payload["lead"] == {
        "name": "Jane Doe",
        "firstName": "Jane",
        "role": None,
        "phone": "+14155550100",
        "stage": "NEW",
        "number": 1001,
        "source": "API",
        "version": 1,
    }


async def test_reports_every_problem_at_once(door: Door) -> None:
    found = await door.problems(
        "createLead",
        {
            "firstName": "x" * 301,
            "company": "a\x00b",
            "role": "\x00",
            "email": "nobody",
            "phone": "0049 30 1",
            "language": "klingon!",
            "timeZone": "Mars/Olympus",
            "stage": None,
            "customFields": ["no object"],
            "agentId": "agent_1",
        },
    )
    assert found == {
        ("TOO_LONG", "firstName"),
        ("INVALID_TEXT", "company"),
        ("INVALID_TEXT", "role"),
        ("INVALID_EMAIL", "email"),
        ("INVALID_PHONE", "phone"),
        ("INVALID_LANGUAGE", "language"),
        ("INVALID_TIME_ZONE", "timeZone"),
        ("REQUIRED", "stage"),
        ("INVALID", "customFields"),
        ("INVALID_ID", "agentId"),
    }


@pytest.mark.parametrize(
    ("language", "good"),
    [
        ("en", True),
        ("pt-BR", True),
        ("zh-Hant-TW", True),
        ("es-419", True),
        ("de-CH-1996", True),
        ("sl-rozaj-biske", True),
        ("en-u-hc-h12-x-phone", True),
        ("english", False),
        ("xx-yy-zz", False),
        ("en_US", False),
        ("en-", False),
        ("e" * 36, False),
        ("en" + "-1" * 16, False),
    ],
)
async def test_languages(door: Door, language: str, good: bool) -> None:
    payload = await door.verb("createLead", {"name": "Ada", "language": language})
    assert [each["code"] for each in payload["errors"]] == ["INVALID_LANGUAGE"] * (not good)


async def test_a_number_is_one_that_a_line_can_have(door: Door) -> None:
    for verb in ("createLead", "upsertLead"):
        for phone in ("5550100", "+15550100", "+999123456"):
            problems = await door.problems(verb, {"name": "Ada", "phone": phone})
            assert problems == {("INVALID_PHONE", "phone")}
    input = {"name": "Ada", "phone": "+44 (0)20 7183 8750"}
    made = await door.done("createLead", input, "lead { id phone }")
    assert made["lead"]["phone"] == "+442071838750"
    text = "query Q($phone: String!) { leads(filter: {phone: $phone}) { nodes { id } } }"
    found = await door.ask(text, phone=input["phone"])
    assert found["leads"]["nodes"] == [{"id": made["lead"]["id"]}]


async def test_an_upsert_leaves_the_external_id_as_first_given(door: Door) -> None:
    phone = "+14155550101"
    await door.done("upsertLead", {"phone": phone}, "lead { id }")
    for external in ("1", "2", None):
        input = {"phone": phone, "externalId": external}
        kept = await door.done("upsertLead", input, "lead { id externalId version }")
        assert (kept["lead"]["externalId"], kept["lead"]["version"]) == ("1", 2)
    id_ = kept["lead"]["id"]
    changed = await door.done("updateLead", {"id": id_, "externalId": "2"}, "lead { externalId }")
    assert changed["lead"]["externalId"] == "2"


async def test_a_bad_id_hides_no_other_problem(door: Door) -> None:
    for id in (NOBODY, door.foreign().id(models.Lead), "lead_1", "", "agent_x\x00"):
        found = await door.problems(
            "updateLead",
            {"id": id, "phone": "x", "agentId": door.foreign().id(models.Agent)},
        )
        code = unfound(id, "lead")
        assert found == {
            (code, "id"),
            ("INVALID_PHONE", "phone"),
            ("NOT_FOUND", "agentId"),
        }
        assert await door.problems("deleteLead", {"id": id}) == {(code, "id")}


async def test_odd_texts_come_back_as_they_were(door: Door) -> None:
    for name in ("李 ﷽ 🧑‍🚀 e\u0301", "\u202egnp.exe", "%_\\'\";--", "x" * 300):
        payload = await door.done(
            "createLead", {"name": name, "customFields": {name: [name, "\x00", 2**63 - 1]}}, LEAD
        )
        data = await door.ask(
            "query Q($id: ID!) { lead(id: $id) { name customFields } }", id=payload["lead"]["id"]
        )
        assert data["lead"] == {
            "name": name,
            "customFields": {name: [name, "\x00", 2**63 - 1]},
        }


async def test_what_no_text_can_be_is_refused(door: Door) -> None:
    assert await door.code("createLead", {"name": "\ud800"}) == "INVALID_TEXT"
    assert await door.code("createLead", {"name": "A", "customFields": {"a": "\udfff"}}) == (
        "INVALID_TEXT"
    )
    assert await door.code("createLead", {"name": "A", "customFields": 2**63}) == "BAD_USER_INPUT"


async def test_changes_only_what_differs(door: Door) -> None:
    id = await make(door, phone="+14155550177")
    same = {"id": id, "name": "Ada", "phone": "+1 415 555 0177", "customFields": {}}
    assert (await door.done("updateLead", same, LEAD))["lead"]["version"] == 1
    assert (await door.done("updateLead", {"id": id}, LEAD))["lead"]["version"] == 1
    assert await door.events(id) == [("LEAD_CREATED", 1)]
    await door.done("updateLead", {"id": id, "customFields": {"a": 1}}, LEAD)
    payload = await door.done("updateLead", {"id": id, "customFields": {"a": True}}, LEAD)
    assert payload["lead"]["version"] == 3


async def test_each_step_of_the_sale_is_an_event(door: Door) -> None:
    id = await make(door)
    door.clock.advance(hours=1)
    await door.done(
        "updateLead",
        {
            "id": id,
            "stage": "CONVERTED",
            "meetingBooked": True,
            "outreachDisabled": True,
            "agentId": await agent(door),
        },
        LEAD,
    )
    payload = await door.done("updateLead", {"id": id, "stage": "CONVERTED"}, LEAD)
    assert payload["lead"]["converted"]
    assert payload["lead"]["lastActivityAt"] == "2026-02-02T13:00:00.000Z"
    payload = await door.done("updateLead", {"id": id, "stage": "LOST", "agentId": None}, LEAD)
    assert not payload["lead"]["converted"]
    assert await door.events(id) == [
        ("LEAD_CREATED", 1),
        ("LEAD_OPTED_OUT", 2),
        ("LEAD_MEETING_BOOKED", 2),
        ("LEAD_CONVERTED", 2),
        ("LEAD_ASSIGNED", 2),
        ("LEAD_STAGE_CHANGED", 3),
        ("LEAD_ASSIGNED", 3),
    ]
    data = await door.ask(
        "query Q($id: ID!) { lead(id: $id) { activity(first: 9) { nodes { metadata title } } } }",
        id=id,
    )
    if door.database.dialect == "sqlite":
        newest = data["lead"]["activity"]["nodes"][0]
        assert newest["metadata"] == {"changed": ["agentId", "converted", "stage"]}
        assert newest["title"] == "Ada has no agent any more"


async def test_a_name_made_of_parts_follows_them(door: Door) -> None:
    payload = await door.done("createLead", {"firstName": "Jane", "lastName": "Doe"}, LEAD)
    id = payload["lead"]["id"]

    async def name(**fields: object) -> str:
        found = await door.done("updateLead", {"id": id, **fields}, LEAD)
        return str(found["lead"]["name"])

    assert await name(lastName="Roe") == "Jane Roe"
    assert await name(name="JR") == "JR"
    assert await name(lastName="Poe") == "JR"
    assert await name(name=None) == "Jane Poe"
    assert await name(email="jane@example.com") == "Jane Poe"
    assert await name(firstName=None, lastName=None) == "jane@example.com"
    assert await door.problems("updateLead", {"id": id, "email": None}) == {("REQUIRED", "name")}


async def test_upserts_by_phone(door: Door) -> None:
    phone = "+14155550188"
    first = await door.done("upsertLead", {"phone": phone}, f"created {LEAD}")
    assert first["created"]
    assert first["lead"]["name"] == phone
    id = first["lead"]["id"]
    # The lead has nothing but its number for a name.
    again = await door.done("upsertLead", {"phone": phone, "email": "a@example.com"}, LEAD)
    assert (again["lead"]["id"], again["lead"]["version"]) == (id, 2)
    nothing = await door.done("upsertLead", {"phone": phone}, f"created {LEAD}")
    assert (nothing["created"], nothing["lead"]["version"]) == (False, 2)
    assert await door.events(id) == [("LEAD_CREATED", 1), ("LEAD_UPDATED", 2)]
    # Giving the same number again must not make it lose its place to a namesake.
    await make(door, phone=phone)
    await door.done("updateLead", {"id": id, "phone": phone}, LEAD)
    assert (await door.done("upsertLead", {"phone": phone}, LEAD))["lead"]["id"] == id


async def test_upsert_finds_the_oldest_of_namesakes_and_stays_with_it(door: Door) -> None:
    phone = "+14155550189"
    first, second = await make(door, phone=phone), await make(door, phone=phone)
    assert (await door.done("upsertLead", {"phone": phone}, LEAD))["lead"]["id"] == first
    assert await door.events(first) == [("LEAD_CREATED", 1)]
    await door.done("updateLead", {"id": first, "phone": "+14155550190"}, LEAD)
    assert (await door.done("upsertLead", {"phone": phone}, LEAD))["lead"]["id"] == second
    found = await door.done("upsertLead", {"phone": "+14155550190"}, LEAD)
    assert found["lead"]["id"] == first


async def test_many_upserts_of_one_number_at_once_make_one_lead(door: Door) -> None:
    before = await door.count("lead")
    text = mutation("upsertLead", "created lead { id }")
    answers = await asyncio.gather(
        *(door.answer(text, input={"phone": "+14155550191", "role": str(n)}) for n in range(20))
    )
    payloads = [(each.data or {})["upsertLead"] for each in answers]
    assert [each["errors"] for each in payloads] == [[]] * 20
    assert sum(each["created"] for each in payloads) == 1
    assert len({each["lead"]["id"] for each in payloads}) == 1
    assert await door.count("lead") == before + 1
    versions = [version for _, version in await door.events(payloads[0]["lead"]["id"])]
    assert versions == list(range(1, 21))


async def test_upsert_reports_problems(door: Door) -> None:
    assert await door.problems("upsertLead", {"phone": " ", "email": "x"}) == {
        ("INVALID_EMAIL", "email")
    }
    assert await door.problems("upsertLead", {"phone": ""}) == {("REQUIRED", "phone")}
    assert await door.problems(
        "upsertLead", {"phone": "+14155550100", "agentId": door.foreign().id(models.Agent)}
    ) == {("NOT_FOUND", "agentId")}


async def test_deletes_and_keeps_calls(door: Door) -> None:
    id = await make(door)
    calls = await door.count("call")
    await door.fetch(
        "UPDATE call SET lead_id = ?1 WHERE id = ?2", id[5:], door.id(models.Call)[-36:]
    )
    payload = await door.done("deleteLead", {"id": id}, "deletedId")
    assert payload["deletedId"] == id
    assert await door.count("call") == calls
    assert await door.events(id) == [("LEAD_CREATED", 1), ("LEAD_DELETED", 2)]
    assert await door.problems("deleteLead", {"id": id}) == {("NOT_FOUND", "id")}


async def test_archived_agents_get_no_leads(door: Door) -> None:
    away = await agent(door)
    await door.done("archiveAgent", {"id": away}, "agent { id }")
    for name, input in (
        ("createLead", {"name": "Ada", "agentId": away}),
        ("updateLead", {"id": await make(door), "agentId": away}),
        ("upsertLead", {"phone": "+14155550100", "agentId": away}),
        ("assignLeads", {"agentId": away, "allUnassigned": True}),
    ):
        assert await door.problems(name, input) == {("ARCHIVED", "agentId")}


async def test_scopes(door: Door) -> None:
    for scopes in (("read_only",), ("leads:read",), ("agents:write",)):
        assert await door.scoped(*scopes).code("createLead", {"name": "Ada"}) == "FORBIDDEN"
    await door.scoped("leads:write").done("createLead", {"name": "Ada"}, "lead { id }")


async def test_custom_fields_of_variables_that_are_not_given(door: Door) -> None:
    text = """mutation($a: String, $b: String) { createLead(input: {
      name: "Ada", customFields: {a: $a, b: $b, c: [$a, $b], d: {e: $b}}
    }) { lead { customFields } errors { code } } }"""
    payload = (await door.ask(text, a="x"))["createLead"]
    assert payload["errors"] == []
    assert payload["lead"]["customFields"] == {"a": "x", "c": ["x", None], "d": {}}


async def test_deletes_and_withdraws_what_is_planned(door: Door) -> None:
    id = await make(door, phone="+390612345678", email="eve@example.com")
    email = {"target": {"leadId": id}, "message": "Hello", "earliestAt": "2099-01-01T00:00:00.000Z"}
    made = await door.done(
        "createAgent", {"type": "OUTBOUND", "emailAddress": "ada@example.com"}, "agent { id }"
    )
    agent = {"agentId": made["agent"]["id"]}
    line = {"e164": "+442079460002", "outboundAgentId": agent["agentId"]}
    await door.done("addPhoneNumber", line, "phoneNumber { id }")
    sent = await door.done("sendEmail", {**email, **agent}, "email { id }", "mail")
    call = {"target": {"leadId": id}, "earliestAt": "2099-01-01T00:00:00.000Z"}
    placed = await door.done("placeCall", {**call, **agent}, "call { id }", "call")
    await door.done("updateLead", {"id": id, "outreachDisabled": True}, "lead { id }")
    await door.done("deleteLead", {"id": id}, "deletedId")
    data = await door.ask(
        "query ($call: ID!, $email: ID!) { call(id: $call) { status endReason endDetail lead { id } } "
        "email(id: $email) { status endDetail } }",
        call=placed["call"]["id"],
        email=sent["email"]["id"],
    )
    assert data["call"] == {
        "status": "CANCELLED",
        "endReason": "CANCELLED",
        "endDetail": "The lead was deleted.",
        "lead": None,
    }
    assert data["email"]["status"] == "CANCELLED"
