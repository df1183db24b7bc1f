"""Verbs on provider accounts."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest

import models
from resolvers.credentials import COLUMNS, account
from schema.installation import BARE, Installation
from schema.vault import UnsealableError, Vault
from schema.vendor import VENDORS, Account, ProviderKind
from tests.resolvers.conftest import INSTALLATION, Door

ACCOUNT = (
    "providerAccount { id version name provider kind isDefault active credentialsHint baseUrl "
    "accountSid host port username maxConcurrentCalls callsPerSecond }"
)
SID, KEY_SID = f"AC{'0' * 32}", f"SK{'a' * 32}"
TOKEN = "auth-token-of-thirty-two-chars-1234"
TWILIO: dict[str, Any] = {
    "provider": "TWILIO",
    "accountSid": SID,
    "credentials": {"authToken": TOKEN},
}
SMTP: dict[str, Any] = {
    "provider": "SMTP",
    "host": "smtp.example.com",
    "username": "ava",
    "credentials": {"password": "short"},
}
#: What each vendor needs at least.
LEAST: dict[str, dict[str, Any]] = {
    "SIMULATOR": {},
    "TWILIO": TWILIO,
    "VAPI": {"credentials": {"apiKey": "k"}},
    "RETELL": {"credentials": {"apiKey": "k"}},
    "BOLNA": {"credentials": {"apiKey": "k"}},
    "ELEVENLABS": {"credentials": {"apiKey": "k"}},
    "SIP": {"host": "pbx.example.com"},
    "SMTP": {"host": "smtp.example.com"},
}


@pytest.fixture
async def door(door: Door) -> Door:
    """The workspaces without the random accounts."""
    for table in ("agent", "phone_number", "call", "email"):
        await door.fetch(f'UPDATE "{table}" SET provider_account_id = NULL')
    await door.fetch("DELETE FROM provider_account")
    return door


async def add(door: Door, **fields: Any) -> dict[str, Any]:
    payload = await door.done("addProviderAccount", fields, ACCOUNT)
    found: dict[str, Any] = payload["providerAccount"]
    return found


async def kept(door: Door, id: str) -> Account:
    """The account with its credentials opened."""
    (row,) = await door.fetch(
        f"SELECT {', '.join(COLUMNS)} FROM provider_account WHERE id = ?1", id[-36:]
    )
    return account(INSTALLATION.vault, row)


async def test_adds(door: Door) -> None:
    added = await add(door, **TWILIO, name="Twilio EU", maxConcurrentCalls=7, callsPerSecond=2)
    assert added | {"id": ""} == {
        "id": "",
        "version": 1,
        "name": "Twilio EU",
        "provider": "TWILIO",
        "kind": "VOICE",
        "isDefault": True,
        "active": True,
        "credentialsHint": "1234",
        "baseUrl": None,
        "accountSid": SID,
        "host": None,
        "port": None,
        "username": None,
        "maxConcurrentCalls": 7,
        "callsPerSecond": 2,
    }
    found = await kept(door, added["id"])
    assert found.credentials == {"auth_token": TOKEN}
    assert found.address == "https://api.twilio.com"
    assert len(found.callback_token) >= 43
    assert await door.events(added["id"]) == [("PROVIDER_ACCOUNT_ADDED", 1)]


@pytest.mark.parametrize("provider", sorted(LEAST))
async def test_what_each_vendor_needs(door: Door, provider: str) -> None:
    least = LEAST[provider]
    vendor = VENDORS[models.Provider[provider]]
    added = await add(door, **{**least, "provider": provider})
    assert added["provider"] == provider
    assert added["kind"] == vendor.kind.value
    assert (added["credentialsHint"] is None) == ("credentials" not in least)
    needed = {"TWILIO": {("REQUIRED", "accountSid"), ("REQUIRED", "credentials.authToken")}}
    if vendor.credentials or vendor.settings:
        found = await door.problems("addProviderAccount", {"provider": provider})
        expected = {("REQUIRED", "credentials.apiKey")} if vendor.credentials else set()
        expected |= {("REQUIRED", "host")} if "host" in vendor.settings else set()
        assert found == needed.get(provider, expected)


async def test_says_every_problem_at_once(door: Door) -> None:
    found = await door.problems(
        "addProviderAccount",
        {
            "provider": "TWILIO",
            "name": "",
            "accountSid": "AC1",
            "host": "x.example.com",
            "port": 0,
            "baseUrl": "http://api.example.com",
            "callsPerSecond": 0,
            "credentials": {"apiKey": "x", "apiKeySid": "SK1", "authToken": "\x00"},
        },
    )
    assert found == {
        ("REQUIRED", "name"),
        ("INVALID", "accountSid"),
        ("INVALID", "host"),
        ("OUT_OF_RANGE", "port"),
        ("INVALID_URL", "baseUrl"),
        ("OUT_OF_RANGE", "callsPerSecond"),
        ("INVALID", "credentials.apiKey"),
        ("INVALID", "credentials.apiKeySid"),
        ("INVALID_TEXT", "credentials.authToken"),
    }
    half = {**TWILIO, "credentials": {"authToken": TOKEN, "apiKeySid": KEY_SID}}
    assert await door.problems("addProviderAccount", half) == {
        ("REQUIRED", "credentials.apiKeySecret")
    }
    half = {**SMTP, "credentials": {}}
    assert await door.problems("addProviderAccount", half) == {("REQUIRED", "credentials.password")}
    half = {"provider": "SMTP", "host": "x", "credentials": {"password": "p"}, "callsPerSecond": 1}
    assert await door.problems("addProviderAccount", half) == {("INVALID", "callsPerSecond")}
    del half["callsPerSecond"]
    assert await door.problems("addProviderAccount", half) == {("REQUIRED", "username")}


@pytest.mark.parametrize("host", ["-x", "a b", "x/y", "user@host", "x:25", "smtp.example.com\r\nX"])
async def test_hosts_are_names(door: Door, host: str) -> None:
    found = await door.problems("addProviderAccount", {"provider": "SMTP", "host": host})
    assert found == {("INVALID", "host")}


@pytest.mark.parametrize(
    "url",
    [
        "http://x",
        "https://user@api.vapi.ai",
        "https://x?y",
        "https://x#y",
        "ftp://x",
        "x",
        "https://",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://vault.internal/",
    ],
)
async def test_base_urls_are_safe(door: Door, url: str) -> None:
    wrong = {**LEAST["VAPI"], "provider": "VAPI", "baseUrl": url}
    assert await door.problems("addProviderAccount", wrong) == {("INVALID_URL", "baseUrl")}


@pytest.mark.parametrize("host", ["localhost", "10.0.0.5", "mail.internal", "127.1"])
async def test_mail_servers_are_public(door: Door, host: str) -> None:
    found = await door.problems("addProviderAccount", {"provider": "SMTP", "host": host})
    assert found == {("INVALID", "host")}


async def test_a_setting_permits_plain_http_and_private_addresses(door: Door) -> None:
    installation = replace(INSTALLATION, private_providers=True)
    local = replace(door, caller=replace(door.caller, installation=installation))
    url = "http://127.0.0.1:9000/fake/"
    added = await add(local, **LEAST["VAPI"], provider="VAPI", baseUrl=url)
    assert added["baseUrl"] == url
    assert (await kept(door, added["id"])).address == url[:-1]
    mail = await add(local, provider="SMTP", host="localhost")
    assert mail["host"] == "localhost"


async def test_nothing_secret_is_stored_or_told(door: Door) -> None:
    secret = "very-secret-auth-token"
    for key in (None, "key-1", "key-1"):
        fields = {**TWILIO, "credentials": {"authToken": secret}}
        payload = await door.done("addProviderAccount", fields, ACCOUNT, key)
        assert secret not in str(payload)
    for model in models.MODELS:
        rows = await door.fetch(f'SELECT * FROM "{model._meta.db_table}"')
        assert not any(
            secret in str(bytes(v) if isinstance(v, memoryview) else v)
            for r in rows
            for v in tuple(r)
        )
    data = await door.ask('{ __type(name: "ProviderAccount") { fields { name } } }')
    names = {each["name"] for each in data["__type"]["fields"]}
    assert not names & {"credentials", "callbackToken", "settings"}


async def test_one_default_of_each_kind(door: Door) -> None:
    first = await add(door, **TWILIO)
    second = await add(door, **LEAST["VAPI"], provider="VAPI", isDefault=False)
    mail = await add(door, **SMTP)
    assert [first["isDefault"], second["isDefault"], mail["isDefault"]] == [True, False, True]
    assert await defaults(door) == {"Twilio", "Mail server"}
    change = {"id": second["id"], "isDefault": True}
    for _ in range(2):
        payload = await door.done("updateProviderAccount", change, ACCOUNT)
        assert payload["providerAccount"]["isDefault"]
    assert await defaults(door) == {"Vapi", "Mail server"}
    assert await door.events(first["id"]) == [
        ("PROVIDER_ACCOUNT_ADDED", 1),
        ("PROVIDER_ACCOUNT_UPDATED", 2),
    ]
    assert await door.events(second["id"]) == [
        ("PROVIDER_ACCOUNT_ADDED", 1),
        ("PROVIDER_ACCOUNT_UPDATED", 2),
    ]
    await add(door, **LEAST["RETELL"], provider="RETELL", isDefault=True)
    assert await defaults(door) == {"Retell", "Mail server"}
    assert await door.problems("updateProviderAccount", {"id": mail["id"], "isDefault": False}) == {
        ("INVALID", "isDefault")
    }
    await add(door.foreign(), **TWILIO)
    assert await defaults(door.foreign()) == {"Twilio"}


async def defaults(door: Door) -> set[str]:
    data = await door.ask("{ providerAccounts(filter: {isDefault: true}) { nodes { name } } }")
    return {each["name"] for each in data["providerAccounts"]["nodes"]}


async def test_of_many_at_once_one_is_the_default(door: Door, other: Door) -> None:
    doors = [door, other] * 8
    await asyncio.gather(*(add(each, **TWILIO, isDefault=True) for each in doors))
    rows = await door.fetch("SELECT count(*) FROM provider_account WHERE is_default")
    assert rows[0][0] == 1


async def test_updates(door: Door) -> None:
    id = (await add(door, **TWILIO))["id"]
    await door.fetch(
        "UPDATE provider_account SET verified_at = ?1, last_error = 'x'", "2026-01-01T00:00:00.000Z"
    )
    change = {"id": id, "name": "New", "active": False}
    for _ in range(2):
        found = (await door.done("updateProviderAccount", change, ACCOUNT))["providerAccount"]
    assert (found["name"], found["active"], found["version"]) == ("New", False, 2)
    assert (await door.fetch("SELECT last_error FROM provider_account"))[0][0] == "x"
    change = {
        "id": id,
        "credentials": {"apiKeySid": KEY_SID, "apiKeySecret": "s" * 16},
        "baseUrl": "https://api.dublin.example.com",
    }
    found = (await door.done("updateProviderAccount", change, ACCOUNT))["providerAccount"]
    assert (found["version"], found["baseUrl"]) == (3, "https://api.dublin.example.com")
    opened = await kept(door, id)
    assert opened.credentials == {
        "auth_token": TOKEN,
        "api_key_sid": KEY_SID,
        "api_key_secret": "s" * 16,
    }
    assert (await door.fetch("SELECT verified_at, last_error FROM provider_account"))[0][1] is None
    # The same again is no change, though it would be sealed anew.
    found = (await door.done("updateProviderAccount", change, ACCOUNT))["providerAccount"]
    assert found["version"] == 3
    rows = await door.fetch(
        "SELECT metadata FROM event WHERE subject_id = ?1 ORDER BY sequence", id[-36:]
    )
    assert [orjson.loads(row[0]).get("changed") for row in rows] == [
        None,
        ["active", "name"],
        ["credentials", "settings"],
    ]
    assert await door.problems(
        "updateProviderAccount", {"id": id, "credentials": {"apiKeySecret": None}}
    ) == {("REQUIRED", "credentials.apiKeySecret")}
    assert await door.problems("updateProviderAccount", {"id": id, "credentials": None}) == {
        ("REQUIRED", "credentials.authToken")
    }
    assert await door.problems("updateProviderAccount", {"id": id, "accountSid": None}) == {
        ("REQUIRED", "accountSid")
    }
    assert await door.problems("updateProviderAccount", {"id": door.foreign().id(models.Lead)}) == {
        ("INVALID_ID", "id")
    }
    assert await door.foreign().problems("updateProviderAccount", {"id": id, "name": "x"}) == {
        ("NOT_FOUND", "id")
    }


async def test_a_user_name_goes_with_its_password(door: Door) -> None:
    id = (await add(door, **SMTP))["id"]
    assert await door.problems("updateProviderAccount", {"id": id, "username": None}) == {
        ("REQUIRED", "username")
    }
    both = {"id": id, "username": None, "credentials": None}
    found = (await door.done("updateProviderAccount", both, ACCOUNT))["providerAccount"]
    assert (found["username"], found["credentialsHint"]) == (None, None)


async def test_a_lost_key_asks_for_the_credentials_again(door: Door) -> None:
    id = (await add(door, **TWILIO))["id"]
    lost = Installation(Vault.of(["l" * 32]))
    later = replace(door, caller=replace(door.caller, installation=lost))
    assert await later.problems(
        "updateProviderAccount",
        {"id": id, "credentials": {"apiKeySid": KEY_SID, "apiKeySecret": "x"}},
    ) == {("REQUIRED", "credentials.authToken")}
    await later.done("updateProviderAccount", {"id": id, "name": "Still"}, ACCOUNT)
    await later.done(
        "updateProviderAccount", {"id": id, "credentials": {"authToken": "n"}}, ACCOUNT
    )
    with pytest.raises(UnsealableError):
        await kept(door, id)


async def test_without_a_key_nothing_is_sealed(door: Door) -> None:
    bare = replace(door, caller=replace(door.caller, installation=BARE))
    assert await bare.code("addProviderAccount", TWILIO) == "UNAVAILABLE"
    await add(bare, provider="SIMULATOR")


async def test_removes(door: Door) -> None:
    id = (await add(door, **TWILIO))["id"]
    call = door.id(models.Call)
    done = (
        "UPDATE call SET provider_account_id = ?1, status = 'COMPLETED', due_at = NULL "
        "WHERE id = ?2"
    )
    await door.fetch(done, id[-36:], call[-36:])
    payload = await door.done("removeProviderAccount", {"id": id}, "deletedId")
    assert payload["deletedId"] == id
    assert await door.events(id) == [("PROVIDER_ACCOUNT_ADDED", 1), ("PROVIDER_ACCOUNT_REMOVED", 2)]
    assert (await door.ask("query ($id: ID!) { node(id: $id) { id } }", id=id))["node"] is None
    assert await door.problems("removeProviderAccount", {"id": id}) == {("NOT_FOUND", "id")}


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("agent", ""),
        ("phone_number", ""),
        ("call", ", status = 'UNKNOWN'"),
        ("call", ", status = 'SCHEDULED'"),
        # Its recording is fetched from the vendor still.
        ("call", ", status = 'COMPLETED', due_at = '2026-01-01T00:00:00.000Z'"),
        ("email", ", status = 'QUEUED'"),
    ],
)
async def test_what_is_in_use_stays(door: Door, table: str, change: str) -> None:
    id = (await add(door, **TWILIO))["id"]
    model = next(each for each in models.MODELS if each._meta.db_table == table)
    await door.fetch(
        f'UPDATE "{table}" SET provider_account_id = ?1{change} WHERE id = ?2',
        id[-36:],
        door.id(model)[-36:],
    )
    assert await door.problems("removeProviderAccount", {"id": id}) == {("IN_USE", "id")}


async def test_a_call_that_was_given_up_needs_no_account(door: Door) -> None:
    id = (await add(door, **TWILIO))["id"]
    await door.fetch(
        "UPDATE call SET provider_account_id = ?1, status = 'UNKNOWN', due_at = NULL, "
        "ended_at = '2026-01-01T00:00:00.000Z' WHERE id = ?2",
        id[-36:],
        door.id(models.Call)[-36:],
    )
    await door.done("removeProviderAccount", {"id": id}, "deletedId")


@pytest.mark.parametrize("status", ["IN_PROGRESS", "UNKNOWN", "SCHEDULED"])
async def test_an_account_with_calls_under_way_stays_who_it_is(door: Door, status: str) -> None:
    id = (await add(door, **TWILIO))["id"]
    await door.fetch(
        f"UPDATE call SET provider_account_id = ?1, status = '{status}', ended_at = NULL "
        "WHERE id = ?2",
        id[-36:],
        door.id(models.Call)[-36:],
    )
    change = {"id": id, "accountSid": "AC" + "9" * 32}
    if status == "SCHEDULED":
        # What was not dialled yet goes through whoever it is by then.
        await door.done("updateProviderAccount", change, ACCOUNT)
    else:
        refused = await door.problems("updateProviderAccount", change)
        assert refused == {("IN_USE", "accountSid")}
    change = {"id": id, "name": "New", "credentials": {"authToken": "9" * 32}}
    await door.done("updateProviderAccount", change, ACCOUNT)


async def test_the_default_is_removed_last(door: Door) -> None:
    first = (await add(door, **TWILIO))["id"]
    second = (await add(door, **TWILIO))["id"]
    assert await door.problems("removeProviderAccount", {"id": first}) == {("IN_USE", "id")}
    await door.done("removeProviderAccount", {"id": second}, "deletedId")
    await door.done("removeProviderAccount", {"id": first}, "deletedId")


async def test_agents_call_through_accounts_for_calls(door: Door) -> None:
    voice, mail = (await add(door, **TWILIO))["id"], (await add(door, **SMTP))["id"]
    agent = {"type": "OUTBOUND", "providerAccountId": voice}
    payload = await door.done("createAgent", agent, "agent { providerAccount { id kind } }")
    assert payload["agent"]["providerAccount"] == {"id": voice, "kind": "VOICE"}
    for verb, input in (
        ("createAgent", {"type": "OUTBOUND"}),
        ("addPhoneNumber", {"e164": "+14155550123"}),
    ):
        found = await door.problems(verb, {**input, "providerAccountId": mail})
        assert found == {("INVALID", "providerAccountId")}


async def test_scopes(door: Door) -> None:
    reader = door.scoped("read_only", "agents:write")
    for verb in ("addProviderAccount", "updateProviderAccount", "removeProviderAccount"):
        input = TWILIO if verb.startswith("add") else {"id": "x"}
        assert await reader.code(verb, input) == "FORBIDDEN"
    stranger = door.scoped("agents:read")
    answer = await stranger.answer("{ agents { nodes { providerAccount { id } } } }")
    assert (answer.errors[0].extensions or {})["code"] == "FORBIDDEN"


def test_every_vendor_has_its_line() -> None:
    assert set(VENDORS) == set(models.Provider)
    assert [name for name, each in VENDORS.items() if each.kind is ProviderKind.MAIL] == [
        models.Provider.SMTP
    ]
