"""The key of the live page: refused, forgotten, and one that may read less."""

from __future__ import annotations

from pathlib import Path

from tests.gateway.explorer.live.showroom import HINT, LIVE, PROGRAM, Showroom, needs_page, visit

pytestmark = needs_page


async def test_a_bad_key_is_said_plainly_and_the_next_one_works(
    room: Showroom, tmp_path: Path
) -> None:
    async with visit(PROGRAM, room, tmp_path, room.key) as tab:
        await tab.evaluate("location.hash = '#key=sb_live_wrong'")
        await tab.wait_for(f"{HINT}.includes('refused this key')")
        assert await tab.evaluate("document.querySelector('.line').textContent") == "Key refused"
        before = len(tab.requests)
        await tab.wait_for("new Promise(resolve => setTimeout(resolve, 1500, true))")
        assert len(tab.requests) == before  # nobody asks again with it
        await tab.click("[aria-label='API key']")
        await tab.type(room.key)
        await tab.press("Enter")
        await tab.wait_for(LIVE)
        await tab.wait_for("document.querySelectorAll('.row').length > 3")
        await tab.evaluate("[...document.querySelectorAll('.key button')].at(-1).click()")
        await tab.wait_for(f"{HINT}.includes('Enter an API key')")
        assert await tab.evaluate("localStorage.getItem('switchboard:key')") is None
        assert await tab.evaluate("document.querySelectorAll('.row').length") == 0


async def test_a_key_that_may_read_less_is_told_what_it_lacks(
    room: Showroom, tmp_path: Path
) -> None:
    key = room.empty_key("--scopes", "activity:read,calls:read,leads:read")
    async with visit(PROGRAM, room, tmp_path, key) as tab:
        await tab.wait_for("document.querySelector('.campaigns .trouble')?.textContent.length > 0")
        said = await tab.evaluate("document.querySelector('.campaigns .trouble').textContent")
        assert "campaigns:read" in said
        await tab.wait_for("Boolean(document.querySelector('.feed'))")
