"""What providers report to us: verified, kept word for word, answered, and then applied."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from gateway.outreach.attempt import adopt, later, taken, written
from gateway.outreach.following import COLUMNS, attend, put_down
from gateway.outreach.interpreting import waits
from gateway.outreach.orders import account, order
from gateway.outreach.providers import VOICES
from gateway.outreach.providers.provider import Accepted, Heard, Inbound, Said, Voice
from gateway.outreach.recordings import ready
from gateway.outreach.reported import about, owner, waiting
from gateway.outreach.reports import apply
from gateway.outreach.scene import Scene
from models import Actor, Callback, CallbackState, Provider, writing
from models.columns import new_id, now, wire
from models.database import (
    ConflictError,
    DatabaseUnavailableError,
    StatementTimeoutError,
    UniqueViolationError,
)
from models.database.again import again
from resolvers.call_progress import change, locked
from schema.unit import Unit
from schema.vendor import Account

logger = logging.getLogger("switchboard.callbacks")

#: Where providers report to: `/callbacks/<the account's token>`.
PATH = "/callbacks/"
#: Largest report that is read; transcripts of long calls come whole.
LARGEST = 4 * 1024 * 1024
#: Headers that are kept; none of them is a credential.
KEPT = ("content-type", "user-agent", "date")
#: Seconds between looks for reports that were kept and not applied.
EVERY = 1.0
#: Reports looked at once.
BATCH = 50
#: Seconds after which one that was received is not under way any more.
STALE = 5.0
UNREADABLE = "It can't be read."

#: What the secret part of an address looks like.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,100}")


class Callbacks:
    """The door for providers, and what applies the reports."""

    def __init__(self, scene: Scene, public_url: str | None) -> None:
        self._scene = scene
        self._public = (public_url or "").rstrip("/")
        self._tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, request: Request) -> Response:
        """Take a report."""
        token = request.path_params["token"]
        rows = []
        if _TOKEN.fullmatch(token):
            rows = await self._scene.database.run(owner(self._scene.database.dialect, token))
        if not rows:
            return _failed("NOT_FOUND", "There is nothing here.", 404)
        workspace_id, account_id, provider = rows[0]
        body = await _body(request)
        if body is None:
            return _failed("BAD_REQUEST", "The report is too large.", 413)
        url = f"{self._public}{request.url.path}" if self._public else str(request.url)
        if self._public and request.url.query:
            url += f"?{request.url.query}"
        inbound = Inbound(url, dict(request.query_params), _headers(request), body)
        found = {"provider": provider, "provider_account_id": account_id}
        whose = await self._account(workspace_id, found)
        voice = VOICES.get(Provider[provider])
        if whose is None or voice is None or not _verified(voice, whose, inbound):
            return _failed("UNAUTHENTICATED", "The report is not signed by its provider.", 401)
        heard = _heard(voice, whose, inbound)
        if heard is not None and heard.partial is not None:
            await self._tell(workspace_id, whose, heard, heard.partial)
            return Response(status_code=204)
        id = await again(lambda: self._keep(workspace_id, whose, inbound, heard))
        if id is not None and heard is not None:
            self._later(workspace_id, id, whose, heard)
        return Response(status_code=204)

    async def _account(self, workspace_id: str, found: Mapping[str, Any]) -> Account | None:
        installation = self._scene.installation
        return await self._scene.database.transact(
            lambda within: account(within, installation, workspace_id, found)
        )

    async def _keep(
        self, workspace_id: str, whose: Account, inbound: Inbound, heard: Heard | None
    ) -> str | None:
        """Keep it word for word; None where it is here already."""
        row = {
            "workspace_id": workspace_id,
            "id": new_id(),
            "provider": whose.provider,
            "provider_account_id": whose.id,
            "provider_reference": None if heard is None else heard.provider_call_id,
            "fingerprint": _mark(whose, inbound, heard),
            "state": CallbackState.FAILED if heard is None else CallbackState.RECEIVED,
            "error": UNREADABLE if heard is None else None,
            "headers": {
                "query": dict(inbound.query),
                **{each: inbound.headers[each] for each in KEPT if each in inbound.headers},
            },
            "body": inbound.body,
        }
        try:
            await self._scene.database.transact(
                lambda within: writing.insert(within, Callback, row)
            )
        except UniqueViolationError:
            return None
        return str(row["id"])

    async def _tell(self, workspace_id: str, whose: Account, heard: Heard, said: Said) -> None:
        """Tell whoever follows the call of words that are just being said."""
        call_id = await self._scene.database.transact(
            lambda within: about(within, workspace_id, whose, heard)
        )
        if call_id is not None:
            await self._scene.speech.tell(workspace_id, call_id, said)

    def _later(self, workspace_id: str, id: str, whose: Account, heard: Heard) -> None:
        """Apply it once the provider has its answer."""
        task = asyncio.create_task(self._apply(workspace_id, id, whose, heard))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _apply(self, workspace_id: str, id: str, whose: Account, heard: Heard) -> None:
        try:
            await written(lambda: self._applied(workspace_id, id, whose, heard))
        except (DatabaseUnavailableError, StatementTimeoutError, ConflictError):
            # It is kept, and will be tried again.
            logger.warning("a report waits for the database")
        except Exception as error:
            # It would fail each time; the call is asked for as well.
            logger.exception("a report could not be applied")
            await self._set_aside(workspace_id, id, f"It can't be applied: {type(error).__name__}.")

    async def _set_aside(self, workspace_id: str, id: str, error: str) -> None:
        """Keep a report that leads nowhere out of the way of the others."""

        async def within(unit: Unit) -> None:
            changes = {"state": CallbackState.FAILED, "error": error, "applied_at": unit.now}
            await unit.update(Callback, id, changes, ("id",))

        await self._scene.transact(workspace_id, within, Actor.PROVIDER)

    async def _applied(self, workspace_id: str, id: str, whose: Account, heard: Heard) -> None:
        scene = self._scene

        async def within(unit: Unit) -> tuple[bool, dict[str, Any], dict[str, Any]]:
            call_id = await about(unit.work, workspace_id, whose, heard)
            call = await locked(unit, call_id, *COLUMNS) if call_id else {}
            before: dict[str, Any] = {}
            strange = not call or await _strange(unit, call, whose, heard)
            state = CallbackState.UNMATCHED if strange else CallbackState.APPLIED
            if not strange:
                if call["provider_call_id"] is None and heard.provider_call_id is not None:
                    await adopt(unit, call, await self._accepted(unit, call, heard), None)
                before = dict(call)
                reports = [
                    each
                    for each in ready(whose, heard.reports)
                    if not waits(self._scene.model, call, each)
                ]
                await apply(unit, call, reports)
                if len(reports) < len(heard.reports):
                    # What is missing is fetched by who looks after the call.
                    await change(unit, call, {"due_at": wire(await later(unit, 0))})
            changes = {
                "state": state,
                "applied_at": unit.now,
                "call_id": None if strange else call["id"],
            }
            await unit.update(Callback, id, changes, ("id",))
            return strange, before, call

        strange, before, call = await scene.transact(workspace_id, within, Actor.PROVIDER)
        if not strange:
            await attend(scene, whose, before, call)
            await put_down(scene, whose, call, heard)
        scene.ring(workspace_id)

    async def _accepted(self, unit: Unit, call: Mapping[str, Any], heard: Heard) -> Accepted:
        """The provider has the call, though its answer has not come, or never will."""
        assert heard.provider_call_id is not None
        installation = self._scene.installation
        ordered = await order(unit.work, installation, unit.workspace_id, call)
        voice = VOICES[Provider[call["provider"]]]
        return Accepted(heard.provider_call_id, data=voice.kept(ordered))

    async def run(self) -> None:
        """Apply what was kept and not applied, as after a crash, for ever."""
        while True:
            await asyncio.sleep(EVERY)
            try:
                await self._catch_up()
            except (DatabaseUnavailableError, StatementTimeoutError, ConflictError):
                logger.warning("reports wait for the database")
            except Exception:
                logger.exception("applying kept reports failed")

    async def _catch_up(self) -> None:
        """Those that were received a moment ago are under way still."""
        sql = waiting(self._scene.database.dialect)
        values = [wire(now() - timedelta(seconds=STALE)), BATCH]
        rows = await self._scene.database.transact(lambda within: within.fetch(sql, values))
        for workspace_id, id, provider, account_id, kept, body in rows:
            found = {"provider": provider, "provider_account_id": account_id}
            whose = await self._account(workspace_id, found)
            voice = VOICES.get(Provider[provider])
            if whose is None or voice is None:
                await self._set_aside(workspace_id, id, "Its account is gone.")
                continue
            headers = orjson.loads(kept)
            inbound = Inbound("", headers.pop("query", {}), headers, bytes(body))
            heard = _heard(voice, whose, inbound)
            if heard is not None:
                await self._apply(workspace_id, id, whose, heard)
            else:
                await self._set_aside(workspace_id, id, UNREADABLE)

    async def stop(self) -> None:
        """Wait for what is under way."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)


