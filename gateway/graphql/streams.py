"""Event streams: GraphQL over Server-Sent Events, one operation to a connection."""

from __future__ import annotations

import asyncio
import time

import orjson

from gateway.execution.engine import Engine
from gateway.execution.following import follow
from gateway.execution.request import Request, RequestRefusedError, body
from gateway.graphql.stream import Stream, Streaming, told
from gateway.limits.admission import Admission
from gateway.live.hub import Live
from gateway.live.review import Review
from gateway.reply import masked
from gateway.settings import Settings
from gateway.visit import Visit
from schema.errors import InvalidCursorError, SwitchboardError

#: Seconds between two looks at all of them.
EVERY = 1.0
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"vary", b"Accept, Accept-Encoding"),
    # Proxies would keep back what comes.
    (b"x-accel-buffering", b"no"),
]


class Streams:
    """What they share."""

    def __init__(
        self,
        settings: Settings,
        admission: Admission,
        review: Review,
        engine: Engine,
        live: Live,
    ) -> None:
        self._settings = settings
        self._admission = admission
        self._review = review
        self._engine = engine
        self._live = live
        self._open: set[Stream] = set()
        self._sweep: asyncio.Task[None] | None = None

    async def answer(self, request: Request, visit: Visit) -> Streaming:
        """The stream of a request; what is wrong with it is said there."""
        stream = Stream()
        digest = self._admission.digest(visit)

        def left() -> None:
            stream.stop()
            self._open.discard(stream)
            self._review.leave(digest, stream)

        self._open.add(stream)
        assert visit.caller is not None
        self._review.enter(digest, visit.caller, visit.documents_only, stream)
        if self._sweep is None:
            self._sweep = asyncio.create_task(self._run())
        try:
            assert visit.incoming is not None
            await visit.incoming.over(self._begin(request, visit, stream))
        except RequestRefusedError as error:
            errors = [each.formatted for each in error.errors]
            stream.answer(orjson.dumps({"errors": errors}))
        except SwitchboardError as error:
            stream.answer(told(error))
        except BaseException:
            left()
            raise
        return Streaming(list(HEADERS), stream, left)

    def end(self) -> None:
        """The server ends; clients connect to the next one."""
        for each in list(self._open):
            each.stop()
            each.end()

    async def close(self) -> None:
        """End."""
        self.end()
        if self._sweep is not None:
            self._sweep.cancel()
            await asyncio.gather(self._sweep, return_exceptions=True)

    async def _begin(self, request: Request, visit: Visit, stream: Stream) -> None:
        caller = visit.caller
        assert caller is not None
        following = await follow(self._engine, request, caller)
        if following is None:
            answer = await self._engine.execute(request, caller)
            if answer.charge:
                await self._admission.charge(visit, answer.charge)
            stream.answer(body(answer, self._engine.limits.cost))
            return
        if following.charge:
            await self._admission.charge(visit, following.charge)
        last = visit.headers.get(b"last-event-id", b"").decode("latin-1") or None
        try:
            stream.subscription = await self._live.subscribe(following, stream, last)
        except InvalidCursorError as error:
            if last is not None:
                error.extensions.pop("argument", None)
            raise
        except Exception as error:
            raise masked(error) from error

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            now = time.monotonic()
            for each in list(self._open):
                if now - each.pinged_at > self._settings.live_ping:
                    each.pinged_at = now
                    each.ping()
