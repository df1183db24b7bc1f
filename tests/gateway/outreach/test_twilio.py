"""Twilio: what we send is what its SDK sends, what it signs we believe, and nobody is dialled twice."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
import pytest_asyncio
from twilio.http.http_client import TwilioHttpClient
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from gateway.outreach.providers import twilio
from gateway.outreach.providers.provider import Inbound
from models import Provider, ProviderAccount, writing
from models.columns import new_id, now, wire
from models.database import connect
from schema.vault import Vault
from schema.vendor import Account, purpose
from tests.gateway.outreach.conftest import OVER, Office, opened
from tests.gateway.outreach.fake_twilio import SID, TOKEN, WAV, FakeTwilio

#: No number of fiction: those are for the simulator alone.
PHONE = "+14155526789"
BASE = "https://gateway.example.com"
Opening = Callable[..., AbstractAsyncContextManager[tuple[Office, FakeTwilio]]]


@pytest_asyncio.fixture
async def twilio_office(database_url: str) -> AsyncIterator[Opening]:
    """Opens an office whose default account is with Twilio."""

    @asynccontextmanager
    async def opening(
        agent: dict[str, Any] | None = None, **settings: Any
    ) -> AsyncIterator[tuple[Office, FakeTwilio]]:
        fake = FakeTwilio()
        await fake.start()
        try:
            async with opened(database_url, **settings) as here:
                await account(here, fake)
                for column, value in (agent or {}).items():
                    await here.rows(f"UPDATE agent SET {column} = ?1", value)
                yield here, fake
        finally:
            await fake.stop()

    yield opening


async def account(here: Office, fake: FakeTwilio) -> None:
    id = new_id()
    sealed = Vault.of(["k" * 64]).seal(
        here.workspace, purpose(id), b'{"auth_token": "' + TOKEN.encode() + b'"}'
    )
    database = await connect(here.url)
    try:
        async with database.transaction() as transaction:
            await writing.insert(
                transaction,
                ProviderAccount,
                {
                    "id": id,
                    "workspace_id": here.workspace,
                    "name": "Twilio",
                    "provider": Provider.TWILIO,
                    "is_default": True,
                    "settings": {"account_sid": SID, "base_url": fake.url},
                    "credentials": sealed,
                    "callback_token": "c" * 43,
                },
            )
    finally:
        await database.close()


async def dialled(here: Office, fake: FakeTwilio, **input: Any) -> tuple[str, str]:
    """A call that Twilio has: our id and its."""
    id = await here.place(PHONE, **input)
    call = await here.until(id, lambda each: each["providerCallId"] is not None)
    return id, call["providerCallId"]


async def test_a_call_reported_by_callbacks(twilio_office: Opening) -> None:
    async with twilio_office(public_url=BASE) as (here, fake):
        id, sid = await dialled(here, fake, firstMessageOverride="Hello <you> & yours")
        (create,) = fake.creates()
        assert create.get("Twiml") == [
            '<Response><Say language="en">Hello &lt;you&gt; &amp; yours</Say></Response>'
        ]
        assert create.get("StatusCallbackEvent") == [
            "initiated",
            "ringing",
            "answered",
            "completed",
        ]
        http = here.visitor.http
        for place, status in enumerate(("ringing", "in-progress")):
            answer = await fake.report(http, sid, CallStatus=status, SequenceNumber=str(place))
            assert answer.status_code == 204
        await here.until(id, lambda each: each["status"] == "IN_PROGRESS")
        fake.calls[sid]["status"] = "completed"
        # A late one moves nothing back; the same one again does nothing.
        await fake.report(http, sid, CallStatus="completed", CallDuration="7")
        await fake.report(http, sid, CallStatus="completed", CallDuration="7")
        await fake.report(http, sid, CallStatus="ringing", SequenceNumber="9")
        fake.recorded(sid)
        url = f"{fake.url}/2010-04-01/Accounts/{SID}/Recordings/RE{'1' * 32}"
        recorded = {"RecordingStatus": "completed", "RecordingSid": f"RE{'1' * 32}"}
        await fake.report(http, sid, RecordingUrl=url, RecordingDuration="7", **recorded)
        call = await here.over(id)
        query = "query ($id: ID!) { call(id: $id) { recording { state url sizeBytes } } }"
        recording = (await here.data(query, id=id))["call"]["recording"]
        path = recording["url"].partition("/recordings/")[2]
        sound = await http.get(f"/recordings/{path}")
    assert (call["status"], call["durationSeconds"]) == ("COMPLETED", 7)
    assert recording["state"] == "AVAILABLE"
    assert sound.content == WAV
    assert len(fake.creates()) == 1


async def test_a_call_without_a_public_address_is_polled(twilio_office: Opening) -> None:
    async with twilio_office() as (here, fake):
        id, sid = await dialled(here, fake)
        assert fake.creates()[0].get("StatusCallback") == []
        fake.calls[sid]["status"] = "in-progress"
        await here.until(id, lambda each: each["status"] == "IN_PROGRESS")
        fake.calls[sid] |= {
            "status": "completed",
            "duration": "12",
            "price": "-0.03000",
            "price_unit": "USD",
        }
        fake.recorded(sid)
        call = await here.over(id)
        cost = "query ($id: ID!) { call(id: $id) { cost { amountMicros currency } } }"
        found = (await here.data(cost, id=id))["call"]["cost"]
    assert (call["status"], call["durationSeconds"]) == ("COMPLETED", 12)
    assert found == {"amountMicros": "30000", "currency": "USD"}


async def test_a_machine_is_hung_up_on(twilio_office: Opening) -> None:
    async with twilio_office({"voicemail_action": "HANG_UP"}, public_url=BASE) as (here, fake):
        id, sid = await dialled(here, fake)
        assert fake.creates()[0].get("MachineDetection") == ["Enable"]
        http = here.visitor.http
        await fake.report(http, sid, CallStatus="in-progress")
        await fake.report(http, sid, AnsweredBy="machine_start", MachineDetectionDuration="2000")
        await here.until(id, lambda each: each["answeredBy"] == "MACHINE")
        await here.until(id, lambda _: fake.calls[sid]["status"] == "completed")
        await fake.report(http, sid, CallStatus="completed", CallDuration="3")
        fake.recorded(sid)
        call = await here.over(id)
    assert call["status"] == "VOICEMAIL"


async def test_a_message_is_left(twilio_office: Opening) -> None:
    agent = {"voicemail_action": "LEAVE_MESSAGE", "voicemail_message": "Please call back."}
    async with twilio_office(agent, public_url=BASE) as (here, fake):
        id, sid = await dialled(here, fake)
        assert fake.creates()[0].get("MachineDetection") == ["DetectMessageEnd"]
        await fake.report(
            here.visitor.http, sid, AnsweredBy="machine_end_beep", MachineDetectionDuration="2000"
        )
        await here.until(id, lambda _: any(each.get("Twiml") for each in fake.seen[1:]))
    (said,) = [each.get("Twiml")[0] for each in fake.seen[1:] if each.get("Twiml")]
    assert said == '<Response><Say language="en">Please call back.</Say></Response>'


async def test_hanging_up(twilio_office: Opening) -> None:
    async with twilio_office() as (here, fake):
        id, sid = await dialled(here, fake)
        await here.data(
            "mutation ($id: ID!) { hangUpCall(input: {id: $id}) { errors { code } } }", id=id
        )
        call = await here.over(id)
    assert call["status"] == "CANCELLED"
    assert fake.calls[sid]["status"] == "canceled"


@pytest.mark.parametrize("body", [b"<html>", b'{"message": "oops"}'])
async def test_after_a_fault_it_is_found_in_the_list(twilio_office: Opening, body: bytes) -> None:
    async with twilio_office() as (here, fake):
        fake.answers.append((502, body, {}))
        _, sid = await dialled(here, fake)
    assert sid in fake.calls
    assert len(fake.creates()) == 1


@pytest.mark.parametrize("dated", [False, True])
async def test_429_is_dialled_once_after_retry_after(twilio_office: Opening, dated: bool) -> None:
    asked = format_datetime(datetime.now(UTC) + timedelta(seconds=8)) if dated else "2"
    async with twilio_office() as (here, fake):
        fake.answers.append((429, b'{"code": 20429, "status": 429}', {"retry-after": asked}))
        await dialled(here, fake)
    first, second = fake.creates()
    assert second.at - first.at >= 2
    assert len(fake.calls) == 1


async def test_the_call_before_is_not_taken_for_this_one(twilio_office: Opening) -> None:
    """A create that came to nothing right after another call to the number is in doubt."""
    async with twilio_office() as (here, fake):
        first, sid = await dialled(here, fake)
        fake.calls[sid]["status"] = "busy"
        await here.until(first, lambda each: each["status"] == "BUSY")
        fake.answers.append((400, b"<html>", {}))
        second = await here.place(PHONE)
        call = await here.until(second, lambda each: each["status"] not in ("QUEUED", "DIALING"))
    assert (call["status"], call["providerCallId"]) == ("UNKNOWN", None)
    assert len(fake.creates()) == 2


async def test_a_call_known_by_its_callback_alone_has_its_recording(twilio_office: Opening) -> None:
    agent = {"voicemail_action": "HANG_UP"}
    async with twilio_office(agent, public_url=BASE) as (here, fake):
        fake.listed = False
        fake.answers.append((500, b"<html>", {}))
        id = await here.place(PHONE)
        await here.until(id, lambda each: each["status"] == "UNKNOWN")
        (sid,) = fake.calls
        http = here.visitor.http
        await fake.report(http, sid, CallStatus="in-progress", SequenceNumber="1")
        await here.until(id, lambda each: each["status"] == "IN_PROGRESS")
        # What the agent wants done with machines is known, too.
        await fake.report(http, sid, AnsweredBy="machine_start", MachineDetectionDuration="2000")
        await here.until(id, lambda _: fake.calls[sid]["status"] == "completed")
        fake.recorded(sid)
        await here.over(id)
        query = "query ($id: ID!) { call(id: $id) { recording { state } } }"
        recording = (await here.data(query, id=id))["call"]["recording"]
    assert recording == {"state": "AVAILABLE"}
    assert len(fake.creates()) == 1


@pytest.mark.parametrize("stream", [None, "wss://agents.example.com/ada"])
async def test_everything_that_was_ordered_is_asked_for(
    twilio_office: Opening, stream: str | None
) -> None:
    async with twilio_office({"stream_url": stream}) as (here, fake):
        number = {"e164": "+442079460888", "outboundAgentId": None, "provider": None}
        add = """mutation ($input: AddPhoneNumberInput!) { addPhoneNumber(input: $input) {
          phoneNumber { id } errors { code path } } }"""
        await here.data(add, input=number)
        at = wire(now() + timedelta(seconds=3))
        id = await here.place(
            PHONE,
            firstMessageOverride="Buongiorno",
            language="it",
            fromNumber="+442079460888",
            maxDurationSeconds=77,
            metadata={"order": "A-7", "simulate": None},
            earliestAt=at,
            latestAt=wire(now() + timedelta(minutes=5)),
        )
        assert (await here.call(id))["waitingFor"] == "START_TIME"
        assert not fake.creates()
        call = await here.until(id, lambda each: each["providerCallId"] is not None)
        assert call["dialedAt"] >= at
    (create,) = fake.creates()
    assert create.get("To") == [PHONE]
    assert create.get("From") == ["+442079460888"]
    assert create.get("TimeLimit") == ["77"]
    (twiml,) = create.get("Twiml")
    if stream is None:
        assert twiml == '<Response><Say language="it">Buongiorno</Say></Response>'
    else:
        assert '<Parameter name="order" value="A-7"/>' in twiml
        assert '<Parameter name="language" value="it"/>' in twiml
        assert '<Parameter name="firstMessage" value="Buongiorno"/>' in twiml


async def test_a_call_whose_time_is_over_is_not_placed(twilio_office: Opening) -> None:
    async with twilio_office() as (here, fake):
        await here.rows("UPDATE workspace SET max_concurrent_calls = 1")
        await dialled(here, fake)
        late = await here.place("+14155526780", latestAt=wire(now() + timedelta(seconds=2)))
        assert (await here.call(late))["waitingFor"] == "CONCURRENCY"
        await asyncio.sleep(2.2)
        await here.rows("UPDATE workspace SET max_concurrent_calls = 5")
        call = await here.until(late, lambda each: each["status"] in OVER)
    assert (call["status"], call["endReason"]) == ("CANCELLED", "EXPIRED")
    assert len(fake.creates()) == 1


async def test_a_refusal(twilio_office: Opening) -> None:
    async with twilio_office() as (here, fake):
        fake.answers.append((400, b'{"code": 21211, "message": "Invalid To", "status": 400}', {}))
        id = await here.place(PHONE)
        call = await here.until(id, lambda each: each["status"] in OVER)
    assert (call["status"], call["endReason"]) == ("FAILED", "INVALID_NUMBER")


async def test_forged_callbacks_change_nothing(twilio_office: Opening) -> None:
    async with twilio_office(public_url=BASE) as (here, fake):
        id, sid = await dialled(here, fake)
        forged = await fake.report(here.visitor.http, sid, "x" * 32, CallStatus="completed")
        call = await here.call(id)
        # Signed, but about another account's call.
        other = await fake.report(here.visitor.http, sid, CallStatus="completed", AccountSid="ACx")
        after = await here.call(id)
    assert (forged.status_code, other.status_code) == (401, 204)
    assert (call["status"], after["status"]) == ("DIALING", "DIALING")


def test_what_we_believe_is_what_twilio_validates() -> None:
    known = Account("i", "w", Provider.TWILIO, {"account_sid": SID}, {"auth_token": TOKEN}, "c")
    validator = RequestValidator(TOKEN)
    fields = {"CallSid": "CA1", "To": "+1 2", "Body": "ü & =", "Empty": ""}
    for url in (
        f"{BASE}/callbacks/c?call=1",
        "https://gateway.example.com:8443/callbacks/c?call=1",
    ):
        for changed in ({}, {"CallSid": "CA2"}, {"More": "1"}):
            signature = validator.compute_signature(url, fields)
            given = {**fields, **changed}
            body = urlencode(given).encode()
            inbound = Inbound(
                url,
                {"call": "1"},
                {
                    "content-type": "application/x-www-form-urlencoded; charset=UTF-8",
                    "x-twilio-signature": signature,
                },
                body,
            )
            expected = validator.validate(url, dict(parse_qsl(body.decode(), True)), signature)
            assert twilio.verified(known, inbound) is expected
            assert expected is (not changed)


@pytest.mark.parametrize("given", [b'{"a": 1}', b'{"a": 2}', b""])
def test_other_bodies_are_signed_by_their_hash(given: bytes) -> None:
    known = Account("i", "w", Provider.TWILIO, {"account_sid": SID}, {"auth_token": TOKEN}, "c")
    validator = RequestValidator(TOKEN)
    digest = hashlib.sha256(b'{"a": 1}').hexdigest()
    url = f"{BASE}/callbacks/c?call=1&bodySHA256={digest}"
    signature = validator.compute_signature(url, {})
    headers = {"content-type": "application/json", "x-twilio-signature": signature}
    inbound = Inbound(url, {"call": "1", "bodySHA256": digest}, headers, given)
    expected = validator.validate(url, given.decode(), signature)
    assert twilio.verified(known, inbound) is expected is (given == b'{"a": 1}')


@pytest.mark.parametrize(
    "signed", ["https://gateway.example.com", "https://gateway.example.com:443"]
)
@pytest.mark.parametrize("other", [False, True])
def test_the_port_may_be_signed_or_not(signed: str, other: bool) -> None:
    known = Account("i", "w", Provider.TWILIO, {"account_sid": SID}, {"auth_token": TOKEN}, "c")
    validator, fields = RequestValidator(TOKEN), {"CallSid": "CA1", "CallStatus": "ringing"}
    path = "/callbacks/c?call=1"
    signature = validator.compute_signature(f"{signed}{path}", fields)
    at = f"https://{'elsewhere' if other else 'gateway'}.example.com{path}"
    kind = {"content-type": "application/x-www-form-urlencoded"}
    headers = {**kind, "x-twilio-signature": signature}
    inbound = Inbound(at, {"call": "1"}, headers, urlencode(fields).encode())
    expected = validator.validate(at, fields, signature)
    assert twilio.verified(known, inbound) is expected is (not other)


class Catching(TwilioHttpClient):  # type: ignore[misc]
    """The SDK's own client, at our fake."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def request(self, method: str, url: str, *given: Any, **more: Any) -> Any:
        return super().request(
            method, url.replace("https://api.twilio.com", self._base), *given, **more
        )


