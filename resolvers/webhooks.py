"""What can be done with webhooks: addresses of yours that are told what happens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from models import (
    EventType,
    Follower,
    Subject,
    Webhook,
    WebhookDisabledReason,
)
from models.columns import new_id, wire
from resolvers.existing import check_agent, current, differing, named
from resolvers.given import Given
from resolvers.public_address import names_public
from resolvers.webhook_events import KNOWN
from resolvers.webhook_secret import columns as secret_columns
from resolvers.webhook_secret import new_secret, shown
from schema.error_code import ErrorCode
from schema.refusal import refuse
from schema.unit import Unit
from schema.verb import verb
from schema.webhook_input import (
    CreateWebhookInput,
    CreateWebhookPayload,
    DeleteWebhookInput,
    DeleteWebhookPayload,
    RotateWebhookSecretInput,
    RotateWebhookSecretPayload,
    TestWebhookInput,
    TestWebhookPayload,
    UpdateWebhookInput,
    UpdateWebhookPayload,
)

#: Who follows the log for webhooks.
FOLLOWER = "webhooks"
MAX_WEBHOOKS = 50
MAX_HEADERS = 20
KEPT_HOURS = 24
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}", re.ASCII)
_VALUE = re.compile(r"[\x21-\x7e]([\x20-\x7e\t]{0,998}[\x21-\x7e])?", re.ASCII)
#: Headers that are ours, or the connection's.
_RESERVED = re.compile(
    r"webhook-.*|content-.*|host|connection|keep-alive|transfer-encoding|te|trailer|upgrade|"
    r"expect|proxy-.*|user-agent|accept-encoding",
    re.ASCII | re.IGNORECASE,
)
CHANGEABLE = (
    *("name", "url", "agent_id", "events", "active", "include_transcript"),
    *("include_recording_url", "custom_headers", "timeout_ms"),
)


def fields(unit: Unit, given: Given) -> None:
    """Read what creating and updating share."""
    given.text("name", limit=200)
    given.plain("active", "includeTranscript", "includeRecordingUrl")
    given.integer("timeoutSeconds", 1, 30, column="timeout_ms", scale=1000)
    if "timeout_ms" in given.columns and given.columns["timeout_ms"] is None:
        given.columns["timeout_ms"] = 15_000
    given.reference("agentId", "agent")
    _address(unit, given)
    _events(given)
    _headers(given)


def _address(unit: Unit, given: Given) -> None:
    anywhere = unit.caller.installation.private_webhooks
    before = len(given.problems)
    given.url("url", "https", *(("http",) if anywhere else ()))
    url = given.columns.get("url")
    given.required("url")
    if url is None or len(given.problems) > before:
        return
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        given.problem(ErrorCode.INVALID_URL, "url", "Names and passwords don't belong here.")
    elif not anywhere and not names_public(url):
        given.problem(ErrorCode.INVALID_URL, "url", "The address is not public.")
    given.columns["url"] = url.partition("#")[0]


def _events(given: Given) -> None:
    if "events" not in given.input:
        return
    wanted = given.input["events"] or []
    for place, name in enumerate(wanted):
        if name not in KNOWN:
            each = Given({}, (*given.path, "events"))
            close = get_close_matches(str(name).lower(), KNOWN, n=1)
            meant = f" Did you mean {close[0]}?" if close else " docs/events.md lists them."
            each.problem(ErrorCode.INVALID, str(place), f"There is no event of this name.{meant}")
            given.problems += each.problems[:1]
            break
    given.columns["events"] = sorted(set(wanted))


def _headers(given: Given) -> None:
    given.json("customHeaders", limit=8192)
    headers = given.columns.get("custom_headers")
    if not headers:
        return
    if len(headers) > MAX_HEADERS:
        given.problem(ErrorCode.TOO_LONG, "customHeaders", f"At most {MAX_HEADERS} headers.")
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or _RESERVED.fullmatch(name):
            given.problem(ErrorCode.INVALID, "customHeaders", "A header can't have such a name.")
            break
        if not isinstance(value, str) or not _VALUE.fullmatch(value):
            given.problem(
                ErrorCode.INVALID, "customHeaders", "Values are printable ASCII, 1,000 at most."
            )
            break


@verb(CreateWebhookInput, CreateWebhookPayload, "webhooks:write")
async def create_webhook(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Have an address told what happens from now on. Keep the secret: it is shown this once."""
    given = Given(input)
    fields(unit, given)
    await check_agent(unit, given)
    columns = given.check()
    rows = await unit.find(Webhook, ["id"], {}, limit=MAX_WEBHOOKS)
    if len(rows) >= MAX_WEBHOOKS:
        raise refuse(ErrorCode.TOO_LONG, f"A workspace has at most {MAX_WEBHOOKS} webhooks.")
    uuid, secret = new_id(), new_secret()
    if columns.get("active") is False:
        columns |= {"disabled_at": unit.now, "disabled_reason": WebhookDisabledReason.USER}
    await unit.insert(Webhook, {"id": uuid, **columns, **secret_columns(unit.caller, uuid, secret)})
    await _follow(unit)
    _record(unit, EventType.WEBHOOK_CREATED, uuid, f"{columns['url']} is told what happens", 1)
    unit.secrets["secret"] = shown(secret)
    return {"webhook_id": uuid}


