"""A unit that gathers its writes does what one with a transaction does, whatever is asked of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from models import Event, EventType, Lead, Subject
from models.columns import uuid7, wire
from models.composing import Shape, composed
from models.database import Reads
from models.gathering import Gathering, StaleError
from resolvers.leads import derived
from schema.unit import Unit
from tests.resolvers.conftest import Door
from tests.resolvers.wire import overheard

Work = Callable[[Unit], Awaitable[Any]]
STAGE = ("version", "stage", "name")


@pytest.fixture(autouse=True)
def _postgres_only(door: Door) -> None:
    if door.database.dialect != "postgres":
        pytest.skip("One writer needs nothing gathered.")


def reading(id: str) -> Reads[Any]:
    rows = yield "SELECT name, stage, version FROM lead WHERE id = $1", (id,)
    return [tuple(row) for row in rows]


async def carried_out(door: Door, id: str, work: Work, *, gathered: bool = True) -> Any:
    """What the verb gives and what is read at its end, one way or the other."""
    place = Gathering(door.database, door.workspace.id) if gathered else door.database.transaction()
    async with place as begun:
        unit = Unit(begun, door.caller, wire(door.clock()))
        found = await work(unit)
        return found, await unit.close(reading(id))


async def new_lead(door: Door) -> str:
    payload = await door.done("createLead", {"name": "Ada"}, "lead { id }")
    return str(payload["lead"]["id"][-36:])


async def watched(unit: Unit, id: str) -> None:
    assert await unit.watch(Lead, ["name", "stage"], {"id": id})


def row(number: int) -> dict[str, Any]:
    parts = {"name": f"New {number}"}
    more = {"number": 900_000 + number, "last_activity_at": "2026-02-02T12:00:00.000Z"}
    return {"id": str(uuid7()), **parts, **derived(parts), **more}


async def twice(unit: Unit, id: str) -> Any:
    await watched(unit, id)
    first = await unit.update(Lead, id, {"stage": "LOST"}, STAGE)
    second = await unit.update(Lead, id, {"name": "Eve"}, STAGE)
    return [tuple(each or ()) for each in (first, second)]


async def unwatched(unit: Unit, id: str) -> Any:
    return tuple(await unit.update(Lead, id, {"name": "Eve"}, STAGE) or ())


async def unknown(unit: Unit, id: str) -> Any:
    await unit.watch(Lead, ["id"], {"id": id})
    return tuple(await unit.update(Lead, id, {"name": "Eve"}, STAGE) or ())


async def looking_after(unit: Unit, id: str) -> Any:
    await watched(unit, id)
    await unit.update(Lead, id, {"name": "Eve"})
    rows = await unit.find(Lead, STAGE, {"id": id})
    return [tuple(each) for each in rows]


async def removing(unit: Unit, id: str) -> Any:
    await watched(unit, id)
    gone = await unit.delete(Lead, id)
    return gone, await unit.delete(Lead, id), await unit.find(Lead, ["id"], {"id": id})


async def many(unit: Unit, id: str) -> Any:
    rows = await unit.insert_many(Lead, [row(number) for number in range(6)])
    return [each["name"] for each in rows]


async def some(unit: Unit, id: str) -> Any:
    await watched(unit, id)
    await unit.update(Lead, id, {"name": "Eve"})
    rows = await unit.insert_many(Lead, [row(number) for number in range(3)])
    found = await unit.read("SELECT count(*) FROM lead WHERE number >= $1", [900_000])
    return [each["version"] for each in rows], [tuple(each) for each in found]


async def nothing(unit: Unit, id: str) -> Any:
    await watched(unit, id)
    return await unit.insert_many(Lead, [])


async def absent(unit: Unit, id: str) -> Any:
    other = str(uuid7())
    assert not await unit.watch(Lead, ["id"], {"id": other})
    return await unit.update(Lead, other, {"name": "x"}), await unit.delete(Lead, other)


@pytest.mark.parametrize(
    "work",
    [twice, unwatched, unknown, looking_after, removing, many, some, nothing, absent],
    ids=lambda each: each.__name__,
)
async def test_both_ways_are_the_same(door: Door, work: Any) -> None:
    found = []
    for gathered in (True, False):
        id = await new_lead(door)
        found.append(await carried_out(door, id, partial(work, id=id), gathered=gathered))
        await door.fetch("DELETE FROM lead WHERE number >= 900000")
    assert found[0] == found[1]


@pytest.mark.parametrize("work", [twice, looking_after, removing], ids=lambda each: each.__name__)
@pytest.mark.parametrize("late", [False, True])
async def test_a_row_changed_meanwhile_leaves_nothing_done(
    door: Door, work: Any, late: bool
) -> None:
    id = await new_lead(door)
    await door.fetch("DELETE FROM event WHERE lead_id = ?1", id)

    async def disturbed(unit: Unit) -> None:
        await watched(unit, id)
        unit.record(EventType.LEAD_UPDATED, Subject.LEAD, id, "x", version=2)
        await unit.insert(Lead, row(1))
        if late:
            await unit.update(Lead, id, {"name": "Eve"})
        await door.fetch("UPDATE lead SET version = version + 1 WHERE id = ?1", id)
        if not late:
            await work(unit, id)

    with pytest.raises(StaleError):
        await carried_out(door, id, disturbed)
    assert await door.events(id) == []
    assert await door.fetch("SELECT id FROM lead WHERE number >= 900000") == []
    ((name, version),) = await door.fetch("SELECT name, version FROM lead WHERE id = ?1", id)
    assert (name, version) == ("Ada", 2)


async def test_events_of_one_statement_keep_their_order(door: Door) -> None:
    id = await new_lead(door)
    input = {"id": f"lead_{id}", "stage": "CONVERTED", "meetingBooked": True}
    input |= {"outreachDisabled": True, "agentId": None}
    async with overheard(door.database) as heard:
        await door.done("updateLead", input, "lead { id }")
    assert len(heard) == 2
    assert await door.events(id) == [
        ("LEAD_CREATED", 1),
        ("LEAD_OPTED_OUT", 2),
        ("LEAD_MEETING_BOOKED", 2),
        ("LEAD_CONVERTED", 2),
    ]


async def test_a_transaction_begun_on_the_way_ends_with_the_unit(door: Door) -> None:
    id = await new_lead(door)

    async def failing(unit: Unit) -> None:
        await watched(unit, id)
        await unit.update(Lead, id, {"name": "Eve"})
        await unit.find(Lead, ["id"], {"id": id})
        assert not isinstance(unit.work, Gathering)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await carried_out(door, id, failing)
    ((version,),) = await door.fetch("SELECT version FROM lead WHERE id = ?1", id)
    assert version == 1


ROW = 'SELECT t.id FROM "lead" t  WHERE t.workspace_id = $1::uuid AND t.id = $2::uuid'


@pytest.mark.parametrize(
    "read",
    [
        # Rows of other conditions, of another noun, or none that is sure to come.
        ROW.replace("t.id = $2::uuid", "t.id = ANY($2::uuid[])"),
        ROW + " AND t.position IS NOT NULL",
        ROW.replace('"lead"', '"agent"'),
        ROW.replace("  WHERE", ' JOIN "agent" j1 ON j1.id = t.agent_id WHERE'),
        # Tables that are written look as they did before.
        ROW.replace("  WHERE", ' LEFT JOIN "event" j1 ON j1.id = t.id WHERE'),
        ROW.replace("  WHERE", ' LEFT JOIN "lead" j1 ON j1.id = t.id WHERE'),
    ],
)
def test_reads_that_are_not_put_upon_writes(read: str) -> None:
    shapes = (Shape("update", Lead, ("name",)), Shape("insert", Event, ("id",)))
    assert composed(shapes, ROW, 0, 2)
    assert not composed(shapes, read, 0, 2)


@pytest.mark.parametrize(
    ("columns", "back"),
    [
        ("t.id, t.name", '"id", "name", "workspace_id"'),
        ('t."search"', '"id", "search", "workspace_id"'),
        ("row_to_json(t)", "*"),
        ("t.*", "*"),
        ("(SELECT t.nothing FROM other t)", "*"),
    ],
)
def test_what_comes_back(columns: str, back: str) -> None:
    read = ROW.replace("t.id", columns, 1)
    assert f" RETURNING {back})" in composed((Shape("update", Lead, ("name",)),), read, 0, 2)


def test_what_a_statement_looks_like() -> None:
    shapes = (
        Shape("update", Lead, ("name",), asked=(("version", True),)),
        Shape("insert", Event, ("id", "workspace_id")),
    )
    assert composed(shapes, ROW, 0, 2) == (
        'WITH w0 AS (UPDATE "lead" SET "name" = $3::text, version = version + 1 '
        "WHERE workspace_id = $4::uuid AND id = $5::uuid "
        'AND "version" IS NOT DISTINCT FROM $6::integer RETURNING "id", "workspace_id"), '
        'w1 AS (INSERT INTO "event" ("id", "workspace_id") SELECT $7::uuid, $8::uuid FROM w0) '
        "SELECT t.id FROM w0 t  WHERE t.workspace_id = $1::uuid AND t.id = $2::uuid"
    )
