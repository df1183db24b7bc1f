"""What is reported of calls: only of one's own, only what can be read, and nothing stops the others."""

from __future__ import annotations

import asyncio
import hmac
from datetime import timedelta
from typing import Any

import orjson
import pytest

from models import Provider, ProviderAccount, Workspace, writing
from models.columns import new_id, now, wire
from models.database import connect
from tests.gateway.outreach.carrier import HTML, Carrier
from tests.gateway.outreach.conftest import Office, Opening

BY_REFERENCE = {"lookup": "BY_REFERENCE", "dedupes_creates": False}
BASE = "http://gateway"
OVER = {"sequence": 9, "status": "completed", "at": "2026-01-01T00:00:00.000Z"}


async def report(here: Office, token: str, body: bytes, query: str = "") -> int:
    """A report as the carrier of that account signs it; gives the status of the answer."""
    signature = hmac.digest(token.encode(), body, "sha256").hex()
    headers = {"x-simulator-signature": signature}
    answer = await here.visitor.http.post(
        f"/callbacks/{token}{query}", content=body, headers=headers
    )
    return answer.status_code


def token(here: Office, id: str) -> str:
    """The secret of the account that placed the call."""
    order = here.carrier.of(id.removeprefix("call_"))
    assert order is not None
    url: str = order.order["callbackUrl"]
    return url.removeprefix(f"{BASE}/callbacks/").partition("?")[0]


async def stranger(here: Office, *, workspace: bool) -> str:
    """Another account of the simulator's, in another workspace or in this one; gives its token."""
    database = await connect(here.url, connections=1)
    secret, id = new_id(), here.workspace
    try:
        async with database.transaction() as transaction:
            if workspace:
                id = new_id()
                row = {"id": id, "number": 2, "name": "Others"}
                await writing.insert(transaction, Workspace, row)
            account = {
                "id": new_id(),
                "workspace_id": id,
                "name": "Other carrier",
                "provider": Provider.SIMULATOR,
                "is_default": False,
                "settings": {},
                "callback_token": secret,
            }
            await writing.insert(transaction, ProviderAccount, account)
    finally:
        await database.close()
    return secret


async def states(here: Office) -> list[tuple[str, str | None]]:
    """What became of the reports, the oldest first."""
    await here.visitor.gateway.parts.outreach.callbacks.stop()
    rows = await here.rows("SELECT state, error FROM callback ORDER BY created_at, id")
    return [(str(state), error) for state, error in rows]


@pytest.mark.parametrize("workspace", [True, False])
async def test_nobody_reports_of_the_calls_of_others(office: Opening, workspace: bool) -> None:
    async with office(Carrier(speed=0.1), BY_REFERENCE, public_url=BASE) as here:
        id = await here.place()
        await here.until(id, lambda each: each["status"] == "RINGING")
        before = await here.call(id)
        theirs = await stranger(here, workspace=workspace)
        body = orjson.dumps({"id": "fake_1", "events": [OVER], "complete": True})
        assert await report(here, theirs, body, f"?call={id.removeprefix('call_')}") == 204
        # By the carrier's own id it is no call of theirs either.
        assert await report(here, theirs, body[:-1] + b" }") == 204
        # Of a call that this carrier has, in the name of another one of its calls.
        other = orjson.dumps({"id": "fake_2", "events": [OVER]})
        query = f"?call={id.removeprefix('call_')}"
        assert await report(here, token(here, id), other, query) == 204
        # Nor of one whose id is none.
        assert await report(here, token(here, id), other[:-1] + b" }", "?call=' OR 1=1 --") == 204
        assert [state for state, _ in await states(here)] == ["UNMATCHED"] * 4
        await asyncio.sleep(1.2)
        assert await here.call(id) == before


