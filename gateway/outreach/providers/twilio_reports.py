"""What Twilio reports of a call: callbacks, which it signs, and the states of what it is asked for."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from gateway.outreach.providers.answers import instant
from gateway.outreach.providers.provider import Heard, Inbound, Placed, Report, Sound
from models import AnsweredBy, CallEventType, CallStatus, EndReason
from schema.vendor import Account

STATUSES = {
    "queued": CallStatus.DIALING,
    "initiated": CallStatus.DIALING,
    "ringing": CallStatus.RINGING,
    "in-progress": CallStatus.IN_PROGRESS,
    "completed": CallStatus.COMPLETED,
    "busy": CallStatus.BUSY,
    "no-answer": CallStatus.NO_ANSWER,
    "failed": CallStatus.FAILED,
    "canceled": CallStatus.CANCELLED,
}
REASONS = {
    "completed": EndReason.HANGUP,
    "busy": EndReason.BUSY,
    "no-answer": EndReason.RING_TIMEOUT,
    "failed": EndReason.NETWORK,
    "canceled": EndReason.CANCELLED,
}
#: What reports may be signed with, by Twilio's names.
HASHES = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}


def verified(account: Account, inbound: Inbound) -> bool:
    """Whether Twilio has signed it (https://www.twilio.com/docs/usage/security)."""
    given = inbound.headers.get("x-twilio-signature", "")
    settings = inbound.headers.get("x-twilio-webhooks-signature-settings", "")
    algorithm = HASHES.get(_algorithm(settings))
    if algorithm is None:
        return False
    known = account.credentials
    # With a shared key its secret signs, else the account's token.
    secret = known.get("webhook_secret") if settings else None
    key = (secret or known["auth_token"]).encode()
    kind = inbound.headers.get("content-type", "").partition(";")[0].strip()
    text = ""
    if kind == "application/x-www-form-urlencoded":
        fields = parse_qsl(inbound.body.decode("utf-8", "replace"), keep_blank_values=True)
        text = "".join(name + value for name, value in sorted(set(fields)))
    elif not _same_body(inbound):
        return False
    return any(
        hmac.compare_digest(
            base64.b64encode(hmac.digest(key, (url + text).encode(), algorithm)).decode(), given
        )
        for url in _spellings(inbound.url)
    )


def _algorithm(settings: str) -> str:
    """What the header names: `key=<id>,algorithm=<name>`."""
    for part in settings.split(","):
        name, _, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip().upper()
    return "HMAC_SHA1"


def _same_body(inbound: Inbound) -> bool:
    """Whether the body is the one whose hash stands in the address, which is signed."""
    digest = hashlib.sha256(inbound.body).hexdigest()
    return hmac.compare_digest(inbound.query.get("bodySHA256", ""), digest)


def _spellings(url: str) -> tuple[str, str]:
    """The address with and without its port, as Twilio signs either."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    host = parts.hostname or ""
    return (
        parts._replace(netloc=f"{host}:{port}").geturl(),
        parts._replace(netloc=host).geturl(),
    )


def heard(account: Account, inbound: Inbound) -> Heard | None:
    """What a callback says: a status, what has answered, or a recording."""
    body = inbound.body.decode("utf-8", "replace")
    pairs = parse_qsl(body, keep_blank_values=True)
    fields = {name: value.replace("\0", "") for name, value in pairs}
    sid = fields.get("CallSid")
    if not sid or fields.get("AccountSid") != account.settings.get("account_sid"):
        return None
    if "RecordingStatus" in fields:
        reports = _recorded(fields)
    elif "MachineDetectionDuration" in fields or (
        "AnsweredBy" in fields and "CallStatus" not in fields
    ):
        reports = _answered(fields.get("AnsweredBy"))
    elif fields.get("CallStatus") in STATUSES:
        reports = _progress(fields)
    else:
        return None
    digest = hashlib.sha256(inbound.body).hexdigest()
    return Heard(digest, reports, inbound.query.get("call"), sid)


def _progress(fields: Mapping[str, str]) -> list[Report]:
    status = fields["CallStatus"]
    reports = _answered(fields.get("AnsweredBy"))
    sip = fields.get("SipResponseCode", "")
    length = fields.get("CallDuration", "")
    over = status in REASONS
    reports.append(
        Report(
            f"status-{status}",
            at=date(fields.get("Timestamp")),
            status=STATUSES[status],
            end_reason=REASONS.get(status),
            sip_code=int(sip) if over and sip.isdecimal() else None,
            duration_ms=int(length) * 1000
            if status == "completed" and length.isdecimal()
            else None,
        )
    )
    return reports


def _answered(answered: str | None) -> list[Report]:
    if not answered:
        return []
    who = AnsweredBy.UNKNOWN
    if answered.startswith("machine"):
        who = AnsweredBy.MACHINE
    elif answered in ("human", "fax"):
        who = AnsweredBy[answered.upper()]
    if who is AnsweredBy.UNKNOWN:
        return []
    kind = CallEventType.VOICEMAIL_DETECTED if who is AnsweredBy.MACHINE else CallEventType.PROVIDER
    return [Report(f"answered-{answered}", type=kind, answered_by=who, detail=answered)]


def _recorded(fields: Mapping[str, str]) -> list[Report]:
    if fields["RecordingStatus"] != "completed":
        return [Report("recording-absent", complete=True)]
    return [
        _sound(
            fields.get("RecordingSid"), fields.get("RecordingUrl"), fields.get("RecordingDuration")
        )
    ]


def recordings(found: Sequence[Any]) -> list[Report]:
    """Of a list of recordings the first that is whole."""
    done = [each for each in found if isinstance(each, dict) and each.get("status") == "completed"]
    if not done:
        return []
    first = done[0]
    media = first.get("media_url") or ""
    return [_sound(first.get("sid"), media, str(first.get("duration") or ""))]


def _sound(sid: str | None, url: str | None, seconds: str | None) -> Report:
    length = int(seconds) * 1000 if seconds and seconds.isdecimal() else None
    media = f"{url}.wav" if url else None
    return Report(
        f"recording-{sid}", sound=Sound(sid, media, "audio/wav", 2, length), complete=True
    )


def statuses(found: Mapping[str, Any], placed: Placed) -> list[Report]:
    """How a call is that was asked for."""
    status = found["status"]
    reports = _answered(found.get("answered_by"))
    over = status in REASONS
    started, ended = date(found.get("start_time")), date(found.get("end_time"))
    length = str(found.get("duration") or "")
    price = found.get("price")
    cost = None
    if isinstance(price, str):
        try:
            # What is charged is told as a negative decimal: "-0.03000".
            cost = round(abs(float(price)) * 1_000_000)
        except ValueError:
            cost = None
    reports.append(
        Report(
            f"status-{status}",
            at=ended if over else started,
            status=STATUSES[status],
            end_reason=REASONS.get(status),
            duration_ms=int(length) * 1000
            if status == "completed" and length.isdecimal()
            else None,
            cost_micros=cost,
            cost_currency=str(found.get("price_unit") or "USD").upper()
            if cost is not None
            else None,
        )
    )
    if over and not placed.data.get("record"):
        reports.append(Report("complete", complete=True))
    return reports


def date(text: Any) -> datetime | None:
    """RFC 2822, as Twilio writes instants."""
    if not isinstance(text, str) or not text:
        return None
    try:
        return instant(parsedate_to_datetime(text))
    except ValueError:
        return None
