"""The HTTP server's protocol with a short way for the requests that are most of all.

uvicorn's protocol goes through ASGI messages, a dozen objects and two timers for each request. A
whole `POST` to a door needs none of that: its body is gathered here, the edge is asked, and head
and body are written at once. Everything else, and whatever is unusual about such a request, goes
uvicorn's way to the same edge.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.edge import GONE
from gateway.exchange import Exchange, LargeHeadError, SlowError
from gateway.graphql import handshake
from gateway.graphql.negotiation import streams
from gateway.graphql.socket import Socket
from gateway.head import head, plain, usual
from gateway.reply import Reply, failure
from gateway.visit import Visit
from schema.errors import (
    BadRequestError,
    ForbiddenError,
    SwitchboardError,
    TimeoutExceededError,
)

if TYPE_CHECKING:
    from gateway.sweep import Sweep

#: Most bytes of a request's address and headers, after those that came first.
MAX_HEAD = 64 * 1024
#: What is logged of a connection that has become a WebSocket.
SWITCHED = 101


class Front(HttpToolsProtocol):
    """One connection."""

    sweep: Sweep

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._edge = self.sweep.edge
        self._head = 0
        """How many bytes of a request's head have come after those with which it began."""
        self._heading = False
        """Whether a head has begun and is not whole."""
        self._body: list[bytes] = []
        self._coming: Exchange | None = None
        """The request on the short way whose body is still on its way."""
        self.exchange: Exchange | None = None
        """The request on the short way that is being answered."""
        self.begun: float | None = time.monotonic()
        """Since when the rest of a request is awaited, or the next one; None while none is."""
        self.idle = True
        """Whether it is the next one that is awaited."""
        self._refusal: SwitchboardError | None = None
        """What is wrong with what has come behind requests that are not answered yet."""
        self._wish: Visit | None = None
        """The request for a WebSocket that is to have this connection."""
        self._again = b""
        """The head of a request that is to be read once more, as one that asks for no upgrade."""

    # The transport's calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has connected."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self.sweep.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone: nobody waits for an answer."""
        self.sweep.connections.discard(self)
        super().connection_lost(exc)
        exchange = self.exchange
        if exchange is not None and exchange.task is not None:
            exchange.disconnected = True
            exchange.task.cancel()

    def data_received(self, data: bytes) -> None:
        """Some bytes."""
        if self._refusal is not None:
            return
        self._unset_keepalive_if_required()
        self._read(data)
        if self._heading:
            self._head = 0 if self._head < 0 else self._head + len(data)
            if self._head > MAX_HEAD:
                self.refuse(LargeHeadError())

    def _read(self, data: bytes) -> None:
        behind: list[bytes | memoryview] = [data]
        while behind:
            piece = behind.pop()
            try:
                self.parser.feed_data(piece)
            except HttpParserError:
                self.send_400_response("Invalid HTTP request received.")
                return
            except HttpParserUpgrade as upgrade:
                if self._wish is not None:
                    self._switch(self._wish, bytes(piece[upgrade.args[0] :]))
                    return
                if self._again:
                    # What follows is not the other protocol but the body, which was passed over.
                    self.parser = HttpRequestParser(self)
                    self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
                    behind += memoryview(piece)[upgrade.args[0] :], self._again
                    self._again = b""

    def shutdown(self) -> None:
        """The server ends: streams would go on for ever."""
        if self.sweep.streams is not None:
            self.sweep.streams.end()
        super().shutdown()

    # The parser's calls.

    def on_message_begin(self) -> None:
        """A request begins."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self._head = -1
        self._heading = True
        self.begun = time.monotonic()
        self.idle = False

    def on_headers_complete(self) -> None:
        """All headers are there: choose the way."""
        self._heading = False
        if self._short():
            return
        if self.parser.should_upgrade() and (self._switches() or self._plain()):
            return
        # As uvicorn does when a request begins; it was put off until here.
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        self.begun = None
        super().on_message_begin()
        self.url = url
        self.expect_100_continue = expects
        self.headers += headers
        super().on_headers_complete()
        # Fields behind a body in chunks are no headers: nobody in front of us has looked at them.
        self.headers = [*self.headers]

    def _switches(self) -> bool:
        """Whether a WebSocket is asked for that can be had, which is prepared then."""
        sockets, cycle = self.sweep.sockets, self.cycle
        path = self.sweep.paths.get(self.url.partition(b"?")[0])
        if sockets is None or path is None or (cycle is not None and not cycle.response_complete):
            return False
        headers = dict(self.headers)
        method, version = self.parser.get_method(), self.parser.get_http_version()
        if not handshake.wanted(method, version, headers):
            return False
        address = self.sweep.address(self.client, headers, self.headers)
        self._wish = Visit("GET", path, b"", self.headers, headers, address)
        return True

    def _switch(self, visit: Visit, behind: bytes) -> None:
        """Give the connection to a WebSocket."""
        sockets = self.sweep.sockets
        assert sockets is not None
        if not sockets.welcomes(visit):
            self._coming = Exchange(visit)
            self._hang_up(ForbiddenError("Pages of this origin may not connect."))
            return
        self.transport.write(handshake.accepted(visit.headers, self._edge.headers(visit)))
        sockets.note(visit, SWITCHED)
        self.sweep.connections.discard(self)
        self.connections.discard(self)
        sockets.connections = self.connections
        socket = Socket(sockets, visit, self.transport)
        self.transport.set_protocol(socket)
        if behind:
            socket.data_received(behind)

    def _plain(self) -> bool:
        """Whether an upgrade is asked for, such as to `h2c`, which is passed over then."""
        method = self.parser.get_method()
        if method == b"CONNECT":
            return False
        self._again = plain(method, self.url, self.parser.get_http_version(), self.headers)
        return True

    def _short(self) -> bool:
        """Whether the request goes the short way, which is prepared then."""
        path = self.sweep.paths.get(self.url)
        cycle = self.cycle
        if (
            path is None
            or self.parser.get_method() != b"POST"
            or (cycle is not None and not cycle.response_complete)
            or self.flow.write_paused
            or not self.parser.should_keep_alive()
            or self.parser.get_http_version() != "1.1"
        ):
            return False
        headers = dict(self.headers)
        if not usual(headers, self.sweep.max_body) or streams(headers.get(b"accept", b"")):
            return False
        address = self.sweep.address(self.client, headers, self.headers)
        visit = Visit("POST", path, b"", self.headers, headers, address)
        self._coming = self.cycle = Exchange(visit)  # type: ignore[assignment]
        return True

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        if self._coming is None:
            super().on_body(body)
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """The request is whole."""
        exchange = self._coming
        if exchange is None:
            if not self._again and self._wish is None:
                super().on_message_complete()
            return
        body = self._body
        exchange.visit.body = body[0] if len(body) == 1 else b"".join(body)
        self._body = []
        self._coming = None
        self.exchange = exchange
        self.begun = None
        exchange.task = task = self.loop.create_task(self._serve(exchange))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    # The short way.

    async def _serve(self, exchange: Exchange) -> None:
        visit = exchange.visit
        status = GONE
        try:
            try:
                reply = await self._edge.answer(visit)
                assert reply is not None
            except asyncio.CancelledError:
                if exchange.reason is None:
                    raise
                reply = failure(TimeoutExceededError())
            if not exchange.disconnected:
                status = reply.status
                self._write(exchange, reply)
        finally:
            if self.exchange is exchange:
                self.exchange = None
            self._edge.note(visit, status)

    def _write(self, exchange: Exchange, reply: Reply) -> None:
        """Send head and body, and be ready for the next request."""
        close = reply.close or not exchange.keep_alive
        first, more = self.server_state.default_headers, self._edge.headers(exchange.visit)
        self.transport.write(head(reply, first, more, close=close) + reply.body)
        exchange.response_complete = True
        self.exchange = None
        if close:
            self.transport.close()
        if self.pipeline or self.flow.read_paused:
            self.on_response_complete()
        else:
            self.server_state.total_requests += 1
            self._await_next()

    def on_response_complete(self) -> None:
        """A request has been answered: go on to the next one."""
        if self._refusal is not None and not self.pipeline:
            self._hang_up(self._refusal)
            return
        last = not self.pipeline
        super().on_response_complete()
        if last:
            self._await_next()

    def _await_next(self) -> None:
        if self.begun is None:
            self.begun = time.monotonic()
            self.idle = True

    # The sweep's calls.

    def overdue(self) -> None:
        """The work takes too long."""
        exchange = self.exchange
        assert exchange is not None
        if exchange.task is not None and exchange.reason is None:
            exchange.reason = TimeoutExceededError()
            exchange.task.cancel()

    def late(self) -> None:
        """The rest of a request does not come."""
        self.refuse(SlowError())

    def refuse(self, error: SwitchboardError) -> None:
        """Say what is wrong with what has come so far, and hang up."""
        if not self._owing():
            self._hang_up(error)
        elif self._refusal is None:
            # It must not be taken for the answer to what came before.
            self._refusal = error
            self.flow.pause_reading()
            if self.pipeline and self.pipeline[0][0].more_body:
                self.pipeline.popleft()

    def _owing(self) -> bool:
        """Whether a request that is whole has not been answered yet."""
        if self.exchange is not None or self.pipeline:
            return True
        cycle = self.cycle
        return (
            self._coming is None
            and cycle is not None
            and not cycle.response_complete
            and not cycle.more_body
        )

    def _hang_up(self, error: SwitchboardError) -> None:
        if self.transport.is_closing():
            return
        exchange = self._coming or Exchange(Visit("", "", b"", [], {}, ""))
        reply = failure(error)
        reply.close = True
        self._write(exchange, reply)
        self._edge.note(exchange.visit, reply.status)

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP."""
        self.refuse(BadRequestError(msg))


def front(sweep: Sweep) -> type[Front]:
    """The protocol of one server's connections."""
    return type("Front", (Front,), {"sweep": sweep})
