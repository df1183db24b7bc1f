"""What can be done with webhooks and their deliveries."""

from __future__ import annotations

from typing import Any

import pytest

import models
from resolvers.webhook_events import KNOWN, NAMES
from tests.resolvers.conftest import Door, unfound

URL = "https://hooks.example.com/switchboard"
SELECTION = """webhook { id version url name events active includeTranscript includeRecordingUrl
    timeoutSeconds secretHint disabledReason agent { id } } secret"""


async def made(door: Door, **more: Any) -> dict[str, Any]:
    return await door.done("createWebhook", {"url": URL, **more}, SELECTION)


async def test_creating(door: Door) -> None:
    agent = door.id(models.Agent)
    await door.fetch("UPDATE agent SET archived_at = NULL")
    found = await made(
        door,
        name=" CRM ",
        agentId=agent,
        events=["lead.created", "call.completed", "lead.created"],
        timeoutSeconds=7,
        includeTranscript=True,
        customHeaders={"X-Tenant": "7"},
    )
    hook, secret = found["webhook"], found["secret"]
    assert secret.startswith("whsec_")
    assert hook.pop("id").startswith("webhook_")
    assert hook == {
        "version": 1,
        "url": URL,
        "name": "CRM",
        "events": ["call.completed", "lead.created"],
        "active": True,
        "includeTranscript": True,
        "includeRecordingUrl": False,
        "timeoutSeconds": 7,
        "secretHint": secret[-4:],
        "disabledReason": None,
        "agent": {"id": agent},
    }
    rows = await door.fetch("SELECT secret FROM webhook WHERE url = ?1", URL)
    assert secret.encode() not in bytes(rows[0][0])


@pytest.mark.parametrize(
    ("input", "problem"),
    [
        ({"url": "http://hooks.example.com"}, ("INVALID_URL", "url")),
        ({"url": "https://localhost/x"}, ("INVALID_URL", "url")),
        ({"url": "https://169.254.169.254/latest"}, ("INVALID_URL", "url")),
        ({"url": "https://[::1]/x"}, ("INVALID_URL", "url")),
        ({"url": "https://a:b@hooks.example.com"}, ("INVALID_URL", "url")),
        ({"url": "hooks.example.com"}, ("INVALID_URL", "url")),
        ({"url": " "}, ("REQUIRED", "url")),
        ({"url": URL, "events": ["call.nothing"]}, ("INVALID", "events.0")),
        ({"url": URL, "timeoutSeconds": 0}, ("OUT_OF_RANGE", "timeoutSeconds")),
        ({"url": URL, "timeoutSeconds": 31}, ("OUT_OF_RANGE", "timeoutSeconds")),
        ({"url": URL, "customHeaders": {"webhook-id": "x"}}, ("INVALID", "customHeaders")),
        ({"url": URL, "customHeaders": {"Host": "x"}}, ("INVALID", "customHeaders")),
        ({"url": URL, "customHeaders": {"X": "a\r\nB: c"}}, ("INVALID", "customHeaders")),
        ({"url": URL, "customHeaders": {"a b": "c"}}, ("INVALID", "customHeaders")),
        ({"url": URL, "customHeaders": {"X": 1}}, ("INVALID", "customHeaders")),
        ({"url": URL, "customHeaders": []}, ("INVALID", "customHeaders")),
        (
            {"url": URL, "customHeaders": {f"X-{n}": "a" for n in range(21)}},
            ("TOO_LONG", "customHeaders"),
        ),
    ],
)
async def test_what_is_refused(door: Door, input: dict[str, Any], problem: tuple[str, str]) -> None:
    assert await door.problems("createWebhook", input) == {problem}


async def test_at_most_fifty(door: Door) -> None:
    there = await door.fetch(
        "SELECT count(*) FROM webhook WHERE workspace_id = ?1", door.workspace.id
    )
    for _ in range(50 - there[0][0]):
        await made(door)
    found = await door.verb("createWebhook", {"url": URL})
    assert [each["code"] for each in found["errors"]] == ["TOO_LONG"]


async def test_changing(door: Door) -> None:
    hook = (await made(door))["webhook"]
    found = await door.done(
        "updateWebhook", {"id": hook["id"], "events": ["lead.created"], "name": "New"}, SELECTION
    )
    assert (found["webhook"]["version"], found["webhook"]["events"]) == (2, ["lead.created"])
    assert found["secret"] is None
    # The same again changes nothing.
    found = await door.done("updateWebhook", {"id": hook["id"], "name": "New"}, SELECTION)
    assert found["webhook"]["version"] == 2
    found = await door.done("updateWebhook", {"id": hook["id"], "active": False}, SELECTION)
    assert found["webhook"]["disabledReason"] == "USER"
    found = await door.done("updateWebhook", {"id": hook["id"], "active": True}, SELECTION)
    assert (found["webhook"]["disabledReason"], found["secret"]) == (None, None)
    types = [each[0] for each in await door.events(hook["id"])]
    assert types == ["WEBHOOK_CREATED", *["WEBHOOK_UPDATED"] * 3]


