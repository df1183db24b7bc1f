"""Real clients against a real server: nested lists, pages, errors as data and with codes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport

from tests.clients.conftest import CLIENTS, Script
from tests.gateway.serving import FULL, House, Server, inside


def check(found: dict[str, Any]) -> None:
    assert len(found["ids"]) == len(set(found["ids"])) == 40
    assert found["nested"]
    codes = sorted(each["code"] for each in found["errors"])
    assert "INVALID_EMAIL" in codes
    assert found["code"] == "INVALID_CURSOR"


def test_apollo(script: Script) -> None:
    found = script("apollo.mjs")
    check(found)
    assert found["total"] == 40
    # The hash alone by GET, then hash and document, then the next pages by their hash alone.
    assert [each[0] for each in found["sent"][:4]] == ["GET", "POST", "GET", "GET"]
    assert [each[2] for each in found["sent"][:4]] == [False, True, False, False]


def test_urql(script: Script) -> None:
    check(script("urql.mjs"))


@pytest.fixture(scope="session")
def typed(node: Callable[..., str]) -> str:
    """The program against the generated types, compiled strictly."""
    folder = CLIENTS / "codegen"
    shutil.rmtree(folder / "made", ignore_errors=True)
    node("../node_modules/@graphql-codegen/cli/cjs/bin.js", "--config", "codegen.json", cwd=folder)
    node("../node_modules/typescript/bin/tsc", "--project", ".", cwd=folder)
    (folder / "made" / "js" / "package.json").write_text('{"type": "commonjs"}')
    return "codegen/made/js/src/main.js"


def test_generated_types(script: Script, typed: str) -> None:
    check(script(typed))


async def test_relay(node: Callable[..., str], sqlite_copy: House, postgres_copy: House) -> None:
    """Relay's compiler accepts the schema; what it writes is a manifest of trusted documents."""
    folder = CLIENTS / "relay"
    shutil.rmtree(folder / "made", ignore_errors=True)
    (folder / "made").mkdir()
    manifest = folder / "made" / "persisted_queries.json"
    manifest.write_text("{}")
    node("../node_modules/relay-compiler/cli.js", "relay.config.json", cwd=folder)
    documents = json.loads(manifest.read_text())
    assert len(documents) == 4
    ids = {name: id_ for id_, text in documents.items() for name in [text.split()[1].split("(")[0]]}
    for house in (sqlite_copy, postgres_copy):
        async with inside(house, documents=str(manifest), documents_mode="require") as visitor:

            async def ask(name: str, **variables: Any) -> Any:
                answer = await visitor.http.post(
                    "/graphql",
                    json={"documentId": ids[name], "variables": variables},
                    headers=FULL,
                )
                return answer.json()

            found: list[str] = []
            page = {"endCursor": None, "hasNextPage": True}
            while page["hasNextPage"]:
                answer = await ask("LeadListPageQuery", first=15, after=page["endCursor"])
                leads = answer["data"]["leads"]
                found += [each["node"]["id"] for each in leads["edges"]]
                page = leads["pageInfo"]
            assert len(found) == len(set(found)) == 40
            one = await ask("LeadListNodeQuery", id=found[0])
            assert one["data"]["node"]["__typename"] == "Lead"
            input = {"email": "nobody"}
            made = await ask("LeadListCreateMutation", input=input, connections=[])
            assert "INVALID_EMAIL" in str(made["data"]["createLead"]["errors"])
            refused = await visitor.ask("{ leads { nodes { id } } }")
            assert refused.json()["errors"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"


LEADS = gql(
    """query Leads($after: String) { leads(first: 15, after: $after) {
      pageInfo { hasNextPage endCursor } nodes { id calls(first: 2) { nodes { agent { id } } } } } }"""
)
CREATE = gql(
    """mutation Create($input: CreateLeadInput!) {
      createLead(input: $input) { lead { id } errors { code path } } }"""
)


async def test_python_gql(served: Server) -> None:
    transport = HTTPXAsyncTransport(url=f"{served.url}/graphql", headers=FULL)
    found: dict[str, Any] = {"ids": [], "nested": False}
    async with Client(transport=transport, fetch_schema_from_transport=True) as session:
        page = {"endCursor": None, "hasNextPage": True}
        while page["hasNextPage"]:
            LEADS.variable_values = {"after": page["endCursor"]}
            leads = (await session.execute(LEADS))["leads"]
            found["ids"] += [each["id"] for each in leads["nodes"]]
            found["nested"] |= any(
                call["agent"] for each in leads["nodes"] for call in each["calls"]["nodes"]
            )
            page = leads["pageInfo"]
        CREATE.variable_values = {"input": {"email": "nobody"}}
        found["errors"] = (await session.execute(CREATE))["createLead"]["errors"]
        LEADS.variable_values = {"after": "nonsense"}
        with pytest.raises(TransportQueryError) as caught:
            await session.execute(LEADS)
    assert caught.value.errors
    found["code"] = caught.value.errors[0]["extensions"]["code"]
    check(found)
