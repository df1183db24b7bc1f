"""Bodies: whatever happened to whatever, the webhook is told of it as it is."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from gateway.execution.engine import Engine
from gateway.execution.numbers import Numbers
from gateway.execution.verbs import Verbs
from gateway.graph import core
from gateway.webhooks.payload import LARGEST, Wanted, Writing, _operations
from models import Call, CallStatus, Event, Speaker, Subject, TranscriptTurn, writing
from models.columns import new_id
from models.database import Database, connect
from schema.activity import SUBJECTS
from tests.conftest import Filled
from tests.gateway.webhooks.stage import HOUSE

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
#: What happens to these is no webhook's matter.
UNTOLD = {Subject.API_KEY, Subject.PROVIDER_ACCOUNT}


def writer(database: Database) -> Writing:
    verbs = Verbs(database, lambda: NOW, Numbers(database), lambda _: None)
    return Writing(Engine(core(), database, verbs), database, HOUSE, lambda: NOW)


def test_every_subject_has_its_operation() -> None:
    assert _operations() == {name for kind, name in SUBJECTS.items() if kind not in UNTOLD}


async def test_every_event_can_be_told(world: Filled) -> None:
    database = await connect(world.url)
    try:
        workspace = world.workspaces[0]
        found: Counter[str] = Counter()
        for id in workspace.ids[Event]:
            wanted = Wanted(workspace.id, new_id(), id, "x.y", transcript=True, recording=True)
            body = await writer(database).body(wanted)
            assert len(body) < LARGEST
            subject = orjson.loads(body)["data"]["subject"]
            if subject is not None:
                found[subject["__typename"]] += 1
                kind = subject["__typename"]
                assert subject["id"].rpartition("_")[0], kind
        assert len(found) >= 8, found
    finally:
        await database.close()


@pytest.mark.parametrize(("transcript", "recording"), [(True, True), (False, False)])
async def test_finished_calls(world: Filled, transcript: bool, recording: bool) -> None:
    """With what the webhook asks for, and nothing else; never the provider's own addresses."""
    database = await connect(world.url)
    try:
        workspace = world.workspaces[0]
        call = workspace.ids[Call][0]
        async with database.transaction() as transaction:
            await writing.insert(
                transaction,
                TranscriptTurn,
                {
                    "id": new_id(),
                    "workspace_id": workspace.id,
                    "call_id": call,
                    "position": 999,
                    "speaker": Speaker.AGENT,
                    "text": "Goodbye.",
                },
            )
        event = workspace.ids[Event][0]
        await _about(database, event, call)
        wanted = Wanted(workspace.id, new_id(), event, "call.completed", transcript, recording)
        told: dict[str, Any] = (await writer(database).document(wanted))["data"]
        assert (told["status"], told["subject"]["id"]) == ("COMPLETED", f"call_{call}")
        assert ("transcript" in told["subject"]) is transcript
        assert ("recording" in told["subject"]) is recording
        if transcript:
            assert told["subject"]["transcript"]["nodes"][-1]["text"] == "Goodbye."
    finally:
        await database.close()


async def _about(database: Database, event: str, call: str) -> None:
    mark = "$" if database.dialect == "postgres" else "?"
    async with database.transaction() as transaction:
        await transaction.fetch(
            f"UPDATE event SET subject_kind = 'CALL', subject_id = {mark}1, status = {mark}2 "
            f"WHERE id = {mark}3",
            [call, CallStatus.COMPLETED.value, event],
        )
