"""Random operations get the same answer from compiled reads as from graphql-core and the ORM.

`SWITCHBOARD_SEED` and `SWITCHBOARD_OPERATIONS` change what is tried.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import pytest
from graphql import DocumentNode, OverlappingFieldsCanBeMergedRule, parse, validate

from gateway.graph import core, graph
from models.database import Database
from tests.gateway.execution.arguments import Arguments
from tests.gateway.execution.author import Author, Written
from tests.gateway.execution.comparison import compiled, disagreement, prepared, yardstick
from tests.gateway.execution.conftest import DROPPED, Place
from tests.gateway.execution.coverage import Coverage
from tests.gateway.execution.rewriting import generated, rewritten

pytestmark = pytest.mark.filterwarnings(DROPPED)

SEED = int(os.environ.get("SWITCHBOARD_SEED", "1"))
OPERATIONS = int(os.environ.get("SWITCHBOARD_OPERATIONS", "2000"))
#: How many of them hypothesis-graphql generates; the rest is written along the types.
GENERATED = OPERATIONS // 10


@dataclass(frozen=True)
class Case:
    """One valid request."""

    written: Written
    document: DocumentNode


class Corpus:
    """The operations: most as the first workspace, some as the second."""

    def __init__(self, place: Place) -> None:
        first, second = place.samples
        self.cases: list[Case] = []
        drawn = Arguments(Random(SEED), first, second)
        for text in generated(graph().as_str(), SEED, GENERATED):
            self._keep(rewritten(core(), text, drawn))
        # Another one: what hypothesis generates depends on which modules are imported.
        self._pick = Random(SEED)
        mine = Arguments(self._pick, first, second)
        theirs = Arguments(self._pick, second, first)
        self._authors = Author(core(), mine, 0), Author(core(), theirs, 1)
        self.extend(OPERATIONS)

    def extend(self, amount: int) -> None:
        """Write until there are so many."""
        while len(self.cases) < amount:
            self._keep(self._authors[self._pick.random() < 0.2].write())

    def aim(self, coordinates: set[str]) -> None:
        """Write some that select what was not reached."""
        for each in sorted(coordinates) * 10:
            self._keep(self._authors[0].aim(each))

    def _keep(self, written: Written) -> None:
        """Keep what is valid: random operations are, but may merge what can't be merged."""
        document = parse(written.text)
        if validate(core(), document, [OverlappingFieldsCanBeMergedRule]):
            return
        # The other rules take as long again.
        if len(self.cases) % 10 == 0:
            assert not validate(core(), document), written.text
        self.cases.append(Case(written, document))


@pytest.fixture(scope="session")
def corpus(sqlite_place: Place) -> Iterator[Corpus]:
    """The same operations for both databases."""
    # Millions of syntax nodes live to the end; nobody needs to look through them for garbage.
    gc.disable()
    found = Corpus(sqlite_place)
    gc.freeze()
    gc.enable()
    yield found
    gc.unfreeze()


async def test_same_answers(place: Place, database: Database, corpus: Corpus) -> None:
    coverage = Coverage(core())
    expected = coverage.expected()
    strangers = [place.samples[1].ids(), place.samples[0].ids()]
    with_rows = with_errors = count = 0
    while count < len(corpus.cases):
        case = corpus.cases[count]
        count += 1
        samples = place.samples[case.written.workspace]
        who = samples.workspace, samples.rows["ApiKey"][0]["id"]
        given = case.written.variables
        operation = prepared(case.document, database)
        ours = await compiled(operation, given, database, *who)
        theirs = await yardstick(case.document, given, database, *who)
        difference = disagreement(ours, theirs)
        assert difference is None, f"{difference}\n{case.written.text}\n{given}"
        assert not ours.uuids & strangers[case.written.workspace], case.written.text
        coverage.add(ours)
        with_rows += ours.rows > 0
        with_errors += bool(ours.errors)
        if count == len(corpus.cases) < OPERATIONS * 3 // 2 and expected - coverage.reached:
            # What chance has left out takes some more.
            corpus.aim(expected - coverage.reached)
    print(
        f"\n{database.dialect}: {count} operations, {with_rows} with rows, {with_errors} with "
        f"errors; {len(expected & coverage.reached)} of {len(expected)} fields and arguments"
    )
    assert count >= OPERATIONS
    assert with_rows >= 0.8 * count
    assert with_errors >= 0.03 * count
    if OPERATIONS >= 2000:
        assert expected - coverage.reached == set()
