"""Deliveries from event to endpoint: once made, sent until they arrive, signed each time."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import orjson
import pytest
from standardwebhooks.webhooks import Webhook as StandardVerifier
from svix.webhooks import Webhook as SvixVerifier

from gateway.webhooks.claiming import EACH
from gateway.webhooks.signing import signed
from models.columns import wire
from tests.gateway.webhooks.receiver import Answer, Got
from tests.gateway.webhooks.stage import Stage

SCHEDULE = [5, 300, 1800, 7200, 18000, 36000, 36000]


def verified(secret: str, got: Got) -> None:
    """Both verifiers of others accept it as it came; they raise what they don't."""
    StandardVerifier(secret).verify(got.body, got.headers)
    SvixVerifier(secret).verify(got.body, got.headers)


async def test_an_event_arrives(place: Stage) -> None:
    hook = await place.hook(customHeaders={"X-Token": "abc"})
    place.tell()
    await place.happen()
    await place.settled(1)
    (got,) = place.receiver.got
    body = orjson.loads(got.body)
    assert (body["type"], body["timestamp"]) == ("lead.created", "2026-03-02T12:00:00.000Z")
    subject = body["data"]["subject"]
    assert (subject["__typename"], subject["name"]) == ("Lead", "Ada Lovelace")
    assert (got.headers["content-type"], got.headers["x-token"]) == ("application/json", "abc")
    assert await place.states() == ["DELIVERED"]
    data = await place.ask(
        "query ($id: ID!) { node(id: $id) { ... on Webhook { lastStatusCode deliveries { nodes { "
        "id eventName state attemptCount deliveredAt attempts { nodes { attempt statusCode "
        "response error replayed } } } } } } }",
        id=hook["id"],
    )
    (delivery,) = data["node"]["deliveries"]["nodes"]
    assert delivery["id"] == got.id
    assert (delivery["eventName"], delivery["state"], delivery["attemptCount"]) == (
        "lead.created",
        "DELIVERED",
        1,
    )
    assert delivery["attempts"]["nodes"] == [
        {"attempt": 1, "statusCode": 200, "response": "thanks", "error": None, "replayed": False}
    ]


async def test_the_schedule(place: Stage) -> None:
    """The same id and body at each attempt, a signature of its own, at the hours promised."""
    hook = await place.hook()
    place.receiver.script(Answer(500, body=b"upstream\x00down"))
    place.tell()
    await place.happen()
    await place.settled(1)
    for number, delay in enumerate(SCHEDULE, 1):
        due = delay * 1.05
        (row,) = await place.fetch("SELECT next_attempt_at FROM delivery")
        assert _near(row[0], place.now + timedelta(seconds=due))
        place.pass_(seconds=due - 0.01)
        await asyncio.sleep(0.05)
        assert len(place.receiver.got) == number
        place.pass_(seconds=0.02)
        await place.settled(number + 1)
    assert await place.states() == ["FAILED"]
    place.pass_(days=1)
    await asyncio.sleep(0.1)
    got = place.receiver.got
    assert len(got) == 8
    assert len({each.id for each in got}) == 1
    assert len({each.body for each in got}) == 1
    assert len({each.headers["webhook-signature"] for each in got}) == 8
    key = b64decode(hook["secret"].removeprefix("whsec_"))
    for each in got:
        stamp = int(each.headers["webhook-timestamp"])
        assert (
            each.headers["webhook-signature"]
            == (signed(each.id, stamp, each.body.decode(), [key])["webhook-signature"])
        )


