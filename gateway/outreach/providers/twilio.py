"""Twilio Programmable Voice: calls over its REST API of 2010-04-01; what it reports is next door.

https://www.twilio.com/docs/voice/api/call-resource. Creates are not idempotent; 429 is documented
as not processed. Without a stream address of the agent's own, the callee hears the first message.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape, quoteattr

from gateway.outreach.providers.answers import deferred, json_object
from gateway.outreach.providers.provider import (
    Abilities,
    Accepted,
    Answer,
    Doubt,
    LookUp,
    Order,
    Placed,
    Refused,
    Request,
    Response,
    Sound,
    Watched,
)
from gateway.outreach.providers.twilio_reports import (
    STATUSES,
    date,
    recordings,
    statuses,
)
from gateway.outreach.providers.twilio_reports import heard as heard
from gateway.outreach.providers.twilio_reports import verified as verified
from models import EndReason
from schema.vendor import Account

#: Errors about the number called: https://www.twilio.com/docs/api/errors.
INVALID_NUMBERS = (13223, 13224, 13225, 21211, 21214, 21215, 21216, 21217)
TOO_MANY = 20429
#: Seconds of ringing at most, and characters of a TwiML at most.
LONGEST_RING, LONGEST_TWIML = 600, 4000
#: Characters of a stream's parameter, name and value.
LONGEST_PARAMETER = 450
#: Around the moment of dialling, a call to the number is ours.
BEFORE, AFTER = timedelta(seconds=5), timedelta(seconds=90)
#: Seconds between two questions about a call.
USUAL = 2.0


def abilities(account: Account) -> Abilities:
    """Lists calls, keeps no reference of ours."""
    return Abilities(lookup=LookUp.BY_NUMBER_AND_TIME)


def create(account: Account, order: Order) -> Request:
    """Place a call."""
    agent = order.agent
    fields: list[tuple[str, str]] = [
        ("To", order.to_number),
        ("From", order.from_number or ""),
        ("Twiml", twiml(order)),
        ("Timeout", str(min((agent.get("ring_timeout_ms") or 60_000) // 1000, LONGEST_RING))),
        ("TimeLimit", str(order.max_duration_ms // 1000)),
    ]
    if agent.get("record_calls"):
        fields += [("Record", "true"), ("RecordingChannels", "dual")]
    detects = agent.get("voicemail_action") in ("HANG_UP", "LEAVE_MESSAGE")
    if detects:
        leaves = agent["voicemail_action"] == "LEAVE_MESSAGE"
        fields += [
            ("MachineDetection", "DetectMessageEnd" if leaves else "Enable"),
            ("AsyncAmd", "true"),
        ]
    if order.callback_url is not None:
        fields += [("StatusCallback", order.callback_url), ("StatusCallbackMethod", "POST")]
        events = ("initiated", "ringing", "answered", "completed")
        fields += [("StatusCallbackEvent", each) for each in events]
        if agent.get("record_calls"):
            fields += [
                ("RecordingStatusCallback", order.callback_url),
                ("RecordingStatusCallbackEvent", "completed absent"),
            ]
        if detects:
            fields += [("AsyncAmdStatusCallback", order.callback_url)]
    return _post(account, "Calls.json", fields)


def twiml(order: Order) -> str:
    """What the callee hears: the agent's own voice over its stream, else the first message."""
    stream = order.agent.get("stream_url")
    if stream:
        told = {
            "callId": order.call_id,
            "language": order.language,
            "firstMessage": (order.first_message or "")[:LONGEST_PARAMETER],
            "reason": (order.reason or "")[:LONGEST_PARAMETER],
            **{k: str(v) for k, v in order.metadata.items()},
        }
        parts = [
            f"<Parameter name={quoteattr(name)} value={quoteattr(value)}/>"
            for name, value in told.items()
            if value
        ]
        while True:
            made = f"<Connect><Stream url={quoteattr(stream)}>{''.join(parts)}</Stream></Connect>"
            if len(made) + 40 <= LONGEST_TWIML or not parts:
                return f"<Response>{made}</Response>"
            parts.pop()
    return _said(order.first_message or "", order.language)


def _said(text: str, language: str) -> str:
    words = text
    while True:
        made = f"<Response><Say language={quoteattr(language)}>{escape(words)}</Say></Response>"
        if len(made) <= LONGEST_TWIML:
            return made
        words = words[: len(words) - (len(made) - LONGEST_TWIML)]


