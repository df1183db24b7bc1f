"""One attempt at placing a call: the request is sent once, and what came of it is written down."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.outreach.due import clock
from gateway.outreach.providers import VOICES
from gateway.outreach.providers.provider import (
    Accepted,
    Answer,
    Deferred,
    Doubt,
    LookUp,
    Order,
    Refused,
)
from gateway.outreach.reports import KNOWN, apply
from gateway.outreach.scene import Scene
from gateway.outreach.wire import LostError, NotSentError
from models import (
    Actor,
    Call,
    Callback,
    CallbackState,
    CallEventType,
    CallStatus,
    EndReason,
    Provider,
    WaitingFor,
)
from models.columns import wire
from models.database import DatabaseUnavailableError, Dialect, Reads, StatementTimeoutError
from models.database.again import again
from resolvers.call_end import ended, withdrawn
from resolvers.call_progress import change, locked, move, note
from resolvers.call_status import ENDED
from resolvers.campaign_outcome import waits_again
from schema.unit import Unit
from schema.vendor import Account

logger = logging.getLogger("switchboard.outreach")

#: Seconds after which the provider is asked for the first time how a call goes.
FIRST_LOOK = 1.0
#: Seconds between tries of a request that was not sent, by how often it was tried.
PAUSES = (1, 2, 5, 10, 30, 60)
#: How long a provider may be out of reach before a call is given up.
PATIENCE = timedelta(minutes=15)
#: How much longer than it may last a call in doubt keeps its place.
GRACE = timedelta(minutes=15)
#: Seconds between looks for a call in doubt.
LOOKS = (5.0, 15.0, 60.0, 300.0)
#: Seconds between creates sent again to a provider that knows them for the same.
REPEATS = (0.2, 1.0, 3.0)
#: Seconds for which a result is tried to be written down, should the database be away.
WRITING = 60.0


@dataclass(frozen=True)
class Claimed:
    """A call that this process, and nobody else, may send."""

    order: Order
    account: Account
    dispatch: int
    """Which claim of the call this is."""
    at: float
    """When it was made, on the monotonic clock."""


async def attempt(scene: Scene, claimed: Claimed) -> None:
    """Place a claimed call."""
    answer, after = await _answer(scene, claimed)
    if isinstance(answer, Doubt):
        answer = await _clear_up(scene, claimed, answer)
    await written(lambda: _record(scene, claimed, answer, after))


async def written(work: Any) -> None:
    """Write a result down, however long that takes within reason."""
    end = time.monotonic() + WRITING
    while True:
        try:
            await again(work)
            return
        except (DatabaseUnavailableError, StatementTimeoutError):
            if time.monotonic() > end:
                raise
        await asyncio.sleep(0.5)


async def _answer(scene: Scene, claimed: Claimed) -> tuple[Answer | NotSentError, float]:
    voice = VOICES[claimed.account.provider]
    try:
        request = voice.create(claimed.account, claimed.order)
    except Exception as error:
        logger.exception("an order could not be put into the provider's words")
        return Refused(EndReason.AGENT_ERROR, f"{type(error).__name__}"), 0.0
    try:
        sent = await scene.wire.once(request, claimed.at)
    except NotSentError as error:
        return error, 0.0
    except LostError as error:
        return Doubt(str(error)), 0.0
    try:
        return voice.created(claimed.order, sent.response), sent.after
    except Exception:
        logger.exception("a provider's answer could not be read")
        return Doubt("an answer that could not be read"), sent.after


async def _clear_up(scene: Scene, claimed: Claimed, doubt: Doubt) -> Answer:
    """Find out what became of a request without a whole answer, as far as the provider helps."""
    voice = VOICES[claimed.account.provider]
    abilities = voice.abilities(claimed.account)
    if abilities.dedupes_creates:
        for pause in REPEATS:
            await asyncio.sleep(pause)
            found, _ = await _answer(scene, _renewed(claimed))
            if not isinstance(found, Doubt | NotSentError | Deferred):
                return found
    elif abilities.lookup is not LookUp.NONE:
        return await look_up(scene, claimed.account, claimed.order) or doubt
    return doubt


def _renewed(claimed: Claimed) -> Claimed:
    """The same, to be sent now to one who knows it for the same."""
    return Claimed(claimed.order, claimed.account, claimed.dispatch, time.monotonic())


async def look_up(scene: Scene, account: Account, order: Order) -> Accepted | None:
    """The call, if the provider has it; None proves nothing."""
    voice = VOICES[account.provider]
    try:
        response = await scene.wire.ask(voice.look_up(account, order))
        found = voice.found(order, response)
    except LostError:
        return None
    except Exception:
        logger.exception("a provider's answer could not be read")
        return None
    if found is None:
        return None
    # Who looks by number and time may find the call before this one.
    one = {"workspace_id": order.workspace_id, "id": order.call_id, "provider": account.provider}
    database = scene.database
    others = await database.run(taken(database.dialect, one, found.provider_call_id))
    return None if others else found


def taken(dialect: Dialect, call: Mapping[str, Any], provider_call_id: str) -> Reads[bool]:
    """Whether the provider's call is another one of ours."""
    mark = "$" if dialect == "postgres" else "?"
    rows = yield (
        f"SELECT 1 FROM call WHERE workspace_id = {mark}1 AND provider = {mark}2 "
        f"AND provider_call_id = {mark}3 AND id <> {mark}4",
        (call["workspace_id"], Provider[call["provider"]].value, provider_call_id, call["id"]),
    )
    return bool(rows)


