"""The page in a real browser: safe, and good to work with."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gateway.explorer.manifest import STATIC, read_manifest
from tests.gateway.explorer.chromium import Tab, chromium
from tests.gateway.explorer.stub import KEY, serve

PROGRAM = shutil.which("chromium") or shutil.which("google-chrome") or ""
HINT = "document.querySelector('[role=status]')?.textContent"
SCHEMA = "document.querySelector('.graphiql-doc-explorer')?.innerText.includes('Query')"
LEADS = "query Names { leads { nodes { name } } }"

pytestmark = [
    pytest.mark.skipif(not PROGRAM, reason="no Chromium on PATH"),
    pytest.mark.skipif(read_manifest(STATIC) is None, reason="run `make explorer` first"),
]


@pytest.fixture
async def address() -> AsyncIterator[str]:
    async with serve() as address:
        yield address


@pytest.fixture
async def tab(tmp_path: Path) -> AsyncIterator[Tab]:
    async with chromium(PROGRAM, tmp_path / "profile") as tab:
        yield tab


def model(name: str) -> str:
    """Script for the text in one of GraphiQL's editors."""
    return (
        "globalThis.__MONACO?.editor.getModels()"
        f".find(model => model.uri.path.endsWith('{name}'))?.getValue()"
    )


def hosts(tab: Tab) -> set[str]:
    """Where the page sent requests; an image inside a stylesheet is asked for as data:."""
    return {urlsplit(url).netloc for url in tab.requests if not url.startswith("data:image/")}


async def focus(tab: Tab) -> None:
    """Put the cursor into the query editor."""
    area = "document.querySelector('.graphiql-query-editor textarea')"
    await tab.wait_for(f"Boolean({area})")
    await tab.evaluate(f"{area}.focus()")


async def run(tab: Tab, query: str) -> None:
    """Run a named operation from the editor, with the keyboard."""
    await focus(tab)
    await tab.evaluate(
        "__MONACO.editor.getModels().find(model => model.uri.path.endsWith('operation.graphql'))"
        f".setValue({json.dumps(query)})"
    )
    # GraphiQL takes a moment to see which operation it is.
    name = query.split()[1]
    await tab.wait_for(f"document.querySelector('.graphiql-tab-active')?.innerText === '{name}'")
    await tab.press("Enter", control=True)


async def test_a_first_visit_asks_for_a_key_and_sends_nothing_anywhere(
    tab: Tab, address: str
) -> None:
    await tab.open(address)
    await tab.wait_for("document.querySelectorAll('.graphiql-tab').length === 5")
    await tab.wait_for(model("operation.graphql"))
    assert "Enter an API key" in await tab.evaluate(HINT)
    assert await tab.evaluate("document.title") == "Switchboard"
    assert await tab.evaluate("document.activeElement.ariaLabel") == "API key"
    assert hosts(tab) == {urlsplit(address).netloc}
    assert tab.requests.count(address) == 1  # the page itself: no operation without a key
    assert tab.complaints == []


async def test_what_is_injected_neither_runs_nor_loads(tab: Tab, address: str) -> None:
    await tab.open(address)
    await tab.wait_for(model("operation.graphql"))
    await tab.evaluate("""
        document.body.insertAdjacentHTML('beforeend', `
            <style>body { --injected: yes }</style>
            <img src="https://elsewhere.example/pixel.png" onerror="window.injected = 1">`);
        document.body.append(Object.assign(
            document.createElement('script'), { textContent: 'window.injected = 2' }));
        document.body.append(Object.assign(
            document.createElement('script'), { src: 'https://elsewhere.example/script.js' }));
    """)
    await tab.wait_for("new Promise(resolve => setTimeout(resolve, 300, true))")
    assert await tab.evaluate("window.injected") is None
    assert (
        await tab.evaluate("getComputedStyle(document.body).getPropertyValue('--injected')") == ""
    )
    refused = [complaint for complaint in tab.complaints if "Content Security Policy" in complaint]
    # Style, image, the image's handler, both scripts.
    assert len(refused) == 5, tab.complaints


