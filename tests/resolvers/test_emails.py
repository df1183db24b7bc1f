"""Verbs on e-mails: what is accepted, what it says, and what stops it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

import models
from schema.scope import SCOPES
from tests.resolvers.conftest import Door

EMAIL = (
    "email { id status direction fromEmail toEmail subject body html message template messageId "
    "inReplyTo ancestors provider metadata reference warnings waitingFor notBefore earliestAt "
    "workflowId version lead { id name email source } agent { id } }"
)
ADDRESS = "ada@example.com"


@pytest.fixture
async def door(door: Door) -> Door:
    """The workspace with one agent that may write, a lead for it, and no limits or accounts."""
    for table in ("agent", "phone_number", "call", "email"):
        await door.fetch(f'UPDATE "{table}" SET provider_account_id = NULL')
    await door.fetch("DELETE FROM provider_account")
    await door.fetch("DELETE FROM suppression")
    await door.fetch(
        "UPDATE workspace SET simulated = false, require_consent = false, closed_at = NULL, "
        "max_emails_per_day = NULL, name = 'Northwind', default_agent_id = NULL, time_zone = 'UTC'"
    )
    await door.fetch(
        "UPDATE agent SET name = 'Ava', active = true, archived_at = NULL, outreach_model = 'BOTH', "
        "email_address = 'ava@northwind.example', reply_to = NULL, email_signature = NULL, "
        "elevator_pitch = NULL, product_explanation = 'We plan routes.', value_proposition = NULL, "
        "benefits = 'Home by five.', max_emails_per_day = NULL WHERE id = ?1",
        door.id(models.Agent)[-36:],
    )
    await door.fetch(
        "UPDATE workspace SET default_agent_id = ?1 WHERE id = ?2",
        door.id(models.Agent)[-36:],
        door.workspace.id,
    )
    await door.fetch(
        "UPDATE lead SET email = ?1, name = 'Ada Lovelace', first_name = 'Ada', company = 'Engines', "
        "outreach_disabled = false, consent_state = 'GRANTED', agent_id = NULL WHERE id = ?2",
        ADDRESS,
        door.id(models.Lead)[-36:],
    )
    return door


def to_lead(door: Door, **fields: Any) -> dict[str, Any]:
    return {"target": {"leadId": door.id(models.Lead)}, **fields}


_keys = iter(range(1_000_000))


async def send(door: Door, **fields: Any) -> dict[str, Any]:
    input = fields if "target" in fields else to_lead(door, **fields)
    payload = await door.done("sendEmail", input, EMAIL, f"key-{next(_keys)}")
    found: dict[str, Any] = payload["email"]
    return found


async def test_the_key_is_required(door: Door) -> None:
    text = "mutation ($input: SendEmailInput!) { sendEmail(input: $input) { errors { code } } }"
    answer = await door.answer(text, input=to_lead(door))
    (error,) = answer.errors
    assert (error.extensions or {})["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_accepts_a_message(door: Door) -> None:
    meta = {"reference": "order-7", "x": [1]}
    found = await send(
        door,
        subject="  Hello\t<you> ",
        message="Dear Ada,\n\nhow are <you> & yours?\n",
        metadata=meta,
        workflowId="flow",
    )
    assert found["status"] == "QUEUED"
    assert found["direction"] == "OUTBOUND"
    assert (found["fromEmail"], found["toEmail"]) == ("ava@northwind.example", ADDRESS)
    assert found["subject"] == "Hello <you>"
    assert found["body"] == "Dear Ada,\n\nhow are <you> & yours?\n\nAva\nNorthwind"
    assert "<p>how are &lt;you&gt; &amp; yours?</p>" in found["html"]
    assert (found["metadata"], found["reference"], found["workflowId"]) == (meta, "order-7", "flow")
    uuid = found["id"].removeprefix("email_")
    assert found["messageId"] == f"<{uuid}@northwind.example>"
    assert (found["inReplyTo"], found["ancestors"], found["provider"]) == (None, [], "SMTP")
    assert found["lead"]["id"] == door.id(models.Lead)
    assert found["agent"]["id"] == door.id(models.Agent)
    assert await door.events(found["id"]) == [("EMAIL_QUEUED", 1)]
    assert door.rings[-1] == door.workspace.id


async def test_the_agent_writes_what_it_knows(door: Door) -> None:
    found = await send(door)
    assert found["subject"] == "An idea for Engines"
    assert found["body"].startswith("Hello Ada,\n\nI am Ava from Northwind. We plan routes.")
    assert "Home by five." in found["body"]
    assert found["body"].endswith("Ava\nNorthwind")
    own = await send(door, subject="Mine")
    assert (own["subject"], own["body"]) == ("Mine", found["body"])


async def test_templates(door: Door) -> None:
    text = (
        "Hello {{ lead.first_name }},\n{% for each in items %}- {{ each.name | upper }}\n{% endfor %}"
        "{% if lead.role %}x{% else %}{{ message }}{% endif %} {{ nothing | default('none') }}"
    )
    await door.fetch("UPDATE lead SET role = NULL, first_name = '<Ada>' WHERE email = ?1", ADDRESS)
    found = await send(
        door,
        subject="{{ agent.name }} for {{ lead.company }}",
        template=text,
        html="<p class=x>Hello {{ lead.first_name }} {{ items[0].name }}</p>",
        message="& so on",
        variables={"items": [{"name": "one"}, {"name": "two"}], "lead": "mine is not yours"},
    )
    assert found["subject"] == "Ava for Engines"
    assert found["body"] == "Hello <Ada>,\n- ONE\n- TWO\n& so on none"
    assert found["html"] == "<p class=x>Hello &lt;Ada&gt; one</p>"
    assert found["template"] == text
    text = (
        "{{ lead.role | default('there') }}{% if lead.role %}x{% endif %}"
        "{% for each in lead.role %}x{% endfor %}{{ lead.role is none }}"
    )
    assert (await send(door, template=text))["body"] == "thereTrue"
    plain = await send(
        door,
        html='<h1>Hi</h1><style>x{}</style><p>a <b>b</b><br>c <a href="https://x.example/">d</a>',
    )
    assert plain["body"] == "Hi\n\na b\nc d (https://x.example/)"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ lead.first_name", "Line 1"),
        ("{{ lead.nothing }}", "There is no `nothing`."),
        ("{{ lead.compnay }}", "Did you mean `company`?"),
        ("{% if lead.compnay %}{% endif %}", "There is no `compnay`"),
        ("{{ lead.role }}", "`lead.role` has no value here"),
        ("{{ lead.role | upper }}", "`lead.role` has no value here"),
        ("{{ nobody }}", "There is no `nobody`."),
        ("{{ lead.__class__ }}", "There is no `__class__`."),
        ("{{ lead.first_name.upper }}", "There is no `upper`."),
        ("{{ lead.items }}", "There is no `items`."),
        ("{{ lead.items() }}", "Call is not allowed"),
        ("{{ 'x' * 100000 }}", "Mul is not allowed"),
        ("{% for a in items %}{% for b in items %}{% endfor %}{% endfor %}", "loops don't stand"),
        ("{% for a in 'abc' %}{% endfor %}", "Loops go through lists"),
        ("{% macro f() %}{% endmacro %}", "not allowed"),
        ("{% include 'x' %}", "not allowed"),
        ("{% set x = 1 %}", "not allowed"),
        ("{{ 'a' | replace('a', 'b') }}", "No filter named"),
        ("{{ 'a' | upper | upper | upper | upper | upper }}", "too many filters"),
        ("{{ lead.first_name | round }}", ""),
        ("{{ 1 | round(10000000, 'ceil') }}", "0 to 15 digits"),
        ("{% for a in items %}" + "x" * 10_000 + "{% endfor %}", "longer than"),
        ("{{ " + "(" * 500 + "1" + ")" * 500 + " }}", ""),
        ("{{ lead.custom_fields.long | lower | length }}" * 400, "read too much"),
        (
            "{% for a in items %}{% if 'aab' in message %}{% endif %}{% endfor %}" * 9,
            "read too much",
        ),
        (
            "{% for a in items %}" + "{% if a %}{% endif %}" * 600 + "{% endfor %}",
            "too much stands",
        ),
        ("{% for a in items %}{% if a is in items %}{% endif %}{% endfor %}" * 14, "read too much"),
        ("{% if 1 %}" * 300 + "{% endif %}" * 300, ""),
    ],
)
async def test_templates_that_are_refused(door: Door, template: str, said: str) -> None:
    await door.fetch(
        "UPDATE lead SET role = NULL, custom_fields = ?2 WHERE email = ?1",
        ADDRESS,
        json.dumps({"long": "x" * 9_000}),
    )
    more = {"message": "a" * 9_000, "variables": {"items": list(range(500))}}
    input = to_lead(door, template=template, **more)
    payload = await door.verb("sendEmail", input, "", f"key-{next(_keys)}")
    (error,) = payload["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["template"])
    assert said in error["message"]


async def test_no_header_is_injected(door: Door) -> None:
    found = await send(door, subject="Hi\r\nBcc: all@example.com\x00\x0b"[:-2], message="x")
    assert found["subject"] == "Hi Bcc: all@example.com"
    found = await send(
        door, subject="{{ a }}", template="x", variables={"a": "Hi\nBcc: b@example.com"}
    )
    assert found["subject"] == "Hi Bcc: b@example.com"
    for address in (
        "a@example.com\r\nBcc: b@example.com",
        "a@example.com, b@example.com",
        "A <a@example.com>",
    ):
        input = {"target": {"email": address}, "message": "x"}
        assert await door.problems("sendEmail", input) == {("INVALID_EMAIL", "target.email")}


async def test_answers_go_into_the_thread(door: Door) -> None:
    first = await send(door, subject="Routes", message="x")
    second = await send(door, message="y", inReplyToId=first["id"])
    third = await send(door, message="z", inReplyToId=second["id"], subject="Else")
    assert (second["subject"], third["subject"]) == ("Re: Routes", "Else")
    assert (second["inReplyTo"], second["ancestors"]) == (first["messageId"], [first["messageId"]])
    assert third["inReplyTo"] == second["messageId"]
    assert third["ancestors"] == [first["messageId"], second["messageId"]]
    rows = await door.fetch(
        "SELECT DISTINCT thread_id FROM email WHERE message_id IN (?1, ?2, ?3)",
        *(each["messageId"] for each in (first, second, third)),
    )
    assert [str(row[0]) for row in rows] == [first["id"][-36:]]
    again = await send(door, message="z", inReplyToId=second["id"])
    assert again["subject"] == "Re: Routes"
    # Not the thread of somebody else.
    stranger = {"target": {"email": "new@example.com"}, "message": "x", "inReplyToId": first["id"]}
    assert await door.problems("sendEmail", stranger) == {("NOT_FOUND", "inReplyToId")}


async def test_an_address_finds_or_makes_its_lead(door: Door) -> None:
    known = await send(door, target={"email": " ada@EXAMPLE.com "}, message="x")
    assert known["lead"]["id"] == door.id(models.Lead)
    made = await send(door, target={"email": "Grace@example.com"}, message="x")
    lead = made["lead"]
    assert lead | {"id": ""} == {
        "id": "",
        "name": "Grace@example.com",
        "email": "Grace@example.com",
        "source": "EMAIL",
    }
    assert await door.events(lead["id"]) == [("LEAD_CREATED", 1)]
    again = await send(door, target={"email": "Grace@example.com"}, message="x")
    assert again["lead"]["id"] == lead["id"]


async def test_of_many_at_once_one_makes_the_lead(door: Door, other: Door) -> None:
    new = {"target": {"email": "new@example.com"}, "message": "x"}
    found = await asyncio.gather(*(send(each, **new) for each in [door, other] * 5))
    assert len({each["lead"]["id"] for each in found}) == 1
    assert len({each["id"] for each in found}) == 10


async def test_one_key_is_one_email(door: Door, other: Door) -> None:
    input = to_lead(door, message="x")
    first = await door.done("sendEmail", input, EMAIL, "order-1")
    again = await other.done("sendEmail", input, EMAIL, "order-1")
    assert (again["replayed"], again["email"]["id"]) == (True, first["email"]["id"])
    assert (
        await door.code("sendEmail", to_lead(door, message="y"), "order-1")
        == "IDEMPOTENCY_KEY_REUSED"
    )


async def test_says_every_problem_at_once(door: Door) -> None:
    found = await door.problems(
        "sendEmail",
        {
            "target": {"leadId": "x"},
            "agentId": "lead_x",
            "subject": "x" * 301,
            "message": "\x00",
            "template": "x" * 20_001,
            "variables": [1],
            "inReplyToId": "nothing",
            "metadata": 7,
            "workflowId": "x" * 201,
        },
    )
    assert found == {
        ("INVALID_ID", "target.leadId"),
        ("INVALID_ID", "agentId"),
        ("TOO_LONG", "subject"),
        ("INVALID_TEXT", "message"),
        ("TOO_LONG", "template"),
        ("INVALID", "variables"),
        ("INVALID_ID", "inReplyToId"),
        ("INVALID", "metadata"),
        ("TOO_LONG", "workflowId"),
    }
    unknown = door.foreign().id
    missing = {"target": {"leadId": unknown(models.Lead)}, "agentId": unknown(models.Agent)}
    assert await door.problems("sendEmail", missing) == {
        ("NOT_FOUND", "target.leadId"),
        ("NOT_FOUND", "agentId"),
    }
    assert await door.problems("sendEmail", {"target": {"email": " "}}) == {
        ("REQUIRED", "target.email")
    }


@pytest.mark.parametrize(
    ("change", "code", "path"),
    [
        ("UPDATE lead SET email = NULL", "LEAD_NO_EMAIL", "target"),
        ("UPDATE lead SET outreach_disabled = true", "OPTED_OUT", "target"),
        ("UPDATE lead SET consent_state = 'DENIED'", "CONSENT_DENIED", "target"),
        (
            "UPDATE workspace SET closed_at = '2026-01-01T00:00:00.000Z'",
            "WORKSPACE_CLOSED",
            "target",
        ),
        ("UPDATE agent SET active = false", "AGENT_INACTIVE", "agentId"),
        ("UPDATE agent SET outreach_model = 'CALL'", "AGENT_CHANNEL", "agentId"),
        ("UPDATE agent SET email_address = NULL", "AGENT_NO_EMAIL", "agentId"),
        ("UPDATE workspace SET default_agent_id = NULL", "AGENT_REQUIRED", "agentId"),
    ],
)
async def test_refuses(door: Door, change: str, code: str, path: str) -> None:
    await door.fetch(change)
    assert await door.problems("sendEmail", to_lead(door, message="x")) == {(code, path)}


async def test_a_suppressed_address_is_refused_in_any_spelling(door: Door) -> None:
    await door.fetch("UPDATE lead SET email = 'ADA@example.com' WHERE email = ?1", ADDRESS)
    await door.done("suppress", {"email": "ada@Example.com"}, "")
    assert await door.problems("sendEmail", to_lead(door)) == {("SUPPRESSED", "target")}


async def test_waits(door: Door) -> None:
    found = await send(door, message="x", earliestAt="2026-02-03T10:00:00+01:00")
    assert (found["status"], found["waitingFor"]) == ("SCHEDULED", "START_TIME")
    assert found["notBefore"] == found["earliestAt"] == "2026-02-03T09:00:00.000Z"
    assert await door.events(found["id"]) == [("EMAIL_SCHEDULED", 1)]
    await door.fetch("UPDATE workspace SET max_emails_per_day = 0")
    capped = await send(door, message="x")
    assert (capped["status"], capped["waitingFor"]) == ("SCHEDULED", "DAILY_CAP")
    assert capped["notBefore"] == "2026-02-03T00:00:00.000Z"


async def test_cancels(door: Door) -> None:
    id = (await send(door, message="x"))["id"]
    selection = "outcome email { status version cancelRequested }"
    cancelled = await door.done("cancelEmail", {"id": id}, selection)
    assert cancelled["outcome"] == "CANCELLED"
    assert cancelled["email"] == {"status": "CANCELLED", "version": 2, "cancelRequested": False}
    assert await door.events(id) == [("EMAIL_QUEUED", 1), ("EMAIL_CANCELLED", 2)]
    again = await door.done("cancelEmail", {"id": id}, selection)
    assert (again["outcome"], again["email"]["version"]) == ("OVER", 2)
    id = (await send(door, message="x"))["id"]
    await door.fetch("UPDATE email SET status = 'SENDING' WHERE id = ?1", id[-36:])
    for _ in range(2):
        asked = await door.done("cancelEmail", {"id": id}, selection)
        assert asked["outcome"] == "REQUESTED"
        assert asked["email"] == {"status": "SENDING", "version": 2, "cancelRequested": True}
    assert await door.problems("cancelEmail", {"id": door.foreign().id(models.Email)}) == {
        ("NOT_FOUND", "id")
    }


async def test_an_opt_out_stops_what_was_accepted(door: Door) -> None:
    await door.fetch("UPDATE lead SET email = 'Ada@example.com' WHERE email = ?1", ADDRESS)
    waiting = await send(door, message="x")
    later = await send(door, message="x", earliestAt="2026-03-01T00:00:00Z")
    under_way = await send(door, message="x")
    sent = await send(door, message="x")
    someone = await send(door, target={"email": "else@example.com"}, message="x")
    for found, status in ((under_way, "SENDING"), (sent, "SENT")):
        await door.fetch("UPDATE email SET status = ?1 WHERE id = ?2", status, found["id"][-36:])
    await door.done("suppress", {"email": "ADA@example.com"}, "")
    text = "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Email { status blockedCode cancelRequested } } }"
    ids = [each["id"] for each in (waiting, later, under_way, sent, someone)]
    found = (await door.ask(text, ids=ids))["nodes"]
    assert [(each["status"], each["blockedCode"], each["cancelRequested"]) for each in found] == [
        ("SUPPRESSED", "SUPPRESSED", False),
        ("SUPPRESSED", "SUPPRESSED", False),
        ("SENDING", None, True),
        ("SENT", None, False),
        ("QUEUED", None, False),
    ]
    assert (await door.events(waiting["id"]))[-1] == ("EMAIL_SUPPRESSED", 2)


async def test_scopes(door: Door) -> None:
    reader = door.scoped("read_only", *(each for each in SCOPES if each.endswith("read")))
    assert await reader.code("sendEmail", to_lead(door), "k") == "FORBIDDEN"
    assert await reader.code("cancelEmail", {"id": "x"}) == "FORBIDDEN"
