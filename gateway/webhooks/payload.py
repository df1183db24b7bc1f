"""What a webhook is told: the event as it was, and the thing it is about as it is now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from gateway.execution.engine import Engine, Request
from models import Event
from models.columns import wire
from models.database import Database, Reads, Row
from models.writing import finding
from resolvers.existing import held
from schema.activity import SUBJECTS
from schema.context import Caller
from schema.installation import Installation
from schema.link import Linked, link
from schema.noun import NOUNS

#: Bytes beyond which the body carries a link in place of what the event is about.
LARGEST = 20_000
#: For how long that link is good: longer than a delivery is tried.
LINK_LIFE = timedelta(days=7)
#: Who reads when webhooks are told.
READER = "00000000-0000-7000-8000-000000000002"
TOLD = (
    *("id", "created_at", "type", "version", "status", "title", "detail", "metadata"),
    *("subject_kind", "subject_id"),
)


@dataclass(frozen=True)
class Wanted:
    """What a delivery is of, and what its webhook wants to have in it."""

    workspace_id: str
    delivery_id: str
    event_id: str
    name: str
    transcript: bool = False
    recording: bool = False


@dataclass(frozen=True)
class Writing:
    """Writes bodies."""

    engine: Engine
    database: Database
    installation: Installation
    clock: Callable[[], datetime]

    async def body(self, wanted: Wanted) -> str:
        """The body, at most some 20 kB; more is fetched by the link in it."""
        document = await self.document(wanted)
        text = orjson.dumps(document)
        if len(text) > LARGEST:
            text = orjson.dumps(self._linked(wanted, document))
        return text.decode()

    async def document(self, wanted: Wanted) -> dict[str, Any]:
        """The whole of it, however large."""
        event = await self._event(wanted)
        return {
            "type": wanted.name,
            "timestamp": event["created_at"],
            "data": {
                "id": f"activity_{event['id']}",
                "workspaceId": f"workspace_{wanted.workspace_id}",
                "activity": event["type"],
                "version": event["version"],
                "status": event["status"],
                "title": event["title"],
                "detail": event["detail"],
                "metadata": event["metadata"],
                "subject": await self._subject(wanted, event),
            },
        }

    def _linked(self, wanted: Wanted, document: Mapping[str, Any]) -> dict[str, Any]:
        data = document["data"]
        subject = data["subject"] or {}
        short = {
            **data,
            "detail": None,
            "metadata": {},
            "subject": {name: subject.get(name) for name in ("__typename", "id", "version")},
            "url": link(self._caller(wanted), Linked.EVENT, wanted.delivery_id, LINK_LIFE),
        }
        return {**document, "data": short}

    async def _event(self, wanted: Wanted) -> dict[str, Any]:
        where = {"workspace_id": wanted.workspace_id, "id": wanted.event_id}
        statement = finding(self.database.dialect, Event, TOLD, where)

        def read() -> Reads[list[Row]]:
            rows = yield statement
            return rows

        (row,) = await self.database.run(read())
        return held(Event, TOLD, row)

    async def _subject(self, wanted: Wanted, event: Mapping[str, Any]) -> dict[str, Any] | None:
        """The thing itself; None where it is gone, or nobody may read it."""
        type_ = next(
            (name for kind, name in SUBJECTS.items() if kind.value == event["subject_kind"]), None
        )
        if type_ is None or type_ not in _operations():
            return None
        variables: dict[str, Any] = {"id": f"{NOUNS[type_].prefix}_{event['subject_id']}"}
        if type_ == "Call":
            variables |= {"transcript": wanted.transcript, "recording": wanted.recording}
        request = Request(_text(), type_, variables, own=True)
        answer = await self.engine.execute(request, self._caller(wanted))
        if answer.errors:
            raise answer.errors[0]
        # What is made of a plan may hold JSON that is written already.
        node = orjson.loads(orjson.dumps((answer.data or {}).get("node"), default=_plain))
        return None if node is None else {"__typename": type_, **node}

    def _caller(self, wanted: Wanted) -> Caller:
        return replace(
            Caller(wanted.workspace_id, READER, frozenset({"full"})),
            now=wire(self.clock()),
            installation=self.installation,
        )


def _plain(value: object) -> Any:
    raise TypeError(f"{type(value).__name__} can't be written")


@cache
def _text() -> str:
    return (files("gateway.webhooks") / "subject.graphql").read_text(encoding="utf-8")


@cache
def _operations() -> frozenset[str]:
    """The types that the document has an operation for."""
    return frozenset(
        line.split()[1].partition("(")[0]
        for line in _text().splitlines()
        if line.startswith("query ")
    )