async def _record(
    scene: Scene, claimed: Claimed, answer: Answer | NotSentError, after: float
) -> None:
    async def within(unit: Unit) -> None:
        call = await locked(unit, claimed.order.call_id, "owner", "dispatches", *KNOWN)
        if not call:
            return
        mine = call["owner"] == scene.worker and call["dispatches"] == claimed.dispatch
        if isinstance(answer, Accepted):
            await adopt(unit, call, answer, claimed.order.dialed_at + timedelta(seconds=after))
        elif isinstance(answer, Doubt):
            if mine and call["status"] is CallStatus.DIALING:
                await _doubt(unit, call, claimed, answer.detail)
        elif isinstance(answer, Refused):
            if call["dispatches"] == claimed.dispatch:
                await _refused(unit, call, answer)
        elif mine and call["status"] is CallStatus.DIALING:
            # Proof that nothing was sent, or that nothing was done: it may be sent again.
            if isinstance(answer, Deferred):
                await _put_back(scene, unit, call, answer.detail, answer.seconds)
            else:
                pause = PAUSES[min(call["dispatches"], len(PAUSES)) - 1]
                await _put_back(scene, unit, call, str(answer), pause)

    await scene.transact(claimed.order.workspace_id, within, Actor.PROVIDER)


async def adopt(unit: Unit, call: dict[str, Any], found: Accepted, sent: datetime | None) -> None:
    """Write down that the provider has the call; what a callback has said already stays."""
    changes: dict[str, Any] = {"owner": None, "lease_until": None}
    if call["provider_call_id"] is None:
        changes["provider_call_id"] = found.provider_call_id
    if found.data:
        changes["provider_data"] = {**call["provider_data"], **found.data}
    if sent is not None:
        changes["dialed_at"] = wire(sent)
    if call["status"] not in ENDED:
        soon = 0.0 if call["cancel_requested"] else FIRST_LOOK
        changes["due_at"] = wire(await later(unit, soon))
    await change(unit, call, changes)
    await _waken(unit, call)
    await apply(unit, call, found.reports)


