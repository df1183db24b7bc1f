"""Rows keep to their workspace, are ordered alike, and are found alike."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from tortoise.context import TortoiseContext
from tortoise.exceptions import IntegrityError

from models import Actor, Call, Event, EventType, Lead, Subject
from models.columns import Timestamp, now, uuid7, wire
from models.database import Dialect
from models.search import condition, search_text, wanted
from tests.models import rows

NAMES = [
    "Ada Lovelace",
    "ada byron",
    "Émile Zola",
    "Zoë Ångström",
    "Øystein Müller-Lüdenscheidt",
    "O'Brien & Söhne",
    "Straße 12b",
    "Łukasz Żółć",
    "Иван Петров",
    "李小龙",
    "+49 30 1234",
    "100% {}[] \"quoted\" 'x' _-%",
    "İstanbul A.Ş.",
    "a",
    "~tilde",
]
QUERIES = ["ada", "ADA", "lov", "lace", "zol", "é", "ém", "em", "mü", "müll", "ül", "lü", "ß", "ss"]
QUERIES += ["ø", "øy", "ż", "łu", "ив", "етро", "李", "小", "小龙", "49", "+4", "12", "123", "30 1"]
QUERIES += ["o'b", "'b", "br", "%", "100%", "{}", "{}[", '"', '"quo', "_-%", "-", "x' _", "a", "a."]
QUERIES += [
    "b",
    "12b",
    "byron",
    "da by",
    "tilde",
    "~t",
    "~",
    " ",
    "i̇",
    "acme",
    "ac",
    "*",
    "OR",
    "a*",
]


@pytest.mark.parametrize("column", ["lead_id", "agent_id", "campaign_id", "phone_number_id"])
async def test_nothing_refers_to_another_workspace(orm: TortoiseContext, column: str) -> None:
    ours, theirs = await rows.workspace(), await rows.workspace()
    agent = await rows.agent(theirs.id)
    foreign = {
        "lead_id": (await rows.lead(theirs.id)).id,
        "agent_id": agent.id,
        "campaign_id": (await rows.campaign(theirs.id, agent.id)).id,
        "phone_number_id": uuid7(),
    }
    with pytest.raises(IntegrityError):
        await rows.call(ours.id, **{column: foreign[column]})
    if column != "phone_number_id":
        await rows.call(theirs.id, **{column: foreign[column]})


async def test_a_lead_with_calls_stays_until_they_let_go(orm: TortoiseContext) -> None:
    workspace = await rows.workspace()
    lead = await rows.lead(workspace.id)
    call = await rows.call(workspace.id, lead_id=lead.id)
    with pytest.raises(IntegrityError):
        await Lead.filter(workspace_id=workspace.id, id=lead.id).delete()
    await Call.filter(workspace_id=workspace.id, id=call.id).update(lead_id=None)
    await Lead.filter(workspace_id=workspace.id, id=lead.id).delete()
    assert not await Lead.filter(workspace_id=workspace.id).exists()


async def test_one_lead_per_contact_key(orm: TortoiseContext) -> None:
    workspace, other = await rows.workspace(), await rows.workspace()
    await rows.lead(workspace.id, contact_key="+14155550100")
    await rows.lead(workspace.id)
    await rows.lead(workspace.id)
    await rows.lead(other.id, contact_key="+14155550100")
    with pytest.raises(IntegrityError):
        await rows.lead(workspace.id, contact_key="+14155550100")


async def test_text_is_ordered_by_bytes(orm: TortoiseContext) -> None:
    workspace = await rows.workspace()
    for name in NAMES:
        await rows.lead(workspace.id, name)
    found = await Lead.filter(workspace_id=workspace.id).order_by("name")
    assert [lead.name for lead in found] == sorted(NAMES, key=lambda name: name.encode())


async def test_rows_read_back_as_written(orm: TortoiseContext) -> None:
    workspace = await rows.workspace()
    written = await rows.lead(workspace.id, custom_fields={"b": 1, "a": [None, "é"]})
    read = await Lead.get(workspace_id=workspace.id, id=written.id)
    for name in Lead._meta.fields_map:
        assert getattr(read, name) == getattr(written, name), name


async def test_instants_are_ordered_by_time(orm: TortoiseContext) -> None:
    workspace = await rows.workspace()
    moments = [
        datetime(2026, 1, 31, 9, 30, 0, 1000, tzinfo=UTC),
        datetime(2026, 1, 31, 9, 30, 0, 999000, tzinfo=UTC),
        datetime(2026, 1, 31, 9, 30, 1, tzinfo=UTC),
        datetime(2026, 11, 1, tzinfo=UTC),
    ]
    for moment in reversed(moments):
        await rows.lead(workspace.id, created_at=moment)
    query = Lead.filter(workspace_id=workspace.id, created_at__lt=moments[-1])
    found = await query.order_by("created_at").values_list("created_at", flat=True)
    assert found == moments[:-1]


async def test_events_are_numbered_in_order(orm: TortoiseContext) -> None:
    workspace = await rows.workspace()
    for _ in range(3):
        await Event.create(
            workspace_id=workspace.id,
            type=EventType.LEAD_CREATED,
            subject_kind=Subject.LEAD,
            subject_id=uuid7(),
            title="A lead was added",
            actor=Actor.SYSTEM,
        )
    events = await Event.filter(workspace_id=workspace.id).order_by("id")
    numbers = [event.sequence for event in events]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == 3
    assert all(event.position is None for event in events)


async def search(orm: TortoiseContext, workspace_id: object, query: str) -> list[str]:
    database = orm.db()
    dialect: Dialect = "postgres" if database.capabilities.dialect == "postgres" else "sqlite"
    first, second = ("$1", "$2") if dialect == "postgres" else ("?1", "?2")
    shape, text = wanted(query)
    sql = condition(shape, "lead", dialect, first, second)
    found = await database.execute_query_dict(
        f"SELECT name FROM lead WHERE workspace_id = {first} AND {sql} ORDER BY name",
        [str(workspace_id), text] if text else [str(workspace_id)],
    )
    return [row["name"] for row in found]


@pytest.mark.parametrize("query", QUERIES)
def test_queries_are_distinct(query: str) -> None:
    assert QUERIES.count(query) == 1


async def test_leads_are_found_by_part_of_their_text(orm: TortoiseContext) -> None:
    workspace, other = await rows.workspace(), await rows.workspace()
    for name in NAMES:
        await rows.lead(workspace.id, name, company="Acme GmbH")
        await rows.lead(other.id, name)
    for query in QUERIES:
        assert await search(orm, workspace.id, query) == expected(query, NAMES, "Acme GmbH"), query
    await Lead.filter(workspace_id=workspace.id, name="ada byron").update(
        name="King", search=search_text("King", "Acme GmbH")
    )
    await Lead.filter(workspace_id=workspace.id, name="a").delete()
    kept = [name for name in NAMES if name not in {"a", "ada byron"}]
    for query in QUERIES:
        names = [*expected(query, kept, "Acme GmbH"), *expected(query, ["King"], "Acme GmbH")]
        assert await search(orm, workspace.id, query) == sorted(names, key=str.encode), query


def expected(query: str, names: list[str], company: str) -> list[str]:
    """What the two indexes must agree upon, by plain Python."""
    folded = search_text(query)
    found = []
    for name in names:
        text = search_text(name, company)
        if len(folded) >= 3 or not folded:
            matches = folded in text
        else:
            matches = any(
                word.startswith(start) for start in words(folded)[:1] for word in words(text)
            )
        if matches:
            found.append(name)
    return sorted(found, key=str.encode)


def words(text: str) -> list[str]:
    return "".join(each if each.isalnum() else " " for each in text).split()


async def test_adding_ten_thousand_leads_is_quick(orm: TortoiseContext) -> None:
    workspace = await rows.workspace()
    leads = [
        Lead(
            workspace_id=workspace.id,
            number=number,
            name=f"Lead Number {number}",
            email=f"lead{number}@example.com",
            phone=f"+1415555{number:05d}",
            company="Example Industries",
            search=search_text(
                f"Lead Number {number}",
                f"lead{number}@example.com",
                f"+1415555{number:05d}",
                "Example Industries",
            ),
            last_activity_at=now(),
        )
        for number in range(10_000)
    ]
    start = time.perf_counter()
    await Lead.bulk_create(leads, batch_size=1000)
    elapsed = time.perf_counter() - start
    print(f"{orm.db().capabilities.dialect}: {elapsed:.1f} s")
    assert elapsed < 30
    assert await search(orm, workspace.id, "lead9999@") == ["Lead Number 9999"]


def test_wire_format_sorts_by_time() -> None:
    early, late = datetime(999, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 0, 999, tzinfo=UTC)
    assert wire(early) == "0999-01-01T00:00:00.000Z"
    assert wire(early) < wire(late) == "2026-01-01T00:00:00.000Z"
    assert Timestamp().to_python_value(wire(early)) == early


def test_ids_are_in_order() -> None:
    ids = [uuid7() for _ in range(10_000)]
    assert ids == sorted(ids)
    assert {each.version for each in ids} == {7}