def _near(text: str, expected: datetime) -> bool:
    return abs(datetime.fromisoformat(text) - expected) < timedelta(milliseconds=5)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(302, (("location", "http://127.0.0.1:1/"),)), "The endpoint answered 302."),
        (Answer(199 + 200), "The endpoint answered 399."),
        (Answer(cut=True), "Server disconnected without sending a response."),
        (Answer(wait=3), "No answer within 1 seconds."),
    ],
)
async def test_only_2xx_in_time_counts(place: Stage, answer: Answer, error: str) -> None:
    await place.hook(timeoutSeconds=1)
    place.receiver.script(answer)
    place.tell()
    await place.happen()
    await place.settled(1)
    rows = await place.fetch("SELECT state, last_error FROM delivery")
    assert (rows[0][0], rows[0][1]) == ("PENDING", error)
    assert len(place.receiver.got) == 1


async def test_retry_after_is_heeded(place: Stage) -> None:
    await place.hook()
    place.receiver.script(Answer(429, (("retry-after", "120"),)), Answer())
    place.tell()
    await place.happen()
    await place.settled(1)
    place.pass_(seconds=119)
    await asyncio.sleep(0.1)
    assert await place.attempts() == 1
    place.pass_(seconds=2)
    await place.settled(2)
    assert await place.states() == ["DELIVERED"]


async def test_410_switches_off(place: Stage) -> None:
    hook = await place.hook()
    place.receiver.script(Answer(410))
    telling = place.tell()
    await place.happen()
    await place.settled(1)
    await place.happen()
    await asyncio.sleep(0.1)
    assert len(place.receiver.got) == 1
    rows = await place.fetch("SELECT active, disabled_reason FROM webhook")
    assert (bool(rows[0][0]), rows[0][1]) == (False, "GONE")
    assert await place.states() == ["STOPPED"]
    rows = await place.fetch("SELECT count(*) FROM event WHERE type = 'WEBHOOK_DISABLED'")
    assert rows[0][0] == 1
    # Switched on again it is told what happens from then on.
    place.receiver.script(Answer())
    await place.done("updateWebhook", {"id": hook["id"], "active": True})
    await place.happen()
    await place.settled(2)
    assert len(place.receiver.got) == 2
    assert telling is not None


async def test_five_days_of_failing_switch_off(place: Stage) -> None:
    await place.hook()
    place.receiver.script(Answer(500))
    place.tell()
    await place.happen()
    await place.settled(1)
    place.pass_(days=4.9)
    await place.settled(2)
    assert (await place.fetch("SELECT active FROM webhook"))[0][0]
    place.pass_(days=0.2)
    await place.settled(3)
    rows = await place.fetch("SELECT active, disabled_reason FROM webhook")
    assert (bool(rows[0][0]), rows[0][1]) == (False, "FAILING")
    assert await place.states() == ["STOPPED"]


async def test_a_success_in_between_forgives(place: Stage) -> None:
    await place.hook()
    place.receiver.script(Answer(500), Answer(200), Answer(500))
    place.tell()
    await place.happen()
    await place.settled(1)
    place.pass_(days=4.9)
    await place.settled(2)
    place.pass_(days=1)
    await place.happen()
    await place.settled(3)
    rows = await place.fetch("SELECT active, consecutive_failures FROM webhook")
    assert (bool(rows[0][0]), rows[0][1]) == (True, 1)


async def test_one_that_hangs_delays_nobody(place: Stage) -> None:
    await place.hook("/slow", timeoutSeconds=30)
    await place.hook("/quick")
    place.receiver.answer = lambda got: Answer(wait=60 if got.path == "/slow" else 0)
    place.tell()
    await place.happen(40)
    await place.until(lambda: len(place.receiver.of("/quick")) == 40, seconds=20)
    assert 1 <= len(place.receiver.of("/slow")) < 2 * EACH


async def test_deletion_stops_at_once(place: Stage) -> None:
    hook = await place.hook()
    place.receiver.script(Answer(500))
    place.tell()
    await place.happen(3)
    await place.settled(3)
    await place.done("deleteWebhook", {"id": hook["id"]}, "deletedId")
    place.pass_(hours=1)
    await asyncio.sleep(0.1)
    assert len(place.receiver.got) == 3
    assert await place.states() == []


