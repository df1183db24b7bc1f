"""GraphQL over HTTP: the protocol around the engine.

No cookie ever authenticates: the key stands in a header, which another site's page can't set
without a preflight. The content types that pages may send without one are refused all the same.
"""

from __future__ import annotations

import hashlib

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.edge import Headers, empty, fail, reply
from gateway.execution.engine import Engine
from gateway.execution.request import (
    Answer,
    Request,
    RequestRefusedError,
    body,
    refused,
)
from gateway.graphql import negotiation
from gateway.graphql.body import check_type, read_body
from gateway.graphql.compression import compressed
from gateway.graphql.request import from_body, from_query
from gateway.graphql.watch import Watch
from gateway.limits.admission import Admission
from gateway.settings import Settings
from gateway.visit import Visit
from schema.errors import SwitchboardError

METHODS = b"GET, HEAD, POST, OPTIONS"
VARY = (b"vary", b"Accept, Accept-Encoding")
#: Refusals after which the rest of the body may still be on its way.
UNREAD = (408, 413)


class HttpDoor:
    """Answers `/graphql`."""

    def __init__(
        self, engine: Engine, settings: Settings, admission: Admission, page: ASGIApp | None
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._admission = admission
        self._page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send, visit: Visit) -> None:
        """Answer one request."""
        headers = visit.headers
        accept = headers.get(b"accept", b"").decode("latin-1")
        method = scope["method"]
        if method == "OPTIONS":
            await empty(send, 204, [(b"allow", METHODS)])
            return
        reading = method in ("GET", "HEAD")
        if (
            reading
            and self._page is not None
            and negotiation.wants_page(accept)
            and not _asks(scope["query_string"])
        ):
            await self._page(scope, receive, send)
            return
        wanted = negotiation.wanted(accept)
        kind = negotiation.CONTENT_TYPES[wanted or negotiation.JSON]
        if visit.problem is not None:
            await fail(send, visit.problem, kind)
            return
        answers: list[Answer] | Answer
        try:
            if wanted is None:
                raise refused("BAD_REQUEST", "Answers are application/json.", 406)
            requests = await self._requests(method, scope, visit, receive)
            watch = Watch(receive, self._settings.request_timeout)
            answers = await watch.over(self._answers(requests, visit))
        except RequestRefusedError as error:
            # Not even a well-formed request: its status whatever the client accepts.
            answers = Answer(
                errors=error.errors, executed=False, status=error.status, malformed=True
            )
        except SwitchboardError as error:
            await fail(send, error, kind)
            return
        _note(visit, answers)
        if isinstance(answers, Answer):
            await self._send(send, answers, wanted, reading, visit)
        else:
            await self._send_batch(send, answers, visit)

    async def _requests(
        self, method: str, scope: Scope, visit: Visit, receive: Receive
    ) -> list[Request] | Request:
        settings = self._settings
        if method == "POST":
            check_type(visit.headers)
            given = await read_body(
                receive, visit.headers, settings.max_body_bytes, settings.body_timeout
            )
            return from_body(given, settings.max_batch, settings.debug, visit.documents_only)
        if method in ("GET", "HEAD"):
            return from_query(scope["query_string"], settings.debug, visit.documents_only)
        raise refused("BAD_REQUEST", "Use GET or POST.", 405)

    async def _answers(
        self, requests: list[Request] | Request, visit: Visit
    ) -> list[Answer] | Answer:
        caller = visit.caller
        assert caller is not None
        if isinstance(requests, Request):
            found = await self._engine.execute(requests, caller)
            if found.charge:
                await self._admission.charge(visit, found.charge)
            return found
        # Each is a request to the budget; one after the other, to take no more than a share.
        await self._admission.charge(visit, len(requests) - 1)
        answers = [await self._engine.execute(each, caller) for each in requests]
        await self._admission.charge(visit, sum(each.charge for each in answers))
        return answers

    async def _send(
        self, send: Send, answer: Answer, wanted: str | None, reading: bool, visit: Visit
    ) -> None:
        payload = body(answer, self._engine.limits.cost)
        status = _status(answer, wanted)
        extra: Headers = [VARY]
        if answer.cost is not None:
            extra.append((b"x-cost", b"%d" % answer.cost))
        if status == 405:
            extra.append((b"allow", b"POST" if reading else METHODS))
        if status in UNREAD:
            extra.append((b"connection", b"close"))
        if reading and status == 200:
            tag = b'W/"' + hashlib.blake2b(payload, digest_size=16).hexdigest().encode() + b'"'
            extra += [(b"etag", tag), (b"cache-control", b"private, no-cache")]
            if _matches(visit.headers.get(b"if-none-match", b""), tag):
                await empty(send, 304, extra)
                return
        else:
            extra.append((b"cache-control", b"no-store"))
        payload, encoding = compressed(payload, visit.headers.get(b"accept-encoding", b""))
        if encoding:
            extra.append((b"content-encoding", encoding))
        kind = negotiation.CONTENT_TYPES[wanted or negotiation.JSON]
        await reply(send, status, payload, kind, extra)

    async def _send_batch(self, send: Send, answers: list[Answer], visit: Visit) -> None:
        maximum = self._engine.limits.cost
        payload = b"[" + b",".join([body(each, maximum) for each in answers]) + b"]"
        cost = sum(each.cost or 0 for each in answers)
        extra: Headers = [VARY, (b"cache-control", b"no-store"), (b"x-cost", b"%d" % cost)]
        payload, encoding = compressed(payload, visit.headers.get(b"accept-encoding", b""))
        if encoding:
            extra.append((b"content-encoding", encoding))
        await reply(send, 200, payload, negotiation.CONTENT_TYPES[negotiation.JSON], extra)


def _asks(query_string: bytes) -> bool:
    """Whether a GET is a GraphQL request; a browser's address bar accepts pages all the same."""
    names = {each.partition(b"=")[0] for each in query_string.split(b"&")}
    return not names.isdisjoint((b"query", b"documentId", b"extensions"))


def _status(answer: Answer, wanted: str | None) -> int:
    if answer.executed:
        return 200
    if answer.status == 400 and not answer.malformed and wanted == negotiation.JSON:
        # What old clients expect of a well-formed request, even one that can't be executed.
        return 200
    return answer.status


def _matches(given: bytes, tag: bytes) -> bool:
    """Whether an `If-None-Match` names the tag, weakly compared."""
    opaque = tag.removeprefix(b"W/")
    return given.strip() == b"*" or any(
        each.strip().removeprefix(b"W/") == opaque for each in given.split(b",")
    )


def _note(visit: Visit, answers: list[Answer] | Answer) -> None:
    for answer in [answers] if isinstance(answers, Answer) else answers[:1]:
        if answer.operation_name:
            visit.notes["operation"] = answer.operation_name[:100]
        if answer.cost is not None:
            visit.notes["cost"] = answer.cost
        if answer.errors:
            codes = [str((each.extensions or {}).get("code")) for each in answer.errors[:5]]
            visit.notes["errors"] = codes
