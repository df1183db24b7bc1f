"""A headless Chromium for the tests, driven by the DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError

SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--remote-debugging-port=0",
    "--window-size=1280,800",
    # Whatever the page asks for, nothing leaves the machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
KEY_CODES = {"Enter": 13, "Escape": 27, "a": 65}


@dataclass(frozen=True)
class Box:
    """Edges of an element, in pixels from the screen's upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass
class Tab:
    """One page: what it does is recorded, what a person does is sent."""

    socket: ClientConnection
    session: str = ""
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """Console errors and warnings, uncaught exceptions, policy violations."""
    _answers: dict[int, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)
    _listeners: set[asyncio.Task[Any]] = field(default_factory=set)

    async def send(self, method: str, *, session: str | None = None, **params: Any) -> Any:
        """Call one method of the protocol."""
        number = len(self._answers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": params}
        if chosen := self.session if session is None else session:
            message["sessionId"] = chosen
        await self.socket.send(json.dumps(message))
        reply = await asyncio.wait_for(answer, 30)
        assert "error" not in reply, f"{method}: {reply['error']}"
        return reply["result"]

    async def listen(self) -> None:
        """Sort what comes in until the browser closes."""
        # A closing browser does not say goodbye.
        with suppress(ConnectionClosedError):
            async for text in self.socket:
                message = json.loads(text)
                if "id" in message:
                    self._answers[message["id"]].set_result(message)
                else:
                    self._record(message["method"], message["params"])

    def _record(self, event: str, params: dict[str, Any]) -> None:
        match event:
            case "Network.requestWillBeSent":
                self.requests.append(params["request"]["url"])
            case "Network.webSocketCreated":
                self.requests.append(params["url"])
            case "Runtime.consoleAPICalled" if params["type"] in ("error", "warning", "assert"):
                parts = (arg.get("value", arg.get("description")) for arg in params["args"])
                self.complaints.append(" ".join(map(str, parts)))
            case "Runtime.exceptionThrown":
                details = params["exceptionDetails"]
                thrown = details.get("exception", {}).get("description", details["text"])
                self.complaints.append(thrown)
            case "Log.entryAdded" if params["entry"]["level"] in ("error", "warning"):
                self.complaints.append(f"{params['entry']['text']} {params['entry'].get('url')}")
            case "Target.attachedToTarget":
                task = asyncio.ensure_future(self._watch(params["sessionId"]))
                self._listeners.add(task)
                task.add_done_callback(self._listeners.discard)

    async def _watch(self, session: str) -> None:
        """Record a target too, the page or one of its workers, from its first moment."""
        for method in ("Network.enable", "Runtime.enable", "Log.enable"):
            # Not every kind of worker has every domain.
            await asyncio.gather(self.send(method, session=session), return_exceptions=True)
        await self.send("Runtime.runIfWaitingForDebugger", session=session)

    async def open(self, url: str) -> None:
        """Go to an address."""
        await self.send("Page.navigate", url=url)

    async def resize(self, width: int, height: int) -> None:
        """Give the page a screen of another size."""
        await self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    async def evaluate(self, expression: str) -> Any:
        """Value of a JavaScript expression."""
        result = await self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in result, f"{expression}: {result['exceptionDetails']}"
        return result["result"].get("value")

    async def wait_for(self, expression: str, seconds: float = 20) -> Any:
        """Wait until a JavaScript expression is true."""
        deadline = time.monotonic() + seconds
        while not (value := await self.evaluate(expression)):
            assert time.monotonic() < deadline, f"never true: {expression}; {self.complaints}"
            await asyncio.sleep(0.05)
        return value

    async def click(self, selector: str) -> None:
        """Click the middle of the first element that a selector finds."""
        element = f"document.querySelector({json.dumps(selector)})"
        await self.wait_for(f"Boolean({element})")
        x, y = await self.evaluate(
            f"(r => [r.x + r.width / 2, r.y + r.height / 2])({element}.getBoundingClientRect())"
        )
        for kind in ("mousePressed", "mouseReleased"):
            await self.send(
                "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1
            )

    async def box(self, selector: str) -> Box:
        """Where the first element that a selector finds stands on the screen."""
        edges = await self.evaluate(
            "(r => [r.left, r.top, r.right, r.bottom])"
            f"(document.querySelector({json.dumps(selector)}).getBoundingClientRect())"
        )
        return Box(*edges)

    async def type(self, text: str) -> None:
        """Type characters, one key at a time."""
        for character in text:
            await self.send("Input.dispatchKeyEvent", type="char", text=character)

    async def press(self, key: str, *, control: bool = False) -> None:
        """Press and release one key."""
        common: dict[str, Any] = {
            "key": key,
            "code": f"Key{key.upper()}" if len(key) == 1 else key,
            "windowsVirtualKeyCode": KEY_CODES[key],
            "modifiers": 2 if control else 0,
        }
        text = {"text": "\r"} if key == "Enter" and not control else {}
        await self.send("Input.dispatchKeyEvent", type="keyDown", **common, **text)
        await self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    async def screenshot(self, path: Path) -> None:
        """Write what the page looks like as PNG."""
        shot = await self.send("Page.captureScreenshot", format="png")
        path.write_bytes(base64.b64decode(shot["data"]))


@asynccontextmanager
async def chromium(program: str, profile: Path) -> AsyncIterator[Tab]:
    """Start a browser with an empty profile and give its one tab."""
    process = await asyncio.create_subprocess_exec(
        program,
        *SWITCHES,
        f"--user-data-dir={profile}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with connect(await _address(profile), max_size=None, proxy=None) as socket:
            tab = Tab(socket)
            listener = asyncio.ensure_future(tab.listen())
            target = await tab.send("Target.createTarget", url="about:blank")
            attached = await tab.send(
                "Target.attachToTarget", targetId=target["targetId"], flatten=True
            )
            tab.session = attached["sessionId"]
            await tab.send("Page.enable")
            await tab.send(
                "Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=True, flatten=True
            )
            yield tab
            await tab.send("Browser.close", session="")
            await listener
    finally:
        if process.returncode is None:
            try:
                await asyncio.wait_for(process.wait(), 5)
            except TimeoutError:
                process.kill()
                await process.wait()


async def _address(profile: Path) -> str:
    port_file = profile / "DevToolsActivePort"
    deadline = time.monotonic() + 30
    while not (port_file.exists() and "\n" in port_file.read_text()):
        assert time.monotonic() < deadline, "Chromium never opened its port"
        await asyncio.sleep(0.05)
    port, path = port_file.read_text().split("\n")[:2]
    return f"ws://127.0.0.1:{port}{path}"
