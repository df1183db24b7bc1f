"""Calls are dialled at most once, whatever the carrier does, and none is lost."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any

import pytest

from tests.gateway.outreach.carrier import Carrier
from tests.gateway.outreach.conftest import OVER, Opening
from tests.gateway.serving import House, inside

LOST = ["accept_500", "accept_reset", "accept_html", "accept_truncated"]
BY_REFERENCE = {"lookup": "BY_REFERENCE", "dedupes_creates": False}
BLIND = {"lookup": "NONE", "dedupes_creates": False}
DEDUPES = {"lookup": "NONE", "dedupes_creates": True}


async def test_a_call_goes_through_its_life(office: Opening) -> None:
    carrier = Carrier()
    async with office(carrier, BY_REFERENCE) as here:
        id = await here.place(metadata={"simulate": {"outcome": "COMPLETED", "talk": "meeting"}})
        call = await here.over(id)
    assert call["status"] == "COMPLETED"
    assert call["outcome"] == "meeting booked"
    assert call["answeredBy"] == "HUMAN"
    assert call["endReason"] == "HANGUP"
    assert {each["speaker"] for each in call["transcript"]["nodes"]} == {"AGENT", "LEAD"}
    statuses = [each["status"] for each in call["events"]["nodes"] if each["type"] == "STATUS"]
    assert statuses == ["QUEUED", "DIALING", "RINGING", "IN_PROGRESS", "COMPLETED"]
    assert here.made(id) == 1


async def test_a_call_is_at_the_carrier_within_a_second(office: Opening) -> None:
    carrier = Carrier()
    async with office(carrier, BY_REFERENCE) as here:
        began = time.monotonic()
        id = await here.place()
        await here.until(id, lambda each: each["providerCallId"] is not None)
    assert carrier.arrivals[0] - began < 1


@pytest.mark.parametrize("fault", LOST)
async def test_what_was_accepted_and_not_answered_is_found(office: Opening, fault: str) -> None:
    carrier = Carrier()
    carrier.answers.append(fault)
    async with office(carrier, BY_REFERENCE) as here:
        id = await here.place()
        call = await here.over(id)
    assert call["status"] == carrier.calls["fake_1"].outcome
    assert here.made(id) == 1
    assert carrier.requests[id.removeprefix("call_")] == 1


@pytest.mark.parametrize("fault", [*LOST, "drop"])
async def test_without_look_up_it_is_in_doubt_and_never_dialled_again(
    office: Opening, fault: str
) -> None:
    carrier = Carrier(lookup=False)
    carrier.answers.append(fault)
    async with office(carrier, BLIND) as here:
        id = await here.place()
        await here.until(id, lambda each: each["status"] == "UNKNOWN")
        await asyncio.sleep(1)
        call = await here.call(id)
        assert call["status"] == "UNKNOWN"
        assert carrier.requests[id.removeprefix("call_")] == 1
        resolve = """mutation ($input: ResolveCallInput!) { resolveCall(input: $input) {
          call { status endReason } errors { code } } }"""
        given = {"callId": id, "resolution": "NOT_PLACED"}
        payload = (await here.data(resolve, input=given))["resolveCall"]
    assert payload["call"] == {"status": "FAILED", "endReason": "NOT_PLACED"}
    assert here.made(id) == (0 if fault == "drop" else 1)


@pytest.mark.parametrize("fault", [*LOST, "drop"])
async def test_who_knows_repetitions_is_asked_again(office: Opening, fault: str) -> None:
    carrier = Carrier(dedupes=True, lookup=False)
    carrier.answers.append(fault)
    async with office(carrier, DEDUPES) as here:
        id = await here.place()
        call = await here.over(id)
    assert call["status"] == carrier.calls["fake_1"].outcome
    assert here.made(id) == 1


async def test_too_many_calls_are_placed_later_and_once(office: Opening) -> None:
    carrier = Carrier()
    carrier.answers.append("too_many")
    async with office(carrier, BY_REFERENCE) as here:
        began = time.monotonic()
        id = await here.place()
        await here.until(id, lambda each: each["waitingFor"] == "PROVIDER")
        await here.over(id)
    assert carrier.arrivals[0] - began >= 1
    assert here.made(id) == 1
    assert carrier.requests[id.removeprefix("call_")] == 2


async def test_a_refusal_ends_the_call(office: Opening) -> None:
    carrier = Carrier()
    carrier.answers.append("refuse")
    async with office(carrier, BY_REFERENCE) as here:
        call = await here.over(await here.place())
    assert (call["status"], call["endReason"]) == ("FAILED", "PROVIDER_REFUSED")
    assert "bad_number" in call["endDetail"]


async def test_who_does_not_listen_is_tried_again(office: Opening) -> None:
    carrier = Carrier()
    async with office(carrier, BY_REFERENCE) as here:
        port = carrier.port
        carrier.close()
        id = await here.place()
        await here.until(id, lambda each: each["waitingFor"] == "PROVIDER")
        await carrier.start(port)
        await here.over(id)
    assert here.made(id) == 1


async def test_a_callback_before_the_answer_adopts_the_call(
    office: Opening, database_url: str
) -> None:
    carrier = Carrier(lookup=False, callbacks=True, hang=3)
    carrier.answers.append("accept_hang")
    heard: list[int] = []
    async with office(carrier, BLIND, public_url="http://gateway") as here:
        # The carrier's way to us is the same application.
        carrier._client = here.visitor.http
        id = await here.place()
        call = await here.over(id)
        heard = [row[0] for row in await here.rows("SELECT count(*) FROM callback")]
    assert call["providerCallId"] == "fake_1"
    assert call["status"] == carrier.calls["fake_1"].outcome
    assert here.made(id) == 1
    assert heard[0] >= 2


async def test_forged_and_strange_callbacks_change_nothing(office: Opening) -> None:
    carrier = Carrier(speed=1)
    async with office(carrier, BY_REFERENCE, public_url="http://gateway") as here:
        id = await here.place()
        before = await here.until(id, lambda each: each["providerCallId"] is not None)
        url = carrier.calls["fake_1"].order["callbackUrl"].removeprefix("http://gateway")
        http = here.visitor.http
        body = b'{"id": "fake_1", "events": [{"sequence": 9, "status": "completed", "at": "2026-01-01T00:00:00.000Z"}]}'
        unsigned = await http.post(url, content=body)
        wrong = await http.post(url, content=body, headers={"x-simulator-signature": "00" * 32})
        nowhere = await http.post("/callbacks/" + "x" * 43, content=body)
        got = await http.get(url)
        after = await here.call(id)
    assert [each.status_code for each in (unsigned, wrong, nowhere, got)] == [401, 401, 404, 405]
    assert unsigned.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert before["status"] in ("DIALING", "RINGING")
    assert after["status"] in ("DIALING", "RINGING")


HANG_UP = """mutation ($id: ID!) {
  hangUpCall(input: {id: $id}) { call { cancelRequested } errors { code } }
}"""
CANCEL = """mutation ($id: ID!) {
  cancelCall(input: {id: $id}) { outcome call { status cancelRequested } errors { code } }
}"""


async def test_hanging_up(office: Opening) -> None:
    carrier = Carrier(speed=1)
    async with office(carrier, BY_REFERENCE) as here:
        id = await here.place(metadata={"simulate": {"outcome": "COMPLETED"}})
        await here.until(id, lambda each: each["status"] == "RINGING")
        payload = (await here.data(HANG_UP, id=id))["hangUpCall"]
        assert payload == {"call": {"cancelRequested": True}, "errors": []}
        call = await here.over(id)
        again = (await here.data(HANG_UP, id=id))["hangUpCall"]
    assert (call["status"], call["endReason"]) == ("CANCELLED", "CANCELLED")
    assert again["errors"] == [{"code": "ILLEGAL_TRANSITION"}]


async def test_hanging_up_before_the_answer_has_come(office: Opening) -> None:
    carrier = Carrier(speed=1, lookup=False, callbacks=True, hang=30)
    carrier.answers.append("accept_hang")
    async with office(carrier, BLIND, public_url="http://gateway") as here:
        carrier._client = here.visitor.http
        id = await here.place(metadata={"simulate": {"outcome": "COMPLETED"}})
        await here.until(id, lambda each: each["status"] == "RINGING")
        await here.data(HANG_UP, id=id)
        call = await here.over(id, 5)
    assert (call["status"], carrier.calls["fake_1"].outcome) == ("CANCELLED", "CANCELLED")
    assert here.made(id) == 1


async def test_what_is_claimed_at_a_stop_is_sent(office: Opening, database_url: str) -> None:
    carrier = Carrier(lookup=False)
    async with office(carrier, BLIND, {"calls_per_second": 1000}, dispatcher="off") as here:
        await asyncio.gather(*(here.place() for _ in range(60)))
        port = carrier.port
    await carrier.start(port)
    settings = {"dispatcher": "on", "secret_keys": "k" * 64, "private_providers": True}
    for stop in range(1, 4):
        async with inside(House(database_url, (here.workspace,) * 2, ()), **settings):
            while sum(carrier.requests.values()) < stop * 10:
                await asyncio.sleep(0.001)
    rows = await here.rows("SELECT id FROM call WHERE status <> 'QUEUED'")
    await carrier.stop()
    assert len(rows) >= 30
    assert {carrier.requests[row[0]] for row in rows} == {1}


async def test_hanging_up_a_conversation_leaves_what_was_said(office: Opening) -> None:
    async with office(simulator_speed=5) as here:
        id = await here.place(metadata={"simulate": {"outcome": "COMPLETED", "talk": "meeting"}})
        await here.until(id, lambda each: bool(each["transcript"]["nodes"]))
        await here.data(HANG_UP, id=id)
        call = await here.over(id)
        (recording,) = await here.rows("SELECT duration_ms FROM recording")
        titles = [row[0] for row in await here.rows("SELECT title FROM event ORDER BY created_at")]
    assert (call["status"], call["endReason"], call["hangupBy"]) == ("COMPLETED", "HANGUP", "USER")
    # Five times as fast, what takes a second takes five of the conversation's.
    assert recording[0] == pytest.approx(call["durationSeconds"] * 1000, abs=1000)
    assert call["durationSeconds"] >= 1
    assert "Transcript and recording ready" in titles


async def test_cancelling_while_it_is_dialled(office: Opening) -> None:
    carrier = Carrier(speed=1)

    async def slow(_reference: str, when: str) -> None:
        if when == "before":
            await asyncio.sleep(0.5)

    carrier.on_create = slow
    async with office(carrier, BY_REFERENCE) as here:
        id = await here.place()
        await here.until(id, lambda each: each["status"] == "DIALING")
        payload = (await here.data(CANCEL, id=id))["cancelCall"]
        assert payload["outcome"] == "HANGING_UP"
        call = await here.over(id)
        done = (await here.data(CANCEL, id=id))["cancelCall"]
    assert call["status"] == "CANCELLED"
    assert done["outcome"] == "CANCELLED"
    assert here.made(id) == 1


async def test_cancelling_before_it_is_dialled(office: Opening) -> None:
    carrier = Carrier()
    async with office(carrier, BY_REFERENCE) as here:
        id = await here.place(earliestAt="2126-01-01T00:00:00Z")
        assert (await here.call(id))["waitingFor"] == "START_TIME"
        payload = (await here.data(CANCEL, id=id))["cancelCall"]
    assert payload["outcome"] == "CANCELLED"
    assert payload["call"]["status"] == "CANCELLED"
    assert here.made(id) == 0


async def test_a_call_waits_for_a_free_place(office: Opening) -> None:
    carrier = Carrier(speed=20)
    async with office(carrier, BY_REFERENCE, {"max_concurrent_calls": 3}) as here:
        ids = [await here.place() for _ in range(12)]
        for id in ids:
            await here.over(id, 40)
    assert carrier.most_live <= 3
    assert Counter(carrier.creates.values()) == {1: 12}


async def test_calls_per_second_as_the_carrier_counts_them(office: Opening) -> None:
    carrier = Carrier(speed=500)

    async def slow(_reference: str, when: str) -> None:
        # Some requests take their time on the way.
        if when == "before":
            await asyncio.sleep(0.3 * (len(carrier.arrivals) % 3 == 0))

    carrier.on_create = slow
    async with office(carrier, BY_REFERENCE, {"calls_per_second": 5}) as here:
        ids = [await here.place() for _ in range(16)]
        for id in ids:
            await here.over(id, 40)
    assert most_in_a_second(carrier) <= 5


def most_in_a_second(carrier: Carrier) -> int:
    """The most calls that the carrier got in any second."""
    times = sorted(carrier.arrivals)
    return max(sum(at <= each < at + 1 for each in times) for at in times)


async def test_one_number_has_one_call_at_a_time(office: Opening) -> None:
    carrier = Carrier(speed=20)
    async with office(carrier, BY_REFERENCE) as here:
        first = await here.place("+12125550150")
        await here.until(first, lambda each: each["status"] != "QUEUED")
        second = await here.place("+12125550150")
        assert (await here.call(second))["waitingFor"] == "NUMBER_IN_CALL"
        await here.over(first)
        await here.over(second, 30)
    assert carrier.most_live == 1


async def test_what_was_suppressed_is_not_dialled(office: Opening) -> None:
    carrier = Carrier()
    async with office(carrier, BY_REFERENCE) as here:
        id = await here.place("+12125550151", earliestAt="2126-01-01T00:00:00Z")
        await here.data('mutation { suppress(input: {phone: "+12125550151"}) { errors { code } } }')
        call = await here.call(id)
        refused = await here.ask("+12125550151")
    assert (call["status"], call["blockedCode"]) == ("BLOCKED", "SUPPRESSED")
    assert [each["code"] for each in refused["errors"]] == ["SUPPRESSED"]


async def test_a_spoken_opt_out_suppresses(office: Opening) -> None:
    carrier = Carrier(speed=200)
    simulate = {"simulate": {"outcome": "COMPLETED", "talk": "opt_out"}}
    async with office(carrier, BY_REFERENCE) as here:
        await here.over(await here.place("+12125550152", metadata=simulate))
        refused = await here.ask("+12125550152")
    assert refused["errors"][0]["code"] in ("SUPPRESSED", "OPTED_OUT")


async def test_the_simulator_needs_nothing(office: Opening) -> None:
    async with office(simulator_speed=100) as here:
        ids = [await here.place() for _ in range(5)]
        calls = [await here.over(id) for id in ids]
    assert all(each["status"] in OVER for each in calls)


async def test_an_order_is_resumed_after_a_restart(office: Opening, database_url: str) -> None:
    carrier = Carrier(speed=1)
    stopped: dict[str, Any] = {}
    async with office(carrier, BY_REFERENCE, {"calls_per_second": 1}) as here:
        ids = [await here.place() for _ in range(3)]
        await here.until(ids[0], lambda each: each["providerCallId"] is not None)
        stopped = {id: await here.call(id) for id in ids}
        port = carrier.port
    assert any(each["status"] == "QUEUED" for each in stopped.values())
    carrier.speed = 200
    await carrier.start(port)
    settings = {"dispatcher": "on", "secret_keys": "k" * 64, "private_providers": True}
    async with inside(House(database_url, (here.workspace,) * 2, ()), **settings) as visitor:
        here.visitor = visitor
        for id in ids:
            await here.over(id, 30)
    await carrier.stop()
    assert Counter(carrier.creates.values()) == {1: 3}
