"""Carrying out a verb: one transaction with its idempotency row, its events and its payload."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from gateway.execution.effects import Effects
from gateway.execution.numbers import Numbers
from gateway.execution.order import Order, Payload, Way
from models import Call, Email, Idempotency, writing
from models.columns import wire
from models.database import (
    ConflictError,
    Database,
    Reads,
    ReferenceViolationError,
    Row,
    T,
    Transaction,
    UniqueViolationError,
)
from models.database.turn import turn
from models.gathering import Gathering, PresumedError, StaleError
from schema.context import Caller
from schema.error_code import ErrorCode
from schema.errors import (
    BadRequestError,
    IdempotencyInProgressError,
    IdempotencyReusedError,
    InvalidTextError,
)
from schema.payload import Values
from schema.refusal import Problem, RefusedError
from schema.scalars import storable
from schema.slot import UnforeseeableError
from schema.source import Verb
from schema.unit import Unit
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
    _effects: Effects = field(default_factory=Effects)

    async def run(
        self,
        name: str,
        verb: Verb,
        arguments: Mapping[str, Any],
        caller: Caller,
        payload: Payload[T],
    ) -> T:
        """Carry out the verb, or answer again what it did; gives the payload's selection."""
        key, input = arguments.get("idempotencyKey"), arguments["input"]
        if key is not None and not 0 < len(key) <= MAX_KEY:
            raise BadRequestError(f"An idempotency key has 1 to {MAX_KEY} characters.")
        if key is not None and not storable(key):
            raise InvalidTextError
        text = _canonical(input)
        digest = "" if key is None else hashlib.sha256(text).hexdigest()
        order = Order(name, verb, input, key, digest, caller, payload, self.clock())
        if key is None:
            return await self._carry_out(order)
        mark = (caller.workspace_id, name, key)
        if mark in self._running:
            raise IdempotencyInProgressError
        self._running.add(mark)
        try:
            return await self._carry_out(order)
        finally:
            self._running.discard(mark)

    async def _carry_out(self, order: Order[T]) -> T:
        way = self._first(order)
        tries = 0
        while tries < TRIES:
            try:
                if way is Way.FORESEEING:
                    return await self._do(order)
                return await self._attempt(order, way)
            except UnforeseeableError:
                way = Way.PRESUMING
                continue
            except PresumedError:
                way = Way.LOOKING
                continue
            except (UniqueViolationError, StaleError):
                # Another one was quicker. The verb looks before it writes, so now it will see
                # that and say what is in its way, or use what is there.
                pass
            except ConflictError:
                if tries == TRIES - 1:
                    raise
            except ReferenceViolationError:
                # What it refers to has gone since it looked, or something refers to what it
                # removes. Now it will see that, too.
                if tries == TRIES - 1:
                    in_use = Problem(ErrorCode.IN_USE, ErrorCode.IN_USE.description)
                    return await self._refused(order, (in_use,))
            except RefusedError as error:
                if way is Way.LOCKING or order.key is None:
                    return await self._refused(order, error.problems)
                # The same order may have been carried out since the key was looked up.
            way = Way.LOCKING
            tries += 1
        problem = Problem(ErrorCode.CONFLICT, "Something else has this value already.")
        return await self._refused(order, (problem,))

    def _first(self, order: Order[T]) -> Way:
        if self.database.dialect != "postgres":
            return Way.LOCKING
        # Who waits within a statement for a row's lock may get a row that refers to one which is
        # newer than all that the statement sees.
        if order.payload.joined:
            return Way.LOOKING
        known = order.verb.foreseeable and order.key is None and order.payload.alone
        return Way.FORESEEING if known else Way.PRESUMING

    async def _attempt(self, order: Order[T], way: Way) -> T:
        caller = order.caller
        taken = await self._take(order)
        try:
            if way is Way.LOCKING:
                done = await self.database.transact(lambda work: self._within(work, order, taken))
            else:
                gathering = Gathering(
                    self.database, caller.workspace_id, presuming=way is Way.PRESUMING
                )
                async with gathering as work:
                    done = await self._within(work, order, taken)
        except asyncio.CancelledError:
            # It may have been committed all the same.
            self.ring(caller.workspace_id)
            raise
        finally:
            self.numbers.give_back(caller.workspace_id, taken)
        answer, recorded = done
        if recorded:
            self.ring(caller.workspace_id)
        return answer

    async def _within(
        self, work: Transaction | Gathering, order: Order[T], taken: dict[Any, list[int]]
    ) -> tuple[T, bool]:
        """Carry it out in the transaction; the answer, and whether there is something to tell."""
        if order.key is not None:
            before = await self._before(work, order)
            if before is not None:
                return await work.run(order.payload.reads(before)), False
        unit = Unit(work, order.caller, wire(order.now), taken)
        found = Values(await order.verb.function(unit, order.input))
        if order.key is not None:
            await self._remember(unit, order, found)
        found |= {**unit.secrets, "errors": [], "replayed": False}
        recorded = unit.recorded
        return await unit.close(order.payload.reads(found), alone=order.payload.alone), recorded

    async def _do(self, order: Order[T]) -> T:
        """Write what is foreseen; raises `UnforeseeableError` if nothing is."""
        caller = order.caller
        done = self._effects.of(order.name, order.verb, order.input, caller, wire(order.now))
        if done is None:
            raise UnforeseeableError
        reads = order.payload.reads(Values(done.result, errors=[], replayed=False))
        try:
            read, bound = next(reads)
        except StopIteration:
            raise UnforeseeableError from None
        text = done.effect.text(read, len(bound))
        if not text or bound[0] != caller.workspace_id or bound[1] != done.id:
            raise UnforeseeableError
        rows = await self.database.write(text, [*bound, *done.values], done.id)
        if not rows:
            raise PresumedError
        answer = _ended(reads, rows)
        if done.effect.recorded:
            self.ring(caller.workspace_id)
        return answer

    async def _take(self, order: Order[T]) -> dict[Any, list[int]]:
        if order.verb.numbers is None:
            return {}
        wanted = order.verb.numbers(order.input)
        return {
            noun: await self.numbers.take(order.caller.workspace_id, noun, count)
            for noun, count in wanted.items()
        }

    async def _refused(self, order: Order[T], problems: tuple[Problem, ...]) -> T:
        found = Values(errors=[each.data() for each in problems], replayed=False)
        return await self.database.run(order.payload.reads(found))

    async def _before(self, work: Transaction | Gathering, order: Order[T]) -> Values | None:
        """What the key did before, if anything; raises if it is in use or did something else.

        What is gathered takes no lock: of two that do the same at once one is refused its row.
        """
        workspace, key = order.caller.workspace_id, order.key
        if work.dialect == "postgres" and not isinstance(work, Gathering):
            # A second insert of the same key would wait for the first to commit instead of failing.
            assert key is not None
            lock = turn(workspace, order.name, key)
            rows = await work.fetch("SELECT pg_try_advisory_xact_lock($1)", [lock])
            if not rows[0][0]:
                raise IdempotencyInProgressError
        rows = await writing.find(
            work,
            Idempotency,
            ("id", "request_hash", "result", "expires_at", "outcome_id"),
            {"workspace_id": workspace, "verb": order.name, "key": key},
        )
        if not rows:
            return None
        id_, seen, result, expires, outcome = rows[0]
        if datetime.fromisoformat(expires) <= order.now:
            if isinstance(work, Gathering):
                raise StaleError
            if outcome is None or await _over(work, workspace, outcome, order.now):
                await writing.delete(work, Idempotency, workspace, id_)
                return None
        if seen != order.digest:
            raise IdempotencyReusedError
        return Values(orjson.loads(result), errors=[], replayed=True)

    async def _remember(self, unit: Unit, order: Order[T], found: Values) -> None:
        await unit.keep(
            {
                "verb": order.name,
                "key": order.key,
                "request_hash": order.digest,
                "result": dict(found),
                # What it ordered may be under way for longer than a key lives.
                "outcome_id": found.get("call_id") or found.get("email_id")
                if order.verb.key_required
                else None,
                "expires_at": wire(order.now + KEY_LIFE),
            }
        )


async def _over(work: Transaction, workspace: str, outcome: str, now: datetime) -> bool:
    """Whether the call or e-mail with this id ended longer ago than a key lives, or is gone."""
    for model in (Call, Email):
        where = {"workspace_id": workspace, "id": outcome}
        for (ended,) in await writing.find(work, model, ("ended_at",), where):
            return ended is not None and datetime.fromisoformat(ended) + KEY_LIFE <= now
    return True


def _ended(reads: Reads[T], rows: list[Row]) -> T:
    """What reads give once they have had these rows, the only ones that they ask for."""
    try:
        reads.send(rows)
    except StopIteration as stop:
        answer: T = stop.value
        return answer
    raise RuntimeError("a payload that is read alone reads on")


def _canonical(input: dict[str, Any]) -> bytes:
    """The input as one text, however it was spelled; raises `InvalidTextError` for no Unicode."""
    try:
        return orjson.dumps(input, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        raise InvalidTextError from None
