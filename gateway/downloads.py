"""What signed links lead to: the sound of a call, and its words."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from gateway.media import MediaStore
from gateway.outreach.sound import Turn, pieces
from gateway.reply import failure
from models import Provider, RecordingState, Speaker
from models.database import Database, Reads, Row
from schema.errors import InvalidLinkError, NotFoundError, SwitchboardError
from schema.installation import Installation
from schema.link import Linked, LinkFault, fault

#: What a file is called, by its type.
SUFFIXES = {
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/webm": "webm",
}
SAID = {
    LinkFault.EXPIRED: "The link has expired; ask for a new one.",
    LinkFault.ALTERED: "The link is incomplete or was altered.",
}
#: On all that a link leads to: whoever has the link may play it, in a page of any origin.
SHARED = {
    "cache-control": "private, max-age=3600",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer",
}
#: Names of those who speak, in a transcript.
NAMES = {Speaker.AGENT: "Agent", Speaker.LEAD: "Lead", Speaker.SYSTEM: "System"}
#: Most turns of a transcript that are read.
TURNS = 5000

_RECORDING = """
SELECT r.call_id, r.state, r.media_type, r.duration_ms, r.provider, r.path, c.number
FROM recording r JOIN call c ON c.workspace_id = r.workspace_id AND c.id = r.call_id
WHERE r.workspace_id = {0}1 AND r.id = {0}2
"""
_TURNS = f"""
SELECT speaker, text, start_ms, end_ms FROM transcript_turn
WHERE workspace_id = {{0}}1 AND call_id = {{0}}2 ORDER BY position LIMIT {TURNS}
"""
_RANGE = re.compile(r"bytes=(\d{1,15})?-(\d{1,15})?", re.ASCII)


@dataclass(eq=False)
class Downloads:
    """Answers signed links; there is no other way to the files, and no list of them."""

    database: Database
    installation: Installation
    store: MediaStore
    clock: Callable[[], datetime]
    _rendering: dict[str, asyncio.Task[int]] = field(default_factory=dict)

    async def recording(self, request: Request) -> Response:
        """The sound, whole or in part."""
        try:
            workspace, id = self._admit(request, Linked.RECORDING)
            found = await self._ask(_RECORDING, workspace, id)
            if not found or found[0][1] != RecordingState.AVAILABLE:
                raise NotFoundError("There is no recording any more.")
            call, _, kind, duration, provider, path, number = found[0]
            if path is None and provider == Provider.SIMULATOR:
                path = await self._rendered(workspace, id, call, duration)
            file = None if path is None else self.store.find(path)
            if file is None:
                raise NotFoundError("There is no recording any more.")
        except SwitchboardError as error:
            return refusal(error)
        kind = kind or "audio/wav"
        return Sound(file, kind, f"call-{number}.{SUFFIXES.get(kind, 'bin')}")

    async def transcript(self, request: Request) -> Response:
        """The words, a turn a line."""
        try:
            workspace, id = self._admit(request, Linked.TRANSCRIPT)
            turns = await self._ask(_TURNS, workspace, id)
            if not turns:
                raise NotFoundError("There is no transcript.")
        except SwitchboardError as error:
            return refusal(error)
        return PlainTextResponse("".join(map(_line, turns)), headers=SHARED)

    def _admit(self, request: Request, linked: Linked) -> tuple[str, str]:
        """The workspace and the id that the link is for; raises what is wrong with it."""
        vault, id, query = self.installation.vault, request.path_params["id"], request.query_params
        if len(query.multi_items()) != 3 or vault is None:
            raise InvalidLinkError(SAID[LinkFault.ALTERED])
        wrong = fault(vault, linked, id, query, self.clock())
        if wrong is not None:
            raise InvalidLinkError(SAID[wrong])
        return query["workspace"], id

    async def _ask(self, sql: str, workspace: str, id: str) -> Sequence[Row]:
        mark = "$" if self.database.dialect == "postgres" else "?"

        def read() -> Reads[list[Row]]:
            rows = yield sql.format(mark), (workspace, id)
            return rows

        return await self.database.run(read())

    async def _rendered(self, workspace: str, id: str, call: str, duration: int | None) -> str:
        """The path of a simulated recording, which is made when somebody first listens."""
        path = self.store.place(workspace, id, "wav")
        if self.store.find(path) is not None:
            return path
        task = self._rendering.get(path)
        if task is None:
            turns = [
                Turn(Speaker[speaker], text, start, end)
                for speaker, text, start, end in await self._ask(_TURNS, workspace, call)
                if start is not None and end is not None and end > start
            ]
            sound = pieces(turns, call, duration)
            # Others may have begun while the words were read; then theirs is as good.
            task = self._rendering.get(path) or asyncio.create_task(
                asyncio.to_thread(self.store.write, path, sound)
            )
            self._rendering[path] = task
            task.add_done_callback(lambda _: self._rendering.pop(path, None))
        await asyncio.shield(task)
        return path


class Sound(FileResponse):
    """A file, of which one range may be asked for; what isn't one is passed over."""

    def __init__(self, file: Path, kind: str, name: str) -> None:
        super().__init__(
            file,
            headers=SHARED,
            media_type=kind,
            filename=name,
            content_disposition_type="inline",
            stat_result=os.stat(file),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the file, the range, that it has not changed, or that the range lies outside."""
        given: Mapping[bytes, bytes] = dict(scope["headers"])
        if _same(given.get(b"if-none-match", b""), self.headers["etag"]):
            headers = {name: self.headers[name] for name in ("etag", *SHARED)}
            await Response(status_code=304, headers=headers)(scope, receive, send)
            return
        wanted = _RANGE.fullmatch(given.get(b"range", b"").decode("latin-1"))
        size = int(self.headers["content-length"])
        if wanted is None or not any(wanted.groups()) or _backwards(wanted):
            rest = [each for each in scope["headers"] if each[0] != b"range"]
            scope = {**scope, "headers": rest}
        elif _outside(wanted, size):
            answer = refusal(BadRangeError())
            answer.headers["content-range"] = f"bytes */{size}"
            await answer(scope, receive, send)
            return
        await super().__call__(scope, receive, send)


class BadRangeError(SwitchboardError):
    """The range lies outside the file."""

    code = "BAD_REQUEST"
    status = 416


def refusal(error: SwitchboardError) -> Response:
    """An error in the shape that all of ours have."""
    reply = failure(error)
    headers = {name.decode(): value.decode() for name, value in reply.headers}
    return Response(reply.body, reply.status, headers)


def _same(given: bytes, tag: str) -> bool:
    names = {each.strip().removeprefix("W/") for each in given.decode("latin-1").split(",")}
    return tag in names or "*" in names


def _backwards(wanted: re.Match[str]) -> bool:
    first, last = wanted.groups()
    return first is not None and last is not None and int(last) < int(first)


def _outside(wanted: re.Match[str], size: int) -> bool:
    first, last = wanted.groups()
    return int(first) >= size if first is not None else int(last) == 0 or size == 0


def _line(turn: Row) -> str:
    speaker, text, start, _ = turn
    name = NAMES.get(Speaker[speaker], "Tool")
    when = "" if start is None else f"[{start // 60_000:02}:{start // 1000 % 60:02}] "
    return f"{when}{name}: {' '.join(text.split())}\n"
