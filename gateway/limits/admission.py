"""Who asks, and whether another request fits into their budget."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace

from gateway.auth import Authentication, Known
from gateway.limits.rate import Budget, RateLimits, Verdict
from gateway.visit import Visit
from models.database import DatabaseUnavailableError, StatementTimeoutError
from schema.context import Caller
from schema.errors import KeyFault, RateLimitedError, UnauthenticatedError, UnavailableError

#: Keys that are known by their header.
RECENT = 1000


class Admission:
    """Finds a request's caller and counts it, once for all doors."""

    def __init__(
        self,
        authentication: Callable[[], Authentication],
        limits: RateLimits,
        workspace_per_minute: int = 0,
        workspace_per_day: int = 0,
    ) -> None:
        self._authentication = authentication
        self.limits = limits
        self._per_minute = workspace_per_minute
        self._per_day = workspace_per_day
        self._recent: dict[bytes, Known] = {}

    def admit_known(self, visit: Visit) -> bool:
        """Admit a key that is known well, without waiting for anything; whether that was so."""
        headers = visit.headers
        known = self._recent.get(headers.get(b"authorization", b""))
        if (
            known is None
            or known.caller is None
            or known.until <= time.monotonic()
            or (known.expires is not None and known.expires <= time.time())
            or b"x-api-key" in headers
            or len(headers) != len(visit.given)
            or self.limits.shared
        ):
            return False
        visit.caller = known.caller
        visit.documents_only = known.documents_only
        visit.budgets = known.budgets
        visit.verdict = verdict = self.limits.count_here(known.budgets)
        if not verdict.allowed:
            visit.problem = RateLimitedError(resetAt=verdict.reset)
        return True

    def _welcome(self, visit: Visit, known: Known, caller: Caller) -> None:
        visit.caller = caller
        visit.documents_only = known.documents_only
        if not known.budgets:
            known.budgets = self._budgets(known)
        visit.budgets = known.budgets

    async def admit(self, visit: Visit) -> None:
        """Note in the visit who asks and where the budget stands, or why it is refused."""
        token = _token(visit)
        known = None if token is None else await self._known(visit, token)
        if known is not None and known.caller is not None:
            self._welcome(visit, known, known.caller)
            visit.verdict = await self.limits.count(visit.budgets)
            self._remember(visit, known)
        elif visit.verdict is None:
            visit.verdict = await self.limits.count((self.limits.address(visit.address),))
        if known is not None and known.caller is None:
            visit.problem = UnauthenticatedError(known.problem)
        elif known is None and visit.problem is None:
            visit.problem = UnauthenticatedError()
        if not visit.verdict.allowed:
            visit.problem = RateLimitedError(resetAt=visit.verdict.reset)

    def _remember(self, visit: Visit, known: Known) -> None:
        """Know the key again by the very words in which it was given, while it is believed."""
        if len(self._recent) >= RECENT:
            self._recent.clear()
        headers = visit.headers
        value = headers.get(b"authorization")
        # Of a header that was given twice this may be the one without the key.
        once = len(headers) == len(visit.given)
        if value is not None and once and b"x-api-key" not in headers:
            self._recent[value] = known

    def digest(self, visit: Visit) -> bytes:
        """What the key of an admitted visit is known by."""
        return hashlib.sha256(_token(visit) or b"").digest()

    async def count(self, visit: Visit) -> Verdict:
        """Count a further request of somebody who has been admitted before."""
        return await self.limits.count(visit.budgets)

    async def charge(self, visit: Visit, requests: int) -> None:
        """Count further requests for what one of them asked."""
        if requests > 0 and visit.budgets:
            verdict = await self.limits.count(visit.budgets, requests)
            # This request was let in; the next one will feel it.
            visit.verdict = replace(verdict, allowed=True)

    async def charge_batch(self, visit: Visit, operations: int) -> None:
        """Count the other operations of a batch; raises where there is room for none of them.

        Many batches may have been let in before the first of them was counted whole.
        """
        if operations < 2 or not visit.budgets:
            return
        verdict = await self.limits.count(visit.budgets, operations - 1)
        visit.verdict = replace(verdict, allowed=verdict.counted > 0)
        if not verdict.counted:
            raise RateLimitedError(resetAt=verdict.reset)

    async def _known(self, visit: Visit, token: bytes) -> Known | None:
        async def may_ask() -> bool:
            # Guesses cost the database a look-up each: an address has only so many. A key that
            # was good before is never held up by what its neighbours try.
            visit.verdict = await self.limits.count((self.limits.address(visit.address),))
            return visit.verdict.allowed

        try:
            return await self._authentication().find(token, may_ask)
        except (DatabaseUnavailableError, StatementTimeoutError):
            visit.problem = UnavailableError()
            return None

    def _budgets(self, known: Known) -> tuple[Budget, ...]:
        caller = known.caller
        assert caller is not None
        # A subject has one budget however many tokens are made for it.
        name = f"{caller.workspace_id}:{caller.subject}" if caller.subject else caller.key_id
        per_minute, per_day = known.workspace_per_minute, known.workspace_per_day
        return (
            self.limits.key(name, known.requests_per_minute),
            *self.limits.workspace(
                caller.workspace_id,
                self._per_minute if per_minute is None else per_minute,
                self._per_day if per_day is None else per_day,
            ),
        )


def _token(visit: Visit) -> bytes | None:
    """The key: `Authorization: Bearer …` or `X-API-Key`; two that differ are none."""
    found: bytes | None = None
    for name, value in visit.given:
        if name == b"authorization":
            scheme, _, rest = value.partition(b" ")
            token = rest.strip() if scheme.lower() == b"bearer" else b""
        elif name == b"x-api-key":
            token = value.strip()
        else:
            continue
        if token:
            if found is not None and found != token:
                visit.problem = UnauthenticatedError(KeyFault.AMBIGUOUS)
                return None
            found = token
    return found
