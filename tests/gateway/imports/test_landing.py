"""Batches that land beside others, and among many leads that share a number."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from gateway.cli.acting import commander
from gateway.imports.drafts import LeadDraft
from gateway.imports.duplicates import Batch, DuplicatePolicy, Identity
from gateway.imports.known import known
from gateway.imports.landing import Landing
from gateway.imports.report import Report, Summary
from models import Event, Lead, Workspace, writing
from models.columns import new_id, now, wire
from models.database import Database, connect
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
            return [identity for identity, _ in found]
        finally:
            await database.close()

    assert asyncio.run(scene()) == [
        Identity(None, None, SHARED, "Keyless 0"),
        Identity(None, "0@example.com", SHARED, "Ada"),
        Identity(None, "7@example.com", SHARED, "Ada"),
    ]
