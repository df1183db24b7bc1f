"""Verbs whose writes are committed together do what each would do alone."""

from __future__ import annotations

import asyncio
import random
from itertools import pairwise
from typing import Any

from models import Workspace, writing
from models.database.postgres import PostgresDatabase
from tests.resolvers.conftest import Door

LEAD = "lead { id stage version meetingBooked outreachDisabled }"
UNKNOWN = "lead_00000000-0000-7000-8000-000000000000"


async def lead(door: Door) -> str:
    made = await door.done("createLead", {"firstName": "Ada"}, "lead { id }")
    return str(made["lead"]["id"])


async def update(door: Door, id: str, **change: Any) -> dict[str, Any]:
    return await door.verb("updateLead", {"id": id, **change}, LEAD)


async def told(door: Door, id: str) -> list[tuple[Any, ...]]:
    rows = await door.fetch(
        "SELECT version, status, workspace_id FROM event WHERE lead_id = ?1 ORDER BY sequence",
        id.removeprefix("lead_"),
    )
    return [tuple(row) for row in rows]


async def test_each_has_its_own_answer(door: Door) -> None:
    """Leads of two workspaces, one that is not there, another's, and one that has that stage."""
    foreign = door.foreign()
    mine = [await lead(door) for _ in range(12)]
    theirs = [await lead(foreign) for _ in range(12)]
    await update(door, mine[3], stage="LOST")
    asked = [(door, id) for id in mine] + [(foreign, id) for id in theirs]
    asked += [(door, UNKNOWN), (door, theirs[0]), (foreign, mine[0])]
    random.Random(3).shuffle(asked)
    answers = await asyncio.gather(*(update(each, id, stage="LOST") for each, id in asked))
    for (asker, id), answer in zip(asked, answers, strict=True):
        if id in (mine if asker is door else theirs):
            assert answer["errors"] == []
            assert (answer["lead"]["id"], answer["lead"]["stage"]) == (id, "LOST")
            assert answer["lead"]["version"] == 2
        else:
            assert [each["code"] for each in answer["errors"]] == ["NOT_FOUND"]
            assert answer["lead"] is None
    for asker, ids in ((door, mine), (foreign, theirs)):
        for id in ids:
            events = await told(asker, id)
            assert [each[0] for each in events] == [1, 2]
            assert {str(each[2]) for each in events} == {asker.workspace.id}


async def test_several_processes_at_once(door: Door, other: Door) -> None:
    """Nothing is lost, done twice or told of without having happened, whoever is in the way."""
    random_ = random.Random(7)
    ids = [await lead(door) for _ in range(8)]
    changes: list[tuple[str, dict[str, Any]]] = []
    for _ in range(160):
        change: dict[str, Any] = random_.choice(
            [
                {"stage": random_.choice(["LOST", "QUALIFIED", "CONVERTED"])},
                {"meetingBooked": random_.random() < 0.5},
                # Takes more than one statement.
                {"firstName": f"Ada {random_.random()}", "stage": "LOST"},
            ]
        )
        changes.append((random_.choice(ids), change))
    answers = await asyncio.gather(
        *(update(random_.choice((door, other)), id, **change) for id, change in changes)
    )
    for (id, _), answer in zip(changes, answers, strict=True):
        assert answer["errors"] == []
        assert answer["lead"]["id"] == id
    for id in ids:
        events = await told(door, id)
        rows = await door.fetch(
            "SELECT version, stage FROM lead WHERE id = ?1", id.removeprefix("lead_")
        )
        assert [each[0] for each in events] == list(range(1, 1 + rows[0][0]))
        stages = [each[1] for each in events if each[1] is not None]
        assert stages[-1:] in ([rows[0][1]], [])
        assert len(events) > 1


async def test_a_lead_that_somebody_has_locked(door: Door) -> None:
    """The others do not wait for it, and it is done once it is free."""
    if not isinstance(door.database, PostgresDatabase):
        return
    ids = [await lead(door) for _ in range(6)]
    async with door.database.transaction() as transaction:
        await transaction.fetch(
            "UPDATE lead SET stage = 'QUALIFIED', version = version + 1 WHERE id = $1",
            [ids[2].removeprefix("lead_")],
        )
        tasks = [asyncio.create_task(update(door, id, stage="LOST")) for id in ids]
        done, waiting = await asyncio.wait(tasks, timeout=2)
        assert waiting == {tasks[2]}
        assert len(done) == 5
    answers = await asyncio.gather(*tasks)
    assert [each["lead"]["version"] for each in answers] == [2, 2, 3, 2, 2, 2]
    events = [await told(door, id) for id in ids]
    assert [len(each) for each in events] == [2] * 6
    assert all(one[0] < next_[0] for each in events for one, next_ in pairwise(each))


async def test_a_workspace_that_somebody_has_locked(door: Door) -> None:
    """Events refer to it, which must wait for nobody who only changes it."""
    if not isinstance(door.database, PostgresDatabase):
        return
    foreign = door.foreign()
    mine, theirs = [await lead(door)], [await lead(foreign) for _ in range(5)]
    async with door.database.transaction() as transaction:
        where = {"id": door.workspace.id}
        assert await writing.find(transaction, Workspace, ("id",), where, lock=True)
        answers = await asyncio.wait_for(
            asyncio.gather(
                *(update(door, id, stage="LOST") for id in mine),
                *(update(foreign, id, stage="LOST") for id in theirs),
            ),
            1,
        )
    assert [each["lead"]["version"] for each in answers] == [2] * 6


LOOKUPS = [
    "query($id: ID!) { lead(id: $id) { id stage name } }",
    "query($id: ID!) { again: lead(id: $id) { again: id name agent { id name } } }",
    "query($id: ID!) { lead(id: $id) { stage id calls(first: 2) { nodes { id } } } }",
    "query($id: ID!) { lead(id: $id) { id activity(first: 2) { totalCount } } }",
    "query($id: ID!) { lead(id: $id) { id } viewer { workspace { name } key { id } } }",
    "query($id: ID!) { lead(id: $id) { id } b: lead(id: $id) { name } }",
    "query($id: ID!) { lead(id: $id) { id } __typename }",
    "query($id: ID!) { lead(id: $id) { __typename } }",
    "query($id: ID!) { lead(id: $id) { id } leads(first: 1) { nodes { id } } }",
    "query($id: ID!) { lead(id: $id) { id } stats { totalLeads totalCalls } }",
    "query($id: ID!) { lead(id: $id) { id } viewer { scopes } }",
    "query($id: ID!) { node(id: $id) { id ... on Lead { name } } }",
    "query($id: ID!) { lead(id: $id) { id @skip(if: true) name } }",
]


async def test_lookups_at_once(door: Door) -> None:
    """Each is answered as if it had been alone, whoever asks for what beside it."""
    foreign = door.foreign()
    mine = [await lead(door) for _ in range(4)]
    theirs = [await lead(foreign) for _ in range(4)]
    asked = [
        (asker, text, id)
        for asker in (door, foreign)
        for text in LOOKUPS
        for id in (*mine, *theirs, UNKNOWN)
    ]
    alone = [await asker.ask(text, id=id) for asker, text, id in asked]
    for (asker, text, id), found in zip(asked, alone, strict=True):
        if "node(" not in text and "again" not in text:
            assert (found["lead"] is not None) == (id in (mine if asker is door else theirs))
    for seed in range(3):
        order = random.Random(seed).sample(range(len(asked)), len(asked))
        together = await asyncio.gather(
            *(asked[place][0].ask(asked[place][1], id=asked[place][2]) for place in order)
        )
        assert together == [alone[place] for place in order]
