"""Calls while they last: their status, what is said, the end; campaigns; other workspaces."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from gateway.live import words
from gateway.live.happening import Partial
from models import CallStatus, EventType
from models.columns import now, wire
from models.database import connect
from tests.gateway.live.hall import Hall, opened
from tests.gateway.live.telling import add_call, say, tell
from tests.gateway.outreach.workspace import KEY, furnish
from tests.gateway.serving import House

STATUS = """subscription($call: ID, $lead: ID, $after: String) {
  callStatus(callId: $call, leadId: $lead, after: $after) {
    cursor type status version call { id status version artifactsAt } } }"""
SPEECH = """subscription($call: ID!, $after: String) { callTranscript(callId: $call, after: $after) {
    cursor partial { speaker text } turn { id speaker text position } call { id } } }"""
PROGRESS = """subscription($campaign: ID!) { campaignProgress(campaignId: $campaign) {
    type status campaign { id name version } recipient { id } } }"""
E, S = EventType, CallStatus


async def life(hall: Hall, workspace: str, call: str) -> None:
    """A call that is answered, talks and ends."""
    await tell(hall, workspace, call, E.CALL_DIALING, S.DIALING)
    await tell(hall, workspace, call, E.CALL_IN_PROGRESS, S.IN_PROGRESS, answered_at=wire(now()))
    await say(hall, workspace, call, 0, "Hello?")
    await tell(hall, workspace, call, E.CALL_COMPLETED, S.COMPLETED, ended_at=wire(now()))
    await tell(hall, workspace, call, E.CALL_ARTIFACTS_READY, artifacts_at=wire(now()))


TYPES = ["CALL_DIALING", "CALL_IN_PROGRESS", "CALL_COMPLETED", "CALL_ARTIFACTS_READY"]


async def test_a_call_from_beginning_to_end(hall: Hall) -> None:
    workspace = hall.house.workspaces[0]
    call = await add_call(hall, workspace)
    start = (await hall.ask("{ cursor }"))["cursor"]
    async with hall.socket() as talk:
        await talk.begin(STATUS, call=f"call_{call}")
        await asyncio.sleep(0.1)
        await life(hall, workspace, call)
        events = await talk.events(4)
        assert [each["type"] for each in events] == TYPES
        assert [each["version"] for each in events] == [2, 3, 4, 5]
        assert [each["status"] for each in events][2:] == ["COMPLETED", "COMPLETED"]
        # The call is as of the delivery.
        assert all(each["call"]["version"] >= each["version"] for each in events)
        assert await talk.hear() == {"id": "1", "type": "complete"}
        # Who comes later sees the same, and the end.
        await talk.begin(STATUS, call=f"call_{call}", after=start)
        again = await talk.events(4)
        assert [each["cursor"] for each in again] == [each["cursor"] for each in events]
        assert await talk.hear() == {"id": "1", "type": "complete"}
        await talk.begin(STATUS, call=f"call_{call}", after=events[-1]["cursor"])
        assert await talk.hear() == {"id": "1", "type": "complete"}
        await talk.begin(STATUS, call=f"call_{call}")
        assert await talk.hear() == {"id": "1", "type": "complete"}


async def test_a_call_that_nobody_answers_has_no_artifacts(hall: Hall) -> None:
    workspace = hall.house.workspaces[0]
    call = await add_call(hall, workspace)
    async with hall.stream(STATUS, call=f"call_{call}") as stream:
        await stream.block()
        await tell(hall, workspace, call, E.CALL_NO_ANSWER, S.NO_ANSWER, ended_at=wire(now()))
        assert (await stream.events(1))[0]["status"] == "NO_ANSWER"
        assert await stream.block() == {"event": "complete", "data": ""}


async def test_the_calls_of_a_lead(hall: Hall) -> None:
    workspace = hall.house.workspaces[0]
    first, second = hall.house.leads[0], hall.house.leads[1]
    mine = await add_call(hall, workspace, lead_id=first.removeprefix("lead_"))
    other = await add_call(hall, workspace, lead_id=second.removeprefix("lead_"), number=9001)
    async with hall.socket() as talk, hall.socket() as every:
        await talk.begin(STATUS, lead=first)
        await every.begin("subscription { callStatus { type call { id } } }")
        await asyncio.sleep(0.1)
        await life(hall, workspace, other)
        await life(hall, workspace, mine)
        events = await talk.events(4)
        assert {each["call"]["id"] for each in events} == {f"call_{mine}"}
        assert [each["type"] for each in await every.events(8)] == TYPES * 2
        # It does not complete: there may be another call.
        assert await talk.silent()


async def test_what_is_said(hall: Hall) -> None:
    workspace = hall.house.workspaces[0]
    call = await add_call(hall, workspace)
    start = (await hall.ask("{ cursor }"))["cursor"]
    parts = hall.gateway.parts
    # PostgreSQL's other processes, such as workers, tell of such words as well.
    database = await connect(hall.house.url, connections=1)
    async with hall.socket() as talk, hall.socket() as status:
        await talk.begin(SPEECH, call=f"call_{call}")
        await status.begin(STATUS, call=f"call_{call}")
        await asyncio.sleep(0.1)
        await words.tell(database, workspace, call, Partial("LEAD", "Hel"), parts.live)
        (event,) = await talk.events(1)
        assert event["partial"] == {"speaker": "LEAD", "text": "Hel"}
        assert (event["turn"], event["call"]) == (None, {"id": f"call_{call}"})
        turn = await say(hall, workspace, call, 0, "Hello?")
        (whole,) = await talk.events(1)
        assert whole["turn"] == {"id": turn, "speaker": "LEAD", "text": "Hello?", "position": 0}
        assert whole["partial"] is None
        # Who was cut off while somebody spoke gets the turn, and no piece of it.
        for after in (start, event["cursor"]):
            await talk.begin(SPEECH, "2", call=f"call_{call}", after=after)
            assert await talk.events(1, "2") == [whole]
            await talk.say(id="2", type="complete")
        assert await status.silent()
    await database.close()


async def test_a_campaign(hall: Hall) -> None:
    make = 'mutation { createAgent(input: {name: "Ada", type: OUTBOUND}) { agent { id } } }'
    agent = (await hall.ask(make))["createAgent"]["agent"]["id"]
    create = """mutation($agent: ID!) { createCampaign(input: {name: "Old", agentId: $agent}) {
      campaign { id } errors { code path } } }"""
    created = (await hall.ask(create, agent=agent))["createCampaign"]
    assert created["errors"] == []
    campaign = created["campaign"]["id"]
    await hall.settle()
    rename = (
        'mutation($id: ID!) { updateCampaign(input: {id: $id, name: "New"}) { errors { code } } }'
    )
    async with hall.socket() as talk:
        await talk.begin(PROGRESS, campaign=campaign)
        await asyncio.sleep(0.1)
        done = await hall.ask(rename, id=campaign)
        assert done["updateCampaign"]["errors"] == []
        (event,) = await talk.events(1)
        assert event["type"] == "CAMPAIGN_UPDATED"
        assert (event["campaign"]["id"], event["campaign"]["name"]) == (campaign, "New")


@pytest.mark.parametrize("argument", ["callId", "leadId", "agentId", "campaignId"])
async def test_what_others_have_is_as_absent(hall: Hall, argument: str) -> None:
    noun = argument.removesuffix("Id")
    found = await hall.ask(f"{{ all: {noun}s(first: 1) {{ nodes {{ id }} }} }}", "key-other")
    theirs = found["all"]["nodes"][0]["id"]
    absent = f"{noun}_01920000-0000-7000-8000-000000000000"
    answers = []
    async with hall.socket() as talk:
        for id in (theirs, absent):
            await talk.begin(f'subscription {{ callStatus({argument}: "{id}") {{ at }} }}')
            answers.append(await talk.hear())
    assert answers[0] == answers[1]
    assert answers[0]["payload"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_nothing_of_another_workspace_is_heard(hall: Hall) -> None:
    _, theirs = hall.house.workspaces
    call = await add_call(hall, theirs)
    async with hall.socket() as talk, hall.socket("key-other") as other:
        query = "subscription { activity { type activity { call { id } } } }"
        await talk.begin(query)
        await other.begin(query)
        await asyncio.sleep(0.1)
        await life(hall, theirs, call)
        assert len(await other.events(5)) == 5
        assert await talk.silent()


PLACE = """mutation($phone: String!) {
  placeCall(input: {target: {phone: $phone}}, idempotencyKey: "one") {
    cursor call { id } errors { code message path } } }"""


@pytest.mark.parametrize("streaming", [True, False])
async def test_a_call_that_is_placed(sqlite_url: str, streaming: bool) -> None:
    """From `placeCall` through the dispatcher and the simulator to the end."""
    workspace = await furnish(sqlite_url)
    house = House(sqlite_url, (workspace, workspace), ())
    async with opened(house, dispatcher="on", simulator_speed=100) as hall:
        placed = (await hall.ask(PLACE, KEY, phone="+442079460123"))["placeCall"]
        assert placed["errors"] == []
        variables = {"call": placed["call"]["id"], "after": placed["cursor"]}
        events = []
        if streaming:
            async with hall.stream(STATUS, KEY, **variables) as stream:
                while (block := await stream.block()).get("event") != "complete":
                    if "data" in block:
                        events.append(orjson.loads(block["data"])["data"]["callStatus"])
        else:
            async with hall.socket(KEY) as talk:
                await talk.begin(STATUS, **variables)
                while (message := await talk.hear())["type"] == "next":
                    events.append(message["payload"]["data"]["callStatus"])
                assert message["type"] == "complete"
        assert [each["version"] for each in events] == sorted(each["version"] for each in events)
        assert [each["type"] for each in events][:2] == ["CALL_QUEUED", "CALL_DIALING"]
        assert events[-1]["call"]["artifactsAt"]


SAYING = """mutation($phone: String!) {
  placeCall(idempotencyKey: "one", input: {
    target: {phone: $phone}, metadata: {simulate: {outcome: "COMPLETED", talk: "meeting"}}
  }) { call { id } errors { code } } }"""


async def test_what_is_just_being_said(database_url: str) -> None:
    """The simulator's calls are heard while they are spoken; the whole turn follows."""
    workspace = await furnish(database_url)
    house = House(database_url, (workspace, workspace), ())
    async with opened(house, dispatcher="on", simulator_speed=5) as hall, hall.socket(KEY) as talk:
        placed = (await hall.ask(SAYING, KEY, phone="+442079460123"))["placeCall"]
        assert placed["errors"] == []
        await talk.begin(SPEECH, call=placed["call"]["id"])
        pieces: list[tuple[int, str, str]] = []
        wholes: list[tuple[str, str]] = []
        async with asyncio.timeout(40):
            while len(wholes) < 3:
                (event,) = await talk.events(1)
                if event["turn"] is None:
                    pieces.append((len(wholes), *event["partial"].values()))
                else:
                    wholes.append((event["turn"]["speaker"], event["turn"]["text"]))
    assert pieces
    for place, speaker, text in pieces:
        if place < len(wholes):
            assert speaker == wholes[place][0]
            assert wholes[place][1].startswith(text)
            assert wholes[place][1] != text