async def test_who_is_told_what(place: Stage) -> None:
    """By names of events, by agent, and from the creation on."""
    await place.happen()
    agent = (await place.done("createAgent", {"name": "Ava", "type": "OUTBOUND"}, "agent { id }"))[
        "agent"
    ]["id"]
    await place.hook("/all")
    await place.hook("/leads", events=["lead.created"])
    await place.hook("/agent", agentId=agent)
    await place.hook("/off", active=False)
    place.tell()
    await place.done("createLead", {"name": "Ada", "agentId": agent})
    await place.done("createLead", {"name": "Bob"})
    await place.done("updateAgent", {"id": agent, "name": "Eva"})

    def seen(path: str) -> list[str]:
        return sorted(each.type for each in place.receiver.of(path))

    await place.until(lambda: len(seen("/all")) == 3)
    await place.until(lambda: len(place.receiver.got) == 7)
    assert seen("/all") == ["agent.updated", "lead.created", "lead.created"]
    assert seen("/leads") == ["lead.created", "lead.created"]
    assert seen("/agent") == ["agent.updated", "lead.created"]
    assert seen("/off") == []


async def test_two_processes_send_each_once(place: Stage) -> None:
    await place.hook()
    place.tell()
    if place.database.dialect == "postgres":
        place.tell()
    await place.happen(30)
    await place.settled(30)
    await asyncio.sleep(0.1)
    assert len({each.id for each in place.receiver.got}) == len(place.receiver.got) == 30


async def test_verifiers_of_others_accept_it(place: Stage) -> None:
    place.now = datetime.now(UTC)
    hook = await place.hook()
    place.tell()
    await place.happen()
    await place.settled(1)
    (got,) = place.receiver.got
    verified(hook["secret"], got)
    altered = replace(got, body=got.body.replace(b"Ada", b"Bob"))
    for verifier in (StandardVerifier(hook["secret"]), SvixVerifier(hook["secret"])):
        with pytest.raises(Exception, match="No matching signature"):
            verifier.verify(altered.body, altered.headers)


async def test_a_process_that_ends_gives_back_what_it_holds(place: Stage) -> None:
    """The next one need not wait until the hold runs out."""
    await place.hook(timeoutSeconds=30)
    place.receiver.answer = lambda _: Answer(wait=60)
    first = place.tell()
    await place.happen(3)
    await place.until(lambda: len(place.receiver.got) == 3)
    await first.stop()
    place.receiver.answer = lambda _: Answer()
    place.tell()
    await place.settled(3)
    assert await place.states() == ["DELIVERED"] * 3
    assert len({each.id for each in place.receiver.got}) == 3


async def test_rotation(place: Stage) -> None:
    """For a while both secrets sign, then the new one alone."""
    place.now = datetime.now(UTC)
    old = await place.hook()
    rotated = await place.done(
        "rotateWebhookSecret", {"id": old["id"], "keepHours": 2}, "secret webhook { secretHint }"
    )
    new = rotated["secret"]
    assert new != old["secret"]
    assert rotated["webhook"]["secretHint"] == new[-4:]
    place.tell()
    await place.happen()
    await place.settled(1)
    assert len(place.receiver.got[0].headers["webhook-signature"].split(" ")) == 2
    for secret in (old["secret"], new):
        verified(secret, place.receiver.got[0])
    await place.fetch("UPDATE webhook SET previous_secret_until = ?1", wire(place.now))
    await place.happen()
    await place.settled(2)
    verified(new, place.receiver.got[1])
    with pytest.raises(Exception, match="No matching signature"):
        verified(old["secret"], place.receiver.got[1])


async def test_a_test_event(place: Stage) -> None:
    hook = await place.hook(events=["call.completed"])
    await place.hook("/other")
    place.tell()
    await place.done("testWebhook", {"id": hook["id"]})
    await place.settled(1)
    await asyncio.sleep(0.05)
    (got,) = place.receiver.got
    assert (got.path, got.type) == ("/hook", "webhook.test")
    await place.done("updateWebhook", {"id": hook["id"], "active": False})
    found = await place.verb("testWebhook", {"id": hook["id"]})
    assert [each["code"] for each in found["errors"]] == ["ILLEGAL_TRANSITION"]


