"""One WebSocket: bytes in, messages out; what the messages mean says `transport_ws`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from websockets.frames import Frame, Opcode
from websockets.protocol import SEND_EOF, Protocol, Side, State

from gateway.graphql import frames, transport_ws
from gateway.graphql.transport_ws import (
    Answer,
    Begin,
    Close,
    Code,
    Conversation,
    Initialise,
    Stop,
)
from gateway.live.happening import Happening
from gateway.live.subscription import Subscription
from gateway.visit import Visit
from schema.errors import SwitchboardError

if TYPE_CHECKING:
    from gateway.graphql.sockets import Sockets

#: Bytes that may wait for a client before it counts as slow.
BOUND = 512 * 1024
#: Bytes behind which nobody is shown more of what was missed.
HIGH = 64 * 1024
#: Seconds for which a client that takes nothing is waited for.
PATIENCE = 30.0


class Socket(asyncio.Protocol):
    """One client's connection, from the handshake on."""

    __slots__ = (
        "_closing",
        "_deaf",
        "_drained",
        "_fragments",
        "_paused",
        "_sockets",
        "_ws",
        "begun",
        "closed_at",
        "conversation",
        "digest",
        "heard_at",
        "operations",
        "pinged_at",
        "transport",
        "visit",
    )

    def __init__(self, sockets: Sockets, visit: Visit, transport: asyncio.Transport) -> None:
        self._sockets = sockets
        self._ws = Protocol(Side.SERVER, max_size=sockets.max_message, logger=sockets.logger)
        self._fragments: list[bytes] = []
        self._paused = False
        self._deaf = False
        self._drained: asyncio.Future[None] | None = None
        self._closing = False
        self.transport = transport
        self.visit = visit
        self.conversation = Conversation()
        self.digest: bytes | None = None
        """What its key is known by, once it is let in."""
        self.operations: dict[str, Operation] = {}
        """What is under way, by the ids that the client gave."""
        self.begun = self.heard_at = self.pinged_at = time.monotonic()
        self.closed_at: float | None = None
        transport.set_write_buffer_limits(HIGH)
        sockets.enter(self)

    # The transport's calls.

    def data_received(self, data: bytes) -> None:
        """Some bytes."""
        self.heard_at = time.monotonic()
        ws = self._ws
        ws.receive_data(data)
        for frame in ws.events_received():
            if not self._closing:
                self._framed(cast(Frame, frame))
        self._flush()
        if self.waiting > BOUND and not self._closing:
            # It sends, and takes no answers.
            self.transport.pause_reading()
            self._deaf = True

    def eof_received(self) -> None:
        """The client sends no more."""
        self._ws.receive_eof()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone: nobody wants what is under way."""
        self._closing = True
        self._deaf = False
        self.resume_writing()
        self._sockets.leave(self)
        self.stop()

    def pause_writing(self) -> None:
        """The client takes less than is sent."""
        self._paused = True

    def resume_writing(self) -> None:
        """The client has taken what waited for it."""
        self._paused = False
        if self._deaf:
            self._deaf = False
            self.transport.resume_reading()
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)

    def shutdown(self) -> None:
        """The server ends; clients connect to the next one."""
        self.close(Code.RESTART, "The server restarts")

    # Messages in.

    def _framed(self, frame: Frame) -> None:
        if frame.opcode is Opcode.BINARY:
            self.close(Code.BAD_REQUEST, "Messages are texts")
        elif frame.opcode in (Opcode.TEXT, Opcode.CONT):
            self._fragments.append(bytes(frame.data))
            if frame.fin:
                text = b"".join(self._fragments)
                self._fragments = []
                self._heard(text)

    def _heard(self, text: bytes) -> None:
        effect = self.conversation.heard(text, self.operations)
        match effect:
            case Answer():
                self.send(effect.text)
            case Close():
                self.close(effect.code, effect.reason)
            case Stop():
                operation = self.operations.pop(effect.id, None)
                if operation is not None:
                    operation.stop()
            case Initialise() | Begin():
                self._sockets.act(self, effect)
            case None:
                pass

    # Messages out.

    def send(self, text: bytes) -> None:
        """Send one message."""
        if not self._closing:
            self.transport.write(frames.text(len(text)) + text)

    def write(self, data: bytes) -> None:
        """Send frames that are made already."""
        self.transport.write(data)

    @property
    def waiting(self) -> int:
        """Bytes that the client has not taken yet."""
        return self.transport.get_write_buffer_size()

    @property
    def open(self) -> bool:
        """Whether anything can still be sent."""
        return not self._closing

    async def room(self) -> bool:
        """Wait until the client has taken what was sent; False where that takes too long."""
        if not self._paused or self._closing:
            return True
        if self._drained is None:
            self._drained = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(PATIENCE):
                await asyncio.shield(self._drained)
        except TimeoutError:
            return False
        return True

    def close(self, code: int, why: str) -> None:
        """Say why, and end."""
        if self._closing:
            return
        if self._ws.state is State.OPEN:
            self._ws.send_close(code, transport_ws.reason(why))
        self._closing = True
        self._flush()
        self.stop()

    def expelled(self, error: SwitchboardError) -> None:
        """Its key is not good any more."""
        self.close(Code.UNAUTHORIZED, error.message)

    def stop(self) -> None:
        """End all that is under way."""
        operations, self.operations = self.operations, {}
        for each in operations.values():
            each.stop()

    @property
    def cursor(self) -> str | None:
        """The place up to which every subscription here has got everything, and nothing beyond."""
        found = None
        for each in self.operations.values():
            subscription = each.subscription
            if subscription is None:
                continue
            if not subscription.settled or subscription.follower.busy:
                return None
            found = subscription.cursor
        return found

    def _flush(self) -> None:
        ws = self._ws
        for data in ws.data_to_send():
            if data == SEND_EOF:
                self.transport.close()
            elif not self.transport.is_closing():
                self.transport.write(data)
        if ws.state is not State.OPEN and self.closed_at is None:
            self._closing = True
            self.closed_at = time.monotonic()
            self.stop()


class Operation:
    """An operation of one socket: a task that answers once, or the sink of a subscription."""

    __slots__ = ("_before", "id", "socket", "subscription", "task")

    def __init__(self, socket: Socket, id: str) -> None:
        self.socket = socket
        self.id = id
        self._before = transport_ws.before_next(id)
        self.task: asyncio.Task[None] | None = None
        self.subscription: Subscription | None = None

    def stop(self) -> None:
        """Nobody wants it any more."""
        if self.subscription is not None:
            self.subscription.leave()
        if self.task is not None and self.task is not asyncio.current_task():
            self.task.cancel()

    async def answer(self, text: bytes) -> None:
        """Answer once, and end."""
        if await self.socket.room() and self.socket.open:
            self.socket.write(frames.texts(self._before, [text], b"}"))
        self.complete()

    def next(self, _events: Sequence[Happening], answers: Sequence[bytes]) -> bool:
        """Deliver; False where too much is waiting already, and nothing was taken."""
        socket = self.socket
        if not socket.open:
            return True
        if socket.waiting > BOUND:
            return False
        socket.write(frames.texts(self._before, answers, b"}"))
        return True

    def ready(self) -> None:
        """What was missed has been delivered; pings will say where it is."""

    def complete(self) -> None:
        """There is nothing more to come."""
        if self._ended():
            self.socket.send(transport_ws.complete(self.id))

    def fail(self, error: SwitchboardError) -> None:
        """It ends with an error."""
        self.refuse([{"message": error.message, "extensions": error.extensions}])

    def refuse(self, errors: Sequence[Mapping[str, Any]]) -> None:
        """It ends with errors."""
        if self._ended():
            self.socket.send(transport_ws.error(self.id, errors))

    def overrun(self, cursor: str) -> None:
        """The client doesn't keep up; it can go on from the cursor."""
        self.socket.close(Code.TRY_AGAIN, cursor)

    async def room(self) -> bool:
        """Wait until there is room for more; False where that takes too long."""
        return await self.socket.room()

    def _ended(self) -> bool:
        """Take it from what is under way; whether it was."""
        if self.socket.operations.get(self.id) is not self:
            return False
        del self.socket.operations[self.id]
        return True