async def test_a_key_loads_the_schema_completes_and_runs(tab: Tab, address: str) -> None:
    await tab.open(address)
    await tab.click("[aria-label='API key']")
    await tab.type(KEY)
    await tab.press("Enter")
    await tab.wait_for("document.querySelector('.key')?.textContent.includes('orse')")
    assert KEY not in await tab.evaluate("document.documentElement.outerHTML")

    await tab.click("[aria-label='Show Documentation Explorer']")
    await tab.wait_for(SCHEMA)

    await focus(tab)
    await tab.press("a", control=True)
    await tab.type("{ le")
    suggestion = await tab.wait_for(
        "document.querySelector('.suggest-widget.visible .monaco-list-row')?.ariaLabel"
    )
    assert suggestion.startswith("leads")
    await tab.press("Escape")

    await run(tab, LEADS)
    response = await tab.wait_for(model("response.json"))
    assert json.loads(response) == {"data": {"leads": {"nodes": [{"name": "Ada"}]}}}

    await tab.click("[aria-label='Show GraphiQL Explorer']")
    await tab.wait_for(
        "document.querySelector('.graphiql-explorer-root')?.innerText.includes('leads')"
    )
    await tab.click("[aria-label^='Prettify query']")
    await tab.wait_for(f"{model('operation.graphql')}.includes('\\n')")

    assert hosts(tab) == {urlsplit(address).netloc}
    assert len({url for url in tab.requests if "worker" in url}) == 3
    assert tab.complaints == []


async def test_a_key_in_the_fragment_is_stored_and_leaves_the_address(
    tab: Tab, address: str
) -> None:
    await tab.open(f"{address}#key={KEY}")
    await tab.wait_for("document.querySelector('.key')?.textContent.includes('orse')")
    assert await tab.evaluate("location.href") == address
    assert await tab.evaluate("localStorage.getItem('switchboard:key')") == KEY
    await tab.evaluate("location.hash = '#key=another-key'")
    await tab.wait_for("Boolean(document.querySelector('.refused'))")
    assert await tab.evaluate("location.href") == address
    await tab.evaluate(f"location.hash = '#key={KEY}'")
    await tab.wait_for("!document.querySelector('.refused')")
    await tab.click("[aria-label='Show Documentation Explorer']")
    await tab.wait_for(SCHEMA)
    assert not any(KEY in url for url in tab.requests)


async def test_a_refused_key_is_said_so_and_the_next_one_works(tab: Tab, address: str) -> None:
    await tab.open(f"{address}#key=wrong")
    await tab.wait_for(f"{HINT}?.includes('refused this key')")
    await tab.click("[aria-label='API key']")
    await tab.type(KEY)
    await tab.press("Enter")
    await tab.wait_for(f"{HINT} === ''")
    await tab.wait_for(f"{model('response.json')}?.includes('UNAUTHENTICATED') === false")
    await tab.click("[aria-label='Show Documentation Explorer']")
    await tab.wait_for(SCHEMA)


async def test_forgetting_the_key_empties_the_storage(tab: Tab, address: str) -> None:
    await tab.open(f"{address}#key={KEY}")
    await tab.click(".key button:last-child")
    await tab.wait_for(f"{HINT}?.includes('Enter an API key')")
    assert await tab.evaluate("localStorage.getItem('switchboard:key')") is None


async def test_the_headers_tab_can_carry_the_key(tab: Tab, address: str) -> None:
    await tab.open(address)
    await tab.click("[data-name='headers']")
    await tab.wait_for("Boolean(document.querySelector('.graphiql-editor-tool .view-lines'))")
    await tab.evaluate(
        "__MONACO.editor.getModels().find(model => model.uri.path.endsWith('request-headers.json'))"
        f".setValue({json.dumps(json.dumps({'Authorization': f'Bearer {KEY}'}))})"
    )
    await run(tab, LEADS)
    assert "Ada" in await tab.wait_for(model("response.json"))
    assert "correct-horse" not in await tab.evaluate("JSON.stringify(localStorage)")


async def test_a_subscription_runs_with_the_key(tab: Tab, address: str) -> None:
    await tab.open(f"{address}#key={KEY}")
    await run(tab, "subscription Ticks { ticks }")
    await tab.wait_for(f"{model('response.json')}.includes('3')")
    assert address.replace("http", "ws") in tab.requests
    assert tab.complaints == []


async def test_a_refused_subscription_says_why(tab: Tab, address: str) -> None:
    await tab.open(f"{address}#key=wrong")
    await tab.wait_for(f"{HINT}?.includes('refused')")
    await run(tab, "subscription Ticks { ticks }")
    await tab.wait_for(f"{model('response.json')}.includes('4403')")
