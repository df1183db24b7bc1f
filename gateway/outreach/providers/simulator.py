"""The simulator: plays calls out without reaching anybody, here or at the address it is given.

Its interface is our own. `POST /calls` places a call and answers 201 with its `id`, `GET
/calls?reference=` finds one by ours, `GET /calls/{id}` tells how it goes, `POST
/calls/{id}/hangup` ends it. 429 with the error `too_many_requests` has not placed it; any other
4xx with an `error` has refused it.

It reports to the order's `callbackUrl`: what `GET` tells, signed in the header
`x-simulator-signature` by the hexadecimal HMAC-SHA256 of the body under the last part of that address, the
account's secret.

The account's settings may have `base_url`, a server that stands in; `lookup`, `BY_REFERENCE` or
`NONE`; and `dedupes_creates`. A call's `metadata.simulate` may choose how it goes: `outcome`
(`COMPLETED`, `VOICEMAIL`, `NO_ANSWER`, `BUSY`, `REJECTED`, `FAILED`) and `talk` (`meeting`,
`interested`, `callback`, `not_interested`, `opt_out`).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson

from gateway.outreach.providers.answers import deferred, json_object
from gateway.outreach.providers.provider import (
    Abilities,
    Accepted,
    Analysis,
    Answer,
    Doubt,
    Heard,
    Inbound,
    LookUp,
    Order,
    Placed,
    Refused,
    Report,
    Request,
    Response,
    Said,
    Sound,
    Speaking,
    Watched,
)
from models import AnsweredBy, CallEventType, CallStatus, EndReason, HangupBy, Speaker
from models.columns import wire
from schema.noun import camel
from schema.vendor import Account

#: Where calls are played out when the account names no other place.
HERE = "simulator://local"

STATUSES = {
    "queued": CallStatus.DIALING,
    "ringing": CallStatus.RINGING,
    "in-progress": CallStatus.IN_PROGRESS,
    "completed": CallStatus.COMPLETED,
    "voicemail": CallStatus.VOICEMAIL,
    "no-answer": CallStatus.NO_ANSWER,
    "busy": CallStatus.BUSY,
    "rejected": CallStatus.REJECTED,
    "failed": CallStatus.FAILED,
    "canceled": CallStatus.CANCELLED,
}
REASONS = {
    "completed": EndReason.HANGUP,
    "voicemail": EndReason.VOICEMAIL,
    "no-answer": EndReason.RING_TIMEOUT,
    "busy": EndReason.BUSY,
    "rejected": EndReason.DECLINED,
    "failed": EndReason.NETWORK,
    "canceled": EndReason.CANCELLED,
}
#: What of the agent is played.
PLAYED = (
    "name",
    "elevator_pitch",
    "product_explanation",
    "benefits",
    "value_proposition",
    "voicemail_action",
    "voicemail_message",
)


def abilities(account: Account) -> Abilities:
    """What the account's settings say; without any it can do everything."""
    settings = account.settings
    return Abilities(
        lookup=LookUp[str(settings.get("lookup", "BY_REFERENCE"))],
        dedupes_creates=bool(settings.get("dedupes_creates", True)),
        reports=bool(settings.get("base_url")),
    )


def create(account: Account, order: Order) -> Request:
    """Place a call."""
    return _request(account, "POST", "calls", _told(order))


def created(order: Order, response: Response) -> Answer:
    """What the answer to that means."""
    found = json_object(response.body)
    if response.status in (200, 201) and isinstance(found.get("id"), str) and found["id"]:
        return Accepted(found["id"], data=_told(order))
    error = found.get("error")
    if response.status == 429 and error == "too_many_requests":
        return deferred(response, order.dialed_at, "too many calls")
    if 400 <= response.status < 500 and isinstance(error, str):
        said = f"{error}: {found.get('message') or ''}".removesuffix(": ")
        return Refused(EndReason.PROVIDER_REFUSED, said[:500])
    return Doubt(f"answered {response.status} with what is no answer")


def kept(order: Order) -> Mapping[str, Any]:
    """The order: the built-in carrier keeps nothing."""
    return _told(order)


def look_up(account: Account, order: Order) -> Request:
    """Ask for the call with our reference."""
    path = f"calls?reference={quote(order.call_id)}"
    return _request(account, "GET", path, _told(order))


def found(order: Order, response: Response) -> Accepted | None:
    """The call, if it is there."""
    calls = json_object(response.body).get("calls")
    if response.status != 200 or not isinstance(calls, list) or not calls:
        return None
    first = calls[0]
    if not isinstance(first, dict) or not isinstance(first.get("id"), str):
        return None
    return Accepted(first["id"], data=_told(order))


def watch(account: Account, placed: Placed) -> Request:
    """Ask how a call goes."""
    path = f"calls/{quote(placed.provider_call_id, safe='')}"
    return _request(account, "GET", path, placed.data)


def watched(placed: Placed, response: Response) -> Watched | None:
    """How it goes."""
    found = json_object(response.body)
    if response.status == 404 and found.get("error") == "not_found":
        return Watched((), gone=True)
    if response.status != 200 or not isinstance(found.get("events"), list):
        return None
    try:
        return _read(found)
    except (KeyError, TypeError, ValueError):
        return None


