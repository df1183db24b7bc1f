"""Looking after calls that a provider has, or may have, until they are over."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gateway.outreach.attempt import (
    GRACE,
    LOOKS,
    Claimed,
    adopt,
    attempt,
    doubted,
    later,
    look_up,
    written,
)
from gateway.outreach.interpreting import found_out
from gateway.outreach.leases import LEASE
from gateway.outreach.orders import ORDERED, account, order, placed
from gateway.outreach.providers import VOICES
from gateway.outreach.providers.provider import Heard, LookUp, Order, Report, Watched
from gateway.outreach.recordings import fetched, ready
from gateway.outreach.reports import KNOWN, apply
from gateway.outreach.scene import Scene
from gateway.outreach.wire import LostError
from models import Actor, AnsweredBy, CallEventType, CallStatus, EndReason, EventType
from models.columns import wire
from resolvers.call_end import ended, settled
from resolvers.call_progress import change, locked, move, put_off, tell
from resolvers.call_status import ENDED, LIVE
from resolvers.campaign_outcome import concluded
from schema.unit import Unit
from schema.vendor import Account

logger = logging.getLogger("switchboard.outreach")

#: Seconds between two looks where the provider doesn't say when to look again.
USUAL = 2.0
#: Seconds between two looks at least and at most.
LEAST, MOST = 0.05, 30.0
#: How long transcript, recording and analysis are waited for.
ARTIFACTS = timedelta(minutes=5)
#: How long it may ring, where the agent is gone.
RINGING = timedelta(minutes=2)

#: What the timeline says of a call that its provider has lost.
GONE = Report("gone", type=CallEventType.PROVIDER, detail="The provider does not know the call.")

COLUMNS = (*KNOWN, *ORDERED, "owner", "dispatches", "lease_until", "updated_at")


async def follow(scene: Scene, workspace_id: str, id: str, *, sending: bool = False) -> None:
    """Look after a call that was taken for it; `sending` is whether this process is placing it."""

    async def within(unit: Unit) -> tuple[dict[str, Any], Account, Order | None] | None:
        call = await locked(unit, id, *COLUMNS)
        if not call or call["provider"] is None or call["dialed_at"] is None:
            return None
        if sending and call["provider_call_id"] is None:
            return None
        with_whom = await account(unit.work, scene.installation, workspace_id, call)
        if await _over(unit, call, await later(unit, 0)) or with_whom is None:
            return None
        if call["provider_call_id"] is not None:
            return call, with_whom, None
        return call, with_whom, await order(unit.work, scene.installation, workspace_id, call)

    async with scene.turns:
        found = await scene.transact(workspace_id, within)
    if found is None:
        return
    call, with_whom, ordered = found
    if ordered is None:
        await _watch(scene, workspace_id, call, with_whom)
    else:
        await _seek(scene, workspace_id, call, with_whom, ordered)


async def _over(unit: Unit, call: dict[str, Any], now: datetime) -> bool:
    """Settle a call whose time is over; whether it was."""
    if call["status"] in ENDED:
        # Since it was last heard of, whatever the provider's clock says.
        since = datetime.fromisoformat(call["updated_at"])
        if call["artifacts_at"] is None and now - since > ARTIFACTS:
            await change(unit, call, {"artifacts_at": unit.now, "due_at": None})
            title = "Transcript and recording did not come"
            tell(unit, call, EventType.CALL_ARTIFACTS_READY, title)
        elif call["artifacts_at"] is not None:
            await change(unit, call, {"due_at": None})
        return call["artifacts_at"] is not None
    longest = timedelta(milliseconds=call["max_duration_ms"] or 600_000)
    if call["status"] is CallStatus.UNKNOWN:
        if now < datetime.fromisoformat(call["unknown_until"]):
            return False
        given_up = {"ended_at": unit.now, "end_reason": EndReason.UNKNOWN_OUTCOME, "due_at": None}
        settling = await settled(unit, call, 0)
        await change(unit, call, {**given_up, "artifacts_at": unit.now, **settling})
        tell(unit, call, EventType.CALL_UPDATED, "Call given up as unknown")
        if call["recipient_id"] is not None:
            await concluded(unit, call, call["status"], given_up)
        return True
    if now < datetime.fromisoformat(call["dialed_at"]) + RINGING + longest + GRACE:
        return False
    if call["owner"] is not None and call["provider_call_id"] is None:
        return False
    await _silent(unit, call, now)
    return True


async def _silent(unit: Unit, call: dict[str, Any], now: datetime) -> None:
    """End a call of which nothing was heard for longer than it can have lasted."""
    detail = "The provider has fallen silent."
    if call["status"] is CallStatus.DIALING:
        held = {"unknown_until": wire(now), "due_at": wire(now)}
        await move(unit, call, CallStatus.UNKNOWN, held, detail=detail)
        return
    answered = call["status"] is CallStatus.IN_PROGRESS
    status = CallStatus.COMPLETED if answered else CallStatus.NO_ANSWER
    # Whether anybody has answered meanwhile nobody knows, so no campaign calls again.
    reason = EndReason.MAX_DURATION if answered else EndReason.UNKNOWN_OUTCOME
    over = {"end_reason": reason, "end_detail": detail, "due_at": None}
    if answered:
        over |= {"duration_ms": call["max_duration_ms"], "artifacts_at": unit.now}
    await ended(unit, call, status, over, detail=detail)


async def _watch(
    scene: Scene, workspace_id: str, call: Mapping[str, Any], with_whom: Account
) -> None:
    """Ask how a call goes, or end it, and write down what is said."""
    voice, there = VOICES[with_whom.provider], placed(call)
    ending = call["cancel_requested"] and call["status"] not in ENDED
    found: Watched | None = None
    try:
        if ending and voice.abilities(with_whom).hangs_up:
            response = await scene.wire.ask(voice.hang_up(with_whom, there))
            found = voice.hung_up(there, response)
        if found is None:
            response = await scene.wire.ask(voice.watch(with_whom, there))
            found = voice.watched(there, response)
    except LostError:
        found = None
    except Exception:
        logger.exception("a provider's answer could not be read")
    if found is not None:
        known = ready(with_whom, found.reports)
        if len(known) < len(found.reports):
            # How it goes is not kept waiting by a recording.
            first = replace(found, reports=known)
            await written(lambda: _heard(scene, workspace_id, call["id"], with_whom, first))
        kept = await fetched(scene, with_whom, workspace_id, found.reports)
        kept = await found_out(scene, workspace_id, call, kept)
        found = replace(found, reports=kept)
    await written(lambda: _heard(scene, workspace_id, call["id"], with_whom, found))
    if found is not None and found.speaking is not None and call["campaign_id"] is None:
        # Of campaigns too many speak at once.
        scene.speech.begin(workspace_id, call["id"], found.speaking)


async def _heard(
    scene: Scene, workspace_id: str, id: str, with_whom: Account, found: Watched | None
) -> None:
    async def within(unit: Unit) -> tuple[dict[str, Any], dict[str, Any]] | None:
        call = await locked(unit, id, *COLUMNS)
        if not call:
            return None
        before = dict(call)
        if found is not None:
            known = {**call["provider_data"], **found.data}
            if known != call["provider_data"]:
                await change(unit, call, {"provider_data": known})
            gone = (GONE,) if found.gone else ()
            await apply(unit, call, (*found.reports, *gone))
        await _look_again(unit, call, found)
        return before, call

    async with scene.turns:
        heard = await scene.transact(workspace_id, within, Actor.PROVIDER)
    if heard is not None:
        await attend(scene, with_whom, *heard)


async def _look_again(unit: Unit, call: dict[str, Any], found: Watched | None) -> None:
    """Say when to ask again how a call goes."""
    if call["artifacts_at"] is not None:
        return
    wait = USUAL if found is None or found.next_in is None else found.next_in
    if call["cancel_requested"] and call["status"] not in ENDED:
        wait = USUAL
    await put_off(unit, call, wire(await later(unit, min(max(wait, LEAST), MOST))))


async def attend(
    scene: Scene, with_whom: Account, before: Mapping[str, Any], call: Mapping[str, Any]
) -> None:
    """Do what the agent wants done with a machine, once it is known that one has answered."""
    heard = AnsweredBy.MACHINE
    if call["answered_by"] != heard or before["answered_by"] == heard or call["status"] in ENDED:
        return
    request = VOICES[with_whom.provider].machine(with_whom, placed(call))
    if request is not None:
        try:
            await scene.wire.ask(request)
        except LostError:
            logger.warning("a machine that has answered could not be attended to")


async def put_down(scene: Scene, with_whom: Account, call: Mapping[str, Any], heard: Heard) -> None:
    """Hang up a call that nobody wanted any more and a person took for never placed, yet is there."""
    if call["end_reason"] != EndReason.NOT_PLACED or not call["cancel_requested"]:
        return
    voice, there = VOICES[with_whom.provider], placed(call)
    if there.provider_call_id is None or not voice.abilities(with_whom).hangs_up:
        return
    if any(each.status in LIVE for each in heard.reports):
        try:
            await scene.wire.ask(voice.hang_up(with_whom, there))
        except LostError:
            logger.warning("a call that was cancelled could not be hung up")


async def _seek(
    scene: Scene,
    workspace_id: str,
    call: Mapping[str, Any],
    with_whom: Account,
    ordered: Order,
) -> None:
    """Find out whether the provider has a call whose sender has not said."""
    abilities = VOICES[with_whom.provider].abilities(with_whom)
    if abilities.dedupes_creates:
        claimed = await _taken_over(scene, workspace_id, call, with_whom, ordered)
        if claimed is not None:
            await attempt(scene, claimed)
        return
    found = None
    if abilities.lookup is not LookUp.NONE:
        found = await look_up(scene, with_whom, ordered)

    async def within(unit: Unit) -> None:
        now = await locked(unit, call["id"], *COLUMNS)
        if not now or now["provider_call_id"] is not None or now["status"] in ENDED:
            return
        if found is not None:
            await adopt(unit, now, found, None)
        elif now["status"] is CallStatus.DIALING:
            await doubted(unit, now, with_whom, "Its sender has not said what became of it.")
        else:
            await _again(unit, now, abilities.lookup)

    await written(lambda: scene.transact(workspace_id, within, Actor.PROVIDER))


async def _again(unit: Unit, call: dict[str, Any], lookup: LookUp) -> None:
    """Look for a call in doubt once more, ever less often."""
    until = datetime.fromisoformat(call["unknown_until"])
    now = await later(unit, 0)
    waited = (now - datetime.fromisoformat(call["dialed_at"])).total_seconds()
    pause = next((each for each in LOOKS if each > waited / 2), LOOKS[-1])
    due = until if lookup is LookUp.NONE else min(until, now + timedelta(seconds=pause))
    await change(unit, call, {"due_at": wire(due)})


async def _taken_over(
    scene: Scene,
    workspace_id: str,
    call: Mapping[str, Any],
    with_whom: Account,
    ordered: Order,
) -> Claimed | None:
    """Make the attempt ours, where sending it again is the same call."""

    async def within(unit: Unit) -> bool:
        now = await locked(unit, call["id"], *COLUMNS)
        if not now or now["provider_call_id"] is not None or now["status"] in ENDED:
            return False
        lease = wire(await later(unit, LEASE))
        mine = {"owner": scene.worker, "lease_until": lease, "due_at": lease}
        await change(unit, now, {**mine, "dispatches": now["dispatches"] + 1})
        return True

    if not await scene.transact(workspace_id, within):
        return None
    return Claimed(replace(ordered), with_whom, call["dispatches"] + 1, time.monotonic())
