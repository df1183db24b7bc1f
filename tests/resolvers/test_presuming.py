"""A verb that presumes what it hasn't read does what one does that has read it."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest

from gateway.execution.effects import Effects, foreseen
from models import Actor, Event, Lead, LeadStage
from models.composing import Shape, composed
from models.database.postgres import PostgresDatabase
from models.gathering import Gathering
from models.held import Held, Source, pieces, sources
from resolvers.leads import MUTATIONS
from schema.slot import Slot, UnforeseeableError
from schema.source import Verb
from tests.resolvers.conftest import Door
from tests.resolvers.wire import overheard

LEAD = "lead { id stage version meetingBooked outreachDisabled externalId }"
#: Everything of an event but when it was made and where it stands.
TOLD = [
    name
    for name in Event._meta.fields_db_projection
    if name not in ("id", "sequence", "position", "created_at", "subject_id", "lead_id")
]
CHANGES: list[dict[str, Any]] = [
    {"stage": "QUALIFIED"},
    {"stage": "CONVERTED"},
    {"meetingBooked": True},
    {"outreachDisabled": True},
    {"externalId": "crm-7"},
    {"externalId": None},
    {"consentState": "GRANTED"},
    {"consentAt": "2026-01-02T03:04:05Z"},
    {"agentId": "agent"},
    {"agentId": None},
    {"language": "it"},
    {"customFields": {"a": 1}},
    {"company": "Babbage & Co"},
]


async def lead(door: Door, **more: Any) -> str:
    given = {"firstName": "Ada", "externalId": "crm-1", "agentId": await agent(door), **more}
    made = await door.done("createLead", given, "lead { id }")
    return str(made["lead"]["id"])


async def agent(door: Door) -> str:
    made = await door.done("createAgent", {"type": "OUTBOUND"}, "agent { id }")
    return str(made["agent"]["id"])


async def told(door: Door, id: str) -> list[dict[str, Any]]:
    rows = await door.fetch(
        f"SELECT {', '.join(TOLD)} FROM event WHERE lead_id = ?1 ORDER BY sequence",
        id.removeprefix("lead_"),
    )
    return [dict(zip(TOLD, row, strict=True)) for row in rows]


def without_agent(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{**each, "agent_id": each["agent_id"] is not None} for each in told]


def _nothing_foreseen(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Effects, "of", lambda *_: None)


def _nothing_presumed(patch: pytest.MonkeyPatch) -> None:
    _nothing_foreseen(patch)
    patch.setattr(Gathering, "presume", lambda *_: None)


def _as_it_is(_patch: pytest.MonkeyPatch) -> None:
    pass


@pytest.mark.parametrize("change", CHANGES, ids=lambda each: "-".join(map(str, each.items())))
async def test_tells_the_same(
    door: Door, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    found = []
    # The second time it is known what the first has done.
    for way in (_as_it_is, _as_it_is, _nothing_foreseen, _nothing_presumed):
        id = await lead(door)
        given = {
            name: await agent(door) if each == "agent" else each for name, each in change.items()
        }
        with monkeypatch.context() as patch:
            way(patch)
            answer = await door.done("updateLead", {"id": id, **given}, LEAD)
        answer["lead"]["id"] = None
        (row,) = await door.fetch(
            "SELECT version, last_activity_at, converted, search FROM lead WHERE id = ?1",
            id.removeprefix("lead_"),
        )
        found.append((answer, tuple(row), without_agent(await told(door, id))))
    assert found[0] == found[1] == found[2] == found[3]
    # What is told holds no trace of how it was made.
    assert len(found[0][2]) == 2
    assert "\0" not in str(found[0])


@pytest.mark.parametrize(
    ("before", "change", "changed"),
    [
        # Nothing changes.
        ({"stage": "LOST"}, {"stage": "LOST"}, None),
        ({}, {"meetingBooked": False}, None),
        ({"agentId": None}, {"agentId": None}, None),
        # Something else changes, too.
        ({"stage": "CONVERTED"}, {"stage": "LOST"}, ["converted", "stage"]),
    ],
)
@pytest.mark.parametrize("key", [None, "k"])
async def test_presumed_wrongly(
    door: Door, before: dict[str, Any], change: dict[str, Any], changed: list[str] | None, key: Any
) -> None:
    id = await lead(door, **before)
    events = len(await told(door, id))
    answer = await door.done("updateLead", {"id": id, **change}, LEAD, key)
    after = await told(door, id)
    assert answer["lead"]["version"] == 1 + (changed is not None)
    assert len(after) == events + (changed is not None)
    if changed is not None:
        assert str(after[-1]["metadata"]).count('"') == 2 + 2 * len(changed)
        assert all(each in str(after[-1]["metadata"]) for each in changed)
    again = await door.done("updateLead", {"id": id, **change}, LEAD, key)
    assert again["lead"] == answer["lead"]
    assert len(await told(door, id)) == len(after)


@pytest.mark.parametrize("key", [None, "k"])
async def test_who_is_not_there(door: Door, key: str | None) -> None:
    id = await lead(door)
    before = await door.state()
    unknown = id[:-4] + ("0000" if id[-4:] != "0000" else "1111")
    for asker, wanted in ((door, unknown), (door.foreign(), id)):
        payload = await asker.verb("updateLead", {"id": wanted, "stage": "LOST"}, LEAD, key)
        assert [each["code"] for each in payload["errors"]] == ["NOT_FOUND"]
        assert payload["lead"] is None
    assert await door.state() == before


async def test_problems_come_together(door: Door) -> None:
    unknown = "lead_00000000-0000-7000-8000-000000000000"
    found = await door.problems("updateLead", {"id": unknown, "phone": "nonsense"})
    assert found == {("NOT_FOUND", "input.id"), ("INVALID_PHONE", "input.phone")} or found == {
        ("NOT_FOUND", "id"),
        ("INVALID_PHONE", "phone"),
    }


async def test_all_at_once(door: Door) -> None:
    id = await lead(door)
    stages = ["QUALIFIED", "LOST", "QUALIFIED", "CONVERTED"] * 5
    payloads = await asyncio.gather(
        *(door.done("updateLead", {"id": id, "stage": each}, LEAD) for each in stages)
    )
    happened = (await told(door, id))[1:]
    versions = [each["version"] for each in happened]
    assert versions == list(range(2, 2 + len(happened)))
    assert max(each["lead"]["version"] for each in payloads) == versions[-1]
    # Each event's stage is another than the one before: nobody told of a change that was none.
    assert all(one["status"] != other["status"] for one, other in pairwise(happened))


async def test_text_of_a_lead_is_not_taken_for_a_column(door: Door) -> None:
    id = await lead(door, firstName="name || version", lastName="'; {0} %s $1")
    await door.done("updateLead", {"id": id, "stage": "LOST"}, LEAD)
    assert (await told(door, id))[-1]["title"] == "name || version '; {0} %s $1 moved to lost"


async def test_two_verbs_in_one_request(door: Door) -> None:
    ids = [await lead(door), await lead(door)]
    data = await door.ask(
        "mutation($a: ID!, $b: ID!) {"
        "a: updateLead(input: {id: $a, stage: LOST}) { lead { stage version } }"
        "b: updateLead(input: {id: $b, stage: LOST}) { lead { stage version } }"
        "c: updateLead(input: {id: $a, stage: QUALIFIED}) { lead { stage version } } }",
        a=ids[0],
        b=ids[1],
    )
    assert [data[each]["lead"]["version"] for each in "abc"] == [2, 2, 3]


async def test_what_is_newer_than_what_is_seen(door: Door) -> None:
    """Who waits for another one to assign an agent that is made meanwhile sees that agent."""
    if not isinstance(door.database, PostgresDatabase):
        pytest.skip("SQLite has one writer: nobody waits within a statement.")
    id = await lead(door)
    async with door.database.transaction() as transaction:
        await transaction.fetch(
            "UPDATE lead SET version = version + 1 WHERE id = $1", [id.removeprefix("lead_")]
        )
        text = "lead { version agent { id } }"
        waiting = asyncio.create_task(door.done("updateLead", {"id": id, "stage": "LOST"}, text))
        await asyncio.sleep(0.2)
        made = await agent(door)
        await transaction.fetch(
            "UPDATE lead SET agent_id = $2 WHERE id = $1",
            [id.removeprefix("lead_"), made.removeprefix("agent_")],
        )
    answer = await waiting
    assert answer["lead"] == {"version": 3, "agent": {"id": made}}


async def test_one_statement(door: Door) -> None:
    if door.database.dialect != "postgres":
        pytest.skip("SQLite has one writer, who reads for nothing.")
    id = await lead(door)
    for stage in ("QUALIFIED", "CONVERTED"):
        async with overheard(door.database) as heard:
            await door.done("updateLead", {"id": id, "externalId": stage}, LEAD)
        assert len(heard) == 1
    async with overheard(door.database) as heard:
        await door.done("updateLead", {"id": id, "stage": "LOST"}, LEAD)
    assert len(heard) == 1
    async with overheard(door.database) as heard:
        await door.done("updateLead", {"id": id, "stage": "LOST"}, LEAD)
    # It is asked, it looks, and there is only the answer to read.
    assert len(heard) == 3


def verb(name: str) -> Verb:
    (found,) = (each for each in MUTATIONS if each.python_name == name)
    source = found.metadata["source"]
    assert isinstance(source, Verb)
    return source


@pytest.mark.parametrize(
    ("input", "known"),
    [
        ({"stage": LeadStage.LOST}, True),
        ({"outreachDisabled": True}, True),
        ({"meetingBooked": False}, True),
        # Null would be refused, and that says the verb.
        ({"meetingBooked": None}, False),
        # Nothing is presumed of several.
        ({"stage": LeadStage.LOST, "meetingBooked": True}, False),
        # Whether there is such an agent must be read.
        ({"agentId": "agent_00000000-0000-7000-8000-000000000000"}, False),
        ({}, False),
    ],
    ids=str,
)
def test_what_is_foreseen(input: dict[str, Any], known: bool) -> None:
    effect = foreseen(verb("update_lead"), {"id": "lead_?", **input}, Actor.API_KEY)
    assert (effect is not None) == known
    if effect is not None:
        assert effect.result == {"lead_id": Slot("id", "lead")}
        assert {name for _, name in effect.places} == {"id", "workspace", "key", "now", "new 0"}
        assert effect.recorded


def test_others_are_not_foreseen() -> None:
    for name in ("create_lead", "upsert_lead", "delete_lead"):
        assert not verb(name).foreseeable


def test_a_slot_tells_nothing() -> None:
    with pytest.raises(UnforeseeableError):
        f"{Slot('id', 'lead')} is not to be told"


async def test_who_did_it_and_when_is_not_kept(door: Door) -> None:
    """What was found out for one caller is filled in for another."""
    ids = [await lead(door), await lead(door.foreign())]
    found = []
    for asker, id in zip((door, door.foreign().scoped("full", key=ids[0])), ids, strict=True):
        door.clock.advance(minutes=5)
        await asker.done("updateLead", {"id": id, "stage": "LOST"}, LEAD)
        rows = await door.fetch(
            "SELECT workspace_id, actor_id, created_at, id, subject_id, lead_id FROM event "
            "WHERE lead_id = ?1 ORDER BY sequence DESC LIMIT 1",
            id.removeprefix("lead_"),
        )
        found.append([str(each) for each in rows[0]])
    assert [each[0] for each in found] == [door.workspace.id, door.other.id]
    assert found[0][1] == door.caller.key_id != found[1][1]
    assert all(one != other for one, other in zip(*found, strict=True))
    assert [each[4:] for each in found] == [[id.removeprefix("lead_")] * 2 for id in ids]


def test_what_a_statement_looks_like() -> None:
    held = (Source("title", ("name",), within=True), Source("version", ("version",), within=False))
    shapes = (
        Shape("update", Lead, ("stage",), asked=(("stage", False), ("converted", True))),
        Shape("insert", Event, ("id", "title", "version"), held=held),
    )
    assert composed(shapes) == (
        'WITH w0 AS (UPDATE "lead" SET "stage" = $1::text, version = version + 1 '
        "WHERE workspace_id = $2::uuid AND id = $3::uuid "
        'AND "stage" IS DISTINCT FROM $4::text AND "converted" IS NOT DISTINCT FROM $5::boolean '
        'RETURNING "name", "version"), w1 AS (INSERT INTO "event" ("id", "title", "version") '
        'SELECT $6::uuid, concat($7::text, w0."name", $8::text), w0."version" FROM w0) '
        "SELECT 1 FROM w0"
    )


def test_what_is_held() -> None:
    row: dict[str, Any] = {
        "a": "plain",
        "b": Held("version"),
        "c": f"{Held('name')} and {Held('stage')}!",
        "d": 1,
    }
    assert sources(row) == (
        Source("b", ("version",), within=False),
        Source("c", ("name", "stage"), within=True),
    )
    assert list(pieces(row["c"])) == ["", " and ", "!"]
