"""GraphQL over HTTP: the protocol around the engine.

No cookie ever authenticates: the key stands in a header, which another site's page can't set
without a preflight. The content types that pages may send without one are refused all the same.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

from gateway.execution.engine import Engine
from gateway.execution.request import (
    Answer,
    Request,
    RequestRefusedError,
    body,
    refused,
)
from gateway.graphql import negotiation
from gateway.graphql.body import check_type
from gateway.graphql.compression import WORTH, compress
from gateway.graphql.request import from_body, from_query
from gateway.graphql.streams import Streams
from gateway.limits.admission import Admission
from gateway.reply import SECURITY, Headers, Reply, failure
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
        self,
        engine: Engine,
        settings: Settings,
        admission: Admission,
        streams: Streams,
        *,
        page: bool,
    ) -> None:
        self._engine = engine
        self._settings = settings
        self._admission = admission
        self._streams = streams
        self._page = page
        """Whether browsers get a page here."""

    async def __call__(self, visit: Visit) -> Reply | None:
        """Answer one request; None where a browser is to get its page."""
        headers = visit.headers
        accept = headers.get(b"accept", b"")
        method = visit.method
        if method == "OPTIONS":
            return Reply(204, headers=[(b"allow", METHODS)])
        reading = method in ("GET", "HEAD")
        if (
            reading
            and self._page
            and negotiation.wants_page(accept)
            and not _asks(visit.query_string)
        ):
            return None
        wanted = negotiation.wanted(accept)
        if visit.problem is not None:
            return failure(visit.problem, _type(wanted))
        if wanted is None and visit.incoming is not None and negotiation.streams(accept):
            return await self._stream(visit)
        answers: list[Answer] | Answer
        try:
            if wanted is None:
                raise refused("BAD_REQUEST", "Answers are application/json.", 406)
            requests = await self._requests(visit)
            if visit.incoming is None and isinstance(requests, Request):
                assert visit.caller is not None
                answers = await self._engine.execute(requests, visit.caller)
                if answers.charge:
                    await self._admission.charge(visit, answers.charge)
            else:
                work = self._answers(requests, visit)
                answers = await (work if visit.incoming is None else visit.incoming.over(work))
        except RequestRefusedError as error:
            # Not even a well-formed request: its status whatever the client accepts.
            answers = Answer(
                errors=error.errors, executed=False, status=error.status, malformed=True
            )
        except SwitchboardError as error:
            return failure(error, _type(wanted))
        if isinstance(answers, Answer):
            _note(visit, answers)
            reply = self._reply(answers, wanted, reading, visit)
        else:
            for each in answers[:1]:
                _note(visit, each)
            reply = self._batch(answers)
        if len(reply.body) >= WORTH:
            await compress(reply, headers.get(b"accept-encoding", b""))
        return reply

    async def _stream(self, visit: Visit) -> Reply:
        try:
            if visit.method == "HEAD":
                raise refused("BAD_REQUEST", "Use GET or POST.", 405)
            request = await self._requests(visit)
            if isinstance(request, list):
                raise refused("BAD_REQUEST", "A stream has one operation.")
            # A page of another site can't send the key, so a GET may subscribe.
            return await self._streams.answer(request, visit)
        except RequestRefusedError as error:
            answer = Answer(
                errors=error.errors, executed=False, status=error.status, malformed=True
            )
            return self._reply(answer, negotiation.JSON, visit.method != "POST", visit)

    async def _requests(self, visit: Visit) -> list[Request] | Request:
        settings = self._settings
        if visit.method == "POST":
            check_type(visit.headers)
            given = visit.body
            if given is None:
                assert visit.incoming is not None
                given = await visit.incoming.body(visit.headers)
            return from_body(given, settings.max_batch, settings.debug, visit.documents_only)
        if visit.method in ("GET", "HEAD"):
            return from_query(visit.query_string, settings.debug, visit.documents_only)
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
        await self._admission.charge_batch(visit, len(requests))
        answers = [await self._engine.execute(each, caller) for each in requests]
        await self._admission.charge(visit, sum(each.charge for each in answers))
        return answers

    def _reply(self, answer: Answer, wanted: str | None, reading: bool, visit: Visit) -> Reply:
        payload = body(answer, self._engine.limits.cost)
        status = _status(answer, wanted)
        extra: Headers = []
        if answer.cost is not None:
            extra.append((b"x-cost", b"%d" % answer.cost))
        if status == 405:
            extra.append((b"allow", b"POST" if reading else METHODS))
        fixed = _fixed(wanted)
        if reading and status == 200:
            fixed = _FRESH
            tag = b'W/"' + hashlib.blake2b(payload, digest_size=16).hexdigest().encode() + b'"'
            extra += [(b"etag", tag), (b"cache-control", b"private, no-cache")]
            if _matches(visit.headers.get(b"if-none-match", b""), tag):
                return Reply(304, fixed=fixed, headers=extra)
            extra.append((b"content-type", _type(wanted)))
        return Reply(status, payload, fixed, extra, close=status in UNREAD)

    def _batch(self, answers: list[Answer]) -> Reply:
        maximum = self._engine.limits.cost
        payload = b"[" + b",".join([body(each, maximum) for each in answers]) + b"]"
        cost = sum(each.cost or 0 for each in answers)
        return Reply(200, payload, _fixed(negotiation.JSON), [(b"x-cost", b"%d" % cost)])


_FRESH = (VARY, *SECURITY)


def _type(wanted: str | None) -> bytes:
    return negotiation.CONTENT_TYPES[wanted or negotiation.JSON]


@lru_cache
def _fixed(wanted: str | None) -> tuple[tuple[bytes, bytes], ...]:
    """The headers of an answer that nobody is to keep."""
    return (
        (b"content-type", _type(wanted)),
        VARY,
        (b"cache-control", b"no-store"),
        *SECURITY,
    )


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


def _note(visit: Visit, answer: Answer) -> None:
    if answer.operation_name:
        visit.notes["operation"] = answer.operation_name[:100]
    if answer.cost is not None:
        visit.notes["cost"] = answer.cost
    if answer.errors:
        codes = [str((each.extensions or {}).get("code")) for each in answer.errors[:5]]
        visit.notes["errors"] = codes
