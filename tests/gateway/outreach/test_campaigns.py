"""Campaigns call their recipients, retry as they say, and end."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any

import pytest

from tests.gateway.outreach.carrier import Carrier
from tests.gateway.outreach.conftest import Office, Opening

BY_REFERENCE = {"lookup": "BY_REFERENCE", "dedupes_creates": False}


def verb(name: str, selection: str) -> str:
    type_ = name[0].upper() + name[1:]
    return (
        f"mutation ($input: {type_}Input!) {{ {name}(input: $input) "
        f"{{ {selection} errors {{ code message path }} }} }}"
    )


async def do(here: Office, name: str, selection: str, /, **input: Any) -> Any:
    payload = (await here.data(verb(name, selection), input=input))[name]
    assert payload["errors"] == [], payload
    return payload


async def codes(here: Office, name: str, /, **input: Any) -> list[str]:
    payload = (await here.data(verb(name, ""), input=input))[name]
    return [each["code"] for each in payload["errors"]]


async def drafted(here: Office, recipients: int, **columns: Any) -> str:
    """A campaign with recipients, always within its hours."""
    agent = (await here.data("{ agents(first: 1) { nodes { id } } }"))["agents"]["nodes"][0]["id"]
    # Whatever the clock says, it is day where these people live.
    await here.rows("UPDATE workspace SET calling_windows = ?1", ALWAYS)
    made = await do(
        here, "createCampaign", "campaign { id }", name="Spring", agentId=agent, **columns
    )
    id: str = made["campaign"]["id"]
    people = [
        {"phone": f"+1212555{100 + each:04}", "externalId": str(each)} for each in range(recipients)
    ]
    added = await do(here, "addRecipients", "createdCount", campaignId=id, recipients=people)
    assert added["createdCount"] == recipients
    return id


ALWAYS = '[{"days":[1,2,3,4,5,6,7],"from":0,"to":1440}]'
CAMPAIGN = """query ($id: ID!) { campaign(id: $id) {
  status pauseReason startedAt finishedAt totalCalls
  recipients(first: 100) { nodes { state attempts blockedCode result
    calls(first: 10, orderBy: {field: CREATED_AT, direction: ASC}) { nodes {
      status attempt waitingFor endReason } } } } } }"""


FIGURES = """query ($id: ID!) { campaign(id: $id) {
  totalRecipients waitingRecipients callingRecipients retryingRecipients reachedRecipients
  failedRecipients blockedRecipients withdrawnRecipients totalCostMicros costCurrency
  calls(first: 50) { nodes { cost { amountMicros } } } } }"""


async def campaign(here: Office, id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await here.data(CAMPAIGN, id=id))["campaign"]
    return found


async def until(here: Office, id: str, status: str, seconds: float = 40) -> dict[str, Any]:
    end = asyncio.get_running_loop().time() + seconds
    while True:
        found = await campaign(here, id)
        if found["status"] == status:
            return found
        assert asyncio.get_running_loop().time() < end, found
        await asyncio.sleep(0.1)


async def test_a_campaign_runs_to_its_end(office: Opening) -> None:
    carrier = Carrier(speed=300)
    schema = {
        "type": "object",
        "properties": {"vans": {"type": "integer", "minimum": 1, "maximum": 40}},
        "required": ["vans"],
    }
    async with office(carrier, BY_REFERENCE) as here:
        columns = [{"name": "vans", "label": "Vans"}, {"name": "phone", "label": "Phone"}]
        id = await drafted(here, 20, extractionSchema=schema, displayColumns=columns)
        before = await campaign(here, id)
        assert before["totalCalls"] == 20
        assert {
            call["waitingFor"]
            for each in before["recipients"]["nodes"]
            for call in each["calls"]["nodes"]
        } == {"CAMPAIGN"}
        await do(here, "startCampaign", "campaign { status }", id=id)
        found = await until(here, id, "FINISHED")
        figures = (await here.data(FIGURES, id=id))["campaign"]
    people = found["recipients"]["nodes"]
    costs = [each["cost"] for each in figures.pop("calls")["nodes"] if each["cost"]]
    assert costs
    assert figures == {
        "totalRecipients": 20,
        **dict.fromkeys(("waitingRecipients", "callingRecipients", "retryingRecipients"), 0),
        **dict.fromkeys(("blockedRecipients", "withdrawnRecipients"), 0),
        "reachedRecipients": sum(each["state"] == "COMPLETED" for each in people),
        "failedRecipients": sum(each["state"] == "FAILED" for each in people),
        "totalCostMicros": str(sum(int(each["amountMicros"]) for each in costs)),
        "costCurrency": "USD",
    }
    assert {each["state"] for each in people} <= {"COMPLETED", "FAILED"}
    assert all(each["attempts"] == 1 for each in people)
    reached = [each for each in people if each["state"] == "COMPLETED"]
    assert reached
    for each in reached:
        assert 1 <= each["result"]["vans"] <= 40
        assert each["result"]["phone"].startswith("+1212")
    assert Counter(carrier.creates.values()) == {1: 20}


async def test_retries_follow_after_the_delay(office: Opening) -> None:
    carrier = Carrier(speed=500)
    async with office(carrier, BY_REFERENCE) as here:
        retrying: dict[str, Any] = {
            "maxRetries": 2,
            "retryDelaySeconds": 60,
            "retryOn": ["NO_ANSWER", "BUSY", "REJECTED", "VOICEMAIL", "FAILED"],
            "metadata": {},
        }
        id = await drafted(here, 6, **retrying)
        await here.rows("UPDATE campaign SET retry_delay_ms = 300")
        await do(here, "startCampaign", "campaign { status }", id=id)
        found = await until(here, id, "FINISHED")
    for each in found["recipients"]["nodes"]:
        attempts = [call["attempt"] for call in each["calls"]["nodes"]]
        assert attempts == list(range(1, each["attempts"] + 1))
        last = each["calls"]["nodes"][-1]["status"]
        assert last == "COMPLETED" or each["attempts"] == 3
        assert (each["state"] == "COMPLETED") == (last == "COMPLETED")
    assert len(carrier.calls) == sum(each["attempts"] for each in found["recipients"]["nodes"])


async def test_a_lead_that_was_deleted_is_not_called_again(office: Opening) -> None:
    carrier = Carrier(speed=10)
    async with office(carrier, BY_REFERENCE) as here:
        id = await drafted(here, 0, maxRetries=2, retryDelaySeconds=60, retryOn=["NO_ANSWER"])
        leads: list[str] = []
        for name in ("Ada", "Eve"):
            phone = f"+1212555{200 + len(leads):04}"
            made = await do(here, "createLead", "lead { id }", name=name, phone=phone)
            leads.append(made["lead"]["id"])
        # One is rung, and one still waits when they are deleted.
        await here.rows("UPDATE workspace SET max_concurrent_calls = 1")
        silent = {"simulate": {"outcome": "NO_ANSWER"}}
        people = [{"leadId": each, "variables": silent} for each in leads]
        await do(here, "addRecipients", "createdCount", campaignId=id, recipients=people)
        await here.rows("UPDATE campaign SET retry_delay_ms = 300")
        await do(here, "startCampaign", "campaign { status }", id=id)
        while not carrier.calls:
            await asyncio.sleep(0.02)
        for each in leads:
            await do(here, "deleteLead", "deletedId", id=each)
        found = await until(here, id, "FINISHED")
    ended = {
        (each["state"], tuple(call["status"] for call in each["calls"]["nodes"]))
        for each in found["recipients"]["nodes"]
    }
    assert ended == {("FAILED", ("NO_ANSWER",)), ("CANCELLED", ("CANCELLED",))}
    assert len(carrier.calls) == 1


async def test_pausing_resuming_and_cancelling(office: Opening) -> None:
    carrier = Carrier(speed=200)
    async with office(carrier, BY_REFERENCE, {"calls_per_second": 4}) as here:
        id = await drafted(here, 30)
        assert await codes(here, "pauseCampaign", id=id) == ["ILLEGAL_TRANSITION"]
        assert await codes(here, "resumeCampaign", id=id) == ["ILLEGAL_TRANSITION"]
        await do(here, "startCampaign", "campaign { status }", id=id)
        assert await codes(here, "startCampaign", id=id) == ["ILLEGAL_TRANSITION"]
        await asyncio.sleep(1.2)
        paused = await do(here, "pauseCampaign", "campaign { status pauseReason }", id=id)
        assert paused["campaign"] == {"status": "PAUSED", "pauseReason": "USER"}
        await asyncio.sleep(0.5)
        made = len(carrier.calls)
        assert 0 < made < 30
        await asyncio.sleep(1.5)
        assert len(carrier.calls) == made
        await do(here, "resumeCampaign", "campaign { status }", id=id)
        await asyncio.sleep(2)
        assert len(carrier.calls) > made
        guarded = {"id": id, "onlyIf": {"status": ["PAUSED"]}}
        assert await codes(here, "cancelCampaign", **guarded) == ["ILLEGAL_TRANSITION"]
        await do(here, "cancelCampaign", "campaign { status }", id=id)
        made = len(carrier.calls)
        await asyncio.sleep(1.5)
        found = await campaign(here, id)
    assert len(carrier.calls) <= made + 1
    states = Counter(each["state"] for each in found["recipients"]["nodes"])
    assert states["CANCELLED"] >= 30 - len(carrier.calls)
    assert states["PENDING"] == 0


async def test_the_breaker_pauses(office: Opening) -> None:
    carrier = Carrier(faults={"refuse": 1.0})
    async with office(carrier, BY_REFERENCE) as here:
        id = await drafted(here, 90)
        await here.rows("UPDATE workspace SET calls_per_second = 30")
        await do(here, "startCampaign", "campaign { status }", id=id)
        found = await until(here, id, "PAUSED")
    assert found["pauseReason"] == "BREAKER"
    assert 20 <= sum(carrier.requests.values()) < 90


async def test_a_start_is_proposed_and_confirmed(office: Opening) -> None:
    carrier = Carrier(speed=300)
    async with office(carrier, BY_REFERENCE) as here:
        id = await drafted(here, 2)
        first = (await do(here, "proposeCampaignStart", "proposal { id summary }", id=id))[
            "proposal"
        ]
        assert first["summary"]["recipients"] == 2
        second = (await do(here, "proposeCampaignStart", "proposal { id }", id=id))["proposal"]
        assert await codes(here, "confirmProposal", id=first["id"]) == ["ILLEGAL_TRANSITION"]
        assert (await campaign(here, id))["status"] == "DRAFT"
        await do(here, "updateCampaign", "campaign { id }", id=id, name="Summer")
        assert await codes(here, "confirmProposal", id=second["id"]) == ["PROPOSAL_OUTDATED"]
        third = (await do(here, "proposeCampaignStart", "proposal { id }", id=id))["proposal"]
        await here.rows("UPDATE proposal SET expires_at = created_at WHERE state = 'PENDING'")
        assert await codes(here, "confirmProposal", id=third["id"]) == ["PROPOSAL_EXPIRED"]
        fourth = (await do(here, "proposeCampaignStart", "proposal { id }", id=id))["proposal"]
        assert carrier.calls == {}
        done = await do(
            here, "confirmProposal", "proposal { state } campaign { status }", id=fourth["id"]
        )
        assert done["proposal"] == {"state": "CONFIRMED"}
        await until(here, id, "FINISHED")


async def test_nobody_to_call(office: Opening) -> None:
    async with office(simulator_speed=100) as here:
        id = await _empty(here)
        assert await codes(here, "startCampaign", id=id) == ["NO_RECIPIENTS"]


async def test_who_calls_must_be_ready(office: Opening) -> None:
    async with office(Carrier(), BY_REFERENCE) as here:
        id = await drafted(here, 2)
        await here.rows("UPDATE agent SET active = ?1", False)
        assert await codes(here, "startCampaign", id=id) == ["AGENT_INACTIVE"]
        assert await codes(here, "proposeCampaignStart", id=id) == ["AGENT_INACTIVE"]
        await here.rows("UPDATE campaign SET status = 'PAUSED', pause_reason = 'USER'")
        assert await codes(here, "resumeCampaign", id=id) == ["AGENT_INACTIVE"]
        found = await campaign(here, id)
    assert found["status"] == "PAUSED"
    assert {each["state"] for each in found["recipients"]["nodes"]} == {"PENDING"}


async def _empty(here: Office) -> str:
    agent = (await here.data("{ agents(first: 1) { nodes { id } } }"))["agents"]["nodes"][0]["id"]
    made = await do(here, "createCampaign", "campaign { id }", name="Empty", agentId=agent)
    id: str = made["campaign"]["id"]
    return id


async def test_a_direct_call_does_not_wait_for_a_campaign(office: Opening) -> None:
    """As many recipients as a request may have, and each direct call is out within a second."""
    carrier = Carrier(speed=100)
    took = []
    async with office(carrier, BY_REFERENCE, {"calls_per_second": 20}) as here:
        id = await drafted(here, 0)
        people = [{"phone": f"+1{201 + n // 100}5550{100 + n % 100}"} for n in range(5000)]
        added = await do(here, "addRecipients", "createdCount", campaignId=id, recipients=people)
        assert added["createdCount"] == 5000
        await do(here, "startCampaign", "campaign { status }", id=id)
        async with asyncio.timeout(20):
            while len(carrier.calls) < 20:
                await asyncio.sleep(0.05)
        for number in range(5):
            began = time.monotonic()
            call = await here.place(f"+1305555010{number}")
            async with asyncio.timeout(20):
                while (made := carrier.of(call.removeprefix("call_"))) is None:
                    await asyncio.sleep(0.01)
            took.append(made.began - began)
        await do(here, "cancelCampaign", "campaign { status }", id=id)
        assert len(carrier.calls) < 5000
    # The rest is for machines that have other things to do.
    assert sorted(took)[2] < 1, took
    assert max(took) < 2, took


async def test_campaigns_for_those_who_call_never_dial(office: Opening) -> None:
    carrier = Carrier(speed=100)
    async with office(carrier, BY_REFERENCE) as here:
        id = await drafted(here, 3, purpose="INBOUND")
        started = await do(here, "startCampaign", "campaign { status }", id=id)
        assert started["campaign"]["status"] == "IN_PROGRESS"
        # Not even what is due by some mistake.
        await here.rows("UPDATE call SET due_at = ?1", "2026-01-01T00:00:00.000Z")
        await asyncio.sleep(1.5)
        found = await campaign(here, id)
    assert carrier.calls == {}
    assert not carrier.requests
    assert found["status"] == "IN_PROGRESS"
    assert not any(each["attempts"] for each in found["recipients"]["nodes"])


async def test_what_is_left_of_a_campaign_is_told(
    office: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever follows one of its calls hears of the end, and no reserved credit is kept."""
    monkeypatch.setattr("gateway.outreach.campaign_clearing.BATCH", 4)
    carrier = Carrier()
    carrier.answers.extend(["too_many"] * 50)
    columns = {"credit_micros": 9_000_000, "credit_per_minute_micros": 100_000}
    async with office(carrier, BY_REFERENCE, {**columns, "calls_per_second": 1}) as here:
        id = await drafted(here, 9)
        await do(here, "startCampaign", "campaign { status }", id=id)
        async with asyncio.timeout(20):
            while not (await here.rows(RESERVED))[0][0]:
                await asyncio.sleep(0.02)
        await do(here, "cancelCampaign", "campaign { status }", id=id)
        async with asyncio.timeout(20):
            while (await here.rows("SELECT clearing FROM campaign"))[0][0]:
                await asyncio.sleep(0.05)
            while any(each[0] for each in await here.rows(OPEN)):
                await asyncio.sleep(0.05)
        (credit,) = await here.rows("SELECT credit_micros FROM workspace")
        told = await here.rows(
            "SELECT e.version, c.version, c.status FROM call c JOIN event e ON e.call_id = c.id "
            "WHERE e.type = 'CALL_CANCELLED'"
        )
        (people,) = await here.rows(
            "SELECT count(*) FROM recipient r JOIN event e ON e.subject_id = r.id "
            "AND e.version = r.version AND e.status = r.state WHERE r.state = 'CANCELLED'"
        )
        (timeline,) = await here.rows(
            "SELECT count(*) FROM call_event WHERE status = 'CANCELLED' AND type = 'STATUS'"
        )
    assert carrier.calls == {}
    assert len(told) == 9
    # The last that is told of a call is how it is.
    assert all(row[0] == row[1] and row[2] == "CANCELLED" for row in told)
    assert (people[0], timeline[0]) == (9, 9)
    assert credit[0] == 9_000_000


