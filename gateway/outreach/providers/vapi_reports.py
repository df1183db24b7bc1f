"""What Vapi reports of a call: server messages with a secret, and the states of what it is asked for."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.outreach.providers.answers import instant, json_object, text, whole
from gateway.outreach.providers.provider import Analysis, Heard, Inbound, Report, Said, Sound
from models import AnsweredBy, CallStatus, EndReason, HangupBy, Speaker
from schema.vendor import Account

STATUSES = {
    "scheduled": CallStatus.DIALING,
    "queued": CallStatus.DIALING,
    "ringing": CallStatus.RINGING,
    "in-progress": CallStatus.IN_PROGRESS,
    "forwarding": CallStatus.IN_PROGRESS,
}
#: The reasons of the 627 that we tell apart; of the others only whether they are errors.
ENDINGS: Mapping[str, tuple[CallStatus, EndReason, HangupBy | None]] = {
    "customer-busy": (CallStatus.BUSY, EndReason.BUSY, None),
    "customer-did-not-answer": (CallStatus.NO_ANSWER, EndReason.RING_TIMEOUT, None),
    "voicemail": (CallStatus.VOICEMAIL, EndReason.VOICEMAIL, None),
    "customer-ended-call": (CallStatus.COMPLETED, EndReason.HANGUP, HangupBy.LEAD),
    "assistant-ended-call": (CallStatus.COMPLETED, EndReason.HANGUP, HangupBy.AGENT),
    "assistant-said-end-call-phrase": (CallStatus.COMPLETED, EndReason.HANGUP, HangupBy.AGENT),
    "assistant-forwarded-call": (CallStatus.COMPLETED, EndReason.TRANSFERRED, HangupBy.AGENT),
    "exceeded-max-duration": (CallStatus.COMPLETED, EndReason.MAX_DURATION, HangupBy.PROVIDER),
    "silence-timed-out": (CallStatus.COMPLETED, EndReason.SILENCE, HangupBy.PROVIDER),
    "manually-canceled": (CallStatus.CANCELLED, EndReason.CANCELLED, HangupBy.USER),
    "scheduled-call-deleted": (CallStatus.CANCELLED, EndReason.CANCELLED, HangupBy.USER),
    "twilio-failed-to-connect-call": (CallStatus.FAILED, EndReason.NETWORK, None),
}
SPEAKERS = {
    "assistant": Speaker.AGENT,
    "bot": Speaker.AGENT,
    "user": Speaker.LEAD,
    "customer": Speaker.LEAD,
    "tool": Speaker.TOOL,
}
#: Ends of calls that leave something behind.
ANSWERED = (CallStatus.COMPLETED, CallStatus.VOICEMAIL)
#: How old a signed report may be.
STALE = timedelta(minutes=5)
#: How long after its end a call that is asked for may still be without its recording and analysis.
LATE = timedelta(minutes=1)


def verified(account: Account, inbound: Inbound) -> bool:
    """Whether it has the secret that the call was placed with, or one that was set up at Vapi."""
    known = {secret(account), account.credentials.get("webhook_secret") or secret(account)}
    bearer = inbound.headers.get("authorization", "").removeprefix("Bearer ")
    given = (inbound.headers.get("x-vapi-secret", ""), bearer)
    if any(hmac.compare_digest(a.encode(), b.encode()) for a in known for b in given):
        return True
    stamp = inbound.headers.get("x-timestamp", "")
    signature = inbound.headers.get("x-signature", "").removeprefix("sha256=")
    if not signature or not _fresh(stamp):
        return False
    signed = stamp.encode() + b"." + inbound.body
    return any(
        hmac.compare_digest(hmac.digest(key.encode(), signed, "sha256").hex(), signature)
        for key in known
    )


def _fresh(stamp: str) -> bool:
    """Seconds or milliseconds since the epoch, not long ago."""
    if not stamp.isdecimal() or len(stamp) > 13:
        return False
    seconds = int(stamp) / (1000 if len(stamp) > 11 else 1)
    return abs(datetime.now(UTC) - datetime.fromtimestamp(seconds, UTC)) <= STALE


def heard(account: Account, inbound: Inbound) -> Heard | None:
    """What a server message says."""
    message = json_object(inbound.body).get("message")
    if not isinstance(message, dict) or not isinstance(message.get("call"), dict):
        return None
    call = message["call"]
    kind = message.get("type")
    digest = hashlib.sha256(inbound.body).hexdigest()
    reports: list[Report] = []
    partial = None
    if kind == "status-update":
        reports = states({**call, **message})
    elif kind == "end-of-call-report":
        reports = states({**call, **message, "status": "ended"})
    elif kind == "transcript":
        speaker = SPEAKERS.get(text(message, "role"), Speaker.SYSTEM)
        said = Said(speaker, text(message, "transcript"))
        if message.get("transcriptType") == "final":
            reports = [Report(f"said-{digest[:32]}", spoken=said)]
        else:
            partial = said
    id = text(call, "id") or None
    return Heard(digest, reports, inbound.query.get("call"), id, partial)


def states(found: Mapping[str, Any], *, wait: bool = False) -> list[Report]:
    """The reports of a call, or of a message about one.

    A call that is asked for may be over before its recording and analysis are there: whoever is
    to `wait` takes it for complete when they are, or a minute later.
    """
    status = text(found, "status")
    if status in STATUSES:
        at = _date(found.get("startedAt")) if status == "in-progress" else None
        return [Report(f"status-{status}", at=at, status=STATUSES[status])]
    if status != "ended":
        return []
    ended = _ended(found)
    artifact, analysis = found.get("artifact"), found.get("analysis")
    if not isinstance(artifact, dict) and not isinstance(analysis, dict):
        return [ended]
    artifact = artifact if isinstance(artifact, dict) else {}
    whole = bool(analysis) and bool(artifact.get("recordingUrl"))
    young = ended.at is not None and datetime.now(UTC) - ended.at < LATE
    if wait and young and not whole and ended.status in ANSWERED:
        return [ended]
    return [ended, *_artifacts(found, artifact)]


def _ended(found: Mapping[str, Any]) -> Report:
    why = text(found, "endedReason")
    failed = "error" in why or why.endswith("-misdialed")
    usual = CallStatus.FAILED if failed else CallStatus.COMPLETED
    reason = EndReason.PROVIDER_ERROR if failed else EndReason.HANGUP
    status, reason, by = ENDINGS.get(why, (usual, reason, None))
    started, ended = _date(found.get("startedAt")), _date(found.get("endedAt"))
    length = None
    if started is not None and ended is not None and status is CallStatus.COMPLETED:
        length = max(0, (ended - started) // timedelta(milliseconds=1))
    cost = whole(found.get("cost"), 1_000_000)
    return Report(
        "status-ended",
        at=ended,
        status=status,
        detail=why or None,
        end_reason=reason,
        hangup_by=by,
        answered_by=AnsweredBy.MACHINE if why == "voicemail" else None,
        duration_ms=length,
        cost_micros=cost,
        cost_currency=None if cost is None else "USD",
    )


def _artifacts(found: Mapping[str, Any], artifact: Mapping[str, Any]) -> list[Report]:
    reports = []
    turns = _turns(artifact.get("messages"))
    if turns:
        reports.append(Report("transcript", turns=turns, whole=True))
    analysis = found.get("analysis")
    analysis = analysis if isinstance(analysis, dict) else {}
    made = Analysis(
        summary=_text(analysis.get("summary")),
        outcome=_text(analysis.get("successEvaluation")),
        extracted=analysis.get("structuredData")
        if isinstance(analysis.get("structuredData"), dict)
        else None,
    )
    kept = None
    if artifact.get("recordingUrl"):
        id = found.get("id") or (found.get("call") or {}).get("id")
        kept = Sound(str(id), str(artifact["recordingUrl"]), "audio/wav", 1)
    reports.append(Report("complete", sound=kept, analysis=made, complete=True))
    return reports


def _turns(messages: Any) -> list[Said]:
    found = []
    for each in messages if isinstance(messages, Sequence) else ():
        if (
            not isinstance(each, dict)
            or each.get("role") not in SPEAKERS
            or not each.get("message")
        ):
            continue
        begins, span = whole(each.get("secondsFromStart"), 1000), whole(each.get("duration"))
        ends = None if begins is None or span is None else begins + span
        found.append(Said(SPEAKERS[each["role"]], str(each["message"]), begins, ends))
    return found


def secret(account: Account) -> str:
    """What a report must have."""
    return account.credentials.get("webhook_secret") or account.callback_token


def _date(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    try:
        return instant(datetime.fromisoformat(text))
    except ValueError:
        return None


def _text(value: Any) -> str | None:
    return None if value is None else str(value)[:4000]
