"""A dry run says what the import then does, however far apart a file's repetitions are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from random import Random

import pytest

from gateway.cli.acting import commander
from gateway.imports.drafts import LeadDraft
from gateway.imports.duplicates import DuplicatePolicy, batches
from gateway.imports.landing import Landing
from gateway.imports.rehearsal import Rehearsal
from gateway.imports.report import Report, Summary
from models import Lead, writing
from models.database import Database, connect
from tests.gateway.imports.test_landing import workspace


def drafts(seed: int, rows: int) -> Iterator[LeadDraft]:
    """Rows about few people, who change their addresses and share some."""
    dice = Random(seed)
    for row in range(1, rows + 1):
        person = dice.randrange(60)
        yield LeadDraft(
            row,
            row,
            f"Person {person}" if dice.random() < 0.9 else f"Nobody {row}",
            external_id=f"X{person}" if dice.random() < 0.4 else None,
            email=f"{person}-{dice.randrange(2)}@example.com" if dice.random() < 0.6 else None,
            phone=f"+1212555{dice.randrange(40):04}" if dice.random() < 0.6 else None,
            outreach_disabled=True if dice.random() < 0.1 else None,
            custom_fields={"Note": str(dice.randrange(3))} if dice.random() < 0.3 else {},
        )


async def imported(
    database: Database, id_: str, seed: int, policy: DuplicatePolicy, rehearsal: Rehearsal | None
) -> Summary:
    report = Report()
    landing = Landing(database, commander(id_), policy, rehearsal)
    for batch in batches(drafts(seed, 400), policy, 25):
        await landing.land(batch, report)
    return report.summary()


@pytest.mark.parametrize("policy", DuplicatePolicy)
async def test_a_dry_run_counts_what_the_import_does(
    database_url: str, policy: DuplicatePolicy
) -> None:
    database = await connect(database_url, connections=2)
    id_ = await workspace(database)
    for seed in (1, 2):
        with closing(Rehearsal()) as rehearsal:
            expected = await imported(database, id_, seed, policy, rehearsal)
        async with database.transaction() as transaction:
            before = await writing.find(transaction, Lead, ("id",), {"workspace_id": id_})
        assert seed == 2 or not before
        assert await imported(database, id_, seed, policy, None) == expected
    await database.close()