async def test_what_is_on_its_way_when_a_campaign_ends(
    office: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call that is refused for now after the end is over, too, and so is its recipient."""
    carrier = Carrier()
    carrier.answers.append("too_many")
    began, go = asyncio.Event(), asyncio.Event()

    async def slow(*given: Any) -> bool:
        began.set()
        await go.wait()
        return await create(*given)

    create = carrier._create
    monkeypatch.setattr(carrier, "_create", slow)
    columns = {"credit_micros": 9_000_000, "credit_per_minute_micros": 100_000}
    async with office(carrier, BY_REFERENCE, columns) as here:
        id = await drafted(here, 1)
        await do(here, "startCampaign", "campaign { status }", id=id)
        async with asyncio.timeout(20):
            await began.wait()
        await do(here, "cancelCampaign", "campaign { status }", id=id)
        async with asyncio.timeout(20):
            while (await here.rows("SELECT clearing FROM campaign"))[0][0]:
                await asyncio.sleep(0.05)
        go.set()
        async with asyncio.timeout(20):
            while (found := await campaign(here, id))["recipients"]["nodes"][0][
                "state"
            ] == "CALLING":
                await asyncio.sleep(0.05)
        (credit,) = await here.rows("SELECT credit_micros FROM workspace")
    (person,) = found["recipients"]["nodes"]
    assert person["state"] == "CANCELLED"
    assert [each["status"] for each in person["calls"]["nodes"]] == ["CANCELLED"]
    assert credit[0] == 9_000_000
    assert carrier.calls == {}


RESERVED = "SELECT count(*) FROM call WHERE credit_reserved_micros > 0 AND status = 'SCHEDULED'"
OPEN = "SELECT count(*) FROM call WHERE status NOT IN ('CANCELLED')"


@pytest.mark.parametrize("date", ["startDate", "endDate"])
async def test_first_and_last_day(office: Opening, date: str) -> None:
    carrier = Carrier(speed=300)
    async with office(carrier, BY_REFERENCE) as here:
        id = await drafted(here, 3, **{date: "2126-05-01" if date == "startDate" else "2026-01-01"})
        started = await do(here, "startCampaign", "campaign { status }", id=id)
        if date == "startDate":
            assert started["campaign"]["status"] == "SCHEDULED"
            await asyncio.sleep(0.6)
            assert carrier.calls == {}
            await here.rows("UPDATE campaign SET start_date = '2026-01-01'")
            await until(here, id, "FINISHED")
        else:
            await until(here, id, "FINISHED")
            await asyncio.sleep(0.6)
            found = await campaign(here, id)
            assert {each["state"] for each in found["recipients"]["nodes"]} == {"EXPIRED"}
            assert carrier.calls == {}


async def test_credit_that_runs_out_pauses(office: Opening) -> None:
    carrier = Carrier(speed=1)
    columns = {"credit_micros": 3_000_000, "credit_per_minute_micros": 100_000}
    async with office(carrier, BY_REFERENCE, columns) as here:
        id = await drafted(here, 10)
        await do(here, "startCampaign", "campaign { status }", id=id)
        found = await until(here, id, "PAUSED")
    # Ten minutes at a tenth of a dollar are reserved for each.
    assert len(carrier.calls) == 3
    assert found["pauseReason"] == "CREDIT"
