"""Vapi: what we send is what its SDK sends, its reports are believed with the secret alone."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import httpx2
import orjson
import pytest
import pytest_asyncio
from vapi import Vapi

from models import Provider, ProviderAccount, writing
from models.columns import new_id, now, wire
from models.database import connect
from schema.vault import Vault
from schema.vendor import purpose
from tests.gateway.outreach.conftest import Office, opened
from tests.gateway.outreach.fake_vapi import WAV, FakeVapi
from tests.gateway.outreach.test_campaigns import do, drafted, until

PHONE = "+14155526789"
BASE = "https://gateway.example.com"
ASSISTANT, NUMBER = "asst-1", "num-1"
Opening = Callable[..., AbstractAsyncContextManager[tuple[Office, FakeVapi]]]


@pytest_asyncio.fixture
async def vapi_office(database_url: str) -> AsyncIterator[Opening]:
    """Opens an office whose default account is with Vapi."""

    @asynccontextmanager
    async def opening(
        agent: dict[str, Any] | None = None, secret: str | None = None, **settings: Any
    ) -> AsyncIterator[tuple[Office, FakeVapi]]:
        fake = FakeVapi()
        await fake.start()
        try:
            async with opened(database_url, **settings) as here:
                await account(here, fake, secret)
                for column, value in {"provider_agent_id": ASSISTANT, **(agent or {})}.items():
                    await here.rows(f"UPDATE agent SET {column} = ?1", value)
                await here.rows("UPDATE phone_number SET provider_number_id = ?1", NUMBER)
                yield here, fake
        finally:
            await fake.stop()

    yield opening


async def account(here: Office, fake: FakeVapi, secret: str | None) -> None:
    id = new_id()
    known = {"api_key": "key", **({"webhook_secret": secret} if secret else {})}
    vault = Vault.of(["k" * 64])
    row = {
        "id": id,
        "workspace_id": here.workspace,
        "name": "Vapi",
        "provider": Provider.VAPI,
        "is_default": True,
        "settings": {"base_url": fake.url},
        "credentials": vault.seal(here.workspace, purpose(id), orjson.dumps(known)),
        "callback_token": "c" * 43,
    }
    database = await connect(here.url)
    try:
        async with database.transaction() as transaction:
            await writing.insert(transaction, ProviderAccount, row)
    finally:
        await database.close()


async def dialled(here: Office, **input: Any) -> tuple[str, str]:
    """A call that Vapi has: our id and its."""
    id = await here.place(PHONE, **input)
    call = await here.until(id, lambda each: each["providerCallId"] is not None)
    return id, call["providerCallId"]


async def report(
    here: Office, fake: FakeVapi, headers: Any = None, **message: Any
) -> httpx2.Response:
    """A server message about the first call."""
    body = orjson.dumps({"message": {"call": {"id": "vapi-1"}, **message}})
    given = fake.server["headers"] if headers is None else headers
    url = fake.server["url"].removeprefix(BASE)
    return await here.visitor.http.post(url, content=body, headers=given)


ENDED = {
    "type": "end-of-call-report",
    "endedReason": "customer-ended-call",
    "startedAt": "2026-11-23T10:00:00.000Z",
    "endedAt": "2026-11-23T10:00:42.000Z",
    "cost": 0.123,
    "analysis": {"summary": "They talked.", "structuredData": {"vans": 3}},
}


async def test_figures_that_no_call_can_have_cost_it_nothing_else(vapi_office: Opening) -> None:
    odd = {"startedAt": "0001-01-01T00:00:00Z", "endedAt": "9999-12-31T23:59:59Z", "cost": 1e308}
    said = [
        {"role": "bot", "message": "Hello?", "secondsFromStart": 1795000000.0, "duration": 1e300},
        {"role": "user", "message": "Hi.", "secondsFromStart": -5, "duration": True},
    ]
    async with vapi_office(public_url=BASE) as (here, fake):
        id, _ = await dialled(here)
        await report(here, fake, **{**ENDED, **odd}, artifact={"messages": said})
        call = await here.until(id, lambda each: each["status"] == "COMPLETED")
        states = await here.rows("SELECT DISTINCT state FROM callback")
    assert [each["text"] for each in call["transcript"]["nodes"]] == ["Hello?", "Hi."]
    assert [row[0] for row in states] == ["APPLIED"]


async def test_a_recording_that_trickles_in_holds_nobody_up(vapi_office: Opening) -> None:
    async with vapi_office() as (here, fake):
        fake.trickles = True
        id, sid = await dialled(here)
        artifact = {"recordingUrl": "https://storage.vapi.ai/x.wav", "messages": []}
        fake.calls[sid] |= {**ENDED, "status": "ended", "artifact": artifact}
        call = await here.until(id, lambda each: each["status"] == "COMPLETED")
        assert call["artifactsAt"] is None
        fake.trickles = False


async def test_a_call_reported_by_messages(vapi_office: Opening) -> None:
    async with vapi_office(public_url=BASE) as (here, fake):
        id, _ = await dialled(here, metadata={"vans": 7})
        await report(here, fake, type="status-update", status="in-progress")
        for role, words in (("assistant", "Hello?"), ("user", "Hi.")):
            said = {"role": role, "transcriptType": "final", "transcript": words}
            await report(here, fake, type="transcript", **said)
            await report(here, fake, type="transcript", **said)
        live = await here.until(id, lambda each: len(each["transcript"]["nodes"]) == 2)
        assert live["status"] == "IN_PROGRESS"
        artifact = {
            "recordingUrl": "https://storage.vapi.ai/x.wav",
            "messages": [{"role": "bot", "message": "Hello?"}, {"role": "user", "message": "Hi."}],
        }
        fake.calls["vapi-1"] |= {**ENDED, "status": "ended", "artifact": artifact}
        await report(here, fake, **ENDED, artifact=artifact)
        call = await here.over(id)
        query = "query ($id: ID!) { call(id: $id) { recording { url } extracted cost { amountMicros } } }"
        more = (await here.data(query, id=id))["call"]
        path = more["recording"]["url"].partition("/recordings/")[2]
        sound = await here.visitor.http.get(f"/recordings/{path}")
    assert (call["status"], call["durationSeconds"], call["hangupBy"]) == ("COMPLETED", 42, "LEAD")
    assert call["summary"] == "They talked."
    assert call["transcript"]["nodes"] == [
        {"speaker": "AGENT", "text": "Hello?"},
        {"speaker": "LEAD", "text": "Hi."},
    ]
    assert more["extracted"] == {"vans": 3}
    assert more["cost"] == {"amountMicros": "123000"}
    assert sound.content == WAV
    assert len(fake.creates()) == 1


@pytest.mark.parametrize(
    ("reason", "status", "end"),
    [
        ("customer-busy", "BUSY", "BUSY"),
        ("customer-did-not-answer", "NO_ANSWER", "RING_TIMEOUT"),
        ("voicemail", "VOICEMAIL", "VOICEMAIL"),
        ("pipeline-error-openai-llm-failed", "FAILED", "PROVIDER_ERROR"),
        ("exceeded-max-duration", "COMPLETED", "MAX_DURATION"),
    ],
)
async def test_endings(vapi_office: Opening, reason: str, status: str, end: str) -> None:
    async with vapi_office() as (here, fake):
        id, sid = await dialled(here)
        fake.calls[sid] |= {"status": "ended", "endedReason": reason, "artifact": {}}
        call = await here.over(id)
    assert (call["status"], call["endReason"], call["endDetail"]) == (status, end, reason)


async def test_hanging_up_at_the_control_address(vapi_office: Opening) -> None:
    async with vapi_office() as (here, fake):
        id, _ = await dialled(here)
        fake.calls["vapi-1"]["status"] = "in-progress"
        await here.until(id, lambda each: each["status"] == "IN_PROGRESS")
        await here.data(
            "mutation ($id: ID!) { hangUpCall(input: {id: $id}) { errors { code } } }", id=id
        )
        call = await here.until(id, lambda each: each["status"] == "CANCELLED")
    assert call["endReason"] == "CANCELLED"
    assert ("POST", "/call/vapi-1/control") in [each[:2] for each in fake.seen]


async def test_the_control_address_is_learned_later(vapi_office: Opening) -> None:
    """Who never got the answer to its create finds out where the call is ended."""
    async with vapi_office() as (here, fake):
        fake.answers.append((500, b"{}"))
        id, sid = await dialled(here)
        control = fake.calls[sid].pop("monitor")
        fake.calls[sid]["status"] = "in-progress"
        await here.until(id, lambda each: each["status"] == "IN_PROGRESS")
        fake.calls[sid]["monitor"] = control
        await here.data(
            "mutation ($id: ID!) { hangUpCall(input: {id: $id}) { errors { code } } }", id=id
        )
        await here.until(id, lambda each: each["status"] == "CANCELLED")
    assert ("POST", f"/call/{sid}/control") in [each[:2] for each in fake.seen]


async def test_recording_and_analysis_that_come_after_the_end(vapi_office: Opening) -> None:
    async with vapi_office({"record_calls": True}) as (here, fake):
        id, sid = await dialled(here)
        ended = {**ENDED, "status": "ended", "endedAt": wire(now())}
        analysis = ended.pop("analysis")
        fake.calls[sid] |= {**ended, "artifact": {"messages": []}}
        call = await here.until(id, lambda each: each["status"] == "COMPLETED")
        await asyncio.sleep(2.5)
        assert (await here.call(id))["artifactsAt"] is None
        artifact = {
            "recordingUrl": "https://storage.vapi.ai/x.wav",
            "messages": [{"role": "user", "message": "Hi\0 there."}],
        }
        fake.calls[sid] |= {"artifact": artifact, "analysis": analysis}
        call = await here.over(id)
        query = "query ($id: ID!) { call(id: $id) { recording { state } } }"
        recording = (await here.data(query, id=id))["call"]["recording"]
    assert call["summary"] == "They talked."
    assert recording == {"state": "AVAILABLE"}
    # PostgreSQL keeps no NUL, and nobody says one.
    assert [each["text"] for each in call["transcript"]["nodes"]] == ["Hi there."]


STRANGE: list[dict[str, Any]] = [
    {"type": "status-update"},
    {"type": "status-update", "status": ["ended"]},
    {"type": "status-update", "status": "ended", "endedReason": 7, "endedAt": "soon"},
    {"type": "end-of-call-report", "artifact": {"messages": [{"role": [], "message": "x"}]}},
    {"type": "transcript", "transcriptType": "final", "role": {}, "transcript": None},
    {"type": "hang"},
    {"type": None},
]


async def test_strange_messages_are_answered_and_kept(vapi_office: Opening) -> None:
    async with vapi_office(public_url=BASE) as (here, fake):
        await dialled(here)
        statuses = [(await report(here, fake, **each)).status_code for each in STRANGE]
        url, headers = fake.server["url"].removeprefix(BASE), fake.server["headers"]
        for body in (b"<html>", b"", b"[]", b'{"message": 1}', b'{"message": {"call": {}}}'):
            answer = await here.visitor.http.post(url, content=body, headers=headers)
            statuses.append(answer.status_code)
        (kept,) = await here.rows("SELECT count(*) FROM callback")
        assert statuses == [204] * len(statuses)
        assert kept[0] == len(statuses)


async def test_words_are_told_while_they_are_said(vapi_office: Opening) -> None:
    async with vapi_office(public_url=BASE) as (here, fake):
        id, _ = await dialled(here)
        told: list[Any] = []

        async def tell(workspace: str, call: str, words: Any) -> None:
            told.append((workspace, f"call_{call}", *words))

        outreach = here.visitor.gateway.parts.outreach
        outreach._speech._tell = tell
        said = {"type": "transcript", "transcriptType": "partial", "role": "user"}
        for words in ("Yes", "Yes, I"):
            answer = await report(here, fake, **said, transcript=words)
            assert answer.status_code == 204
        (kept,) = await here.rows("SELECT count(*) FROM callback")
        assert kept[0] == 0
    assert told == [(here.workspace, id, "LEAD", "Yes"), (here.workspace, id, "LEAD", "Yes, I")]


@pytest.mark.parametrize("answer", [(500, b"{}"), (201, b"<html>"), (429, b'{"message": "slow"}')])
async def test_what_was_not_answered_is_found(
    vapi_office: Opening, answer: tuple[int, bytes]
) -> None:
    async with vapi_office() as (here, fake):
        fake.answers.append(answer)
        if answer[0] == 201:
            fake.answers[0] = (502, b"<html>")
        _, sid = await dialled(here)
    assert sid == "vapi-1"
    assert len(fake.creates()) == 1


async def test_a_refusal(vapi_office: Opening) -> None:
    async with vapi_office() as (here, fake):
        refused = b'{"message": ["customer.number must be valid"], "statusCode": 400}'
        fake.answers.append((400, refused))
        id = await here.place(PHONE)
        call = await here.over(id)
    assert (call["status"], call["endReason"]) == ("FAILED", "PROVIDER_REFUSED")
    assert "customer.number" in call["endDetail"]


async def test_only_the_secret_is_believed(vapi_office: Opening) -> None:
    async with vapi_office(public_url=BASE, secret="s3cret") as (here, fake):
        id, _ = await dialled(here)
        about = {"type": "status-update", "status": "in-progress"}
        body = orjson.dumps({"message": {"call": {"id": "vapi-1"}, **about}})
        now = str(int(time.time()))

        def signed(stamp: str, key: str = "s3cret") -> dict[str, str]:
            made = hmac.digest(key.encode(), f"{stamp}.".encode() + body, "sha256").hex()
            return {"x-timestamp": stamp, "x-signature": made}

        wrong = [
            {},
            {"x-vapi-secret": "c" * 43},
            {"authorization": "Bearer nope"},
            signed(now, "other"),
            signed(str(int(now) - 3600)),
        ]
        statuses = [(await report(here, fake, each, **about)).status_code for each in wrong]
        assert statuses == [401] * len(wrong)
        assert (await here.call(id))["status"] == "DIALING"
        assert (await report(here, fake, signed(now), **about)).status_code == 204
        await here.until(id, lambda each: each["status"] == "IN_PROGRESS")


async def test_the_sdk_places_the_same_call(vapi_office: Opening) -> None:
    agent = {"voicemail_action": "LEAVE_MESSAGE", "voicemail_message": "Call back."}
    async with vapi_office(agent, public_url=BASE) as (here, fake):
        await dialled(here, maxDurationSeconds=90, firstMessageOverride="Hi", metadata={"a": 1})
        ours = fake.creates()[0]
        http = httpx.Client()
        client = Vapi(token="key", base_url=fake.url, httpx_client=http)
        given = ours[3]
        await asyncio.to_thread(
            client.calls.create,
            assistant_id=ASSISTANT,
            phone_number_id=NUMBER,
            customer={
                "number": PHONE,
                "external_id": given["customer"]["externalId"],
                "name": given["customer"]["name"],
            },
            assistant_overrides={
                "variable_values": given["assistantOverrides"]["variableValues"],
                "metadata": given["assistantOverrides"]["metadata"],
                "max_duration_seconds": 90,
                "first_message": "Hi",
                "voicemail_detection": {"provider": "vapi"},
                "voicemail_message": "Call back.",
                "server": given["assistantOverrides"]["server"],
                "server_messages": ["status-update", "transcript", "end-of-call-report"],
            },
        )
        http.close()
    theirs = fake.creates()[1]
    assert ours[:2] == theirs[:2]
    assert ours[3] == theirs[3]
    assert ours[2]["authorization"] == theirs[2]["authorization"]


SCHEMA = {"type": "object", "properties": {"vans": {"type": "integer"}}, "required": ["vans"]}


@pytest.mark.parametrize(
    ("found", "extracted", "note"),
    [
        ({"vans": 3}, {"vans": 3}, None),
        ({"vans": "many"}, None, "does not fit the schema"),
        (None, None, "found nothing"),
    ],
)
async def test_what_a_campaign_asks_for_is_found_out(
    vapi_office: Opening, found: Any, extracted: Any, note: str | None
) -> None:
    """The schema goes along with the call, as the SDK would send it; what comes back must fit."""
    async with vapi_office() as (here, fake):
        spoken = {"firstMessageOverride": "Hello from us", "reason": "Vans"}
        id = await drafted(here, 0, extractionSchema=SCHEMA, **spoken)
        people = [{"phone": PHONE, "variables": {"vans": 2, "town": "Turin"}}]
        await do(here, "addRecipients", "createdCount", campaignId=id, recipients=people)
        await do(here, "startCampaign", "campaign { id }", id=id)
        async with asyncio.timeout(20):
            while not fake.calls:
                await asyncio.sleep(0.05)
        ours = fake.creates()[0][3]
        # Each recipient's own variables, and what the campaign says.
        told = ours["assistantOverrides"]["variableValues"]
        assert (told["vans"], told["town"], told["reason"]) == (2, "Turin", "Vans")
        assert ours["assistantOverrides"]["firstMessage"] == "Hello from us"
        assert ours["phoneNumberId"] == NUMBER
        asked = ours["assistantOverrides"]["analysisPlan"]
        assert asked == {"structuredDataPlan": {"enabled": True, "schema": SCHEMA}}
        http = httpx.Client()
        await asyncio.to_thread(
            Vapi(token="key", base_url=fake.url, httpx_client=http).calls.create,
            customer={"number": PHONE},
            assistant_overrides={
                "analysis_plan": {"structured_data_plan": {"enabled": True, "schema_": SCHEMA}}
            },
        )
        http.close()
        theirs = fake.creates()[1][3]
        assert theirs["assistantOverrides"]["analysisPlan"] == asked
        analysis = {"summary": "They talked."} | (
            {} if found is None else {"structuredData": found}
        )
        ended = {**ENDED, "analysis": analysis}
        fake.calls["vapi-1"] |= {**ended, "status": "ended", "artifact": {}}
        await until(here, id, "FINISHED")
        query = """query ($id: ID!) { campaign(id: $id) {
          calls(first: 5) { nodes { extracted extractionNote artifactsAt } }
          recipients(first: 5) { nodes { result } } } }"""
        async with asyncio.timeout(20):
            while True:
                campaign = (await here.data(query, id=id))["campaign"]
                (call,) = campaign["calls"]["nodes"]
                if call["artifactsAt"] is not None:
                    break
                await asyncio.sleep(0.1)
    assert call["extracted"] == extracted
    assert (note or "") in (call["extractionNote"] or "")
    assert (note is None) == (call["extractionNote"] is None)
    assert campaign["recipients"]["nodes"] == [{"result": extracted or {}}]