def created(order: Order, response: Response) -> Answer:
    """What the answer to that means."""
    found = json_object(response.body)
    if response.status == 201 and isinstance(found.get("sid"), str) and found["sid"]:
        return Accepted(found["sid"], data=kept(order))
    code = found.get("code")
    if response.status == 429 or code == TOO_MANY:
        return deferred(response, order.dialed_at, "too many requests")
    if 400 <= response.status < 500 and isinstance(code, int):
        bad = code in INVALID_NUMBERS
        reason = EndReason.INVALID_NUMBER if bad else EndReason.PROVIDER_REFUSED
        return Refused(reason, f"{code}: {found.get('message') or ''}"[:500])
    return Doubt(f"answered {response.status} with what is no answer")


def kept(order: Order) -> Mapping[str, Any]:
    """What the agent wants done once the call is answered and over."""
    return {
        "record": bool(order.agent.get("record_calls")),
        "voicemail": order.agent.get("voicemail_action"),
        "message": order.agent.get("voicemail_message"),
        "language": order.language,
    }


def look_up(account: Account, order: Order) -> Request:
    """Ask for calls to the number on the day of dialling, the only span that is offered."""
    query = {
        "To": order.to_number,
        "From": order.from_number or "",
        "StartTime>": (order.dialed_at - BEFORE).strftime("%Y-%m-%d"),
        "PageSize": "50",
    }
    return _get(account, f"Calls.json?{urlencode(query)}")


def found(order: Order, response: Response) -> Accepted | None:
    """The one call that was made when ours was dialled; several prove nothing."""
    calls = json_object(response.body).get("calls")
    if response.status != 200 or not isinstance(calls, list):
        return None
    ours = []
    for each in calls:
        made = date(each.get("date_created")) if isinstance(each, dict) else None
        if made is not None and order.dialed_at - BEFORE <= made <= order.dialed_at + AFTER:
            ours.append(each)
    if len(ours) != 1 or not isinstance(ours[0].get("sid"), str):
        return None
    return Accepted(ours[0]["sid"], data=kept(order))


def watch(account: Account, placed: Placed) -> Request:
    """Ask how a call goes; once it is over, for its recordings."""
    sid = quote(placed.provider_call_id, safe="")
    if placed.ended and placed.data.get("record"):
        return _get(account, f"Calls/{sid}/Recordings.json")
    return _get(account, f"Calls/{sid}.json")


def watched(placed: Placed, response: Response) -> Watched | None:
    """How it goes."""
    found = json_object(response.body)
    if response.status == 404 and found.get("code") == 20404:
        return Watched((), gone=True)
    if response.status != 200:
        return None
    if isinstance(found.get("recordings"), list):
        return Watched(recordings(found["recordings"]), USUAL)
    if found.get("status") not in STATUSES:
        return None
    return Watched(statuses(found, placed), USUAL)


def hang_up(account: Account, placed: Placed) -> Request:
    """End a call that is under way, or call off one that rings."""
    status = "canceled" if placed.answered_at is None else "completed"
    sid = quote(placed.provider_call_id, safe="")
    return _post(account, f"Calls/{sid}.json", [("Status", status)])


def hung_up(placed: Placed, response: Response) -> Watched | None:
    """How it goes, now that it was ended."""
    return watched(placed, response)


def machine(account: Account, placed: Placed) -> Request | None:
    """What to do with a machine that has answered: hang up, or leave the message."""
    sid = quote(placed.provider_call_id, safe="")
    if placed.data.get("voicemail") == "HANG_UP":
        return _post(account, f"Calls/{sid}.json", [("Status", "completed")])
    message = placed.data.get("message")
    if placed.data.get("voicemail") == "LEAVE_MESSAGE" and message:
        said = _said(message, placed.data.get("language") or "en")
        return _post(account, f"Calls/{sid}.json", [("Twiml", said)])
    return None


def sound(account: Account, sound: Sound) -> Request | None:
    """The bytes of a recording, from the account's own address whatever else an answer names."""
    if not sound.id:
        return None
    path = f"Recordings/{quote(sound.id, safe='')}.wav"
    return Request("GET", _url(account, path), _authorization(account))


def _post(account: Account, path: str, fields: Sequence[tuple[str, str]]) -> Request:
    headers = {
        **_authorization(account),
        "content-type": "application/x-www-form-urlencoded",
        "accept": "application/json",
    }
    return Request("POST", _url(account, path), headers, urlencode(fields).encode())


def _get(account: Account, path: str) -> Request:
    return Request(
        "GET", _url(account, path), {**_authorization(account), "accept": "application/json"}
    )


def _url(account: Account, path: str) -> str:
    sid = quote(str(account.settings["account_sid"]), safe="")
    return f"{account.address}/2010-04-01/Accounts/{sid}/{path}"


def _authorization(account: Account) -> dict[str, str]:
    known = account.credentials
    name = known.get("api_key_sid") or str(account.settings["account_sid"])
    secret = known.get("api_key_secret") or known["auth_token"]
    return {"authorization": f"Basic {base64.b64encode(f'{name}:{secret}'.encode()).decode()}"}
