"""GraphQL over HTTP: the protocol around the engine."""

from __future__ import annotations

import asyncio
import hashlib

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.edge import fail, reply
from gateway.execution.engine import (
    Answer,
    Engine,
    Request,
    RequestRefusedError,
    body,
    presentable,
    refused,
)
from gateway.graphql import negotiation
from gateway.graphql.compression import compressed
from gateway.graphql.request import from_body, from_query
from gateway.settings import Settings
from gateway.visit import Visit
from schema.context import Caller


class HttpDoor:
    """Answers `/graphql`."""

    def __init__(self, engine: Engine, settings: Settings, page: ASGIApp | None) -> None:
        self._engine = engine
        self._settings = settings
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send, visit: Visit) -> None:
        """Answer one request."""
        headers = dict(scope["headers"])
        accept = headers.get(b"accept", b"").decode("latin-1")
        method = scope["method"]
        page = self._page is not None and method in ("GET", "HEAD")
        if page and negotiation.wants_page(accept) and b"query=" not in scope["query_string"]:
            assert self._page is not None
            await self._page(scope, receive, send)
            return
        media_type = negotiation.wanted(accept) or negotiation.JSON
        try:
            if visit.problem is not None:
                await fail(send, visit.problem)
                return
            assert visit.caller is not None
            requests = await self._requests(method, scope, headers, receive)
            if negotiation.wanted(accept) is None:
                raise refused("BAD_REQUEST", "Answers are application/json.", 406)
            answers = await self._answers(requests, visit.caller, visit)
        except RequestRefusedError as error:
            answers = Answer(errors=error.errors, executed=False, status=error.status)
            if error.status == 400:
                # Not even a well-formed request: 400 whatever the client accepts.
                answers.malformed = True
        await self._send(send, answers, media_type, method, headers)

    async def _requests(
        self, method: str, scope: Scope, headers: dict[bytes, bytes], receive: Receive
    ) -> list[Request] | Request:
        debug = self._settings.debug
        if method == "GET":
            return from_query(scope["query_string"], debug)
        if method != "POST":
            raise refused("BAD_REQUEST", "Use GET or POST.", 405)
        kind, _, parameters = headers.get(b"content-type", b"").partition(b";")
        if kind.strip().lower() != b"application/json":
            raise refused("BAD_REQUEST", "The Content-Type must be application/json.", 415)
        charset = parameters.lower().partition(b"charset=")[2].strip(b" \"'")
        if charset and charset not in (b"utf-8", b"utf8"):
            raise refused("BAD_REQUEST", "The charset must be utf-8.", 415)
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise refused("BAD_REQUEST", "The body must not be compressed.", 415)
        given = await read_body(
            receive, headers, self._settings.max_body_bytes, self._settings.body_timeout
        )
        return from_body(given, self._settings.max_batch, debug)

    async def _answers(
        self, requests: list[Request] | Request, caller: Caller, visit: Visit
    ) -> list[Answer] | Answer:
        try:
            async with asyncio.timeout(self._settings.request_timeout):
                if isinstance(requests, Request):
                    found = await self._engine.execute(requests, caller)
                    _note(visit, requests, found)
                    return found
                # One after the other: a batch must not take more than its share.
                return [await self._engine.execute(each, caller) for each in requests]
        except TimeoutError as error:
            raise RequestRefusedError([], 504) from presentable(error)

    async def _send(
        self,
        send: Send,
        answers: list[Answer] | Answer,
        media_type: str,
        method: str,
        headers: dict[bytes, bytes],
    ) -> None:
        maximum = self._engine.limits.cost
        extra: list[tuple[bytes, bytes]] = [(b"cache-control", b"private, no-cache")]
        if isinstance(answers, Answer):
            payload = body(answers, maximum)
            status = _status(answers, media_type)
            if answers.cost is not None:
                extra.append((b"x-cost", b"%d" % answers.cost))
            if answers.status == 405:
                allow = b"POST" if method == "GET" else b"GET, POST"
                extra.append((b"allow", allow))
        else:
            payload = b"[" + b",".join(body(each, maximum) for each in answers) + b"]"
            status = 200
        if method == "GET" and status == 200:
            tag = b'W/"' + hashlib.blake2b(payload, digest_size=16).hexdigest().encode() + b'"'
            extra.append((b"etag", tag))
            if tag in headers.get(b"if-none-match", b""):
                await send({"type": "http.response.start", "status": 304, "headers": extra})
                await send({"type": "http.response.body", "body": b""})
                return
        payload, encoding = compressed(payload, headers.get(b"accept-encoding", b""))
        if encoding:
            extra += [(b"content-encoding", encoding), (b"vary", b"Accept-Encoding")]
        kind = media_type.encode() + b"; charset=utf-8"
        await reply(send, status, payload, kind, extra)


def _status(answer: Answer, media_type: str) -> int:
    if answer.executed:
        return 200
    if answer.status == 400 and not answer.malformed and media_type == negotiation.JSON:
        # What old clients expect of a well-formed request, even one that can't be executed.
        return 200
    return answer.status


def _note(visit: Visit, request: Request, answer: Answer) -> None:
    if request.operation_name:
        visit.notes["operation"] = request.operation_name[:100]
    if answer.cost is not None:
        visit.notes["cost"] = answer.cost
    if answer.errors:
        codes = [str((each.extensions or {}).get("code")) for each in answer.errors[:5]]
        visit.notes["errors"] = codes


async def read_body(
    receive: Receive, headers: dict[bytes, bytes], limit: int, seconds: float
) -> bytes:
    """The whole body; refuses one that is too large or comes too slowly."""
    length = headers.get(b"content-length", b"0")
    if not length.isdigit() or int(length[:19]) > limit:
        raise refused("BAD_REQUEST", f"The body has at most {limit} bytes.", 413)
    message = await _next(receive, seconds)
    found: bytes = message.get("body", b"")
    if not message.get("more_body"):
        return _within(found, limit)
    chunks: list[bytes] = [found]
    size = len(found)
    deadline = asyncio.get_running_loop().time() + seconds
    while message.get("more_body"):
        message = await _next(receive, deadline - asyncio.get_running_loop().time())
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            break
    return _within(b"".join(chunks), limit)


def _within(found: bytes, limit: int) -> bytes:
    if len(found) > limit:
        raise refused("BAD_REQUEST", f"The body has at most {limit} bytes.", 413)
    return found


async def _next(receive: Receive, seconds: float) -> Message:
    try:
        message = await asyncio.wait_for(receive(), max(0.0, seconds))
    except TimeoutError:
        raise refused("BAD_REQUEST", "The body did not arrive in time.", 408) from None
    if message["type"] == "http.disconnect":
        raise refused("BAD_REQUEST", "The client went away.", 400)
    return message