async def _strange(unit: Unit, call: Mapping[str, Any], whose: Account, heard: Heard) -> bool:
    """Whether the report can't be of this call: of another's, or of none that was ever dialled."""
    if call["provider"] != whose.provider or call["provider_account_id"] != whose.id:
        return True
    if call["dialed_at"] is None:
        return True
    id = heard.provider_call_id
    if id is None or call["provider_call_id"] == id:
        return False
    if call["provider_call_id"] is not None:
        return True
    one = {**call, "workspace_id": unit.workspace_id}
    return await unit.work.run(taken(unit.dialect, one, id))


def _verified(voice: Voice, whose: Account, inbound: Inbound) -> bool:
    """Whether the provider has sent it; what can't even be compared it has not."""
    try:
        return voice.verified(whose, inbound)
    except (KeyError, TypeError, ValueError):
        return False


def _heard(voice: Voice, whose: Account, inbound: Inbound) -> Heard | None:
    """What it says; None if it can't be read."""
    try:
        return voice.heard(whose, inbound)
    except Exception:
        logger.exception("a report could not be read")
        return None


async def _body(request: Request) -> bytes | None:
    """The whole body, None if it is too large."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > LARGEST:
            return None
    return bytes(body)


def _headers(request: Request) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _mark(whose: Account, inbound: Inbound, heard: Heard | None) -> str:
    """What two deliveries of one report have in common, and where it was sent to.

    One that was sent to the wrong place must not be taken for the one that comes to the right one.
    """
    said = hashlib.sha256(inbound.body).hexdigest() if heard is None else heard.fingerprint
    return " ".join((whose.id, inbound.query.get("call", ""), said))


def _failed(code: str, message: str, status: int) -> Response:
    error = {"message": message, "extensions": {"code": code}}
    return JSONResponse({"errors": [error]}, status)