async def test_no_call_takes_the_id_of_another(office: Opening) -> None:
    carrier = Carrier(speed=0.1, hang=5)
    async with office(carrier, BY_REFERENCE, public_url=BASE) as here:
        one = await here.place()
        await here.until(one, lambda each: each["status"] == "RINGING")
        carrier.answers.append("accept_hang")
        other = await here.place()
        await here.until(other, lambda each: each["status"] == "DIALING")
        body = orjson.dumps({"id": "fake_1", "events": [OVER]})
        query = f"?call={other.removeprefix('call_')}"
        assert await report(here, token(here, one), body, query) == 204
        assert [state for state, _ in await states(here)] == ["UNMATCHED"]
        call = await here.call(other)
        assert (call["status"], call["providerCallId"]) == ("DIALING", None)


async def test_what_went_astray_is_heard_at_the_right_place(office: Opening) -> None:
    async with office(Carrier(speed=0.1), BY_REFERENCE, public_url=BASE) as here:
        id = await here.place()
        await here.until(id, lambda each: each["status"] == "RINGING")
        theirs = await stranger(here, workspace=False)
        body = orjson.dumps({"id": "fake_1", "events": [OVER], "complete": True})
        query = f"?call={id.removeprefix('call_')}"
        mine = token(here, id)
        assert await report(here, theirs, body, query) == 204
        assert await report(here, mine, body, f"?call={new_id()}") == 204
        assert await report(here, mine, body, query) == 204
        # The same again is the same.
        assert await report(here, mine, body, query) == 204
        found = [state for state, _ in await states(here)]
        assert found == ["UNMATCHED", "UNMATCHED", "APPLIED"]
        assert (await here.call(id))["status"] == "COMPLETED"


async def test_a_report_of_a_call_that_was_not_dialled_changes_nothing(office: Opening) -> None:
    async with office(Carrier(speed=0.1), BY_REFERENCE, public_url=BASE) as here:
        first = await here.place()
        await here.until(first, lambda each: each["status"] == "RINGING")
        id = await here.place(earliestAt=wire(now() + timedelta(hours=1)))
        body = orjson.dumps({"id": "fake_9", "events": [OVER]})
        query = f"?call={id.removeprefix('call_')}"
        assert await report(here, token(here, first), body, query) == 204
        assert await states(here) == [("UNMATCHED", None)]
        call = await here.call(id)
        assert (call["status"], call["providerCallId"]) == ("SCHEDULED", None)


GARBAGE = [
    HTML,
    b"",
    b"[]",
    b"null",
    b"\xff\xfe",
    b'{"id": "fake_1", "events"',
    b'{"id": "fake_1"}',
    b'{"id": "fake_1", "events": "completed"}',
    b'{"id": "fake_1", "events": [{"sequence": 1, "status": "landed", "at": "2026-01-01T00:00Z"}]}',
    b'{"id": "fake_1", "events": [{"sequence": 1, "status": "busy", "at": "yesterday"}]}',
    b'{"id": "fake_1", "events": [], "complete": true, "analysis": ["x"]}',
    b'{"id": "fake_1", "events": [], "turns": [{"speaker": "nobody"}]}',
]


async def test_what_cannot_be_read_is_kept_and_changes_nothing(office: Opening) -> None:
    async with office(Carrier(speed=0.1), BY_REFERENCE, public_url=BASE) as here:
        id = await here.place()
        await here.until(id, lambda each: each["status"] == "RINGING")
        before = await here.call(id)
        mine, query = token(here, id), f"?call={id.removeprefix('call_')}"
        assert [await report(here, mine, each, query) for each in GARBAGE] == [204] * len(GARBAGE)
        # The same again is the same.
        assert await report(here, mine, GARBAGE[0], query) == 204
        assert await states(here) == [("FAILED", "It can't be read.")] * len(GARBAGE)
        bodies = await here.rows("SELECT body FROM callback ORDER BY created_at, id")
        assert [bytes(row[0]) for row in bodies] == GARBAGE
        headers = {b"x-simulator-signature": "sign\xe9".encode("latin-1")}
        url = f"/callbacks/{mine}{query}"
        answer = await here.visitor.http.post(url, content=b"{}", headers=headers)
        assert answer.status_code == 401
        for nobody in ("%00abc", "x" * 5000, "%F0%9F%98%80" * 20, "a" * 40):
            answer = await here.visitor.http.post(f"/callbacks/{nobody}", content=b"{}")
            assert answer.status_code == 404
        assert await here.call(id) == before


