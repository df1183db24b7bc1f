"""Keys made, listed and revoked by command."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from models.database import connect
from resolvers.secret import digest
from tests.gateway.cli.conftest import UNFIT_NAMES, Switchboard
from tests.gateway.serving import House, inside


def test_a_raw_key_is_printed_alone_and_never_again(acme: Switchboard) -> None:
    key = acme("keys", "create", "--name", "CI", "--scopes", "full", "--raw").stdout.strip()
    assert key.startswith("sb_live_")
    listed = acme("keys", "list").stdout
    assert "CI" in listed
    assert key not in listed
    assert digest(key) not in listed


def test_a_key_is_revoked_by_number_id_or_secret(acme: Switchboard) -> None:
    key = acme("keys", "create", "--name", "A", "--raw").stdout.strip()
    acme("keys", "create", "--name", "B")
    assert "A is revoked" in acme("keys", "revoke", key).stdout
    number = next(
        line.split()[0] for line in acme("keys", "list").stdout.splitlines() if " B " in line
    )
    assert "B is revoked" in acme("keys", "revoke", number).stdout
    assert acme("keys", "list").stdout.count("revoked") == 2
    for other in ("999", "9" * 30, "²", "key_", f"key_{'0' * 36}", f"{key}x"):
        assert "no such key" in acme("keys", "revoke", other, code=1).output


def test_an_unknown_scope_is_refused_with_the_known_ones(acme: Switchboard) -> None:
    output = acme("keys", "create", "--name", "X", "--scopes", "leads:fly", code=1).output
    assert "leads:fly" in output
    assert "leads:read" in output


def test_the_workspace_must_be_clear(acme: Switchboard) -> None:
    acme("workspaces", "create", "Other")
    assert "--workspace" in acme("keys", "create", "--name", "X", code=1).output
    acme("keys", "create", "--name", "X", "--workspace", "Other")
    assert " X " in acme("keys", "list", "--workspace", "2").stdout
    assert " X " not in acme("keys", "list", "--workspace", "Acme").stdout
    assert "no workspace" in acme("keys", "list", "--workspace", "Nobody", code=1).output


def test_without_a_workspace_the_command_says_what_to_do(switchboard: Switchboard) -> None:
    assert "workspaces create" in switchboard("keys", "list", code=1).output


@pytest.mark.parametrize(("name", "said"), UNFIT_NAMES)
def test_names_have_the_limits_of_the_api(name: str, said: str, acme: Switchboard) -> None:
    assert said in acme("keys", "create", "--name", name, code=1).output
    assert acme("keys", "list").stdout.count("\n") == 1


def test_a_key_without_scopes_is_refused(acme: Switchboard) -> None:
    assert "scopes: " in acme("keys", "create", "--name", "X", "--scopes", ",", code=1).output


def test_an_ambiguous_workspace_is_refused_with_the_numbers(acme: Switchboard) -> None:
    acme("workspaces", "create", "Apex")
    acme("workspaces", "rename", "Apex", "Acme")
    acme("workspaces", "create", "2")
    output = acme("keys", "list", "--workspace", "Acme", code=1).output
    assert "choose by number, 1 or 2" in output
    acme("keys", "create", "--name", "Second", "--workspace", "2")
    assert "Second" in acme("keys", "list", "--workspace", "2").stdout
    assert "Second" not in acme("keys", "list", "--workspace", "3").stdout


async def test_the_list_tells_expired_tokens_and_their_subjects(
    acme: Switchboard, database_url: str
) -> None:
    key = await asyncio.to_thread(
        lambda: acme("keys", "create", "--name", "Server", "--raw").stdout.strip()
    )
    async with inside(House(database_url, ("", ""), ())) as visitor:
        make = """mutation { createClientToken(input: {subject: "ada", scopes: ["leads:read"]}) {
            apiKey { id } errors { code } } }"""
        answer = (await visitor.ask(make, key)).json()
        assert answer["data"]["createClientToken"]["errors"] == []
    listed = (await asyncio.to_thread(lambda: acme("keys", "list"))).stdout.splitlines()
    assert "SUBJECT" in listed[0]
    token = next(line for line in listed if " ada " in line)
    assert " active " in token
    database = await connect(database_url)
    try:
        async with database.transaction() as transaction:
            await transaction.fetch(
                "UPDATE api_key SET expires_at = '2020-01-01T00:00:00.000Z' WHERE subject = 'ada'"
            )
    finally:
        await database.close()
    listed = (await asyncio.to_thread(lambda: acme("keys", "list"))).stdout.splitlines()
    assert " expired " in next(line for line in listed if " ada " in line)
    assert " active " in next(line for line in listed if " Server " in line)


async def test_commands_act_as_the_system(acme: Switchboard, database_url: str) -> None:
    def work() -> str:
        key = acme("keys", "create", "--name", "A", "--raw").stdout.strip()
        acme("keys", "revoke", acme("keys", "create", "--name", "B", "--raw").stdout.strip())
        acme("workspaces", "rename", "Acme", "Apex")
        return str(key)

    key = await asyncio.to_thread(work)
    query = "{ activity { nodes { type actor title } } viewer { workspace { name } } }"
    wanted = {
        "API_KEY_CREATED": "SYSTEM",
        "API_KEY_REVOKED": "SYSTEM",
        "WORKSPACE_UPDATED": "SYSTEM",
    }
    async with inside(House(database_url, ("", ""), ())) as visitor:
        found = {}
        for _ in range(200):
            data = (await visitor.ask(query, key)).json()["data"]
            found = {each["type"]: each["actor"] for each in data["activity"]["nodes"]}
            if found == wanted:
                break
            await asyncio.sleep(0.02)
        assert found == wanted
        assert data["viewer"]["workspace"]["name"] == "Apex"


async def test_revoking_ends_client_tokens_and_leaves_keys(
    acme: Switchboard, database_url: str
) -> None:
    made = await asyncio.to_thread(lambda: acme("keys", "create", "--name", "Server", "--raw"))
    key = made.stdout.strip()
    async with inside(House(database_url, ("", ""), ())) as visitor:

        async def make(verb: str, input: str, name: str) -> str:
            text = f"mutation {{ {verb}(input: {{{input}}}) {{ {name} }} }}"
            return str((await visitor.ask(text, key)).json()["data"][verb][name])

        scopes = 'scopes: ["keys:read", "activity:read"]'
        child = await make("createApiKey", f'name: "Child", {scopes}', "key")
        tokens = [
            await make("createClientToken", f'subject: "{who}", {scopes}', "token")
            for who in ("ada", "bob")
        ]
        said = await asyncio.to_thread(lambda: acme("keys", "revoke", key).stdout)
        assert said == "Server is revoked, and 2 client tokens with it.\n"
    async with inside(House(database_url, ("", ""), ())) as visitor:
        for secret in (key, *tokens):
            assert (await visitor.ask("{__typename}", secret)).status_code == 401
        query = "{ activity(filter: {type: [API_KEY_REVOKED]}) { nodes { actor title version } } }"
        for _ in range(200):
            events = (await visitor.ask(query, child)).json()["data"]["activity"]["nodes"]
            if len(events) == 3:
                break
            await asyncio.sleep(0.02)
        assert {each["title"] for each in events} == {
            "Key Server was revoked",
            "The client token for ada was revoked with its key",
            "The client token for bob was revoked with its key",
        }
        assert {(each["actor"], each["version"]) for each in events} == {("SYSTEM", 2)}


async def test_a_key_for_known_documents(
    acme: Switchboard, database_url: str, tmp_path: Path
) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(
        json.dumps({"keys": "{ apiKeys { nodes { name documentsOnly requestsPerMinute } } }"})
    )
    arguments = ["keys", "create", "--name", "Page", "--documents-only", "--raw"]
    arguments += ["--requests-per-minute", "500", "--expires-in-days", "30"]
    key = (await asyncio.to_thread(lambda: acme(*arguments))).stdout.strip()
    async with inside(House(database_url, ("", ""), ()), documents=str(manifest)) as visitor:
        refused = await visitor.ask("{ __typename }", key)
        assert refused.status_code == 403
        headers = {"authorization": f"Bearer {key}"}
        served = await visitor.http.post("/graphql", json={"documentId": "keys"}, headers=headers)
        assert served.json()["data"]["apiKeys"]["nodes"] == [
            {"name": "Page", "documentsOnly": True, "requestsPerMinute": 500}
        ]
        assert served.headers["x-ratelimit-limit"] == "500"
    listed = await asyncio.to_thread(lambda: acme("keys", "list").stdout)
    (line,) = [each for each in listed.splitlines() if " Page " in each]
    ends = datetime.now(UTC) + timedelta(days=30)
    assert any(f"{day:%Y-%m-%dT}" in line for day in (ends, ends - timedelta(minutes=1)))
