"""The gateway as an ASGI application: all that its own HTTP front leaves to the server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.edge import GONE, Edge
from gateway.graphql.body import read_body
from gateway.graphql.stream import Stream, Streaming
from gateway.graphql.watch import Watch
from gateway.reply import SECURITY, Reply
from gateway.visit import ClientGoneError, Visit

T = TypeVar("T")


class Arrival:
    """A request whose body is still on its way."""

    def __init__(
        self, receive: Receive, limit: int, body_timeout: float, request_timeout: float
    ) -> None:
        self._receive = receive
        self._limit = limit
        self._body_timeout = body_timeout
        self._request_timeout = request_timeout

    async def body(self, headers: dict[bytes, bytes]) -> bytes:
        """The whole body; refuses one that is too large or comes too slowly."""
        return await read_body(self._receive, headers, self._limit, self._body_timeout)

    async def over(self, work: Awaitable[T]) -> T:
        """The work's result; ends it when its time is over or the client has left."""
        return await Watch(self._receive, self._request_timeout).over(work)


class Asgi:
    """ASGI application: whole answers from the edge, pages and files from the rest."""

    def __init__(self, edge: Edge, rest: ASGIApp, arrival: Callable[[Receive], Arrival]) -> None:
        self._edge = edge
        self._rest = rest
        self._arrival = arrival

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._rest(scope, receive, send)
            return
        client = scope["client"]
        visit = Visit(
            scope["method"],
            scope["path"],
            scope["query_string"],
            scope["headers"],
            dict(scope["headers"]),
            client[0] if client else "",
            incoming=self._arrival(receive),
        )
        sender = _Sender(send, self._edge, visit)
        try:
            reply = await self._edge.answer(visit)
            if reply is None:
                scope["visit"] = visit
                await self._pass_on(scope, receive, sender)
            elif isinstance(reply, Streaming):
                await sender.stream(reply, receive)
            else:
                await sender.reply(reply)
        except ClientGoneError:
            pass
        finally:
            self._edge.note(visit, sender.status)

    async def _pass_on(self, scope: Scope, receive: Receive, sender: _Sender) -> None:
        try:
            await self._rest(scope, receive, sender.secured)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            reply = self._edge.failed(error)
            if sender.status == GONE:
                await sender.reply(reply)


class _Sender:
    """Sends an answer with what the edge adds to each."""

    def __init__(self, send: Send, edge: Edge, visit: Visit) -> None:
        self._send = send
        self._edge = edge
        self._visit = visit
        self.status = GONE

    async def reply(self, reply: Reply) -> None:
        """Send a whole answer."""
        headers = [*reply.headers, *reply.fixed, *self._edge.headers(self._visit)]
        if reply.sized:
            headers.append((b"content-length", b"%d" % len(reply.body)))
        if reply.close:
            headers.append((b"connection", b"close"))
        self.status = reply.status
        await self._send(
            {"type": "http.response.start", "status": reply.status, "headers": headers}
        )
        await self._send({"type": "http.response.body", "body": reply.body})

    async def stream(self, reply: Streaming, receive: Receive) -> None:
        """Send an answer that goes on, until it ends or the client has left."""
        headers = [*reply.headers, *reply.fixed, *self._edge.headers(self._visit)]
        self.status = reply.status
        stream = reply.stream
        watch = asyncio.create_task(_gone(receive, stream))
        try:
            start = {"type": "http.response.start", "status": reply.status, "headers": headers}
            await self._send(start)
            while data := await stream.take():
                await self._send({"type": "http.response.body", "body": data, "more_body": True})
                stream.sent(len(data))
            await self._send({"type": "http.response.body"})
        finally:
            watch.cancel()
            reply.left()

    async def secured(self, message: Message) -> None:
        """Pass on a message of the rest, with the security headers that it lacks."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            given = {name.lower() for name, _ in message["headers"]}
            more = [each for each in SECURITY if each[0] not in given]
            added = self._edge.headers(self._visit)
            message["headers"] = [*message["headers"], *more, *added]
        await self._send(message)


async def _gone(receive: Receive, stream: Stream) -> None:
    """End the stream when its client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()