async def test_redelivery(place: Stage) -> None:
    await place.hook()
    place.tell()
    await place.happen()
    await place.settled(1)
    first = place.receiver.got[0]
    found = await place.done(
        "redeliver", {"id": first.id}, "delivery { state nextAttemptAt attemptCount }"
    )
    assert found["delivery"]["state"] == "PENDING"
    await place.settled(2)
    assert (place.receiver.got[1].id, place.receiver.got[1].body) == (first.id, first.body)
    rows = await place.fetch("SELECT attempt, replayed FROM delivery_attempt ORDER BY attempt")
    assert [(row[0], bool(row[1])) for row in rows] == [(1, False), (2, True)]


async def test_replay(place: Stage) -> None:
    """What was given up or never told is sent; what arrived is not sent again."""
    hook = await place.hook()
    place.tell()
    await place.happen()
    await place.settled(1)
    seen = orjson.loads(place.receiver.got[0].body)["data"]["id"]
    place.pass_(minutes=1)
    since = place.now
    place.receiver.script(Answer(410))
    await place.happen()
    await place.settled(2)
    await place.happen(2)
    await place.until(lambda: _followed(place))
    place.receiver.script(Answer())
    await place.done("updateWebhook", {"id": hook["id"], "active": True})
    found = await place.done(
        "replayWebhook",
        {"id": hook["id"], "afterActivityId": seen},
        "count hasMore lastActivityId",
    )
    assert (found["count"], found["hasMore"]) == (3, False)
    await place.settled(5)
    assert len({each.id for each in place.receiver.got}) == 4
    again = await place.done(
        "replayWebhook", {"id": hook["id"], "since": since.isoformat()}, "count"
    )
    assert again["count"] == 0


async def _followed(place: Stage) -> bool:
    rows = await place.fetch(
        "SELECT count(*) FROM follower f JOIN log l ON l.workspace_id = f.workspace_id "
        "WHERE f.position = l.position"
    )
    return bool(rows[0][0])


async def test_replay_from_a_cursor(place: Stage) -> None:
    hook = await place.hook()
    cursor = (await place.ask("{ cursor }"))["cursor"]
    await place.done("updateWebhook", {"id": hook["id"], "active": False})
    await place.happen(2)
    place.tell()
    await place.until(lambda: _followed(place))
    await place.done("updateWebhook", {"id": hook["id"], "active": True})
    found = await place.done("replayWebhook", {"id": hook["id"], "after": cursor}, "count")
    assert found["count"] == 2
    await place.settled(2)
    bad = await place.verb("replayWebhook", {"id": hook["id"], "after": "nonsense"})
    assert bad["errors"][0]["path"] == ["after"]


async def test_large_bodies_carry_a_link(place: Stage) -> None:
    await place.hook()
    place.tell()
    fields = {f"field {n}": "x" * 500 for n in range(60)}
    await place.done("createLead", {"name": "Ada", "customFields": fields})
    await place.settled(1)
    (got,) = place.receiver.got
    assert len(got.body) < 2000
    data = orjson.loads(got.body)["data"]
    assert data["subject"]["__typename"] == "Lead"
    assert data["url"].startswith(f"http://gateway.test/events/{got.id.removeprefix('delivery_')}?")


async def test_a_lost_key_is_told(place: Stage) -> None:
    """Without the installation's key nothing is sent unsigned."""
    await place.hook()
    await place.fetch("UPDATE webhook SET secret = ?1", b"noise")
    place.tell()
    await place.happen()
    await place.settled(1)
    assert place.receiver.got == []
    rows = await place.fetch("SELECT last_error FROM delivery")
    assert rows[0][0] == "The webhook's secret can't be read; rotate it."
