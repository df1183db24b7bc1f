"""The question whether a lead may be reached, as clients ask it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import models
from schema.installation import Installation
from tests.resolvers.conftest import Door, Yardstick

ASK = """query Q($input: ContactabilityInput!) { contactability(input: $input) {
    verdict code message until waitingFor timeZones address provider
    warnings { code message } lead { id } agent { id } fromNumber { id e164 }
} }"""
ROME = "+390612345678"


async def reach(door: Door, **input: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await door.ask(ASK, input=input))["contactability"]
    return found


async def furnish(door: Door) -> dict[str, str]:
    """An agent, its number and a lead who has agreed, with nothing in the way."""
    ids = {
        "lead": door.id(models.Lead),
        "agent": door.id(models.Agent),
        "number": door.id(models.PhoneNumber),
        "campaign": door.id(models.Campaign),
    }
    await door.fetch("UPDATE call SET status = 'COMPLETED', dialed_at = NULL")
    await door.fetch("UPDATE provider_account SET active = false")
    await door.fetch(
        "UPDATE agent SET active = true, archived_at = NULL, outreach_model = 'BOTH', "
        "max_concurrent_calls = NULL, email_address = 'ava@example.com' WHERE id = ?1",
        ids["agent"][-36:],
    )
    await door.fetch("UPDATE phone_number SET outbound_agent_id = NULL, status = 'ACTIVE'")
    await door.fetch(
        "UPDATE phone_number SET outbound_agent_id = ?1 WHERE id = ?2",
        ids["agent"][-36:],
        ids["number"][-36:],
    )
    await door.fetch(
        "UPDATE lead SET phone = ?1, email = 'ada@example.com', time_zone = 'Europe/Rome', "
        "outreach_disabled = false, consent_state = 'GRANTED', agent_id = ?2 WHERE id = ?3",
        ROME,
        ids["agent"][-36:],
        ids["lead"][-36:],
    )
    return ids


async def test_now(door: Door) -> None:
    ids = await furnish(door)
    found = await reach(door, target={"leadId": ids["lead"]}, at="2026-02-12T11:00:00Z")
    assert found.pop("fromNumber")["id"] == ids["number"]
    assert found == {
        "verdict": "ALLOW",
        "code": None,
        "message": None,
        "until": None,
        "waitingFor": None,
        "timeZones": ["Europe/Rome"],
        "address": ROME,
        "provider": "SIMULATOR",
        "warnings": [],
        "lead": {"id": ids["lead"]},
        "agent": {"id": ids["agent"]},
    }


async def test_by_a_bare_email_address(door: Door) -> None:
    ids = await furnish(door)
    await door.fetch(
        "UPDATE workspace SET default_agent_id = ?1, require_consent = false WHERE id = ?2",
        ids["agent"][-36:],
        door.workspace.id,
    )
    found = await reach(door, target={"email": " ada@EXAMPLE.com "})
    assert (found["verdict"], found["lead"]) == ("ALLOW", {"id": ids["lead"]})
    assert found["address"] == "ada@example.com"
    strange = await reach(door, target={"email": "nobody.yet@example.com"})
    assert (strange["verdict"], strange["lead"]) == ("ALLOW", None)
    assert (strange["address"], strange["agent"]) == (
        "nobody.yet@example.com",
        {"id": ids["agent"]},
    )
    await door.done("suppress", {"email": "nobody.yet@example.com"}, "suppression { id }")
    strange = await reach(door, target={"email": "nobody.yet@example.com"})
    assert (strange["verdict"], strange["code"]) == ("REFUSE", "SUPPRESSED")
    wrong = await reach(door, target={"email": "nobody"})
    assert (wrong["verdict"], wrong["code"]) == ("REFUSE", "INVALID_EMAIL")


async def test_later_no_and_with_a_warning(door: Door) -> None:
    ids = await furnish(door)
    wish = {"target": {"leadId": ids["lead"]}, "at": "2026-02-12T02:00:00+01:00"}
    found = await reach(door, **wish)
    assert (found["verdict"], found["code"]) == ("ALLOW", None)
    assert [each["code"] for each in found["warnings"]] == ["OUTSIDE_CALLING_HOURS"]
    await door.fetch("UPDATE workspace SET calling_hours = 'DEFER'")
    found = await reach(door, **wish)
    assert (found["verdict"], found["waitingFor"]) == ("DEFER", "CALLING_HOURS")
    assert (found["code"], found["until"]) == (
        "OUTSIDE_CALLING_HOURS",
        "2026-02-12T07:00:00.000Z",
    )
    await door.fetch("UPDATE lead SET outreach_disabled = true")
    found = await reach(door, **wish)
    assert (found["verdict"], found["code"], found["until"]) == ("REFUSE", "OPTED_OUT", None)
    assert found["message"] == "Outreach to the lead is stopped."


async def test_a_plan_where_the_installation_asks_for_one(door: Door) -> None:
    ids = await furnish(door)
    wish = {"target": {"leadId": ids["lead"]}, "at": "2026-02-12T11:00:00Z"}
    await door.fetch("UPDATE workspace SET plan = NULL")
    assert (await reach(door, **wish))["verdict"] == "ALLOW"
    strict = replace(
        door, caller=replace(door.caller, installation=Installation(plan_required=True))
    )
    found = await reach(strict, **wish)
    assert (found["verdict"], found["code"], found["waitingFor"]) == (
        "DEFER",
        "NO_ACTIVE_PLAN",
        "PLAN",
    )
    await door.fetch("UPDATE workspace SET plan = 'pro'")
    assert (await reach(strict, **wish))["verdict"] == "ALLOW"


async def test_e_mail(door: Door) -> None:
    ids = await furnish(door)
    found = await reach(door, target={"leadId": ids["lead"]}, channel="EMAIL")
    assert (found["verdict"], found["address"], found["provider"]) == (
        "ALLOW",
        "ada@example.com",
        "SMTP",
    )
    assert (found["fromNumber"], found["timeZones"]) == (None, [])


@pytest.mark.parametrize(
    ("phone", "code"),
    [("+39 112", "EMERGENCY_NUMBER"), ("nonsense", "NUMBER_NOT_DIALABLE")],
)
async def test_numbers_that_nobody_may_call(door: Door, phone: str, code: str) -> None:
    found = await reach(door, target={"phone": phone})
    assert (found["verdict"], found["code"], found["lead"]) == ("REFUSE", code, None)


async def test_a_bare_number(door: Door) -> None:
    ids = await furnish(door)
    found = await reach(door, target={"phone": "+39 06 1234 5678"})
    assert (found["lead"], found["address"]) == ({"id": ids["lead"]}, ROME)
    found = await reach(door, target={"phone": "+390698765432"}, agentId=ids["agent"])
    assert (found["lead"], found["verdict"]) == (None, "ALLOW")


async def test_ids_that_lead_nowhere(door: Door) -> None:
    """Another workspace's are like those that never were; each error says where it is."""
    ids, other = await furnish(door), door.foreign()
    lead = {"target": {"leadId": ids["lead"]}}
    wishes = [
        ({"target": {"leadId": other.id(models.Lead)}}, ["input", "target", "leadId"]),
        ({**lead, "agentId": other.id(models.Agent)}, ["input", "agentId"]),
        ({**lead, "fromNumberId": other.id(models.PhoneNumber)}, ["input", "fromNumberId"]),
        ({**lead, "campaignId": other.id(models.Campaign)}, ["input", "campaignId"]),
    ]
    for wish, path in wishes:
        (error,) = (await door.answer(ASK, input=wish)).errors
        assert error.extensions == {"code": "NOT_FOUND", "argument": path}
    (error,) = (await door.answer(ASK, input={"target": {"leadId": ids["agent"]}})).errors
    assert (error.extensions or {})["code"] == "INVALID_ID"


