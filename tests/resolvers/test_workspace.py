"""The verb on the workspace."""

from __future__ import annotations

import models
from tests.resolvers.conftest import Door

WHOLE = {
    "name": "Acme",
    "country": "IT",
    "language": "it",
    "timeZone": "Europe/Rome",
    "callingHours": "REFUSE",
    "callingWindows": [
        {"days": [1, 2, 3, 4, 5], "from": 540, "to": 1080},
        {"days": [6], "from": 0, "to": 1440},
    ],
    "requireConsent": True,
    "maxConcurrentCalls": 7,
    "callsPerSecond": 2,
    "maxCallsPerDay": 0,
    "maxEmailsPerDay": None,
    "maxCampaignAttemptsPerDay": 1,
}
WORKSPACE = f"workspace {{ id version defaultAgent {{ id }} {' '.join(WHOLE)} }}"


async def test_every_field_comes_back(door: Door) -> None:
    made = await door.done("createAgent", {"type": "OUTBOUND"}, "agent { id }")
    id = made["agent"]["id"]
    for _ in range(2):
        payload = await door.done("updateWorkspace", {**WHOLE, "defaultAgentId": id}, WORKSPACE)
        assert payload["workspace"] == {
            **WHOLE,
            "id": f"workspace_{door.workspace.id}",
            "version": 2,
            "defaultAgent": {"id": id},
        }
    assert await door.events(door.workspace.id) == [("WORKSPACE_UPDATED", 2)]
    payload = await door.done(
        "updateWorkspace", {"callingWindows": None, "country": None}, WORKSPACE
    )
    assert payload["workspace"]["callingWindows"] == []
    assert payload["workspace"]["country"] is None
    rows = await door.fetch("SELECT name FROM workspace WHERE id = ?1", door.other.id)
    assert rows[0][0] == "Workspace 2"


async def test_days_are_sorted_and_named_once(door: Door) -> None:
    windows = [{"days": [7, 1, 7], "from": 0, "to": 1}]
    payload = await door.done("updateWorkspace", {"callingWindows": windows}, WORKSPACE)
    assert payload["workspace"]["callingWindows"] == [{"days": [1, 7], "from": 0, "to": 1}]


async def test_reports_every_problem_at_once(door: Door) -> None:
    found = await door.problems(
        "updateWorkspace",
        {
            "name": "",
            "country": "XX",
            "language": None,
            "timeZone": None,
            "callingHours": None,
            "defaultAgentId": door.foreign().id(models.Agent),
            "callingWindows": [
                {"days": [], "from": -1, "to": 1441},
                {"days": [0], "from": 600, "to": 600},
            ],
            "maxConcurrentCalls": 0,
            "callsPerSecond": None,
            "maxCallsPerDay": -1,
            "maxCampaignAttemptsPerDay": 2**31 - 1,
        },
    )
    assert found == {
        ("REQUIRED", "name"),
        ("INVALID", "country"),
        ("REQUIRED", "language"),
        ("REQUIRED", "timeZone"),
        ("REQUIRED", "callingHours"),
        ("NOT_FOUND", "defaultAgentId"),
        ("OUT_OF_RANGE", "callingWindows.0.days"),
        ("OUT_OF_RANGE", "callingWindows.0.from"),
        ("OUT_OF_RANGE", "callingWindows.0.to"),
        ("OUT_OF_RANGE", "callingWindows.1.days"),
        ("OUT_OF_RANGE", "maxConcurrentCalls"),
        ("REQUIRED", "callsPerSecond"),
        ("OUT_OF_RANGE", "maxCallsPerDay"),
        ("OUT_OF_RANGE", "maxCampaignAttemptsPerDay"),
    }
    window = {"days": [1], "from": 600, "to": 600}
    assert await door.problems("updateWorkspace", {"callingWindows": [window]}) == {
        ("OUT_OF_RANGE", "callingWindows.0.to")
    }
    assert await door.problems("updateWorkspace", {"callingWindows": [window] * 51}) == {
        ("TOO_LONG", "callingWindows")
    }


async def test_scopes(door: Door) -> None:
    for scopes in (("read_only",), ("me:read", "agents:write", "leads:write")):
        assert await door.scoped(*scopes).code("updateWorkspace", {"name": "x"}) == "FORBIDDEN"
    asking = door.scoped("workspace:write")
    payload = await asking.done("updateWorkspace", {"name": "x"}, "workspace { name }")
    assert payload["workspace"]["name"] == "x"
