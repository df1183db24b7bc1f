"""Carrying out a verb: one transaction with its idempotency row, its events and its payload."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from gateway.execution.numbers import Numbers
from models import Idempotency, writing
from models.columns import milliseconds, wire
from models.database import (
    Database,
    Reads,
    ReferenceViolationError,
    T,
    Transaction,
    UniqueViolationError,
)
from schema.context import Caller
from schema.error_code import ErrorCode
from schema.errors import (
    BadRequestError,
    IdempotencyInProgressError,
    IdempotencyReusedError,
    InvalidTextError,
)
from schema.payload import Values
from schema.scalars import storable
from schema.source import Verb
from schema.unit import Problem, RefusedError, Unit
from schema.verb import MAX_KEY

#: How long a key is remembered at least.
KEY_LIFE = timedelta(hours=24)
#: How often a verb is tried when another one took a unique value in between.
TRIES = 4


@dataclass(eq=False)
class Verbs:
    """Carries out verbs on one database."""

    database: Database
    clock: Callable[[], datetime]
    numbers: Numbers
    ring: Callable[[str], None]
    """Called with the workspace after events have been committed."""
    _running: set[tuple[str, str, str]] = field(default_factory=set)
    """Keys in flight in this process, which is all there is on SQLite."""

    async def run(
        self,
        name: str,
        verb: Verb,
        arguments: Mapping[str, Any],
        caller: Caller,
        payload: Callable[[Values], Reads[T]],
    ) -> T:
        """Carry out the verb, or answer again what it did; gives the payload's selection."""
        key = arguments.get("idempotencyKey")
        if key is not None and not 0 < len(key) <= MAX_KEY:
            raise BadRequestError(f"An idempotency key has 1 to {MAX_KEY} characters.")
        if key is not None and not storable(key):
            raise InvalidTextError
        input = arguments["input"]
        digest = _digest(input)
        now = milliseconds(self.clock())
        if key is None:
            return await self._carry_out(name, verb, input, caller, payload, now, None, digest)
        mark = (caller.workspace_id, name, key)
        if mark in self._running:
            raise IdempotencyInProgressError
        self._running.add(mark)
        try:
            return await self._carry_out(name, verb, input, caller, payload, now, key, digest)
        finally:
            self._running.discard(mark)

    async def _carry_out(
        self,
        name: str,
        verb: Verb,
        input: dict[str, Any],
        caller: Caller,
        payload: Callable[[Values], Reads[T]],
        now: datetime,
        key: str | None,
        digest: str,
    ) -> T:
        for _ in range(TRIES):
            try:
                return await self._attempt(name, verb, input, caller, payload, now, key, digest)
            except UniqueViolationError:
                # Another one was quicker. The verb looks before it writes, so now it will see
                # that and say what is in its way, or use what is there.
                continue
            except RefusedError as error:
                problems = error.problems
            except ReferenceViolationError:
                problems = (Problem(ErrorCode.IN_USE, ErrorCode.IN_USE.description),)
            return await self._refused(payload, problems)
        problem = Problem(ErrorCode.CONFLICT, "Something else has this value already.")
        return await self._refused(payload, (problem,))

    async def _attempt(
        self,
        name: str,
        verb: Verb,
        input: dict[str, Any],
        caller: Caller,
        payload: Callable[[Values], Reads[T]],
        now: datetime,
        key: str | None,
        digest: str,
    ) -> T:
        taken = await self._take(verb, input, caller)
        try:
            async with self.database.transaction() as transaction:
                if key is not None:
                    before = await self._before(transaction, caller, name, key, digest, now)
                    if before is not None:
                        return await transaction.run(payload(before))
                unit = Unit(transaction, caller, wire(now), taken)
                found = Values(await verb.function(unit, input))
                recorded = await unit.flush()
                if key is not None:
                    await self._remember(unit, name, key, digest, found, now)
                found |= {**unit.secrets, "errors": [], "replayed": False}
                answer = await transaction.run(payload(found))
        finally:
            self.numbers.give_back(caller.workspace_id, taken)
        if recorded:
            self.ring(caller.workspace_id)
        return answer

    async def _take(
        self, verb: Verb, input: dict[str, Any], caller: Caller
    ) -> dict[Any, list[int]]:
        if verb.numbers is None:
            return {}
        wanted = verb.numbers(input)
        return {
            noun: await self.numbers.take(caller.workspace_id, noun, count)
            for noun, count in wanted.items()
        }

    async def _refused(
        self, payload: Callable[[Values], Reads[T]], problems: tuple[Problem, ...]
    ) -> T:
        found = Values(errors=[each.data() for each in problems], replayed=False)
        return await self.database.run(payload(found))

    async def _before(
        self,
        transaction: Transaction,
        caller: Caller,
        name: str,
        key: str,
        digest: str,
        now: datetime,
    ) -> Values | None:
        """What the key did before, if anything; raises if it is in use or did something else."""
        if transaction.dialect == "postgres":
            # A second insert of the same key would wait for the first to commit instead of failing.
            lock = hashlib.blake2b(
                f"{caller.workspace_id}\n{name}\n{key}".encode(), digest_size=8
            ).digest()
            rows = await transaction.fetch(
                "SELECT pg_try_advisory_xact_lock($1)",
                [int.from_bytes(lock, "big", signed=True)],
            )
            if not rows[0][0]:
                raise IdempotencyInProgressError
        where = {"workspace_id": caller.workspace_id, "verb": name, "key": key}
        rows = await writing.find(
            transaction, Idempotency, ("id", "request_hash", "result", "expires_at"), where
        )
        if not rows:
            return None
        id_, seen, result, expires = rows[0]
        if datetime.fromisoformat(expires) <= now:
            await writing.delete(transaction, Idempotency, caller.workspace_id, id_)
            return None
        if seen != digest:
            raise IdempotencyReusedError
        return Values(orjson.loads(result), errors=[], replayed=True)

    async def _remember(
        self, unit: Unit, name: str, key: str, digest: str, found: Values, now: datetime
    ) -> None:
        await unit.insert(
            Idempotency,
            {
                "verb": name,
                "key": key,
                "request_hash": digest,
                "result": dict(found),
                "expires_at": wire(now + KEY_LIFE),
            },
        )


def _digest(input: dict[str, Any]) -> str:
    """The hash of the canonical input; raises `InvalidTextError` for what is no Unicode."""
    try:
        text = orjson.dumps(input, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        raise InvalidTextError from None
    return hashlib.sha256(text).hexdigest()
