"""A server with the demo workspace and one without anything, for the tests of the live page."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from gateway.explorer.manifest import STATIC, read_manifest
from tests.gateway.cli.test_serve import start, wait
from tests.gateway.explorer.chromium import Tab, chromium
from tests.port import free_port

PROGRAM = shutil.which("chromium") or shutil.which("google-chrome") or ""
STANDING = "document.querySelector('.pane .standing')?.innerText"
TURNS = "document.querySelectorAll('.turn:not(.partial)').length"
LIVE = "Boolean(document.querySelector('.line.live'))"
HINT = "document.querySelector('.bar .hint').textContent"

needs_page = [
    pytest.mark.skipif(not PROGRAM, reason="no Chromium on PATH"),
    pytest.mark.skipif(read_manifest(STATIC) is None, reason="run `make explorer` first"),
]

#: Keeps each status that a row of the board goes through, in order, in `window.seen`.
WITNESS = """
    window.seen = {};
    new MutationObserver(() => {
        for (const { dataset: { call, status } } of document.querySelectorAll('.row')) {
            const list = (seen[call] ??= []);
            if (list.at(-1) !== status) list.push(status);
        }
    }).observe(document.body, { subtree: true, childList: true, attributeFilter: ['data-status'] })
"""
PLACE = """
mutation ($input: PlaceCallInput!, $order: String!) {
  placeCall(input: $input, idempotencyKey: $order) { call { id } errors { message path } }
}
"""


@dataclass
class Showroom:
    """The server, which can be restarted."""

    folder: Path
    port: int
    speed: int
    _process: subprocess.Popen[str] | None = field(default=None, init=False)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def key(self) -> str:
        """The demo workspace's key."""
        return (self.folder / "var" / "demo.key").read_text().strip()

    def open(self) -> None:
        """Start the server."""
        self._process = start(
            self.folder,
            self.port,
            SWITCHBOARD_SIMULATOR_SPEED=str(self.speed),
            SWITCHBOARD_RATE_LIMIT="100000/minute",
        )
        wait(self.port)

    def close(self, how: int = signal.SIGTERM) -> None:
        """End it."""
        assert self._process is not None
        self._process.send_signal(how)
        self._process.communicate(timeout=20)

    def command(self, *words: str) -> str:
        """What a command of ours prints."""
        done = subprocess.run(
            [sys.executable, "-c", "from gateway.cli import main; main()", *words],
            cwd=self.folder,
            env={"PYTHONPATH": str(Path(__file__).parents[4])},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def empty_key(self, *more: str) -> str:
        """The key of a workspace without anything."""
        name = f"Empty {uuid4()}"
        self.command("workspaces", "create", name)
        printed = self.command("keys", "create", "--name", "Page", "--workspace", name, *more)
        found = re.search(r"sb_live_\w+", printed)
        assert found, printed
        return found[0]

    async def ask(self, query: str, key: str | None = None, **variables: Any) -> Any:
        """The data of an operation."""
        async with httpx2.AsyncClient(base_url=self.address, timeout=20) as client:
            answer = await client.post(
                "/graphql",
                json={"query": query, "variables": variables},
                headers={"Authorization": f"Bearer {key or self.key}"},
            )
        found = answer.json()
        assert "errors" not in found, found
        return found["data"]

    async def place(self, phone: str, talk: str = "meeting", **more: Any) -> str:
        """Have somebody called, who answers unless it is said otherwise; the call's id."""
        target = more.pop("target", {"phone": phone})
        simulate = {"outcome": more.pop("outcome", "COMPLETED"), "talk": talk}
        order = {"target": target, "metadata": {"simulate": simulate}, **more}
        payload = (await self.ask(PLACE, input=order, order=str(uuid4())))["placeCall"]
        assert payload["call"], payload
        return str(payload["call"]["id"])

    async def over(self, call: str) -> None:
        """Wait until a call is over and its recording is there."""
        for _ in range(400):
            found = await self.ask("query ($id: ID!) { call(id: $id) { artifactsAt } }", id=call)
            if found["call"]["artifactsAt"]:
                return
            await asyncio.sleep(0.1)
        raise AssertionError("the call goes on for ever")


@contextmanager
def showroom(folder: Path, speed: int) -> Iterator[Showroom]:
    """A server that is ready; the simulator plays so many times faster than life."""
    room = Showroom(folder, free_port(), speed)
    room.open()
    try:
        yield room
    finally:
        room.close()


@asynccontextmanager
async def visit(program: str, room: Showroom, folder: Path, key: str) -> AsyncIterator[Tab]:
    """A browser on the live page."""
    async with chromium(program, folder / "profile") as tab:
        await tab.resize(1280, 800)
        await tab.open(f"{room.address}/live#key={key}")
        await tab.wait_for("Boolean(document.querySelector('.line.live'))")
        await tab.evaluate(WITNESS)
        yield tab


def row(call: str) -> str:
    """Script for the row of a call."""
    return f"document.querySelector({json.dumps(f'.row[data-call={call}]')})"


async def show(tab: Tab, call: str) -> None:
    """Open a call's pane."""
    await tab.wait_for(f"Boolean({row(call)})")
    await tab.evaluate(f"{row(call)}.querySelector('button').click()")
    await tab.wait_for("Boolean(document.querySelector('.pane .standing'))")