def hang_up(account: Account, placed: Placed) -> Request:
    """End a call."""
    path = f"calls/{quote(placed.provider_call_id, safe='')}/hangup"
    return _request(account, "POST", path, placed.data)


def hung_up(placed: Placed, response: Response) -> Watched | None:
    """How it goes, now that it was ended."""
    return watched(placed, response)


def machine(account: Account, placed: Placed) -> Request | None:
    """Nothing: the call plays on as the agent wants it."""
    return None


def sound(account: Account, sound: Sound) -> Request | None:
    """Nothing: a recording is rendered when somebody first listens."""
    return None


def verified(account: Account, inbound: Inbound) -> bool:
    """Whether the simulator has sent it."""
    made = hmac.digest(account.callback_token.encode(), inbound.body, "sha256").hex()
    return hmac.compare_digest(made, inbound.headers.get("x-simulator-signature", ""))


def heard(account: Account, inbound: Inbound) -> Heard | None:
    """How the call goes that it is about."""
    found = json_object(inbound.body)
    try:
        told = _read(found)
        fingerprint = hashlib.sha256(inbound.body).hexdigest()
        return Heard(fingerprint, told.reports, inbound.query.get("call"), str(found["id"]))
    except (KeyError, TypeError, ValueError):
        return None


def _read(found: Mapping[str, Any]) -> Watched:
    reports = [_report(each) for each in found["events"]]
    turns = [
        Said(Speaker[each["speaker"].upper()], each["text"], each["start_ms"], each["end_ms"])
        for each in found.get("turns") or ()
    ]
    if turns:
        reports.append(Report(f"turns-{len(turns)}", turns=turns))
    if found.get("complete"):
        analysis = found.get("analysis") or {}
        if analysis.get("optOut"):
            reports.append(Report("opt-out", type=CallEventType.OPT_OUT_DETECTED))
        reports.append(_complete(found, analysis))
    next_in = found.get("nextInMs")
    next_in = None if next_in is None else next_in / 1000
    return Watched(reports, next_in, speaking=_speaking(found.get("speaking")))


def _speaking(turn: Mapping[str, Any] | None) -> Speaking | None:
    if turn is None:
        return None
    said = Said(Speaker[turn["speaker"].upper()], turn["text"])
    return Speaking(said, turn["startsInMs"] / 1000, turn["endsInMs"] / 1000)


def _report(event: Mapping[str, Any]) -> Report:
    status = event["status"]
    answered = event.get("answeredBy")
    hangup = event.get("hangupBy")
    over = status in REASONS
    reason = REASONS.get(status)
    if event.get("detail") == "max-duration":
        reason = EndReason.MAX_DURATION
    cost = event.get("costMicros")
    return Report(
        str(event["sequence"]),
        at=datetime.fromisoformat(event["at"]),
        status=STATUSES[status],
        detail=event.get("detail"),
        answered_by=AnsweredBy[answered.upper()] if answered else None,
        end_reason=reason,
        hangup_by=HangupBy[hangup.upper()] if hangup else None,
        sip_code=event.get("sipCode") if over else None,
        duration_ms=event.get("durationMs"),
        cost_micros=cost,
        cost_currency="USD" if cost is not None else None,
    )


def _complete(found: Mapping[str, Any], analysis: Mapping[str, Any]) -> Report:
    recording = found.get("recording")
    sound = None
    if recording:
        sound = Sound(
            f"rec_{found['id']}",
            None,
            recording.get("mediaType"),
            recording.get("channels"),
            recording.get("durationMs"),
        )
    words = ("summary", "intent", "sentiment", "outcome")
    made = None
    if analysis:
        heard = {each: analysis.get(each) for each in words}
        made = Analysis(**heard, extracted=analysis.get("extracted"))
    return Report("complete", sound=sound, analysis=made, complete=True)


def _told(order: Order) -> dict[str, Any]:
    """The order as the simulator takes it."""
    wanted = order.metadata.get("simulate")
    wanted = wanted if isinstance(wanted, dict) else {}
    outcome = wanted.get("outcome")
    return {
        "reference": order.call_id,
        "to": order.to_number,
        "from": order.from_number,
        "agent": {camel(name): order.agent.get(name) for name in PLAYED},
        "lead": {"name": order.lead.get("name")},
        "firstMessage": order.first_message,
        "reason": order.reason,
        "language": order.language,
        "ringTimeoutMs": order.agent.get("ring_timeout_ms") or 60_000,
        "maxDurationMs": order.max_duration_ms,
        "schema": order.extraction_schema,
        "outcome": outcome.lower().replace("_", "-") if isinstance(outcome, str) else None,
        "talk": wanted.get("talk"),
        "startedAt": wire(order.dialed_at),
        "callbackUrl": order.callback_url,
    }


def _request(account: Account, method: str, path: str, told: Mapping[str, Any]) -> Request:
    base = str(account.settings.get("base_url") or HERE).rstrip("/")
    headers = {"content-type": "application/json", "accept": "application/json"}
    # The built-in carrier keeps nothing, so it is told of the order again each time.
    body = orjson.dumps(told) if method == "POST" or base == HERE else b""
    return Request(method, f"{base}/{path}", headers, body)