async def test_the_sdk_places_the_same_call(twilio_office: Opening) -> None:
    async with twilio_office({"voicemail_action": "HANG_UP"}, public_url=BASE) as (here, fake):
        _, sid = await dialled(here, fake, maxDurationSeconds=90, firstMessageOverride="Hi")
        callback = fake.calls[sid]["callback"]
        catching = Catching(fake.url)
        client = Client(SID, TOKEN, http_client=catching)
        await asyncio.to_thread(
            client.calls.create,
            to=PHONE,
            from_="+442079460999",
            twiml='<Response><Say language="en">Hi</Say></Response>',
            timeout=60,
            time_limit=90,
            record=True,
            recording_channels="dual",
            machine_detection="Enable",
            async_amd="true",
            async_amd_status_callback=callback,
            status_callback=callback,
            status_callback_method="POST",
            status_callback_event=["initiated", "ringing", "answered", "completed"],
            recording_status_callback=callback,
            recording_status_callback_event=["completed absent"],
        )
        catching.session.close()
    ours, theirs = fake.creates()
    assert (ours.method, ours.path) == (theirs.method, theirs.path)
    lower = [
        (name, value.lower() if name in ("Record", "AsyncAmd") else value)
        for name, value in theirs.fields
    ]
    assert sorted(ours.fields) == sorted(lower)
    assert ours.headers["authorization"] == theirs.headers["authorization"]
