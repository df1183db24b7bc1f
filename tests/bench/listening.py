"""Subscribers of the benchmark: WebSockets that count what comes, without reading it."""

from __future__ import annotations

import asyncio
import time
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

NEXT = b'"type":"next"'
#: How many connect at the same time.
AT_ONCE = 100
HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
    b"sec-websocket-version: 13\r\nsec-websocket-key: %b\r\n"
    b"sec-websocket-protocol: graphql-transport-ws\r\n\r\n" % b64encode(bytes(16))
)


@dataclass
class Tally:
    """What has come to all of them."""

    count: int = 0
    lost: int = 0
    """How many the server has hung up on."""
    waits: list[float] = field(default_factory=list)
    """Seconds from when an event was asked for, where events say that in `NAMED`."""


#: Stands before the instant at which a lead was renamed, in its name.
NAMED = b'"name":"at '


class Subscriber(asyncio.Protocol):
    """One WebSocket with one subscription."""

    def __init__(self, tally: Tally, document: str, init: Mapping[str, str], timed: bool) -> None:
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tally = tally
        self._document = document
        self._init = init
        self._timed = timed
        self._rest = b""
        self._gone = False
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        """Say who it is at once."""
        self._transport = transport
        transport.write(HANDSHAKE)
        self._say({"type": "connection_init", "payload": dict(self._init)})

    def data_received(self, data: bytes) -> None:
        """Count; answer pings."""
        if not self.ready.done():
            self._rest += data
            if b"connection_ack" in self._rest:
                self._rest = b""
                payload = {"query": self._document}
                self._say({"id": "1", "type": "subscribe", "payload": payload})
                self.ready.set_result(None)
            return
        self._tally.count += data.count(NEXT)
        if b'"type":"ping"' in data:
            self._say({"type": "pong"})
        if self._timed:
            now = time.monotonic()
            for each in data.split(NAMED)[1:]:
                self._tally.waits.append(now - float(each.partition(b'"')[0]))

    def connection_lost(self, exc: Exception | None) -> None:
        """The server has hung up, or this client has."""
        if not self._gone:
            self._tally.lost += 1
        if not self.ready.done():
            self.ready.set_exception(exc or ConnectionError("refused"))

    def close(self) -> None:
        """Hang up."""
        self._gone = True
        self._transport.abort()

    def _say(self, message: Mapping[str, Any]) -> None:
        data = orjson.dumps(message)
        size = len(data)
        head = bytes((0x81, 0x80 | size)) if size < 126 else b"\x81\xfe" + size.to_bytes(2, "big")
        # A mask of zeros leaves the data as they are.
        self._transport.write(head + bytes(4) + data)


async def listeners(
    port: int,
    count: int,
    tally: Tally,
    document: str,
    init: Mapping[str, str],
    *,
    timed: bool = False,
) -> list[Subscriber]:
    """So many subscribers, let in; the server may take a moment to begin."""
    loop = asyncio.get_running_loop()
    found: list[Subscriber] = []
    while len(found) < count:
        some = min(AT_ONCE, count - len(found))
        made = await asyncio.gather(
            *[
                loop.create_connection(
                    lambda: Subscriber(tally, document, init, timed), "127.0.0.1", port
                )
                for _ in range(some)
            ]
        )
        await asyncio.gather(*[each.ready for _, each in made])
        found += [each for _, each in made]
    return found
