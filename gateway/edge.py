"""What every request passes whatever server brings it: caller, budget, door by path, headers, log."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from gateway.cors import ASKED, WANTED, Cors
from gateway.limits.admission import Admission
from gateway.log import AccessLog
from gateway.reply import Headers, Reply, failure, masked
from gateway.visit import ClientGoneError, Visit

logger = logging.getLogger("switchboard.edge")

#: A door gives the whole answer; None where a page or a file answers.
Door = Callable[[Visit], Awaitable[Reply | None]]

#: Paths that count against no budget: probes, the page's own files, what providers report, and the
#: link in e-mails, which mail providers follow for all their customers.
FREE = ("/healthz", "/readyz", "/graphql/assets/", "/callbacks/", "/unsubscribe/")
#: What is logged of a request whose client did not wait for the answer.
GONE = 499


class Edge:
    """Admits requests and asks the door for the answer."""

    def __init__(
        self, doors: dict[str, Door], admission: Admission, cors: Cors, log: AccessLog
    ) -> None:
        self.doors = doors
        self._admission = admission
        self._cors = cors
        self._log = log

    async def answer(self, visit: Visit) -> Reply | None:
        """The answer, without what `headers` adds; None where a page or a file answers."""
        try:
            if visit.method == "OPTIONS":
                origin = visit.headers.get(b"origin")
                if origin and ASKED in visit.headers:
                    return self._cors.preflight(origin, visit.headers.get(WANTED))
            door = self.doors.get(visit.path)
            if door is not None:
                if not self._admission.admit_known(visit):
                    await self._admission.admit(visit)
                return await door(visit)
            if not visit.path.startswith(FREE):
                await self._admission.admit(visit)
                if visit.verdict is not None and not visit.verdict.allowed:
                    assert visit.problem is not None
                    return failure(visit.problem)
            return None
        except ClientGoneError:
            raise
        except Exception as error:
            return self.failed(error)

    def failed(self, error: Exception) -> Reply:
        """What a client gets to see of an error, which goes to the log."""
        # The id is the client's own choice of words: it goes to the access log only.
        logger.error("request failed", exc_info=error)
        return failure(masked(error))

    def headers(self, visit: Visit) -> Headers:
        """What is on every answer: request id, budget, and what pages of other origins need."""
        found = [(b"x-request-id", visit.request_id.encode())]
        if visit.verdict is not None:
            found += visit.verdict.headers()
        if visit.method != "OPTIONS" or ASKED not in visit.headers:
            found += self._cors.headers(visit.headers.get(b"origin"))
        return found

    def note(self, visit: Visit, status: int) -> None:
        """Write the request's line in the log."""
        self._log.note(visit, status)
