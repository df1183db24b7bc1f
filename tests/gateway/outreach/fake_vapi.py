"""Vapi as far as a call needs it: creates, lists, control, recordings."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from models.columns import wire

WAV = b"RIFF" + b"\1" * 4000


@dataclass
class FakeVapi:
    """A server; a test moves its calls on."""

    seen: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: deque[tuple[int, bytes]] = field(default_factory=deque)
    """Answers to the next creates instead of the good one; from 429 on the call is made."""
    url: str = ""
    trickles: bool = False
    """Whether recordings stop after their beginning, until they don't."""

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self.url

    async def stop(self) -> None:
        self._server.close()

    def creates(self) -> list[tuple[str, str, dict[str, str], Any]]:
        return [each for each in self.seen if each[:2] == ("POST", "/call")]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.strip().split("\r\n")
                method, target, _ = first.split(" ")
                headers = {
                    k.lower(): v.strip() for k, _, v in (each.partition(":") for each in lines)
                }
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                path = urlsplit(target).path
                given = orjson.loads(body) if body else None
                self.seen.append((method, path, headers, given))
                status, made = self._answer(method, path, headers, given)
                more = f"content-type: application/json\r\ncontent-length: {len(made)}"
                writer.write(f"HTTP/1.1 {status} X\r\n{more}\r\n\r\n".encode())
                while self.trickles and path.endswith("/mono-recording"):
                    await asyncio.sleep(0.02)
                writer.write(made)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    def _answer(
        self, method: str, path: str, headers: dict[str, str], given: Any
    ) -> tuple[int, bytes]:
        if headers.get("authorization") != "Bearer key":
            return 401, b'{"message": "Invalid Key", "statusCode": 401}'
        if (method, path) == ("POST", "/call"):
            if self.answers:
                status, body = self.answers.popleft()
                if status >= 429:
                    self._made(given)
                return status, body
            return 201, orjson.dumps(self._made(given))
        if path == "/call":
            return 200, orjson.dumps(list(self.calls.values()))
        if path.endswith("/mono-recording"):
            return 200, WAV
        id = path.split("/")[2]
        if id not in self.calls:
            return 404, b'{"message": "not found", "statusCode": 404}'
        if path.endswith("/control"):
            self.calls[id] |= {"status": "ended", "endedReason": "manually-canceled"}
            return 200, b"{}"
        return 200, orjson.dumps(self.calls[id])

    def _made(self, given: Any) -> dict[str, Any]:
        id = f"vapi-{len(self.calls) + 1}"
        self.calls[id] = {
            "id": id,
            "orgId": "org",
            "createdAt": wire(datetime.now(UTC)),
            "updatedAt": wire(datetime.now(UTC)),
            "status": "queued",
            "customer": given["customer"],
            "monitor": {"controlUrl": f"{self.url}/call/{id}/control"},
            "assistantOverrides": given["assistantOverrides"],
        }
        return self.calls[id]

    @property
    def server(self) -> dict[str, Any]:
        """Where the first call is reported to."""
        found: dict[str, Any] = self.calls["vapi-1"]["assistantOverrides"]["server"]
        return found