async def _follow(unit: Unit) -> None:
    """The log is followed for the first webhook from where it stands, and from then on."""
    if await unit.find(Follower, ["id"], {"name": FOLLOWER}):
        return
    mark, uuid, instant = (
        ("$", "::uuid", "::timestamptz") if unit.dialect == "postgres" else ("?", "", "")
    )
    await unit.write(
        "INSERT INTO follower (workspace_id, id, created_at, name, position, updated_at) "
        f"VALUES ({mark}1{uuid}, {mark}2{uuid}, {mark}3{instant}, {mark}4, coalesce((SELECT "
        f"l.position FROM log l WHERE l.workspace_id = {mark}1{uuid}), 0), {mark}3{instant}) "
        "ON CONFLICT (workspace_id, name) DO NOTHING",
        [unit.workspace_id, new_id(), unit.now, FOLLOWER],
    )


@verb(UpdateWebhookInput, UpdateWebhookPayload, "webhooks:write")
async def update_webhook(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Change a webhook. Switched off, it is told nothing, and what is under way to it is stopped;
    switched on, it is told what happens from then on.
    """
    given = Given(input)
    fields(unit, given)
    await check_agent(unit, given)
    before = await current(unit, given, Webhook, "webhook", *CHANGEABLE, "secret", lock=True)
    changed = differing(before, given.check())
    told = named(changed)
    uuid = before["id"]
    if changed.get("active") is True:
        changed |= {
            "disabled_at": None,
            "disabled_reason": None,
            "failing_since": None,
            "consecutive_failures": 0,
        }
        vault = unit.caller.installation.secrets
        if not vault.knows(before["secret"]):
            secret = new_secret()
            changed |= secret_columns(unit.caller, uuid, secret)
            unit.secrets["secret"] = shown(secret)
    elif changed.get("active") is False:
        changed |= {"disabled_at": unit.now, "disabled_reason": WebhookDisabledReason.USER}
        await stop(unit, uuid)
    if changed:
        row = await unit.update(Webhook, uuid, changed, ("version", "url"))
        assert row is not None
        title = f"The webhook to {row[1]} was changed"
        _record(unit, EventType.WEBHOOK_UPDATED, uuid, title, row[0], told)
    return {"webhook_id": uuid}


async def stop(unit: Unit, webhook_id: str) -> None:
    """Nothing that is under way to a webhook goes on; its row is locked or about to be written."""
    mark, uuid, instant = (
        ("$", "::uuid", "::timestamptz") if unit.dialect == "postgres" else ("?", "", "")
    )
    await unit.write(
        "UPDATE delivery SET state = 'STOPPED', next_attempt_at = NULL, owner = NULL, "
        f"lease_until = NULL, version = version + 1, updated_at = {mark}3{instant} "
        f"WHERE workspace_id = {mark}1{uuid} AND webhook_id = {mark}2{uuid} AND state = 'PENDING'",
        [unit.workspace_id, webhook_id, unit.now],
    )


@verb(DeleteWebhookInput, DeleteWebhookPayload, "webhooks:write")
async def delete_webhook(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Delete a webhook with its delivery log; whatever is under way to it stops at once."""
    given = Given(input)
    before = await current(unit, given, Webhook, "webhook", "url", lock=True)
    given.check()
    await unit.delete(Webhook, before["id"])
    title = f"{before['url']} is told no more"
    _record(unit, EventType.WEBHOOK_DELETED, before["id"], title, before["version"] + 1)
    return {"deleted_id": input["id"]}


@verb(RotateWebhookSecretInput, RotateWebhookSecretPayload, "webhooks:write")
async def rotate_webhook_secret(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Give a webhook a new secret. The old one signs along for a while, so that no delivery is
    refused while the receiver changes over.
    """
    given = Given(input)
    given.integer("keepHours", 0, 168)
    hours = given.columns.pop("keep_hours", None)
    before = await current(unit, given, Webhook, "webhook", "url", "secret", lock=True)
    given.check()
    uuid, secret = before["id"], new_secret()
    changes: dict[str, Any] = secret_columns(unit.caller, uuid, secret)
    keep = timedelta(hours=KEPT_HOURS if hours is None else hours)
    kept = bool(keep) and unit.caller.installation.secrets.knows(before["secret"])
    until = wire(datetime.fromisoformat(unit.now) + keep) if kept else None
    changes |= {
        "previous_secret": bytes(before["secret"]) if kept else None,
        "previous_secret_until": until,
    }
    row = await unit.update(Webhook, uuid, changes)
    assert row is not None
    title = f"The webhook to {before['url']} got a new secret"
    _record(unit, EventType.WEBHOOK_UPDATED, uuid, title, row[0], named(["secret"]))
    unit.secrets["secret"] = shown(secret)
    return {"webhook_id": uuid}


@verb(TestWebhookInput, TestWebhookPayload, "webhooks:write")
async def test_webhook(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Send a webhook the event `webhook.test`, whatever events it asks for."""
    given = Given(input)
    before = await current(unit, given, Webhook, "webhook", "url", "active", lock=True)
    given.check()
    if not before["active"]:
        raise refuse(ErrorCode.ILLEGAL_TRANSITION, "The webhook is switched off.", "id")
    title = f"{before['url']} gets a test"
    _record(unit, EventType.WEBHOOK_TESTED, before["id"], title, before["version"])
    return {"webhook_id": before["id"]}


def _record(
    unit: Unit,
    type: EventType,
    uuid: str,
    title: str,
    version: int,
    metadata: Mapping[str, Any] | None = None,
) -> None:
    unit.record(type, Subject.WEBHOOK, uuid, title, version=version, metadata=metadata)


MUTATIONS = (
    create_webhook,
    update_webhook,
    delete_webhook,
    rotate_webhook_secret,
    test_webhook,
)
