"""All WebSockets of the server: who is let in, what is carried out, who has waited too long."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from gateway.edge import Edge
from gateway.execution.engine import Engine
from gateway.execution.following import follow, refusal
from gateway.execution.request import RequestRefusedError, body
from gateway.graphql import handshake, transport_ws
from gateway.graphql.request import from_message
from gateway.graphql.socket import Operation, Socket
from gateway.graphql.transport_ws import Begin, Code, Initialise
from gateway.limits.admission import Admission
from gateway.live.hub import Live
from gateway.live.review import Review
from gateway.reply import masked
from gateway.settings import Settings
from gateway.visit import Visit
from schema.errors import (
    RateLimitedError,
    SwitchboardError,
    TimeoutExceededError,
    UnauthenticatedError,
)

logger = logging.getLogger("switchboard.live")

#: Seconds between two looks at all of them.
EVERY = 1.0
#: Seconds that a client has to answer a close frame.
CLOSING = 5.0
#: How many pings a client may leave unanswered.
SILENT = 3
#: Headers of the handshake that may bear the key, and names that it has in `connection_init`.
NAMES = {
    "authorization": b"authorization",
    "x-api-key": b"x-api-key",
    "apikey": b"x-api-key",
}


class Sockets:
    """What they share."""

    def __init__(
        self,
        settings: Settings,
        edge: Edge,
        admission: Admission,
        review: Review,
        engine: Callable[[], Engine],
        live: Callable[[], Live],
    ) -> None:
        self.max_message = settings.max_body_bytes
        self.logger = logging.getLogger("switchboard.websocket")
        self._settings = settings
        self._edge = edge
        self._admission = admission
        self._review = review
        self._engine = engine
        self._live = live
        self._open: set[Socket] = set()
        self.connections: set[Any] = set()
        """The server's own list of what it shuts down."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweep: asyncio.Task[None] | None = None

    def welcomes(self, visit: Visit) -> bool:
        """Whether the page that asks may connect."""
        headers = visit.headers
        origins = self._settings.origins
        if self._settings.public_url is not None:
            origins = (*origins, self._settings.public_url.rstrip("/"))
        return handshake.welcome(headers.get(b"origin"), headers.get(b"host"), origins)

    def note(self, visit: Visit, status: int) -> None:
        """Write the handshake's line in the log."""
        self._edge.note(visit, status)

    def enter(self, socket: Socket) -> None:
        """It is open."""
        self._open.add(socket)
        self.connections.add(socket)
        if self._sweep is None:
            self._sweep = asyncio.create_task(self._run())

    def leave(self, socket: Socket) -> None:
        """It is gone."""
        self._open.discard(socket)
        self.connections.discard(socket)
        if socket.digest is not None:
            self._review.leave(socket.digest, socket)

    async def close(self) -> None:
        """End."""
        for each in list(self._open):
            each.shutdown()
        if self._sweep is not None:
            self._sweep.cancel()
            await asyncio.gather(self._sweep, return_exceptions=True)

    # What clients ask for.

    def act(self, socket: Socket, effect: Initialise | Begin) -> None:
        """Do what takes time, beside what else the client asks for."""
        if isinstance(effect, Initialise):
            task = asyncio.create_task(self._admit(socket, effect.payload))
        else:
            operation = Operation(socket, effect.id)
            if len(socket.operations) >= self._settings.max_subscriptions:
                socket.operations[effect.id] = operation
                message = f"At most {self._settings.max_subscriptions} operations at once."
                operation.refuse([{"message": message, "extensions": {"code": "RATE_LIMITED"}}])
                return
            socket.operations[effect.id] = operation
            task = asyncio.create_task(self._carry_out(operation, effect.request))
            operation.task = task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _admit(self, socket: Socket, payload: dict[str, Any]) -> None:
        visit = socket.visit
        for name, value in payload.items():
            header = NAMES.get(name.lower())
            if header is not None and isinstance(value, str):
                visit.given.append((header, value.encode("utf-8", "replace")))
        try:
            await self._admission.admit(visit)
        except Exception as error:
            logger.error("a connection could not be admitted", exc_info=error)
            visit.problem = masked(error)
        problem = visit.problem
        if isinstance(problem, UnauthenticatedError):
            socket.close(Code.UNAUTHORIZED, problem.message)
        elif problem is not None:
            socket.close(Code.TRY_AGAIN, problem.message)
        elif socket.open:
            assert visit.caller is not None
            socket.digest = self._admission.digest(visit)
            self._review.enter(socket.digest, visit.caller, visit.documents_only, socket)
            # What is not needed any more: thousands may stay.
            visit.given, visit.headers = [], {}
            socket.conversation.acknowledged = True
            socket.send(transport_ws.acknowledged())

    async def _carry_out(self, operation: Operation, given: dict[str, Any]) -> None:
        try:
            await self._begin(operation, given)
        except RequestRefusedError as error:
            operation.refuse([each.formatted for each in error.errors])
        except SwitchboardError as error:
            operation.fail(error)
        except Exception as error:
            logger.error("an operation failed", exc_info=error)
            operation.fail(masked(error))
        finally:
            operation.task = None

    async def _begin(self, operation: Operation, given: dict[str, Any]) -> None:
        visit, engine = operation.socket.visit, self._engine()
        caller = visit.caller
        assert caller is not None
        verdict = await self._admission.count(visit)
        if not verdict.allowed:
            raise RateLimitedError(resetAt=verdict.reset)
        request = from_message(given, self._settings.debug, visit.documents_only)
        try:
            async with asyncio.timeout(self._settings.request_timeout):
                following = await follow(engine, request, caller)
                if following is None:
                    answer = await engine.execute(request, caller)
                    if answer.charge:
                        await self._admission.charge(visit, answer.charge)
                    if answer.executed:
                        await operation.answer(body(answer, engine.limits.cost))
                    else:
                        operation.refuse([each.formatted for each in answer.errors])
                    return
                if following.charge:
                    await self._admission.charge(visit, following.charge)
                try:
                    subscription = await self._live().subscribe(following, operation)
                except SwitchboardError as error:
                    raise refusal(error) from None
        except TimeoutError:
            raise TimeoutExceededError from None
        if operation.socket.operations.get(operation.id) is operation:
            operation.subscription = subscription
        else:
            subscription.leave()

    # Now and then.

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            now = time.monotonic()
            for socket in list(self._open):
                self._look(socket, now)

    def _look(self, socket: Socket, now: float) -> None:
        ping = self._settings.live_ping
        if socket.closed_at is not None:
            if now - socket.closed_at > CLOSING:
                socket.transport.abort()
        elif not socket.conversation.initialised:
            if now - socket.begun > self._settings.live_init_timeout:
                socket.close(Code.TOO_LATE, "Connection initialisation timeout")
        elif not socket.conversation.acknowledged:
            # Its key is being looked up, which has a time-out of its own.
            return
        elif now - socket.heard_at > SILENT * ping:
            # It would have answered the pings.
            socket.transport.abort()
        elif now - socket.pinged_at > ping:
            socket.pinged_at = now
            socket.send(transport_ws.ping(socket.cursor))