async def test_two_targets_are_refused(door: Door) -> None:
    both = {"leadId": door.id(models.Lead), "phone": ROME}
    answer = await door.answer(ASK, input={"target": both})
    assert (answer.errors[0].extensions or {})["code"] == "BAD_USER_INPUT"


async def test_scopes(door: Door) -> None:
    plain = "query Q($input: ContactabilityInput!) { contactability(input: $input) { verdict } }"
    wish = {"target": {"leadId": door.id(models.Lead)}}
    reader = door.scoped("leads:read")
    assert (await reader.ask(plain, input=wish))["contactability"]["verdict"]
    (error,) = (await reader.answer(ASK, input=wish)).errors
    assert (error.extensions or {})["code"] == "FORBIDDEN"
    (error,) = (await door.scoped("calls:write").answer(plain, input=wish)).errors
    assert (error.extensions or {})["code"] == "FORBIDDEN"


async def test_the_reference_answers_the_same(door: Door, yardstick: Yardstick) -> None:
    ids = await furnish(door)
    for wish in (
        {"target": {"leadId": ids["lead"]}, "at": "2026-02-12T11:00:00+01:00"},
        {"target": {"phone": ROME}, "campaignId": ids["campaign"], "agentId": ids["agent"]},
        {"target": {"leadId": ids["lead"]}, "channel": "EMAIL", "fromNumberId": None},
        {"target": {"phone": "+112"}, "fromNumberId": ids["number"], "channel": "CALL"},
    ):
        assert await yardstick(door, ASK, input=wish) == await door.ask(ASK, input=wish)