async def test_what_cannot_be_applied_does_not_hold_up_the_others(office: Opening) -> None:
    async with office(Carrier(speed=0.1), BY_REFERENCE, public_url=BASE) as here:
        id = await here.place()
        await here.until(id, lambda each: each["status"] == "RINGING")
        mine, query = token(here, id), f"?call={id.removeprefix('call_')}"
        # Before the beginning of all calendars.
        early = {**OVER, "status": "in-progress", "at": "0001-01-01T00:00:00+14:00"}
        body = orjson.dumps({"id": "fake_1", "events": [early]})
        assert await report(here, mine, body, query) == 204
        (state,) = await states(here)
        assert state[0] == "FAILED"
        assert (await here.call(id))["status"] == "RINGING"
        good = {**OVER, "status": "completed", "costMicros": 9 * 10**19, "durationMs": -1}
        body = orjson.dumps({"id": "fake_1", "events": [good | {"costMicros": 0}]})
        body = body.replace(b'"costMicros":0', b'"costMicros":90000000000000000000')
        assert await report(here, mine, body, query) == 204
        call = await here.until(id, lambda each: each["status"] == "COMPLETED")
        # What no call can have cost or lasted is not believed.
        (figures,) = await here.rows("SELECT cost_micros, duration_ms FROM call")
    assert tuple(figures) == (None, None)
    assert call["endReason"] == "HANGUP"


def answered(body: bytes, status: int = 200, length: int | None = None) -> bytes:
    """A whole response; `length` promises another length than it has."""
    length = len(body) if length is None else length
    return b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n%b" % (status, length, body)


def told(status: str, minutes: int, **more: Any) -> bytes:
    """What a carrier says of a call that is in this status since then."""
    at = wire(now() + timedelta(minutes=minutes))
    event = {"sequence": minutes, "status": status, "at": at}
    return answered(orjson.dumps({"id": "fake_1", "events": [event], "nextInMs": 50, **more}))


async def test_whatever_a_provider_answers_no_status_moves_backwards(
    office: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.outreach.following.USUAL", 0.05)
    carrier = Carrier(speed=0.01)
    carrier.watching.extend(
        [
            answered(HTML),
            answered(HTML, 502),
            answered(b'{"id": "fake_1", "events": [{"seq'),
            answered(b'{"id": "fake_1"', length=500),
            b"HTTP/1.1 200",
            b"",
            answered(b"[1, 2]"),
            answered(b'{"error": "not_found"}', 404),
            answered(b'{"error": "not_found"}', 404),
            told("in-progress", 1),
            # An earlier status that is told later, and one that there isn't.
            told("ringing", 2),
            told("landed", 3),
            # It was busy, after it was answered; then it was completed after all.
            told("busy", 4),
            told("completed", 5, complete=True),
        ]
    )
    async with office(carrier, BY_REFERENCE) as here:
        id = await here.place()
        call = await here.over(id, 60)
    nodes = call["events"]["nodes"]
    statuses = [(each["status"], each["late"]) for each in nodes if each["type"] == "STATUS"]
    assert statuses == [
        *(("QUEUED", False), ("DIALING", False), ("IN_PROGRESS", False)),
        *(("RINGING", True), ("BUSY", False), ("COMPLETED", True)),
    ]
    assert call["status"] == "BUSY"
    # That it was not known there for a while is told once.
    assert [each["type"] for each in nodes].count("PROVIDER") == 1
    assert here.made(id) == 1
    assert not carrier.watching
