"""Batches that land beside others, and among many leads that share a number."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from gateway.cli.acting import commander
from gateway.imports.drafts import LeadDraft
from gateway.imports.duplicates import Batch, DuplicatePolicy, Identity, batches
from gateway.imports.known import known
from gateway.imports.landing import Landing
from gateway.imports.report import Report, Summary
from models import Event, Lead, Workspace, writing
from models.columns import new_id, now, wire
from models.database import Database, connect
from resolvers.existing import held
from schema.unit import Unit

SHARED = "+14155550100"


async def workspace(database: Database) -> str:
    """A new workspace's id."""
    values = {"id": new_id(), "number": 1, "name": "Acme"}
    async with database.transaction() as transaction:
        await writing.insert(transaction, Workspace, values)
    return values["id"]  # type: ignore[return-value]


async def landed(
    database: Database,
    id_: str,
    drafts: Sequence[LeadDraft],
    policy: DuplicatePolicy = DuplicatePolicy.SKIP,
) -> Summary:
    report = Report()
    await Landing(database, commander(id_), policy).land(Batch(tuple(drafts), (), ()), report)
    return report.summary()


def test_of_two_imports_at_once_one_finds_what_the_other_made(database_url: str) -> None:
    drafts = [LeadDraft(row, row, "Ada", email=f"{row}@example.com") for row in range(200)]

    async def scene() -> int:
        databases = [await connect(database_url, connections=2) for _ in range(2)]
        try:
            id_ = await workspace(databases[0])
            done = await asyncio.gather(*(landed(each, id_, drafts) for each in databases))
        finally:
            for each in databases:
                await each.close()
        assert sum(each.skipped for each in done) == 200
        return sum(each.created for each in done)

    assert asyncio.run(scene()) == 200


async def test_a_batch_that_others_are_in_the_way_of_is_tried_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.database.postgres.LOCK_TIMEOUT", 0.2)
    one, two = [await connect(database_url, connections=2) for _ in range(2)]
    id_ = await workspace(one)
    await landed(one, id_, [LeadDraft(1, 1, "Ada", email="ada@example.com")])
    later = [
        LeadDraft(2, 2, "Ada King", email="ada@example.com"),
        LeadDraft(3, 3, "Bea", email="bea@example.com"),
    ]
    columns, where = ("name", "version"), {"workspace_id": id_}
    async with one.transaction() as transaction:
        await writing.find(transaction, Lead, columns, where, lock=True)
        ours = asyncio.create_task(landed(two, id_, later, DuplicatePolicy.UPDATE))
        await asyncio.sleep(0.5)
    summary = await ours
    async with one.transaction() as transaction:
        found = await writing.find(transaction, Lead, columns, where)
        events = await writing.find(transaction, Event, ("id",), where)
    await one.close()
    await two.close()
    assert (summary.created, summary.updated) == (1, 1)
    assert [tuple(each) for each in found] == [("Ada King", 2), ("Bea", 1)]
    assert len(events) == 3


async def test_a_row_is_read_against_what_the_row_before_it_wrote(database_url: str) -> None:
    """Two rows that are not the same lead, each found by another address of one."""
    database = await connect(database_url, connections=2)
    id_ = await workspace(database)
    old, new = "alice-old@example.com", "alice-new@example.com"
    await landed(database, id_, [LeadDraft(1, 1, "Alice", external_id="M1", email=old)])
    rows = [
        LeadDraft(2, 2, "Alice", external_id="M1", email=new, company="Acme"),
        LeadDraft(3, 3, "Bob", email=old),
    ]
    summary = await landed(database, id_, rows, DuplicatePolicy.UPDATE)
    assert (summary.created, summary.updated) == (1, 1)
    eve = LeadDraft(4, 4, "Eve", external_id="N1", phone=SHARED, custom_fields={"A": "seed"})
    await landed(database, id_, [eve])
    rows = [
        LeadDraft(5, 5, "Eve", external_id="N1", email="eve@example.com", custom_fields={"A": "1"}),
        LeadDraft(6, 6, "Eve King", phone=SHARED, custom_fields={"B": "2"}),
    ]
    summary = await landed(database, id_, rows, DuplicatePolicy.UPDATE)
    assert (summary.created, summary.updated) == (0, 2)
    columns = ("name", "email", "company", "custom_fields", "search")
    async with database.transaction() as transaction:
        found = await writing.find(transaction, Lead, columns, {"workspace_id": id_})
    await database.close()
    people = [held(Lead, columns, each) for each in found]
    assert [tuple(each.values())[:4] for each in people] == [
        ("Alice", new, "Acme", {}),
        ("Bob", old, None, {}),
        ("Eve King", "eve@example.com", None, {"A": "1", "B": "2"}),
    ]
    assert [each["email"] in each["search"] for each in people] == [True] * 3


async def test_an_opt_out_is_heard_for_the_lead_that_it_names(database_url: str) -> None:
    database = await connect(database_url, connections=2)
    id_ = await workspace(database)
    before = [
        LeadDraft(1, 1, "Desk", phone=SHARED),
        LeadDraft(2, 2, "Olga", external_id="OX2", email="olga@example.com"),
    ]
    await landed(database, id_, before)
    rows = [
        LeadDraft(3, 3, "Desk", phone=SHARED, outreach_disabled=True),
        LeadDraft(4, 4, "Olga", external_id="OX2", phone=SHARED, outreach_disabled=True),
    ]
    report = Report()
    for batch in batches(rows, DuplicatePolicy.SKIP):
        await Landing(database, commander(id_), DuplicatePolicy.SKIP).land(batch, report)
    async with database.transaction() as transaction:
        where = {"workspace_id": id_, "outreach_disabled": True}
        found = await writing.find(transaction, Lead, ("name",), where)
    await database.close()
    assert [each[0] for each in found] == ["Desk", "Olga"]


def test_of_many_leads_with_one_number_only_those_are_read_that_can_be_meant(
    database_url: str,
) -> None:
    colleagues = [
        LeadDraft(row, row, "Ada", phone=SHARED, email=f"{row}@example.com") for row in range(300)
    ]
    keyless = [LeadDraft(row, row, f"Keyless {row}", phone=SHARED) for row in range(3)]

    async def scene() -> list[Identity]:
        database = await connect(database_url, connections=2)
        try:
            id_ = await workspace(database)
            for each in keyless:
                await landed(database, id_, [each], DuplicatePolicy.CREATE)
            await landed(database, id_, colleagues, DuplicatePolicy.CREATE)
            again = await landed(database, id_, [colleagues[299], keyless[1]])
            assert again.skipped == 2
            async with database.transaction() as transaction:
                unit = Unit(transaction, commander(id_), wire(now()))
                columns = ("id", "external_id", "email", "phone", "name")
                found = await known(unit, [keyless[2], colleagues[7]], columns)
            return [Identity(*(each[name] for name in columns[1:])) for each in found]
        finally:
            await database.close()

    assert asyncio.run(scene()) == [
        Identity(None, None, SHARED, "Keyless 0"),
        Identity(None, "0@example.com", SHARED, "Ada"),
        Identity(None, "7@example.com", SHARED, "Ada"),
    ]
