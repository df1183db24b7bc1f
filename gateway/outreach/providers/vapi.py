"""Vapi voice agents: calls over its API; what it reports is next door.

https://docs.vapi.ai/api-reference/calls/create. Creates are not idempotent, and nothing says that
a 429 has not been processed; calls are found again by `customer.externalId`, which is our id.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson

from gateway.outreach.providers.answers import json_object, parsed
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
from gateway.outreach.providers.vapi_reports import heard as heard
from gateway.outreach.providers.vapi_reports import secret, states
from gateway.outreach.providers.vapi_reports import verified as verified
from models import EndReason
from models.columns import wire
from schema.vendor import Account

#: What is reported to us; the default would leave transcripts out.
MESSAGES = ("status-update", "transcript", "end-of-call-report")
#: Characters of a name, and seconds that a call may last.
NAMED = 40
SHORTEST, LONGEST = 10, 43_200
#: How long before dialling a call may have been made that is ours.
SPAN = timedelta(seconds=5)
USUAL = 2.0


def abilities(account: Account) -> Abilities:
    """Finds a call by our reference."""
    return Abilities(lookup=LookUp.BY_REFERENCE)


def create(account: Account, order: Order) -> Request:
    """Place a call."""
    agent = order.agent
    seconds = min(max(order.max_duration_ms // 1000, SHORTEST), LONGEST)
    overrides: dict[str, Any] = {
        "variableValues": {**order.metadata, **_variables(order)},
        "metadata": {"callId": order.call_id},
        "maxDurationSeconds": seconds,
    }
    if order.first_message:
        overrides["firstMessage"] = order.first_message
    action = agent.get("voicemail_action")
    if action == "CONTINUE":
        overrides["voicemailDetection"] = "off"
    elif action is not None:
        overrides["voicemailDetection"] = {"provider": "vapi"}
        if action == "LEAVE_MESSAGE" and agent.get("voicemail_message"):
            overrides["voicemailMessage"] = agent["voicemail_message"]
    if order.extraction_schema is not None:
        plan = {"enabled": True, "schema": order.extraction_schema}
        overrides["analysisPlan"] = {"structuredDataPlan": plan}
    if order.callback_url is not None:
        headers = {"X-Vapi-Secret": secret(account)}
        overrides["server"] = {"url": order.callback_url, "headers": headers}
        overrides["serverMessages"] = list(MESSAGES)
    customer = {"number": order.to_number, "externalId": order.call_id}
    if order.lead.get("name"):
        customer["name"] = order.lead["name"][:NAMED]
    body = {
        "assistantId": agent.get("provider_agent_id"),
        "assistantOverrides": overrides,
        "customer": customer,
        "phoneNumberId": order.number_id,
    }
    return _request(account, "POST", "call", {k: v for k, v in body.items() if v is not None})


def _variables(order: Order) -> dict[str, Any]:
    """What the assistant's prompts may speak of."""
    found = {
        "reason": order.reason,
        "leadName": order.lead.get("name"),
        "company": order.lead.get("company"),
        "language": order.language,
    }
    return {name: value for name, value in found.items() if value is not None}


def created(order: Order, response: Response) -> Answer:
    """What the answer to that means."""
    found = json_object(response.body)
    if response.status == 201 and isinstance(found.get("id"), str) and found["id"]:
        return _accepted(found, order)
    if 400 <= response.status < 500 and response.status != 429 and "message" in found:
        said = found["message"]
        said = "; ".join(map(str, said)) if isinstance(said, list) else str(said)
        return Refused(EndReason.PROVIDER_REFUSED, f"{response.status}: {said}"[:500])
    return Doubt(f"answered {response.status} with what is no answer")


def _accepted(found: Mapping[str, Any], order: Order) -> Accepted:
    return Accepted(found["id"], data={**kept(order), **_control(found)})


def _control(found: Mapping[str, Any]) -> dict[str, str]:
    """Where the call is controlled, if it says."""
    monitor = found.get("monitor")
    control = monitor.get("controlUrl") if isinstance(monitor, dict) else None
    return {"control": control} if isinstance(control, str) else {}


def kept(order: Order) -> Mapping[str, Any]:
    """Whether there will be a recording."""
    return {"record": bool(order.agent.get("record_calls"))}


def look_up(account: Account, order: Order) -> Request:
    """Ask for the calls made since ours was dialled."""
    since = wire(order.dialed_at - SPAN)
    return _request(account, "GET", f"call?{urlencode({'createdAtGe': since, 'limit': 1000})}")


def found(order: Order, response: Response) -> Accepted | None:
    """The one of them that has our reference."""
    calls = parsed(response.body)
    if response.status != 200 or not isinstance(calls, list):
        return None
    for each in calls:
        customer = each.get("customer") if isinstance(each, dict) else None
        ours = isinstance(customer, dict) and customer.get("externalId") == order.call_id
        if ours and isinstance(each.get("id"), str):
            return _accepted(each, order)
    return None


def watch(account: Account, placed: Placed) -> Request:
    """Ask how a call goes."""
    return _request(account, "GET", f"call/{quote(placed.provider_call_id, safe='')}")


def watched(placed: Placed, response: Response) -> Watched | None:
    """How it goes."""
    found = json_object(response.body)
    if response.status == 404:
        return Watched((), gone=True)
    if response.status != 200 or not isinstance(found.get("status"), str):
        return None
    reports = states(found, wait=bool(placed.data.get("record")))
    return Watched(reports, USUAL, data=_control(found))


def hang_up(account: Account, placed: Placed) -> Request:
    """End a call, at the address that it is controlled at."""
    control = placed.data.get("control")
    if not isinstance(control, str) or not _trusted(account, control):
        return watch(account, placed)
    return Request("POST", control, _headers(account), orjson.dumps({"type": "end-call"}))


def hung_up(placed: Placed, response: Response) -> Watched | None:
    """Nothing yet: the end is reported."""
    return watched(placed, response)


def machine(account: Account, placed: Placed) -> Request | None:
    """Nothing: the assistant was told before."""
    return None


def sound(account: Account, sound: Sound) -> Request | None:
    """The bytes of a recording."""
    id = quote(str(sound.id), safe="")
    return _request(account, "GET", f"call/{id}/mono-recording")


def _trusted(account: Account, control: str) -> bool:
    """Whether a call's control address is Vapi's own, or of the server that stands in for it."""
    parts, base = urlsplit(control), urlsplit(str(account.address))
    if parts.hostname == base.hostname and parts.scheme == base.scheme:
        return True
    return parts.scheme == "https" and (parts.hostname or "").endswith(".vapi.ai")


def _request(account: Account, method: str, path: str, body: Any = None) -> Request:
    made = b"" if body is None else orjson.dumps(body)
    return Request(method, f"{account.address}/{path}", _headers(account), made)


def _headers(account: Account) -> dict[str, str]:
    return {
        "authorization": f"Bearer {account.credentials['api_key']}",
        "content-type": "application/json",
        "accept": "application/json",
    }
