"""The live page is cut off: nothing is missing, nothing is there twice."""

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.explorer.live.showroom import (
    HINT,
    LIVE,
    PROGRAM,
    TURNS,
    Showroom,
    needs_page,
    row,
    show,
    visit,
)
from tests.port import free_port

pytestmark = needs_page
FEED = "[...document.querySelectorAll('.feed li')].map(entry => entry.dataset.entry)"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
async def test_what_is_cut_off_goes_on_with_nothing_missing(
    room: Showroom, tmp_path: Path, how: int
) -> None:
    async with visit(PROGRAM, room, tmp_path, room.key) as tab:
        calls = [await room.place("+12125550147")]
        await tab.wait_for(f"{row(calls[0])}?.dataset.status === 'IN_PROGRESS'")
        await show(tab, calls[0])
        room.close(how)
        await tab.wait_for("Boolean(document.querySelector('.line.reconnecting'))")
        assert "trying again" in await tab.evaluate(HINT)
        await tab.screenshot(tmp_path / "cut.png")
        room.open()
        calls.append(await room.place("+12125550148", outcome="VOICEMAIL"))
        await tab.wait_for(LIVE, 30)
        calls.append(await room.place("+12125550149", outcome="VOICEMAIL"))
        for call, status in zip(calls, ("COMPLETED", "VOICEMAIL", "VOICEMAIL"), strict=True):
            await tab.wait_for(f"{row(call)}?.dataset.status === '{status}'", 60)
        await tab.wait_for("Boolean(document.querySelector('audio'))", 30)

        happened: list[str] = []
        for call in calls:
            told = await room.ask(
                "query ($id: ID!) { call(id: $id) { transcript { totalCount }"
                " activity(first: 100) { nodes { id type } } } }",
                id=call,
            )
            nodes: list[dict[str, Any]] = told["call"]["activity"]["nodes"]
            happened += [each["id"] for each in nodes if each["type"] != "CALL_TRANSCRIPT_TURN"]
            if call == calls[0]:
                assert await tab.evaluate(TURNS) == told["call"]["transcript"]["totalCount"]
        whole = await room.ask("{ activity(first: 100) { nodes { id type } } }")
        order = [
            each["id"]
            for each in whole["activity"]["nodes"]
            if each["type"] != "CALL_TRANSCRIPT_TURN"
        ]
        # What was told last may not be drawn yet.
        await tab.wait_for(f"{FEED}.includes({json.dumps(order[0])})", 5)
        shown = await tab.evaluate(FEED)
        assert len(shown) == len(set(shown))
        assert set(happened) <= set(shown)
        start = shown.index(order[0])
        assert shown[start : start + len(order)] == order


async def test_where_nothing_can_be_resumed_all_is_read_anew(
    room: Showroom, tmp_path: Path
) -> None:
    async with visit(PROGRAM, room, tmp_path, room.key) as tab:
        before = await room.place("+12125550155")
        await tab.wait_for(f"{row(before)}?.dataset.status === 'IN_PROGRESS'")
        await show(tab, before)
        room.close(signal.SIGKILL)
        # What follows happens where the page can't see it.
        port, room.port = room.port, free_port()
        room.open()
        unseen = await room.place("+12125550156", outcome="VOICEMAIL")
        await room.over(before)
        await room.over(unseen)
        room.close()
        with closing(sqlite3.connect(room.folder / "var" / "switchboard.db")) as database, database:
            database.execute(
                "UPDATE log SET floor = (SELECT max(position) FROM event"
                " WHERE event.workspace_id = log.workspace_id)"
                " WHERE workspace_id IN (SELECT workspace_id FROM event)"
            )
        room.port = port
        room.open()
        await tab.wait_for(f"{row(unseen)}?.dataset.status === 'VOICEMAIL'", 40)
        assert await tab.evaluate(f"{row(before)}.dataset.status") == "COMPLETED"
        assert await tab.evaluate(LIVE)
        await tab.wait_for("document.querySelector('audio')?.duration > 0")
        told = await room.ask(
            "query ($id: ID!) { call(id: $id) { transcript { totalCount } } }", id=before
        )
        assert await tab.evaluate(TURNS) == told["call"]["transcript"]["totalCount"]
        # It goes on from there.
        after = await room.place("+12125550157", outcome="VOICEMAIL")
        await tab.wait_for(f"{row(after)}?.dataset.status === 'VOICEMAIL'", 40)
        shown = await tab.evaluate(FEED)
        assert len(shown) == len(set(shown))
