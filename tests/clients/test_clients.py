"""Real clients against a real server: nested lists, pages, errors as data and with codes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport

from tests.clients.conftest import APP, Script, scripts
from tests.clients.page import ORIGIN
from tests.gateway.serving import FULL, House, Server, server


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
    # The hash, whose answer is lost; the hash again, then with it the document: one press.
    assert len(found["keys"]) == 3
    assert len(set(found["keys"])) == 1


def test_urql(script: Script) -> None:
    found = script("urql.mjs")
    check(found)
    # The hash alone, then hash and document, then the next pages by their hash alone.
    assert found["sent"][:4] == [["GET", False], ["GET", True], ["GET", False], ["GET", False]]


@pytest.fixture(scope="session")
def typed(node: Callable[..., str]) -> str:
    """The program against the generated types, compiled strictly."""
    shutil.rmtree(APP / "src" / "gql", ignore_errors=True)
    node("../node_modules/@graphql-codegen/cli/cjs/bin.js", "--config", "codegen.json", cwd=APP)
    node("node_modules/typescript/bin/tsc", "--project", ".")
    (APP / "made" / "package.json").write_text('{"type": "commonjs"}')
    return "app/made/generated.js"


def test_generated_types(script: Script, typed: str) -> None:
    found = script("--import", "./browser.mjs", typed)
    check(found)
    assert found["created"].endswith("Z")


@pytest.fixture(scope="session")
def manifest(node: Callable[..., str]) -> Path:
    """The trusted documents that Relay's compiler writes."""
    made = APP / "src" / "__generated__"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    written = APP / "persisted_queries.json"
    written.write_text("{}")
    node("../node_modules/relay-compiler/cli.js", "relay.config.json", cwd=APP)
    return written


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_relay(
    node: Callable[..., str],
    manifest: Path,
    database: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
) -> None:
    """Relay's compiler accepts the schema, and its network is served by ids alone."""
    house: House = request.getfixturevalue(f"{database}_copy")
    settings = {"cors_origins": ORIGIN, "documents": manifest}
    with server(house.url, tmp_path, **settings) as served:
        found = scripts(node, served)("relay.mjs")
    assert found["documents"] == 4
    assert len(found["ids"]) == len(set(found["ids"])) == 40
    assert found["type"] == "Lead"
    assert found["nested"]
    assert "INVALID_EMAIL" in str(found["errors"])
    assert found["code"] == "DOCUMENT_NOT_TRUSTED"


def test_relay_knows_the_scalars(manifest: Path) -> None:
    made = (APP / "src" / "__generated__" / "LeadList_lead.graphql.ts").read_text()
    assert "readonly createdAt: string;" in made


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