async def _waken(unit: Unit, call: dict[str, Any]) -> None:
    """Reports that came before the call's id was known belong to it now."""
    where = {"provider": call["provider"], "provider_reference": call["provider_call_id"]}
    found = await unit.find(Callback, ("id",), {**where, "state": CallbackState.UNMATCHED})
    for (id,) in found:
        await unit.update(Callback, id, {"state": CallbackState.RECEIVED}, ("id",))


async def doubted(unit: Unit, call: dict[str, Any], account: Account, detail: str) -> None:
    """Nobody knows whether the provider has the call; it is never sent again."""
    now = await later(unit, 0)
    longest = timedelta(milliseconds=call["max_duration_ms"] or 600_000)
    until = datetime.fromisoformat(call["dialed_at"]) + longest + GRACE
    looks = VOICES[account.provider].abilities(account).lookup is not LookUp.NONE
    due = min(now + timedelta(seconds=LOOKS[0]), until) if looks else until
    held = {"unknown_until": wire(until), "due_at": wire(due), "owner": None, "lease_until": None}
    await move(unit, call, CallStatus.UNKNOWN, held, detail=detail[:500])


async def _doubt(unit: Unit, call: dict[str, Any], claimed: Claimed, detail: str) -> None:
    """Ask again whoever takes that for the same call; anybody else is never asked again."""
    now = await later(unit, 0)
    patient = now - claimed.order.dialed_at < PATIENCE
    if VOICES[claimed.account.provider].abilities(claimed.account).dedupes_creates and patient:
        due = wire(now + timedelta(seconds=REPEATS[-1]))
        await change(unit, call, {"owner": None, "lease_until": None, "due_at": due})
    else:
        await doubted(unit, call, claimed.account, detail)


async def _refused(unit: Unit, call: dict[str, Any], answer: Refused) -> None:
    if call["status"] in (CallStatus.DIALING, CallStatus.UNKNOWN):
        over = {"end_reason": answer.reason, "end_detail": answer.detail, "owner": None}
        done = {**over, "lease_until": None, "due_at": None}
        await ended(unit, call, CallStatus.FAILED, done, detail=answer.detail)
        return
    said = {"type": CallEventType.PROVIDER, "late": True, "detail": answer.detail}
    await note(unit, call, [said])


async def _put_back(
    scene: Scene, unit: Unit, call: dict[str, Any], detail: str, seconds: float
) -> None:
    """It will be dialled again, as it never was."""
    now = scene.clock()
    rest: dict[str, Any] = {
        "owner": None,
        "lease_until": None,
        "dialed_at": None,
        "started_at": None,
    }
    if call["cancel_requested"]:
        end = {**rest, "end_reason": EndReason.CANCELLED, "due_at": None}
        await ended(unit, call, CallStatus.CANCELLED, end)
        return
    rows = await unit.find(Call, ("queued_at",), {"id": call["id"]})
    queued = rows[0][0]
    if queued is not None and now - datetime.fromisoformat(queued) > PATIENCE:
        end = {**rest, "end_reason": EndReason.PROVIDER_ERROR, "end_detail": detail, "due_at": None}
        await ended(unit, call, CallStatus.FAILED, end, detail=detail)
        return
    if call["recipient_id"] is not None and not await waits_again(unit, call):
        await ended(unit, call, CallStatus.CANCELLED, {**rest, **withdrawn(EndReason.CANCELLED)})
        return
    due = wire(now + timedelta(seconds=seconds))
    wait = {"waiting_for": WaitingFor.PROVIDER, "not_before": due, "due_at": due}
    await move(unit, call, CallStatus.SCHEDULED, {**rest, **wait}, detail=detail[:500])


async def later(unit: Unit, seconds: float) -> datetime:
    """So many seconds from now, by the database's clock."""
    rows = await unit.read(f"SELECT {clock(unit.dialect)}", ())
    now = rows[0][0]
    if isinstance(now, str):
        now = datetime.fromisoformat(now)
    found: datetime = now + timedelta(seconds=seconds)
    return found
