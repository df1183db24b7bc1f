"""Twilio as far as a call needs it: creates, lists, recordings, and callbacks signed by its SDK."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx2
import orjson
from twilio.request_validator import RequestValidator

SID = "AC" + "0" * 32
TOKEN = "t" * 32
WAV = b"RIFF" + b"\0" * 4000


@dataclass
class Seen:
    """A request that came."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    fields: list[tuple[str, str]]
    at: float = field(default_factory=time.monotonic)

    def get(self, name: str) -> list[str]:
        """The values of a field."""
        return [value for key, value in self.fields if key == name]


@dataclass
class FakeTwilio:
    """A server; a test moves its calls on."""

    seen: list[Seen] = field(default_factory=list)
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)
    recordings: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    answers: deque[tuple[int, bytes, dict[str, str]]] = field(default_factory=deque)
    """Answers to the next creates instead of the good one; the call is made all the same if the
    status is 500 or more."""
    url: str = ""
    listed: bool = True
    """Whether its calls are found in the list."""

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self.url

    async def stop(self) -> None:
        self._server.close()

    def creates(self) -> list[Seen]:
        return [each for each in self.seen if each.path.endswith("/Calls.json") and each.fields]

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
                parts = urlsplit(target)
                query = {k: v[0] for k, v in parse_qs(parts.query).items()}
                fields = parse_qsl(body.decode())
                seen = Seen(method, parts.path, query, headers, fields)
                self.seen.append(seen)
                status, made, more = self._answer(seen)
                lines = [f"{name}: {value}\r\n" for name, value in more.items()]
                writer.write(
                    f"HTTP/1.1 {status} X\r\ncontent-length: {len(made)}\r\n{''.join(lines)}\r\n".encode()
                    + made
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    def _answer(self, seen: Seen) -> tuple[int, bytes, dict[str, str]]:
        if not seen.headers.get("authorization", "").startswith("Basic "):
            return 401, b'{"code": 20003, "message": "Authenticate", "status": 401}', {}
        base = f"/2010-04-01/Accounts/{SID}/"
        rest = seen.path.removeprefix(base)
        if rest == "Calls.json" and seen.method == "POST":
            if self.answers:
                status, body, headers = self.answers.popleft()
                if status >= 500:
                    self._made(seen)
                return status, body, headers
            return 201, orjson.dumps(self._made(seen)), {}
        if rest == "Calls.json":
            found = [each for each in self.calls.values() if each["to"] == seen.query["To"]]
            found = found if self.listed else []
            return 200, orjson.dumps({"calls": found}), {}
        sid = rest.partition("/")[2].partition("/")[0].removesuffix(".json")
        if rest.endswith(".wav"):
            return 200, WAV, {}
        if sid not in self.calls:
            return 404, b'{"code": 20404, "message": "not found", "status": 404}', {}
        if rest.endswith("/Recordings.json"):
            return 200, orjson.dumps({"recordings": self.recordings.get(sid, [])}), {}
        if seen.method == "POST":
            wanted = dict(seen.fields).get("Status")
            if wanted:
                self.calls[sid]["status"] = wanted
        return 200, orjson.dumps(self.calls[sid]), {}

    def _made(self, seen: Seen) -> dict[str, Any]:
        sid = f"CA{len(self.calls) + 1:032x}"
        fields = dict(seen.fields)
        self.calls[sid] = {
            "sid": sid,
            "status": "queued",
            "to": fields["To"],
            "from": fields["From"],
            "date_created": format_datetime(datetime.now(UTC)),
            "callback": fields.get("StatusCallback"),
        }
        return self.calls[sid]

    def recorded(self, sid: str) -> None:
        """The call's recording is complete."""
        media = f"{self.url}/2010-04-01/Accounts/{SID}/Recordings/RE{'1' * 32}"
        self.recordings[sid] = [
            {"sid": f"RE{'1' * 32}", "status": "completed", "duration": "7", "media_url": media}
        ]

    async def report(
        self, http: httpx2.AsyncClient, sid: str, token: str = TOKEN, **fields: str
    ) -> httpx2.Response:
        """Report to the call's callback, signed by Twilio's own SDK."""
        url = self.calls[sid]["callback"]
        given = {"CallSid": sid, "AccountSid": SID, **fields}
        signature = RequestValidator(token).compute_signature(url, given)
        return await http.post(
            url.removeprefix("https://gateway.example.com"),
            content=urlencode(given).encode(),
            headers={
                "content-type": "application/x-www-form-urlencoded",
                "x-twilio-signature": signature,
            },
        )
