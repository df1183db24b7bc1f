"""Random operations get the same answer from compiled reads as from graphql-core and the ORM.

`SWITCHBOARD_SEED` and `SWITCHBOARD_OPERATIONS` change what is tried.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import pytest
from graphql import DocumentNode, parse, validate

from gateway.graph import core, graph
from models.database import Database
from tests.gateway.execution.arguments import Arguments
from tests.gateway.execution.author import Author, Written
from tests.gateway.execution.comparison import compiled, disagreement, prepared, yardstick
from tests.gateway.execution.conftest import DROPPED, Place
from tests.gateway.execution.coverage import Coverage
from tests.gateway.execution.rewriting import generated, rewritten

SEED = int(os.environ.get("SWITCHBOARD_SEED", "1"))
OPERATIONS = int(os.environ.get("SWITCHBOARD_OPERATIONS", "2100"))
#: How many of them hypothesis-graphql generates; the rest is written along the types.
GENERATED = OPERATIONS // 8


@dataclass(frozen=True)
class Case:
    """One valid request."""

    written: Written
    document: DocumentNode


@pytest.fixture(scope="session")
def cases(sqlite_place: Place) -> list[Case]:
    """The operations: most as the first workspace, some as the second."""
    pick = Random(SEED)
    first, second = sqlite_place.samples
    mine, theirs = Arguments(pick, first, second), Arguments(pick, second, first)
    authors = Author(core(), mine, 0), Author(core(), theirs, 1)
    found: list[Case] = []
    for text in generated(graph().as_str(), SEED, GENERATED):
        _keep(found, [rewritten(core(), text, mine)])
    while len(found) < OPERATIONS:
        _keep(found, [authors[pick.random() < 0.2].write()])
    return found


def _keep(found: list[Case], operations: Sequence[Written]) -> None:
    """Those that are valid: random ones may merge what can't be merged."""
    for each in operations:
        document = parse(each.text)
        if not validate(core(), document):
            found.append(Case(each, document))


@pytest.mark.filterwarnings(DROPPED)
async def test_same_answers(place: Place, database: Database, cases: list[Case]) -> None:
    coverage = Coverage(core())
    strangers = [place.samples[1].ids(), place.samples[0].ids()]
    with_rows = with_errors = 0
    for case in cases:
        own = place.samples[case.written.workspace].workspace
        given = case.written.variables
        operation = prepared(case.document, database)
        ours = await compiled(operation, given, database, own)
        theirs = await yardstick(case.document, given, database, own)
        difference = disagreement(ours, theirs)
        assert difference is None, f"{difference}\n{case.written.text}\n{given}"
        assert not ours.uuids & strangers[case.written.workspace], case.written.text
        coverage.add(ours)
        with_rows += ours.rows > 0
        with_errors += bool(ours.errors)
    expected = coverage.expected()
    print(
        f"\n{database.dialect}: {len(cases)} operations, {with_rows} with rows, {with_errors} with "
        f"errors; {len(expected & coverage.reached)} of {len(expected)} fields and arguments"
    )
    assert len(cases) >= OPERATIONS
    assert with_rows >= 0.8 * len(cases)
    assert with_errors >= 0.03 * len(cases)
    if OPERATIONS >= 2000:
        assert expected - coverage.reached == set()
