"""Verbs on the recipients of a campaign."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import models
from tests.resolvers.conftest import Door, mutation, unfound

ADDED = (
    "results { index created recipient { id toNumber name externalId variables state version "
    "lead { id name source externalId } } errors { code path } } "
    "createdCount updatedCount failedCount remainingCount campaign { id version }"
)
RECIPIENT = "recipient { id toNumber name externalId variables state version lead { id } }"


async def campaign(door: Door) -> str:
    made = await door.done("createAgent", {"type": "OUTBOUND"}, "agent { id }")
    input = {"name": "Spring", "agentId": made["agent"]["id"]}
    payload = await door.done("createCampaign", input, "campaign { id }")
    return str(payload["campaign"]["id"])


async def add(door: Door, id: str, *recipients: dict[str, Any], key: str | None = None) -> Any:
    return await door.done(
        "addRecipients", {"campaignId": id, "recipients": [*recipients]}, ADDED, key
    )


async def one(door: Door, id: str, **fields: Any) -> dict[str, Any]:
    result = (await add(door, id, {"phone": "+14155550100", **fields}))["results"][0]
    assert result["errors"] == []
    found: dict[str, Any] = result["recipient"]
    return found


async def put(door: Door, recipient: str, **columns: Any) -> None:
    for name, value in columns.items():
        await door.fetch(f"UPDATE recipient SET {name} = ?1 WHERE id = ?2", value, recipient[-36:])


def totals(payload: dict[str, Any]) -> tuple[int, int, int]:
    return payload["createdCount"], payload["updatedCount"], payload["failedCount"]


async def test_bare_numbers_find_or_make_their_leads(door: Door) -> None:
    id = await campaign(door)
    known = await door.done("createLead", {"name": "Old", "phone": "+14155550190"}, "lead { id }")
    leads, calls = await door.count("lead"), await door.count("call")
    payload = await add(
        door,
        id,
        {"phone": "+1 415 555 0190", "name": "Ignored"},
        {"phone": "+14155550191", "name": "Ada", "externalId": "7", "variables": {"a": 1}},
        {"phone": "+14155550192"},
    )
    first, second, third = (each["recipient"] for each in payload["results"])
    assert totals(payload) == (3, 0, 0)
    assert first["lead"]["id"] == known["lead"]["id"]
    assert second["lead"]["name"] == "Ada"
    assert (second["lead"]["source"], second["lead"]["externalId"]) == ("CAMPAIGN", "7")
    assert (second["state"], second["variables"]) == ("PENDING", {"a": 1})
    assert third["lead"]["name"] == "+14155550192"
    assert await door.count("lead") == leads + 2
    # Each has a call that waits for the campaign.
    assert await door.count("call") == calls + 3
    assert await door.events(third["lead"]["id"]) == [("LEAD_CREATED", 1)]
    assert await door.events(id) == [("CAMPAIGN_CREATED", 1), ("RECIPIENTS_ADDED", 2)]
    # From now on the number stands for that lead.
    upsert = await door.done("upsertLead", {"phone": "+14155550190"}, "lead { id }")
    assert upsert["lead"]["id"] == known["lead"]["id"]
    upsert = await door.done("upsertLead", {"phone": "+14155550192"}, "lead { id }")
    assert upsert["lead"]["id"] == third["lead"]["id"]


async def test_leads_are_called_on_their_own_number_or_another(door: Door) -> None:
    id = await campaign(door)
    ids = []
    for phone in ("+14155550190", "+14155550191", None):
        made = await door.done("createLead", {"name": "A", "phone": phone}, "lead { id }")
        ids.append(made["lead"]["id"])
    payload = await add(
        door,
        id,
        {"leadId": ids[0]},
        {"leadId": ids[1], "phone": "+14155550199"},
        {"leadId": ids[2]},
        {"leadId": door.foreign().id(models.Lead)},
        {"leadId": "lead_1", "phone": "x"},
        {"name": "nobody"},
        {"phone": " "},
    )
    found = [each["recipient"] and each["recipient"]["toNumber"] for each in payload["results"]]
    assert found == ["+14155550190", "+14155550199", None, None, None, None, None]
    errors = [
        sorted((e["code"], ".".join(e["path"])) for e in each["errors"])
        for each in payload["results"]
    ]
    assert errors[2:] == [
        [("LEAD_NO_PHONE", "recipients.2.leadId")],
        [("NOT_FOUND", "recipients.3.leadId")],
        [("INVALID_ID", "recipients.4.leadId"), ("INVALID_PHONE", "recipients.4.phone")],
        [("REQUIRED", "recipients.5.phone")],
        [("REQUIRED", "recipients.6.phone")],
    ]
    assert totals(payload) == (2, 0, 5)


async def test_upserts_by_external_id_or_number(door: Door) -> None:
    id = await campaign(door)
    first = await one(door, id, externalId="1", name="Ada", variables={"a": 1})
    payload = await add(
        door,
        id,
        {"phone": "+14155550100", "externalId": "1", "name": "Grace"},
        {"phone": "+14155550100", "variables": {"b": 2}},
        {"phone": "+14155550100", "externalId": "2"},
        {"phone": "+14155550101", "externalId": "2"},
    )
    assert totals(payload) == (1, 2, 1)
    results = payload["results"]
    assert [each["created"] for each in results] == [False, False, False, True]
    found = results[0]["recipient"]
    assert found["id"] == results[1]["recipient"]["id"] == first["id"]
    assert (found["name"], found["variables"], found["version"]) == ("Grace", {"b": 2}, 2)
    assert results[2]["errors"] == [{"code": "CONFLICT", "path": ["recipients", "2", "phone"]}]
    # Nothing is cleared by a list that leaves it out, and nothing changes where nothing differs.
    again = await one(door, id, externalId=None, name=None, variables=None)
    assert (again["name"], again["externalId"], again["version"]) == ("Grace", "1", 2)


async def test_a_known_number_takes_its_external_id(door: Door) -> None:
    id = await campaign(door)
    first = await one(door, id)
    second = await one(door, id, externalId="9")
    assert (second["id"], second["externalId"]) == (first["id"], "9")


async def test_external_ids_belong_to_one_campaign(door: Door) -> None:
    first = await one(door, await campaign(door), externalId="1")
    second = await one(door, await campaign(door), externalId="1")
    assert first["id"] != second["id"]
    assert first["lead"]["id"] == second["lead"]["id"]


async def test_another_number_is_another_lead_until_it_was_called(door: Door) -> None:
    id = await campaign(door)
    first = await one(door, id, externalId="1")
    moved = await one(door, id, externalId="1", phone="+14155550111")
    assert (moved["id"], moved["toNumber"]) == (first["id"], "+14155550111")
    assert moved["lead"]["id"] != first["lead"]["id"]
    await put(door, first["id"], attempts=1)
    payload = await add(door, id, {"phone": "+14155550112", "externalId": "1"})
    assert payload["results"][0]["errors"] == [
        {"code": "ILLEGAL_TRANSITION", "path": ["recipients", "0", "phone"]}
    ]


async def test_twice_in_one_list(door: Door) -> None:
    id = await campaign(door)
    payload = await add(
        door,
        id,
        {"phone": "+14155550100", "name": "A"},
        {"phone": "+1-415-555-0100", "name": "B"},
        {"phone": "+14155550101", "externalId": "x"},
        {"phone": "+14155550102", "externalId": "x"},
    )
    assert totals(payload) == (2, 2, 0)
    assert [each["created"] for each in payload["results"]] == [True, False, True, False]
    assert payload["results"][0]["recipient"]["name"] == "B"
    assert payload["results"][2]["recipient"]["toNumber"] == "+14155550102"


async def test_who_was_taken_out_comes_in_again(door: Door) -> None:
    id = await campaign(door)
    first = await one(door, id)
    await put(
        door, first["id"], attempts=1, state="CANCELLED", finished_at="2026-02-01T00:00:00.000Z"
    )
    again = await one(door, id)
    assert (again["id"], again["state"]) == (first["id"], "PENDING")


async def test_bounds(door: Door) -> None:
    id = await campaign(door)
    many = [{"phone": f"+1415{place:07d}", "externalId": str(place)} for place in range(5001)]
    assert await door.problems("addRecipients", {"campaignId": id, "recipients": many}) == {
        ("TOO_LONG", "recipients")
    }
    input = {"campaignId": id, "recipients": many[:5000]}
    selection = "createdCount updatedCount failedCount campaign { totalRecipients }"
    payload = await door.done("addRecipients", input, selection)
    assert totals(payload) == (5000, 0, 0)
    assert payload["campaign"]["totalRecipients"] == 5000
    payload = await door.done("addRecipients", input, selection)
    assert totals(payload) == (0, 5000, 0)
    payload = await add(
        door,
        id,
        {"phone": "+14155550100", "variables": {"a": "x" * 4097}},
        {"phone": "+14155550101", "variables": []},
        {"phone": "+14155550102", "name": "\x00", "externalId": "x" * 201},
    )
    assert [[e["code"] for e in each["errors"]] for each in payload["results"]] == [
        ["TOO_LONG"],
        ["INVALID"],
        ["INVALID_TEXT", "TOO_LONG"],
    ]


async def test_replays(door: Door) -> None:
    id = await campaign(door)
    first = await add(door, id, {"phone": "+14155550100"}, {"phone": "x"}, key="k")
    again = await add(door, id, {"phone": "+14155550100"}, {"phone": "x"}, key="k")
    assert again == {**first, "replayed": True}


async def test_by_filter(door: Door) -> None:
    id = await campaign(door)
    await door.fetch("UPDATE lead SET phone = NULL, company = NULL")
    for place in range(4):
        # The last two share a number.
        phone = f"+1415555019{min(place, 2)}"
        await door.done(
            "createLead", {"name": "Zebulon", "phone": phone, "stage": "QUALIFIED"}, "lead { id }"
        )
    await door.done("createLead", {"name": "Zebulon", "stage": "QUALIFIED"}, "lead { id }")
    await door.foreign().done(
        "createLead",
        {"name": "Zebulon", "phone": "+14155550199", "stage": "QUALIFIED"},
        "lead { id }",
    )
    filter = {"stage": ["QUALIFIED"], "query": "zebul"}
    payload = await door.done("addRecipients", {"campaignId": id, "filter": filter}, ADDED)
    assert totals(payload) == (3, 0, 0)
    assert (payload["results"], payload["remainingCount"]) == ([], 0)
    again = await door.done("addRecipients", {"campaignId": id, "filter": filter}, ADDED)
    assert totals(again) == (0, 0, 0)
    assert again["campaign"]["version"] == payload["campaign"]["version"]


async def test_by_filter_in_portions(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resolvers.recipients.MAX_RECIPIENTS", 2)
    id = await campaign(door)
    await door.fetch("UPDATE lead SET phone = NULL")
    for place in range(5):
        await door.done("createLead", {"name": "A", "phone": f"+1415555019{place}"}, "lead { id }")
    seen = []
    for _ in range(3):
        payload = await door.done("addRecipients", {"campaignId": id, "filter": {}}, ADDED)
        seen.append((payload["createdCount"], payload["remainingCount"]))
    assert seen == [(2, 3), (2, 1), (1, 0)]


async def test_one_way_to_choose(door: Door) -> None:
    id = await campaign(door)
    assert await door.problems("addRecipients", {"campaignId": id}) == {("REQUIRED", "recipients")}
    assert await door.problems(
        "addRecipients", {"campaignId": "campaign_1", "recipients": [], "filter": {}}
    ) == {("INVALID_ID", "campaignId"), ("INVALID", "filter")}
    theirs = door.foreign().id(models.Campaign)
    assert await door.problems("addRecipients", {"campaignId": theirs, "recipients": []}) == {
        ("NOT_FOUND", "campaignId")
    }


@pytest.mark.parametrize("status", models.CampaignStatus)
async def test_campaigns_that_are_over_take_nobody(door: Door, status: str) -> None:
    id = await campaign(door)
    known = await one(door, id)
    await door.fetch("UPDATE campaign SET status = ?1 WHERE id = ?2", status, id[9:])
    if status in ("FINISHED", "FAILED", "CANCELLED"):
        problem = {("ILLEGAL_TRANSITION", "campaignId")}
        assert await door.problems("addRecipients", {"campaignId": id, "recipients": []}) == problem
        for name in ("updateRecipient", "removeRecipient"):
            assert await door.problems(name, {"id": known["id"]}) == {("ILLEGAL_TRANSITION", "id")}
    else:
        await add(door, id, {"phone": "+14155550101"})
        await door.done("updateRecipient", {"id": known["id"], "name": "x"}, RECIPIENT)
        await door.done("removeRecipient", {"id": known["id"]}, "deletedId")
    narrow = {"campaignId": id, "recipients": [], "onlyIf": {"status": ["PAUSED"]}}
    if status != "PAUSED":
        assert await door.problems("addRecipients", narrow) == {
            ("ILLEGAL_TRANSITION", "campaignId")
        }


async def test_many_at_once_add_each_number_once(door: Door) -> None:
    ids = [await campaign(door) for _ in range(2)]
    leads = await door.count("lead")
    text = mutation("addRecipients", "createdCount failedCount")
    numbers = [{"phone": f"+1415555{place:04d}"} for place in range(20)]
    answers = await asyncio.gather(
        *(
            door.answer(
                text,
                input={
                    "campaignId": ids[place % 2],
                    "recipients": numbers if place % 4 < 2 else numbers[::-1],
                },
            )
            for place in range(12)
        )
    )
    payloads = [(each.data or {})["addRecipients"] for each in answers]
    assert [each["errors"] for each in payloads] == [[]] * 12
    assert sum(each["createdCount"] for each in payloads) == 40
    # Some of the numbers may be those of random leads.
    assert await door.count("lead") <= leads + 20
    for id in ids:
        versions = [version for _, version in await door.events(id)]
        assert versions == sorted(set(versions))


async def test_updates(door: Door) -> None:
    id = await campaign(door)
    first, second = await one(door, id), await one(door, id, phone="+14155550101", externalId="2")
    changes = {
        "name": "Ada",
        "externalId": "1",
        "phone": "+14155550109",
        "variables": {"a": 1},
    }
    for _ in range(2):
        payload = await door.done("updateRecipient", {"id": first["id"], **changes}, RECIPIENT)
        found = payload["recipient"]
        assert (found["name"], found["externalId"], found["version"]) == ("Ada", "1", 2)
        assert (found["toNumber"], found["variables"]) == ("+14155550109", {"a": 1})
        assert found["lead"] == {"id": first["lead"]["id"]}
    assert await door.events(first["id"]) == [("RECIPIENT_UPDATED", 2)]
    taken = {"id": second["id"], "externalId": "1", "phone": "+14155550109", "variables": []}
    assert await door.problems("updateRecipient", taken) == {
        ("CONFLICT", "externalId"),
        ("CONFLICT", "phone"),
        ("INVALID", "variables"),
    }
    assert await door.problems("updateRecipient", {"id": first["id"], "phone": None}) == {
        ("REQUIRED", "phone")
    }
    await put(door, first["id"], attempts=1)
    assert await door.problems("updateRecipient", {"id": first["id"], "phone": "+14155550177"}) == {
        ("ILLEGAL_TRANSITION", "phone")
    }
    cleared = {"id": first["id"], "name": None, "externalId": None, "variables": None}
    found = (await door.done("updateRecipient", cleared, RECIPIENT))["recipient"]
    assert (found["name"], found["externalId"], found["variables"]) == (None, None, {})


async def test_removes(door: Door) -> None:
    id = await campaign(door)
    first = await one(door, id)
    await door.fetch(
        "UPDATE call SET recipient_id = ?1 WHERE id = ?2",
        first["id"][-36:],
        door.id(models.Call)[-36:],
    )
    calls = await door.count("call")
    payload = await door.done("removeRecipient", {"id": first["id"]}, f"deletedId {RECIPIENT}")
    assert (payload["deletedId"], payload["recipient"]) == (first["id"], None)
    assert await door.count("call") == calls
    assert await door.events(first["id"]) == [("RECIPIENT_UPDATED", 2)]
    second = await one(door, id)
    await put(door, second["id"], attempts=1, state="RETRYING")
    payload = await door.done("removeRecipient", {"id": second["id"]}, f"deletedId {RECIPIENT}")
    assert payload["deletedId"] is None
    assert payload["recipient"]["state"] == "CANCELLED"
    for state in ("CALLING", "COMPLETED", "FAILED", "CANCELLED"):
        await put(door, second["id"], state=state)
        assert await door.problems("removeRecipient", {"id": second["id"]}) == {
            ("ILLEGAL_TRANSITION", "id")
        }


async def test_those_of_others_do_not_exist(door: Door) -> None:
    for id in (door.foreign().id(models.Recipient), "recipient_1"):
        for name in ("updateRecipient", "removeRecipient"):
            assert await door.problems(name, {"id": id}) == {(unfound(id, "recipient"), "id")}


async def test_scopes(door: Door) -> None:
    id = await campaign(door)
    input = {"campaignId": id, "recipients": [{"phone": "+14155550100"}]}
    adding = door.scoped("leads:write")
    assert (await adding.done("addRecipients", input, "createdCount"))["createdCount"] == 1
    assert await door.scoped("read_only", "campaigns:write").code("addRecipients", input) == (
        "FORBIDDEN"
    )
    assert await adding.code("updateRecipient", {"id": "x"}) == "FORBIDDEN"
    assert await adding.code("removeRecipient", {"id": "x"}) == "FORBIDDEN"
