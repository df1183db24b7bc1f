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
EDITOR = ".graphiql-query-editor .monaco-editor"
RESULT = ".graphiql-response .monaco-editor"
RUN = ".graphiql-execute-button"
DOCS = ".graphiql-doc-explorer"
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


async def edit(tab: Tab, query: str) -> None:
    """Put a named operation into the editor."""
    await focus(tab)
    await tab.evaluate(
        "__MONACO.editor.getModels().find(model => model.uri.path.endsWith('operation.graphql'))"
        f".setValue({json.dumps(query)})"
    )
    # GraphiQL takes a moment to see which operation it is.
    name = query.split()[1]
    await tab.wait_for(f"document.querySelector('.graphiql-tab-active')?.innerText === '{name}'")


async def run(tab: Tab, query: str) -> None:
    """Run a named operation from the editor, with the keyboard."""
    await edit(tab, query)
    await tab.press("Enter", control=True)


async def test_a_first_visit_asks_for_a_key_and_sends_nothing_anywhere(
    tab: Tab, address: str
) -> None:
    await tab.open(address)
    await tab.wait_for("document.querySelectorAll('.graphiql-tab').length === 8")
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


async def assert_stacked(tab: Tab, width: int, height: int) -> None:
    """Editor above result, both of a usable size and wholly on the screen, as is the run button."""
    # An editor takes its new size a moment after what it stands in.
    for each in (EDITOR, RESULT):
        await tab.wait_for(
            "(editor => Math.abs(editor.clientHeight - editor.parentElement.clientHeight) <= 1)"
            f"(document.querySelector('{each}'))"
        )
    editor, run_button, result = [await tab.box(each) for each in (EDITOR, RUN, RESULT)]
    for box in (editor, run_button, result):
        assert 0 <= box.left < box.right <= width, box
        assert 0 <= box.top < box.bottom <= height, box
    for box in (editor, result):
        assert box.right - box.left >= 300, box
        assert box.bottom - box.top >= 120, box
    assert run_button.right - run_button.left >= 40
    assert editor.bottom <= run_button.top < run_button.bottom <= result.top
    assert await tab.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("dragged", ["", "3.5", "hide-first", "hide-second"])
async def test_a_narrow_screen_shows_one_thing_below_the_other(
    tab: Tab, address: str, dragged: str
) -> None:
    await tab.resize(400, 800)
    await tab.open(address)
    # What was dragged or hidden on a wide screen.
    await tab.evaluate(f"localStorage.setItem('graphiql:editorFlex', '{dragged}')")
    await tab.send("Page.reload")
    await tab.wait_for(f"Boolean(document.querySelector('{RESULT}'))")
    await tab.wait_for(model("operation.graphql"))
    await assert_stacked(tab, 400, 800)

    key = await tab.box("[aria-label='API key']")
    assert 0 <= key.left < key.right <= 400
    await tab.click("[aria-label='API key']")
    await tab.type(KEY)
    await tab.press("Enter")
    await tab.wait_for("document.querySelector('.key')?.textContent.includes('orse')")

    await tab.click("[aria-label='Show Documentation Explorer']")
    await tab.wait_for(SCHEMA)
    docs = await tab.box(DOCS)
    assert 0 <= docs.left < docs.left + 300 <= docs.right <= 400
    await tab.click("[aria-label='Hide Documentation Explorer']")
    await tab.wait_for(f"!document.querySelector('{DOCS}')")
    await assert_stacked(tab, 400, 800)

    await edit(tab, LEADS)
    await tab.click(RUN)
    await tab.wait_for(f"{model('response.json')}?.includes('Ada')")
    await tab.click("[data-name='variables']")
    await tab.wait_for("Boolean(document.querySelector('.graphiql-editor-tools > .active'))")
    await assert_stacked(tab, 400, 800)
    assert tab.complaints == []


async def test_a_wide_screen_shows_editor_and_result_side_by_side(tab: Tab, address: str) -> None:
    await tab.resize(1280, 800)
    await tab.open(f"{address}#key={KEY}")
    await tab.wait_for(f"Boolean(document.querySelector('{RESULT}'))")
    await tab.click("[aria-label='Show Documentation Explorer']")
    await tab.wait_for(SCHEMA)
    docs, editor, result = [await tab.box(each) for each in (DOCS, EDITOR, RESULT)]
    assert docs.right < editor.left < editor.right < result.left < result.right < 1280
    assert min(editor.bottom, result.bottom) > 600
