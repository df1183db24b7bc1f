"""Calls on the live page, from beginning to end, and on GraphiQL beside it."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

from tests.gateway.explorer.chromium import chromium
from tests.gateway.explorer.live.showroom import (
    PROGRAM,
    STANDING,
    TURNS,
    Showroom,
    needs_page,
    row,
    show,
    visit,
)

pytestmark = needs_page


async def test_a_call_is_watched_and_listened_to(room: Showroom, tmp_path: Path) -> None:
    async with visit(PROGRAM, room, tmp_path, room.key) as tab:
        unheard = await room.place("+12125550141", outcome="NO_ANSWER")
        call = await room.place("+12125550142")
        await tab.wait_for(f"{row(call)}?.dataset.status === 'IN_PROGRESS'")
        await show(tab, call)
        await tab.wait_for(f"{TURNS} > 0")
        assert "In progress" in await tab.evaluate(STANDING)
        early = await tab.evaluate(TURNS)
        await tab.wait_for(f"{row(call)}?.querySelector('.said')?.textContent.length > 5")
        await tab.screenshot(tmp_path / "talking.png")
        await tab.wait_for(f"{STANDING}.includes('Completed')", 40)
        assert await tab.evaluate(TURNS) > early

        await tab.wait_for("document.querySelector('audio')?.duration > 1", 40)
        kind, head, size = await tab.evaluate(
            "fetch(document.querySelector('audio').src).then(async answer => {"
            " const bytes = await answer.arrayBuffer();"
            " return [answer.headers.get('content-type'),"
            " String.fromCharCode(...new Uint8Array(bytes, 0, 4)), bytes.byteLength] })"
        )
        assert (kind, head) == ("audio/wav", "RIFF")
        assert size > 10_000
        # Half of it alone, as a player asks that is told to go there.
        await tab.evaluate(
            "(audio => { audio.currentTime = audio.duration / 2 })(document.querySelector('audio'))"
        )
        await tab.wait_for("document.querySelector('audio').seeking === false")
        assert "Meeting booked" in await tab.evaluate(STANDING)

        seen = (await tab.evaluate("seen"))[call]
        expected = ["QUEUED", "DIALING", "RINGING", "IN_PROGRESS", "COMPLETED"]
        assert [each for each in expected if each in seen] == seen
        assert {"IN_PROGRESS", "COMPLETED"} <= set(seen)
        await tab.wait_for(f"{row(unheard)}?.dataset.status === 'NO_ANSWER'")
        assert (await tab.evaluate("seen"))[unheard][-2:] == ["RINGING", "NO_ANSWER"]
        told = await room.ask(
            "query ($id: ID!) { call(id: $id) { transcript { totalCount } } }", id=call
        )
        assert await tab.evaluate(TURNS) == told["call"]["transcript"]["totalCount"]
        sockets = [url for url in tab.requests if url.startswith("ws")]
        assert len(sockets) == 1
        hosts = {urlsplit(url).netloc for url in tab.requests if not url.startswith("data:")}
        assert hosts == {urlsplit(room.address).netloc}
        assert not any(room.key in url for url in tab.requests)
        assert tab.complaints == []
        await tab.screenshot(tmp_path / "listened.png")


async def test_a_call_is_placed_by_the_form_and_hung_up(room: Showroom, tmp_path: Path) -> None:
    async with visit(PROGRAM, room, tmp_path, room.key) as tab:
        await tab.wait_for("Boolean(document.querySelector('.calls .primary'))")
        await tab.click(".calls .primary")
        await tab.wait_for("Boolean(document.querySelector('.order input'))")
        await tab.evaluate("document.querySelector('.order input').select()")
        await tab.type("911")
        await tab.click(".order .primary")
        await tab.wait_for("document.querySelector('.order .wrong')?.textContent.length > 5")
        await tab.evaluate("document.querySelector('.order input').select()")
        await tab.type("+12125550152")
        await tab.click(".order .primary")
        await tab.wait_for("Boolean(document.querySelector('.pane .standing'))")
        assert await tab.evaluate("document.activeElement.id") == "call-title"
        assert "?call=call_" in await tab.evaluate("location.href")
        end = "document.querySelector('.end .danger')"
        await tab.wait_for(f"{end}?.textContent === 'Hang up'")
        await tab.evaluate(f"{end}.click()")
        await tab.wait_for(f"!{end}", 40)
        await tab.press("Escape")
        await tab.wait_for("!document.querySelector('.pane')")
        assert "call=" not in await tab.evaluate("location.href")
        assert tab.complaints == []


async def test_graphiql_shows_a_call_going_through_its_life(room: Showroom, tmp_path: Path) -> None:
    made = await room.ask(
        "mutation ($input: CreateLeadInput!) { createLead(input: $input) { cursor lead { id } } }",
        input={"name": "Ada Live", "phone": "+12125550154"},
    )
    cursor, lead = made["createLead"]["cursor"], made["createLead"]["lead"]["id"]
    text = (
        f'subscription Life {{ callStatus(leadId: "{lead}", after: "{cursor}") {{'
        " type status call { id durationSeconds } } }"
    )
    model = "__MONACO.editor.getModels().find(model => model.uri.path.endsWith('{}'))"
    async with chromium(PROGRAM, tmp_path / "profile") as tab:
        await tab.resize(1280, 800)
        await tab.open(f"{room.address}/graphql#key={room.key}")
        await tab.wait_for("Boolean(document.querySelector('.graphiql-query-editor textarea'))")
        await tab.evaluate(f"{model.format('operation.graphql')}.setValue({json.dumps(text)})")
        await tab.wait_for("document.querySelector('.graphiql-tab-active')?.innerText === 'Life'")
        answer = model.format("response.json")
        await tab.evaluate(
            f"window.told = []; {answer}.onDidChangeContent("
            f"() => told.push({answer}.getValue())); undefined"
        )
        await tab.click(".graphiql-execute-button")
        await tab.wait_for("Boolean(document.querySelector('[aria-label^=Stop]'))")
        call = await room.place("", target={"leadId": lead})
        await tab.wait_for("told.some(each => each.includes('IN_PROGRESS'))", 30)
        await tab.screenshot(tmp_path / "graphiql-talking.png")
        await tab.wait_for("told.some(each => each.includes('CALL_ARTIFACTS_READY'))", 60)
        events = [
            json.loads(each)["data"]["callStatus"]
            for each in await tab.evaluate("told")
            if call in each
        ]
        types = list(dict.fromkeys(each["type"] for each in events))
        assert types[-4:] == [
            "CALL_RINGING",
            "CALL_IN_PROGRESS",
            "CALL_COMPLETED",
            "CALL_ARTIFACTS_READY",
        ]
        assert events[-1]["call"]["durationSeconds"] > 0
        assert tab.complaints == []


async def test_an_order_whose_answer_was_lost_is_placed_once(
    room: Showroom, tmp_path: Path
) -> None:
    async with visit(PROGRAM, room, tmp_path, room.key) as tab:
        await tab.wait_for("Boolean(document.querySelector('.calls .primary'))")
        await tab.evaluate("""
            const send = fetch;
            window.lost = 0;
            window.fetch = async (address, request) => {
                const answer = await send(address, request);
                if (request.body.includes('placeCall') && lost++ < 4) throw new TypeError('lost');
                return answer;
            };
            undefined
        """)
        await tab.click(".calls .primary")
        await tab.wait_for("Boolean(document.querySelector('.order input'))")
        await tab.evaluate("document.querySelector('.order input').select()")
        await tab.type("+12125550158")
        await tab.click(".order .primary")
        await tab.wait_for("document.querySelector('.order .wrong')?.textContent.length > 5")
        assert await tab.evaluate("lost") == 3
        await tab.click(".order .primary")
        await tab.wait_for("Boolean(document.querySelector('.pane .standing'))")
        assert await tab.evaluate("lost") == 5
        found = await room.ask('{ calls(filter: { toNumber: "+12125550158" }) { totalCount } }')
        assert found["calls"]["totalCount"] == 1


async def test_a_link_that_has_expired_is_asked_for_again(room: Showroom, tmp_path: Path) -> None:
    call = await room.place("+12125550159")
    await room.over(call)
    async with visit(PROGRAM, room, tmp_path, room.key) as tab:
        await show(tab, call)
        audio = "document.querySelector('audio')"
        await tab.wait_for(f"{audio}?.duration > 1")
        await tab.wait_for("new Promise(resolve => setTimeout(resolve, 1100, true))")
        old = await tab.evaluate(f"{audio}.src")
        # An hour later the player asks for another part of it.
        await tab.evaluate(
            "(now => { Date.now = () => now() + 3_700_000 })(Date.now);"
            f" {audio}.currentTime = 3; {audio}.src = 'recordings/expired'"
        )
        await tab.wait_for(f"{audio}.duration > 1 && {audio}.src !== {json.dumps(old)}")
        assert "signature=" in await tab.evaluate(f"{audio}.src")
        # Something else is wrong with it: a person decides.
        await tab.evaluate(f"{audio}.src = 'recordings/gone'; Date.now = () => 0")
        again = "document.querySelector('.pane .quiet button')"
        await tab.wait_for(f"{again}?.textContent === 'Try again'")
        await tab.evaluate(f"{again}.click()")
        await tab.wait_for(f"{audio}?.duration > 1")
