"""Looks now and then for connections and requests whose time is over: one timer for all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from gateway.edge import Edge
from gateway.lasting import lasting
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.front import Front
    from gateway.graphql.sockets import Sockets
    from gateway.graphql.streams import Streams

#: Seconds between two looks, at most.
EVERY = 0.25
#: Seconds for which an idle connection is kept, longer than proxies keep theirs.
KEPT = 65.0


class Sweep:
    """All connections of the server, and what they share."""

    def __init__(self, settings: Settings, edge: Edge) -> None:
        self.edge = edge
        self.paths = {path.encode(): path for path in edge.doors}
        self.max_body = settings.max_body_bytes
        self.connections: set[Front] = set()
        self.sockets: Sockets | None = None
        """Who takes WebSockets, if anybody does."""
        self.streams: Streams | None = None
        """Who holds event streams open, once the server has started."""
        # Nothing goes through it; it knows whose `X-Forwarded-For` is believed.
        self._trusted = ProxyHeadersMiddleware(_nothing, settings.trusted_proxies).trusted_hosts
        self._request_timeout = settings.request_timeout
        self._body_timeout = settings.body_timeout
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._task = lasting(self._run)

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def address(
        self,
        client: tuple[str, int] | None,
        headers: Mapping[bytes, bytes],
        fields: Iterable[tuple[bytes, bytes]],
    ) -> str:
        """Where a request comes from, which a proxy knows that is trusted."""
        nearest = client[0] if client else ""
        if b"x-forwarded-for" not in headers or nearest not in self._trusted:
            return nearest
        values = b", ".join(value for name, value in fields if name == b"x-forwarded-for")
        host, _ = self._trusted.get_trusted_client_address(values.decode("latin-1"))
        return host or nearest

    async def _run(self) -> None:
        every = min(EVERY, self._request_timeout / 4, self._body_timeout / 4)
        while True:
            await asyncio.sleep(every)
            now = time.monotonic()
            for each in list(self.connections):
                self._look(each, now)

    def _look(self, front: Front, now: float) -> None:
        exchange = front.exchange
        if exchange is not None:
            if now - exchange.started > self._request_timeout:
                front.overdue()
        elif front.begun is not None:
            waited = now - front.begun
            if front.idle:
                if waited > KEPT:
                    front.transport.close()
            elif waited > self._body_timeout:
                front.late()


async def _nothing(*_: object) -> None:
    """An application that is never asked."""
