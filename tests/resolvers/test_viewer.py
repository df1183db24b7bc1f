"""Who asks, and what they may ask for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from schema.context import Allowance
from tests.resolvers.conftest import Door, Yardstick

VIEWER = """{ viewer {
    workspace { id name plan } key { id name } scopes subject
    limits { requestsPerMinute requestsPerDay maxCost maxPage }
} }"""


async def test_tells_who_asks(door: Door) -> None:
    asking = door.scoped("leads:write", "me:read")
    viewer = (await asking.ask(VIEWER))["viewer"]
    assert viewer["workspace"]["id"] == f"workspace_{door.workspace.id}"
    assert viewer["key"]["id"] == f"key_{door.caller.key_id}"
    assert viewer["scopes"] == ["leads:write", "me:read"]
    assert viewer["limits"]["maxCost"] == 20_000
    assert viewer["limits"]["maxPage"] == 100


@pytest.mark.parametrize(
    ("key", "workspace", "installation", "found"),
    [
        (None, None, 120, 120),
        (500, None, 120, 500),
        (500, 300, 120, 300),
        (None, 300, 120, 120),
        (None, None, None, None),
        (500, None, (120, 30), 30),
        (None, 60, (120, 30), 60),
    ],
)
async def test_the_lowest_limit_counts(
    door: Door,
    key: int | None,
    workspace: int | None,
    installation: int | tuple[int, int] | None,
    found: int | None,
) -> None:
    await door.fetch(
        "UPDATE api_key SET requests_per_minute = ?1 WHERE id = ?2", key, door.caller.key_id
    )
    await door.fetch(
        "UPDATE workspace SET requests_per_minute = ?1, requests_per_day = 9 WHERE id = ?2",
        workspace,
        door.workspace.id,
    )
    rates = installation if isinstance(installation, tuple) else (installation, None)
    caller = replace(door.caller, allowance=Allowance(*rates))
    asking = replace(door, caller=caller)
    limits = (await asking.ask(VIEWER))["viewer"]["limits"]
    assert limits["requestsPerMinute"] == found
    assert limits["requestsPerDay"] == 9


async def test_any_valid_key_may_ask(door: Door) -> None:
    asking = door.scoped("leads:read")
    assert (await asking.ask("{ viewer { scopes } }"))["viewer"] == {"scopes": ["leads:read"]}
    viewer = (await asking.ask("{ viewer { workspace { name plan } key { name } } }"))["viewer"]
    assert viewer["workspace"]["name"] == "Workspace 1"
    assert viewer["key"]["name"]
    # What the key refers to is another matter.
    answer = await door.scoped("me:read").answer("{ viewer { key { parent { id } } } }")
    assert (answer.errors[0].extensions or {})["missingScopes"] == ["keys:read"]


async def test_commands_have_no_key(door: Door) -> None:
    for key in ("00000000-0000-7000-8000-000000000000", "command"):
        caller = replace(door.caller, key_id=key)
        assert (await replace(door, caller=caller).ask(VIEWER))["viewer"]["key"] is None


async def test_the_reference_agrees(door: Door, yardstick: Yardstick) -> None:
    for asking in (door, door.foreign()):
        assert await yardstick(asking, VIEWER) == await asking.ask(VIEWER)
