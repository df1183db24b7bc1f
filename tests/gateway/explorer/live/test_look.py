"""What the live page looks like: on a phone, with hostile names, without anything."""

from __future__ import annotations

import json
from pathlib import Path

from tests.gateway.explorer.live.showroom import (
    PROGRAM,
    TURNS,
    Showroom,
    needs_page,
    row,
    show,
    visit,
)

pytestmark = needs_page
SIDEWAYS = "document.documentElement.scrollWidth > innerWidth"
HOSTILE = "<img src=x onerror='window.injected=1'>{{7*7}}"


async def test_what_people_are_called_is_text(room: Showroom, tmp_path: Path) -> None:
    made = await room.ask(
        "mutation ($input: CreateLeadInput!) { createLead(input: $input) { lead { id } } }",
        input={"name": HOSTILE, "company": HOSTILE, "phone": "+12125550151"},
    )
    lead = made["createLead"]["lead"]["id"]
    async with visit(PROGRAM, room, tmp_path, room.key) as tab:
        call = await room.place(
            "", target={"leadId": lead}, reason=HOSTILE, firstMessageOverride=f"Hello {HOSTILE}"
        )
        await show(tab, call)
        await tab.wait_for(f"{TURNS} > 0")
        assert await tab.evaluate(f"{row(call)}.querySelector('button').textContent") == HOSTILE
        assert HOSTILE in await tab.evaluate("document.querySelector('.turn p').textContent")
        assert HOSTILE in await tab.evaluate("document.querySelector('.feed').textContent")
        assert await tab.evaluate("document.querySelectorAll('main img').length") == 0
        assert await tab.evaluate("window.injected") is None
        assert not await tab.evaluate(SIDEWAYS)
        assert tab.complaints == []


async def test_a_phone_needs_no_sideways_scrolling(room: Showroom, tmp_path: Path) -> None:
    async with visit(PROGRAM, room, tmp_path, room.key) as tab:
        call = await room.place("+12125550153")
        for scheme in ("dark", "light"):
            await tab.send(
                "Emulation.setEmulatedMedia",
                features=[{"name": "prefers-color-scheme", "value": scheme}],
            )
            await tab.resize(360, 740)
            for number, section in enumerate(("calls", "campaigns", "activity"), 1):
                await tab.click(f".sections button:nth-child({number})")
                shown = f"document.querySelector('.{section}').checkVisibility()"
                await tab.wait_for(shown)
                assert not await tab.evaluate(SIDEWAYS), section
                await tab.screenshot(tmp_path / f"phone-{section}-{scheme}.png")
            await tab.click(".sections button:first-child")
            await show(tab, call)
            assert not await tab.evaluate(SIDEWAYS)
            pane = await tab.box(".pane")
            assert (pane.left, pane.top) == (0, 0)
            assert pane.right <= 360
            ground = await tab.evaluate("getComputedStyle(document.body).backgroundColor")
            assert ground == ("rgb(33, 42, 59)" if scheme == "dark" else "rgb(255, 255, 255)")
            await tab.press("Escape")
            await tab.wait_for("!document.querySelector('.pane')")


async def test_an_empty_workspace_says_what_to_do(room: Showroom, tmp_path: Path) -> None:
    key = room.empty_key("--scopes", "full")
    async with visit(PROGRAM, room, tmp_path, key) as tab:
        await tab.wait_for("Boolean(document.querySelector('.empty pre'))")
        assert "placeCall" in await tab.evaluate("document.querySelector('.empty pre').textContent")
        graphiql = await tab.evaluate("document.querySelector('.empty a').href")
        assert graphiql == f"{room.address}/graphql"
        assert await tab.evaluate("Boolean(document.querySelector('.order'))")
        await tab.screenshot(tmp_path / "empty.png")
        assert tab.complaints == []


async def test_a_campaign_comes_on(room: Showroom, tmp_path: Path) -> None:
    async with visit(PROGRAM, room, tmp_path, room.key) as tab:
        found = await room.ask("{ agents(first: 50) { nodes { id name } } }")
        agent = next(each["id"] for each in found["agents"]["nodes"] if each["name"] == "Ava")
        made = await room.ask(
            "mutation ($input: CreateCampaignInput!) {"
            " createCampaign(input: $input) { campaign { id } errors { message } } }",
            input={"name": HOSTILE, "agentId": agent, "maxRetries": 0},
        )
        id = made["createCampaign"]["campaign"]["id"]
        await room.ask(
            "mutation ($input: AddRecipientsInput!) { addRecipients(input: $input) { errors { code } } }",
            input={
                "campaignId": id,
                "recipients": [{"phone": f"+1212555016{n}"} for n in range(3)],
            },
        )
        await room.ask(
            "mutation ($input: StartCampaignInput!) { startCampaign(input: $input) { errors { code } } }",
            input={"id": id},
        )
        shown = f"document.querySelector({json.dumps(f'[data-campaign={id}]')})"
        await tab.wait_for(f"{shown}?.querySelector('.head').innerText.includes('In progress')")
        assert HOSTILE in await tab.evaluate(f"{shown}.innerText")
        assert "3 to call" in await tab.evaluate(f"{shown}.innerText") or "calling" in (
            await tab.evaluate(f"{shown}.innerText")
        )
        assert await tab.evaluate("window.injected") is None
        await room.ask(
            "mutation ($input: CancelCampaignInput!) { cancelCampaign(input: $input) { errors { code } } }",
            input={"id": id},
        )
        await tab.wait_for(f"{shown}?.querySelector('.head').innerText.includes('Cancelled')")