async def test_a_secret_that_is_lost_is_made_anew(door: Door) -> None:
    """The demo's webhooks have none that anybody knows."""
    hook = (await made(door, active=False))["webhook"]
    await door.fetch("UPDATE webhook SET secret = ?1", b"noise")
    found = await door.done("updateWebhook", {"id": hook["id"], "active": True}, SELECTION)
    assert found["secret"].startswith("whsec_")
    assert found["webhook"]["secretHint"] == found["secret"][-4:]


async def test_deleting(door: Door) -> None:
    hook = door.id(models.Webhook)
    assert await door.done("deleteWebhook", {"id": hook}, "deletedId") == {
        "deletedId": hook,
        "errors": [],
        "replayed": False,
    }
    rows = await door.fetch("SELECT count(*) FROM delivery WHERE webhook_id = ?1", hook[-36:])
    assert rows[0][0] == 0
    assert await door.problems("deleteWebhook", {"id": hook}) == {("NOT_FOUND", "id")}


async def test_rotating(door: Door) -> None:
    found = await made(door)
    hook = found["webhook"]["id"]
    selection = "secret webhook { secretHint previousSecretUntil }"
    rotated = await door.done("rotateWebhookSecret", {"id": hook}, selection)
    assert rotated["secret"] != found["secret"]
    assert rotated["webhook"]["previousSecretUntil"] == "2026-02-03T12:00:00.000Z"
    at_once = await door.done("rotateWebhookSecret", {"id": hook, "keepHours": 0}, selection)
    assert at_once["webhook"]["previousSecretUntil"] is None
    again = await door.done("rotateWebhookSecret", {"id": hook}, selection, "once")
    replay = await door.done("rotateWebhookSecret", {"id": hook}, selection, "once")
    assert (bool(again["secret"]), replay["secret"], replay["replayed"]) == (True, None, True)
    assert await door.problems("rotateWebhookSecret", {"id": hook, "keepHours": 200}) == {
        ("OUT_OF_RANGE", "keepHours")
    }


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("updateWebhook", {"name": "x"}),
        ("deleteWebhook", {}),
        ("rotateWebhookSecret", {}),
        ("testWebhook", {}),
        ("replayWebhook", {"since": "2026-01-01T00:00:00Z"}),
        ("redeliver", {}),
    ],
)
async def test_ids_that_lead_nowhere(door: Door, name: str, more: dict[str, Any]) -> None:
    model, prefix = (
        (models.Delivery, "delivery") if name == "redeliver" else (models.Webhook, "webhook")
    )
    for id in (door.foreign().id(model), door.id(models.Lead), "7"):
        assert await door.problems(name, {"id": id, **more}) == {(unfound(id, prefix), "id")}


async def test_replaying_takes_one_beginning(door: Door) -> None:
    hook = (await made(door))["webhook"]["id"]
    both = {"id": hook, "since": "2026-01-01T00:00:00Z", "after": "x"}
    assert await door.problems("replayWebhook", {"id": hook}) == {("REQUIRED", "after")}
    assert await door.problems("replayWebhook", both) == {("INVALID", "since")}
    activity = door.foreign().id(models.Event).replace("event_", "activity_")
    assert await door.problems("replayWebhook", {"id": hook, "afterActivityId": activity}) == {
        ("NOT_FOUND", "afterActivityId")
    }


async def test_scopes(door: Door) -> None:
    reader = door.scoped("webhooks:read")
    assert await reader.code("createWebhook", {"url": URL}) == "FORBIDDEN"
    assert (await door.scoped("webhooks:write").verb("createWebhook", {"url": URL}))["errors"] == []


def test_names_of_events() -> None:
    """Every name is one event's alone; keys, accounts and webhooks are nobody's matter."""
    assert len(set(KNOWN)) == len(KNOWN) == len(NAMES)
    assert {"call.started", "call.completed", "call.no_answer", "email.replied", "lead.created",
            "lead.stage_changed", "campaign.finished", "recipients.added"} <= set(KNOWN)  # fmt: skip
    assert not any(name.startswith(("webhook.", "api_key", "provider")) for name in KNOWN)
