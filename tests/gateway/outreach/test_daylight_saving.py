"""Retries and windows of campaigns across changes of the clock, as the dispatcher decides them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gateway.execution.numbers import Numbers
from gateway.live import words
from gateway.media import MediaStore
from gateway.outreach.attempt import Claimed
from gateway.outreach.claim import claim
from gateway.outreach.scene import Scene
from gateway.outreach.speech import Speech
from gateway.outreach.wire import Wire
from models import CallStatus, EndReason
from models.columns import wire
from resolvers.call_end import KNOWN, ended
from resolvers.call_progress import locked
from schema.installation import Installation
from schema.unit import Unit
from tests.gateway.outreach.conftest import Office, Opening
from tests.gateway.outreach.test_campaigns import do

NEW_YORK, ROME, LORD_HOWE = "America/New_York", "Europe/Rome", "Australia/Lord_Howe"


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00").astimezone(UTC)


@pytest.mark.parametrize(
    ("zone", "over", "delay", "opens"),
    [
        # New York skips two to three on 8 March 2026: two hours later it is 04:30, not 03:30.
        (NEW_YORK, "2026-03-08T06:30", 2, "2026-03-08T12:00"),
        # It has one to two twice on 1 November: a day later is 07:30 by the clock.
        (NEW_YORK, "2026-10-31T12:30", 24, "2026-11-01T13:00"),
        (ROME, "2026-03-28T23:30", 1, "2026-03-29T06:00"),
        (ROME, "2026-10-24T06:30", 24, "2026-10-25T07:00"),
        # Lord Howe goes by half an hour.
        (LORD_HOWE, "2026-04-03T21:15", 24, "2026-04-04T21:30"),
        (LORD_HOWE, "2026-10-03T10:30", 1, "2026-10-03T21:00"),
    ],
)
@pytest.mark.parametrize("windowed", [False, True])
async def test_a_retry_waits_its_time_and_then_the_next_opening(
    office: Opening,
    tmp_path: Path,
    zone: str,
    over: str,
    delay: int,
    opens: str,
    windowed: bool,
) -> None:
    # The campaign's own window is narrower than the eight o'clock of good manners.
    opening = at(opens) + timedelta(hours=2 if windowed else 0)
    more = {"callingWindows": WINDOW} if windowed else {}
    async with office(dispatcher="off") as here:
        await called(here, zone, delay, more)
        clock = Clock(opening - timedelta(hours=44))
        scene = _scene(here, clock, tmp_path)
        first = await claim(scene, here.workspace)
        assert isinstance(first, Claimed)
        clock.now = at(over)

        async def unanswered(unit: Unit) -> None:
            call = await locked(unit, first.order.call_id, *KNOWN)
            await ended(unit, call, CallStatus.NO_ANSWER, {"end_reason": EndReason.RING_TIMEOUT})

        await scene.transact(here.workspace, unanswered)
        # A moment before the delay is over, nobody looks at it.
        due = at(over) + timedelta(hours=delay)
        clock.now = due - timedelta(seconds=1)
        await claim(scene, here.workspace)
        assert await waiting(here) == ("RETRY_DELAY", wire(due))
        clock.now = due
        await claim(scene, here.workspace)
        assert await waiting(here) == ("CALLING_HOURS", wire(opening))
        clock.now = opening - timedelta(seconds=1)
        assert not isinstance(await claim(scene, here.workspace), Claimed)
        clock.now = opening
        second = await claim(scene, here.workspace)
    assert isinstance(second, Claimed)
    assert second.order.call_id != first.order.call_id
    assert second.order.dialed_at == opening


WINDOW = [{"days": [1, 2, 3, 4, 5, 6, 7], "from": 600, "to": 1080}]


class Clock:
    """The hands are the test's."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def _scene(here: Office, clock: Clock, folder: Path) -> Scene:
    database = here.visitor.gateway.parts.database
    return Scene(
        database,
        Wire({}),
        Installation(),
        clock,
        lambda _: None,
        Numbers(database),
        MediaStore(folder),
        Speech(partial(words.tell, database)),
    )


async def called(here: Office, zone: str, delay: int, columns: dict[str, Any]) -> None:
    """A campaign that has begun, with one recipient in the zone."""
    agent = (await here.data("{ agents(first: 1) { nodes { id } } }"))["agents"]["nodes"][0]["id"]
    retrying: dict[str, Any] = {"maxRetries": 2, "retryOn": ["NO_ANSWER"]}
    retrying["retryDelaySeconds"] = delay * 3600
    made = await do(
        here, "createCampaign", "campaign { id }", name="S", agentId=agent, **retrying, **columns
    )
    id = made["campaign"]["id"]
    lead = {"name": "Ada", "phone": "+12125550100", "timeZone": zone}
    person = (await do(here, "createLead", "lead { id }", **lead))["lead"]["id"]
    people = [{"leadId": person}]
    await do(here, "addRecipients", "createdCount", campaignId=id, recipients=people)
    await do(here, "startCampaign", "campaign { status }", id=id)
    # As the pump does, long before.
    await here.rows("UPDATE call SET due_at = ?1", "2026-01-01T00:00:00.000Z")


async def waiting(here: Office) -> tuple[str, str]:
    query = """{ calls(first: 1, filter: {status: [SCHEDULED]}) {
      nodes { waitingFor notBefore } } }"""
    (found,) = (await here.data(query))["calls"]["nodes"]
    return found["waitingFor"], found["notBefore"]
