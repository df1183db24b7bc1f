"""GraphiQL on the gateway itself: its default queries work on the demo data, in a browser too."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from graphql import parse, validate

from gateway.explorer.manifest import STATIC, read_manifest
from gateway.graph import core
from tests.gateway.cli.test_serve import start, wait
from tests.gateway.explorer.chromium import chromium
from tests.port import free_port

PROGRAM = shutil.which("chromium") or shutil.which("google-chrome") or ""
QUERIES = Path(__file__).parents[3] / "gateway" / "explorer" / "web" / "queries.js"
ANSWER = (
    "globalThis.__MONACO?.editor.getModels()"
    ".find(model => model.uri.path.endsWith('response.json'))?.getValue()"
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server with the demo workspace, and its key."""
    folder = tmp_path_factory.mktemp("demo")
    port = free_port()
    server = start(folder, port)
    try:
        wait(port)
        yield f"http://127.0.0.1:{port}", (folder / "var" / "demo.key").read_text().strip()
    finally:
        server.terminate()
        server.communicate(timeout=20)


def queries() -> dict[str, str]:
    """The default queries by their names."""
    return dict(re.findall(r"export const (\w+) = `(.*?)`;", QUERIES.read_text(), re.DOTALL))


async def test_every_default_query_answers_with_data(demo: tuple[str, str]) -> None:
    address, key = demo
    texts = queries()
    # As JavaScript reads it between its backquotes.
    variables = {
        name.removesuffix("_VARIABLES"): json.loads(texts.pop(name).replace("\\\\", "\\"))
        for name in list(texts)
        if name.endswith("_VARIABLES")
    }
    assert set(variables) == {"CREATE_LEAD", "PLACE_CALL", "SEND_EMAIL"}
    assert validate(core(), parse(texts.pop("WATCH_CALLS"))) == []
    assert set(texts) == {"LEADS", "OVERVIEW", "CAMPAIGNS", "ACTIVITY", *variables}
    async with httpx2.AsyncClient(base_url=address) as client:
        for name, text in texts.items():
            answer = await client.post(
                "/graphql",
                json={"query": text, "variables": variables.get(name, {})},
                headers={"Authorization": f"Bearer {key}"},
            )
            found: Any = answer.json()
            assert "errors" not in found, (name, found)
            (data, *_) = found["data"].values()
            assert data.get("nodes", True), name
            assert not data.get("errors"), (name, data)


@pytest.mark.skipif(not PROGRAM, reason="no Chromium on PATH")
@pytest.mark.skipif(read_manifest(STATIC) is None, reason="run `make explorer` first")
async def test_the_printed_link_opens_graphiql_on_data(
    demo: tuple[str, str], tmp_path: Path
) -> None:
    address, key = demo
    async with chromium(PROGRAM, tmp_path / "profile") as tab:
        await tab.open(f"{address}/graphql#key={key}")
        await tab.wait_for("Boolean(document.querySelector('.graphiql-query-editor textarea'))")
        await tab.click("[aria-label='Show Documentation Explorer']")
        await tab.wait_for(
            "document.querySelector('.graphiql-doc-explorer')?.innerText.includes('Query')"
        )
        await tab.click(".graphiql-execute-button")
        answer = json.loads(await tab.wait_for(f"{ANSWER}?.includes('nodes') && {ANSWER}"))
        assert len(answer["data"]["leads"]["nodes"]) == 10
        await tab.screenshot(tmp_path / "graphiql.png")
        assert {urlsplit(each).netloc for each in tab.requests if each.startswith("http")} == {
            urlsplit(address).netloc
        }
        assert tab.complaints == []


@pytest.mark.skipif(not PROGRAM, reason="no Chromium on PATH")
@pytest.mark.skipif(read_manifest(STATIC) is None, reason="run `make explorer` first")
async def test_a_subscription_shows_what_happens(demo: tuple[str, str], tmp_path: Path) -> None:
    """Through the gateway's own door, with the key of the page."""
    address, key = demo
    text = "subscription Feed { activity { type title activity { subject { __typename } } } }"
    create = 'mutation { createLead(input: {name: "Ada Live"}) { errors { code } } }'
    async with chromium(PROGRAM, tmp_path / "profile") as tab:
        await tab.open(f"{address}/graphql#key={key}")
        await tab.wait_for("Boolean(document.querySelector('.graphiql-query-editor textarea'))")
        await tab.evaluate(
            "__MONACO.editor.getModels().find(model => model.uri.path.endsWith('operation.graphql'))"
            f".setValue({json.dumps(text)})"
        )
        await tab.wait_for("document.querySelector('.graphiql-tab-active')?.innerText === 'Feed'")
        await tab.click(".graphiql-execute-button")
        async with httpx2.AsyncClient(base_url=address) as client:
            headers = {"Authorization": f"Bearer {key}"}
            shown = f"{ANSWER}?.includes('Ada Live was added')"
            for _ in range(20):
                # It may not have subscribed yet.
                await client.post("/graphql", json={"query": create}, headers=headers)
                if await tab.evaluate(f"Boolean({shown})"):
                    break
                await asyncio.sleep(0.25)
        answer = json.loads(await tab.wait_for(f"{shown} && {ANSWER}"))
        assert answer["data"]["activity"]["type"] == "LEAD_CREATED"
        assert answer["data"]["activity"]["activity"] == {"subject": {"__typename": "Lead"}}
        await tab.screenshot(tmp_path / "subscription.png")
        assert tab.complaints == []
