"""Calls in doubt: they hold their place, are given up, resolved by a person, or heard of after all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.gateway.outreach.carrier import Carrier
from tests.gateway.outreach.conftest import Office, Opening
from tests.gateway.outreach.test_campaigns import do, drafted, until

BLIND = {"lookup": "NONE", "dedupes_creates": False}
#: Its time has passed, for all that looks at the clock.
PASSED = "UPDATE call SET unknown_until = ?1, due_at = ?1 WHERE status = 'UNKNOWN'"
LONG_AGO = "2026-01-01T00:00:00.000Z"


async def doubted(here: Office, **input: Any) -> str:
    id = await here.place(**input)
    await here.until(id, lambda each: each["status"] == "UNKNOWN")
    return id


async def given_up(here: Office, id: str) -> dict[str, Any]:
    await here.rows(PASSED, LONG_AGO)
    return await here.until(id, lambda each: each["endReason"] is not None)


async def test_it_holds_its_place_until_its_time_is_over(office: Opening) -> None:
    carrier = Carrier(lookup=False)
    carrier.answers.append("drop")
    async with office(carrier, BLIND, {"max_concurrent_calls": 1}) as here:
        first = await doubted(here)
        second = await here.place()
        assert (await here.call(second))["waitingFor"] == "CONCURRENCY"
        await asyncio.sleep(1)
        assert (await here.call(second))["waitingFor"] == "CONCURRENCY"
        call = await given_up(here, first)
        assert (call["status"], call["endReason"]) == ("UNKNOWN", "UNKNOWN_OUTCOME")
        assert call["artifactsAt"] is not None
        await here.over(second)
        assert (await here.call(first))["status"] == "UNKNOWN"
    assert here.made(first) == 0
    assert carrier.requests[first.removeprefix("call_")] == 1


async def test_a_campaign_ends_though_a_call_is_in_doubt(office: Opening) -> None:
    """It is never tried again, whatever the campaign says, and nobody waits for it for ever."""
    carrier = Carrier(lookup=False, speed=300)
    carrier.answers.append("drop")
    retrying: dict[str, Any] = {"maxRetries": 3, "retryOn": ["FAILED", "NO_ANSWER", "BUSY"]}
    async with office(carrier, BLIND) as here:
        id = await drafted(here, 1, **retrying)
        await do(here, "startCampaign", "campaign { id }", id=id)
        async with asyncio.timeout(20):
            while not await here.rows("SELECT 1 FROM call WHERE status = 'UNKNOWN'"):
                await asyncio.sleep(0.05)
        await here.rows(PASSED, LONG_AGO)
        found = await until(here, id, "FINISHED")
    (person,) = found["recipients"]["nodes"]
    assert (person["state"], person["attempts"]) == ("FAILED", 1)
    assert [each["endReason"] for each in person["calls"]["nodes"]] == ["UNKNOWN_OUTCOME"]
    assert sum(carrier.requests.values()) == 1


async def test_a_call_that_fell_silent_is_not_tried_again(office: Opening) -> None:
    """It rang when it was last heard of: somebody may have answered since."""
    carrier = Carrier(speed=0.1)
    retrying: dict[str, Any] = {"maxRetries": 3, "retryOn": ["FAILED", "NO_ANSWER", "BUSY"]}
    async with office(carrier, {"lookup": "BY_REFERENCE", "dedupes_creates": False}) as here:
        id = await drafted(here, 1, **retrying)
        await do(here, "startCampaign", "campaign { id }", id=id)
        async with asyncio.timeout(30):
            while not await here.rows("SELECT 1 FROM call WHERE status = 'RINGING'"):
                await asyncio.sleep(0.05)
        carrier.watching.extend([b"HTTP/1.1 503 X\r\ncontent-length: 0\r\n\r\n"] * 1000)
        await here.rows("UPDATE call SET dialed_at = ?1, due_at = ?1", LONG_AGO)
        found = await until(here, id, "FINISHED")
    (person,) = found["recipients"]["nodes"]
    assert (person["state"], person["attempts"]) == ("FAILED", 1)
    (call,) = person["calls"]["nodes"]
    assert (call["status"], call["endReason"]) == ("NO_ANSWER", "UNKNOWN_OUTCOME")
    assert sum(carrier.requests.values()) == 1


RESOLVE = """mutation ($input: ResolveCallInput!) { resolveCall(input: $input) {
  call { status endReason } errors { code } } }"""


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    ("resolution", "status", "reason"),
    [("PLACED", "COMPLETED", "HANGUP"), ("NOT_PLACED", "FAILED", "NOT_PLACED")],
)
async def test_a_person_says_what_became_of_it(
    office: Opening, resolution: str, status: str, reason: str, late: bool
) -> None:
    carrier = Carrier(lookup=False)
    carrier.answers.append("accept_500")
    async with office(carrier, BLIND) as here:
        id = await doubted(here)
        if late:
            await given_up(here, id)
        given = {"callId": id, "resolution": resolution}
        payload = (await here.data(RESOLVE, input=given))["resolveCall"]
        assert payload["call"] == {"status": status, "endReason": reason}
        again = (await here.data(RESOLVE, input=given))["resolveCall"]
        assert [each["code"] for each in again["errors"]] == ["ILLEGAL_TRANSITION"]
        await asyncio.sleep(0.5)
    assert here.made(id) == 1


CANCEL = "mutation ($id: ID!) { cancelCall(input: {id: $id}) { outcome } }"


async def test_what_was_cancelled_is_hung_up_though_it_was_taken_for_never_placed(
    office: Opening,
) -> None:
    carrier = Carrier(lookup=False, callbacks=True, speed=1)
    carrier.answers.append("accept_500")
    talk = {"simulate": {"outcome": "COMPLETED", "talk": "meeting"}}
    async with office(carrier, BLIND, public_url="http://gateway") as here:
        id = await doubted(here, metadata=talk)
        await here.data(CANCEL, id=id)
        await here.data(RESOLVE, input={"callId": id, "resolution": "NOT_PLACED"})
        # Only now the carrier finds its way to us.
        carrier._client = here.visitor.http
        end = asyncio.get_running_loop().time() + 20
        while carrier.calls["fake_1"].outcome == "COMPLETED":
            assert asyncio.get_running_loop().time() < end
            await asyncio.sleep(0.05)
        assert (await here.call(id))["status"] == "FAILED"


async def test_how_long_it_was_is_paid_for_once_that_is_heard(office: Opening) -> None:
    carrier = Carrier(lookup=False, callbacks=True, speed=5)
    carrier.answers.append("accept_500")
    talk = {"simulate": {"outcome": "COMPLETED", "talk": "meeting"}}
    rates = {"credit_micros": 10_000_000, "credit_per_minute_micros": 100_000}
    columns = {**rates, "credit_currency": "EUR"}
    async with office(carrier, BLIND, columns, public_url="http://gateway") as here:
        id = await doubted(here, metadata=talk, maxDurationSeconds=600)
        assert (await here.rows("SELECT credit_micros FROM workspace"))[0][0] == 9_000_000
        await here.data(RESOLVE, input={"callId": id, "resolution": "PLACED"})
        assert (await here.rows("SELECT credit_micros FROM workspace"))[0][0] == 10_000_000
        carrier._client = here.visitor.http
        call = await here.until(id, lambda each: each["durationSeconds"] is not None, 40)
        ((left,),) = await here.rows("SELECT credit_micros FROM workspace")
        ((cost,),) = await here.rows("SELECT credit_micros FROM call")
    assert call["status"] == "COMPLETED"
    minutes = -(-call["durationSeconds"] // 60)
    assert minutes >= 1
    assert (left, cost) == (10_000_000 - minutes * 100_000, minutes * 100_000)


@pytest.mark.parametrize("late", [False, True])
async def test_it_is_heard_of_after_all(office: Opening, late: bool) -> None:
    """A callback that comes late moves it on, with all that the call has left behind."""
    carrier = Carrier(lookup=False, callbacks=True)
    carrier.answers.append("accept_500")
    simulate = {"simulate": {"outcome": "COMPLETED", "talk": "meeting"}}
    async with office(carrier, BLIND, public_url="http://gateway") as here:
        id = await doubted(here, metadata=simulate)
        if late:
            await given_up(here, id)
        # Only now the carrier finds its way to us.
        carrier._client = here.visitor.http
        call = await here.until(
            id, lambda each: each["status"] == "COMPLETED" and each["summary"] is not None, 40
        )
        query = "query ($id: ID!) { call(id: $id) { recording { state } } }"
        recording = (await here.data(query, id=id))["call"]["recording"]
    assert call["outcome"] == "meeting booked"
    assert call["transcript"]["nodes"]
    assert recording == {"state": "AVAILABLE"}
    assert here.made(id) == 1
