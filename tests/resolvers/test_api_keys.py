"""Verbs on API keys and client tokens."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import models
from models import Dialect
from resolvers import secret
from schema.api_key import ApiKey
from schema.noun import NOUNS
from schema.scope import SCOPES
from schema.source import Verb
from tests.resolvers.conftest import Door, mutation, unfound

KEY = "key apiKey { id documentsOnly name kind dialect prefix scopes expiresAt revokedAt parent { id } }"
TOKEN = "token apiKey { id documentsOnly name kind dialect subject scopes expiresAt revokedAt parent { id } }"


async def make(door: Door, *scopes: str, **fields: Any) -> dict[str, Any]:
    return await door.done("createApiKey", {"name": "CRM", "scopes": [*scopes], **fields}, KEY)


async def token(door: Door, *scopes: str, **fields: Any) -> dict[str, Any]:
    return await door.done(
        "createClientToken", {"subject": "user-7", "scopes": [*scopes], **fields}, TOKEN
    )


def mine(door: Door) -> str:
    return f"key_{door.caller.key_id}"


async def test_the_secret_is_shown_once_and_kept_nowhere(door: Door) -> None:
    input = {"name": "CRM", "scopes": ["leads:read", "leads:read", "calls:read"]}
    first = await door.done("createApiKey", input, KEY, "k")
    raw, found = first["key"], first["apiKey"]
    assert found["scopes"] == ["leads:read", "calls:read"]
    assert found["parent"] == {"id": mine(door)}
    assert raw.startswith(found["prefix"])
    assert not secret.mistyped(raw)
    again = await door.done("createApiKey", input, KEY, "k")
    assert again == {**first, "key": None, "replayed": True}
    rows = await door.fetch("SELECT secret_hash FROM api_key WHERE id = ?1", found["id"][4:])
    assert rows[0][0] == secret.digest(raw)
    for table in ("idempotency", "event", "api_key"):
        for row in await door.fetch(f"SELECT * FROM {table}"):
            assert raw not in str(tuple(row))
    assert await door.events(found["id"]) == [("API_KEY_CREATED", 1)]


@pytest.mark.parametrize("dialect", Dialect)
async def test_dialects(door: Door, dialect: Dialect) -> None:
    made = await make(door, "full", dialect=dialect.value)
    assert made["apiKey"]["dialect"] == dialect
    assert len(made["key"]) >= 32


async def test_reports_every_problem_at_once(door: Door) -> None:
    asking = door.scoped("keys:write", "leads:write", "read_only")
    found = await asking.problems(
        "createApiKey",
        {
            "name": "\x00",
            "scopes": ["leads:write", "leads:fly", "full", "agents:write", "", "agents:read"],
            "expiresAt": "2026-02-02T12:00:00Z",
            "requestsPerMinute": 0,
        },
    )
    assert found == {
        ("INVALID_TEXT", "name"),
        ("INVALID_SCOPE", "scopes.1"),
        ("INVALID_SCOPE", "scopes.2"),
        ("INVALID_SCOPE", "scopes.3"),
        ("INVALID_SCOPE", "scopes.4"),
        ("OUT_OF_RANGE", "expiresAt"),
        ("OUT_OF_RANGE", "requestsPerMinute"),
    }
    assert await door.problems("createApiKey", {"name": " ", "scopes": []}) == {
        ("REQUIRED", "name"),
        ("REQUIRED", "scopes"),
    }
    assert await door.problems(
        "createClientToken",
        {"subject": " ", "scopes": ["full", "keys:write"], "lifetimeSeconds": 59},
    ) == {
        ("REQUIRED", "subject"),
        ("INVALID_SCOPE", "scopes.0"),
        ("INVALID_SCOPE", "scopes.1"),
        ("OUT_OF_RANGE", "lifetimeSeconds"),
    }


@pytest.mark.parametrize(
    ("held", "wanted", "fits"),
    [
        (["full"], "read_only", True),
        (["leads:write"], "leads:read", True),
        (["leads:read"], "leads:write", False),
        (["read_only"], "calls:read", True),
        (["read_only"], "full", False),
        (["leads:read", "calls:read"], "read_only", False),
        (["campaigns:write"], "campaigns:start", False),
    ],
)
async def test_no_key_makes_a_wider_one(
    door: Door, held: list[str], wanted: str, fits: bool
) -> None:
    asking = door.scoped("keys:write", *held)
    for name, who in (("createApiKey", "name"), ("createClientToken", "subject")):
        input = {who: "x", "scopes": [wanted]}
        payload = await asking.verb(name, input, "")
        assert (payload["errors"] == []) is fits


@pytest.mark.parametrize(
    ("held", "wanted", "found"),
    [
        (None, None, None),
        (None, 120, 120),
        (None, 121, "OUT_OF_RANGE"),
        (30, None, 30),
        (30, 30, 30),
        (30, 10, 10),
        (30, 31, "OUT_OF_RANGE"),
    ],
)
async def test_no_key_makes_a_faster_one(
    door: Door, held: int | None, wanted: int | None, found: int | str | None
) -> None:
    await door.fetch(
        "UPDATE api_key SET requests_per_minute = ?1 WHERE id = ?2", held, door.caller.key_id
    )
    for name, who in (("createApiKey", "name"), ("createClientToken", "subject")):
        input = {who: "x", "scopes": ["leads:read"], "requestsPerMinute": wanted}
        if found == "OUT_OF_RANGE":
            assert await door.problems(name, input) == {(found, "requestsPerMinute")}
            continue
        for each in (input, {**input, "requestsPerMinute": None}):
            payload = await door.done(name, each, "apiKey { requestsPerMinute }")
            if each is input:
                assert payload["apiKey"]["requestsPerMinute"] == found
            else:
                assert payload["apiKey"]["requestsPerMinute"] == held


async def test_client_tokens(door: Door) -> None:
    made = await token(door, "leads:read", "read_only", lifetimeSeconds=60)
    found = made["apiKey"]
    assert made["token"].startswith("sb_client_")
    assert found["kind"] == "CLIENT_TOKEN"
    assert found["subject"] == "user-7"
    assert found["expiresAt"] == "2026-02-02T12:01:00.000Z"
    assert found["parent"] == {"id": mine(door)}
    assert (await token(door, "me:read"))["apiKey"]["expiresAt"] == "2026-02-02T13:00:00.000Z"
    again = {"subject": "user-7", "scopes": ["me:read"]}
    await door.done("createClientToken", again, TOKEN, "k")
    assert (await door.done("createClientToken", again, TOKEN, "k"))["token"] is None


async def test_a_client_token_outlives_no_key(door: Door) -> None:
    made = await make(door, "full", expiresAt="2026-02-02T12:30:00Z")
    asking = door.scoped("full", key=made["apiKey"]["id"])
    found = (await token(asking, "me:read", lifetimeSeconds=86_400))["apiKey"]
    assert found["expiresAt"] == "2026-02-02T12:30:00.000Z"
    door.clock.advance(minutes=30)
    code = await asking.code("createClientToken", {"subject": "x", "scopes": ["me:read"]})
    assert code == "UNAUTHENTICATED"


async def test_client_tokens_mint_nothing(door: Door) -> None:
    made = await token(door, "me:read")
    # Even if one had the scope.
    asking = door.scoped("keys:write", "me:read", key=made["apiKey"]["id"])
    state = await door.state()
    for name, who in (("createApiKey", "name"), ("createClientToken", "subject")):
        assert await asking.code(name, {who: "x", "scopes": ["me:read"]}) == "FORBIDDEN"
    assert await door.state() == state


async def test_commands_make_keys_without_parents(door: Door) -> None:
    command = door.scoped("full", key="00000000-0000-7000-8000-000000000000")
    assert (await make(command, "full"))["apiKey"]["parent"] is None
    code = await command.code("createClientToken", {"subject": "x", "scopes": ["me:read"]})
    assert code == "FORBIDDEN"


@pytest.mark.parametrize("parent", [False, True])
@pytest.mark.parametrize("wanted", [False, True, None])
async def test_a_key_for_known_documents_makes_no_freer_one(
    door: Door, parent: bool, wanted: bool | None
) -> None:
    if parent:
        await door.fetch(
            "UPDATE api_key SET documents_only = true WHERE id = ?1", door.caller.key_id
        )
    for made in (
        await make(door, "full", documentsOnly=wanted),
        await token(door, "me:read", documentsOnly=wanted),
    ):
        assert made["apiKey"]["documentsOnly"] is (parent or bool(wanted))
        rows = await door.fetch(
            "SELECT documents_only FROM api_key WHERE id = ?1", made["apiKey"]["id"][4:]
        )
        assert bool(rows[0][0]) is (parent or bool(wanted))


REVOKED = "revokedCount apiKey { id revokedAt }"


async def test_revoking_a_key_revokes_its_tokens(door: Door) -> None:
    made = await make(door, "full")
    asking = door.scoped("full", key=made["apiKey"]["id"])
    old = await token(asking, "me:read", lifetimeSeconds=60)
    door.clock.advance(minutes=2)
    live = [await token(asking, "me:read") for _ in range(3)]
    child = await make(asking, "leads:read")
    id = made["apiKey"]["id"]
    payload = await door.done("revokeApiKey", {"id": id}, REVOKED)
    assert payload["revokedCount"] == 4
    assert payload["apiKey"]["revokedAt"] == "2026-02-02T12:02:00.000Z"
    assert await door.events(id) == [("API_KEY_CREATED", 1), ("API_KEY_REVOKED", 2)]
    for each in live:
        assert (await door.events(each["apiKey"]["id"]))[-1] == ("API_KEY_REVOKED", 2)
    data = await door.ask(
        "query Q($ids: [ID!]!) { nodes(ids: $ids) { ... on ApiKey { revokedAt } } }",
        ids=[each["apiKey"]["id"] for each in (*live, old, child)],
    )
    revoked = [each["revokedAt"] is not None for each in data["nodes"]]
    # What has ended by itself and the keys it made are left alone.
    assert revoked == [True, True, True, False, False]
    again = await door.done("revokeApiKey", {"id": id}, REVOKED)
    assert again["revokedCount"] == 0
    code = await asking.code("createClientToken", {"subject": "x", "scopes": ["me:read"]})
    assert code == "UNAUTHENTICATED"


async def test_no_token_slips_past_the_revocation_of_its_key(door: Door) -> None:
    made = await make(door, "full")
    asking = door.scoped("full", key=made["apiKey"]["id"])
    text = mutation("createClientToken", "apiKey { id }")
    input = {"subject": "x", "scopes": ["me:read"]}
    await asyncio.gather(
        *(asking.answer(text, input=input) for _ in range(10)),
        door.done("revokeApiKey", {"id": made["apiKey"]["id"]}, REVOKED),
        *(asking.answer(text, input=input) for _ in range(10)),
    )
    rows = await door.fetch(
        "SELECT count(*) FROM api_key WHERE parent_id = ?1 AND revoked_at IS NULL",
        made["apiKey"]["id"][4:],
    )
    assert rows[0][0] == 0


async def test_keys_of_others_do_not_exist(door: Door) -> None:
    theirs = f"key_{door.other.ids[models.ApiKey][0]}"
    for id in (theirs, "key_1", door.id(models.Lead)):
        assert await door.problems("revokeApiKey", {"id": id}) == {(unfound(id, "key"), "id")}


async def test_scopes(door: Door) -> None:
    for scopes in (("read_only",), ("leads:write", "me:read"), ("keys:read",)):
        asking = door.scoped(*scopes)
        input = {"name": "x", "scopes": ["leads:read"]}
        assert await asking.code("createApiKey", input) == "FORBIDDEN"
        assert await asking.code("revokeApiKey", {"id": mine(door)}) == "FORBIDDEN"


def test_the_vocabulary_knows_every_scope_in_use() -> None:
    from gateway.execution.selection import source_of
    from gateway.graph import core

    assert ApiKey.__name__ in NOUNS
    used = {f"{noun.scope}:read" for noun in NOUNS.values()}
    for root in (core().query_type, core().mutation_type):
        assert root is not None
        for field in root.fields.values():
            source = source_of(field)
            used |= getattr(source, "scopes", frozenset())
            assert not isinstance(source, Verb) or source.scopes
    assert used <= set(SCOPES)
    assert all(SCOPES.values())
