"""Every list is found through an index: each filter alone, each ordering alone, at both ends.

What is let off stands in this file with its reason; a statement time-out bounds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from graphql import GraphQLObjectType

from gateway.execution.selection import source_of
from gateway.graph import core
from models.database import Database
from schema import paging
from schema.condition import Linked, Present, Search
from schema.noun import NOUNS, Noun
from schema.range import Between, BetweenSeconds
from schema.source import Many, Related
from tests.gateway.execution.arguments import Arguments
from tests.gateway.execution.comparison import operation
from tests.gateway.execution.conftest import Place
from tests.gateway.execution.plans import Plan, explain, indexed
from tests.gateway.execution.test_statements import recorded

#: A workspace has some hundred of these at most: walking them in order is quick.
SMALL = {"Agent", "Campaign", "ProviderAccount", "Webhook"}
#: Filters that walk the default ordering instead of having an index of their own.
WALKING = {
    # The state changes all the time, and is asked for with the campaign, for which there is one.
    "Recipient.state",
    # Most leads are assigned, and for those that aren't there is an index.
    "Lead.assigned",
}
#: Lists of one parent that are so short that sorting them costs nothing.
SHORT = {"Call.events", "Delivery.attempts"}


@dataclass(frozen=True)
class List:
    """A list of the graph."""

    parent: str | None
    field: str
    source: Many

    @property
    def noun(self) -> Noun:
        """What is listed."""
        return NOUNS[self.source.noun]

    @property
    def name(self) -> str:
        """Its coordinate."""
        return f"{self.parent or 'Query'}.{self.field}"

    async def plan(self, place: Place, database: Database, given: dict[str, Any]) -> Plan:
        """How its page is found."""
        samples = place.samples[0]
        noun = self.source.noun
        page = (
            f"{self.field}(first: $first, last: $last, filter: $filter, orderBy: $order, "
            "after: $after) { nodes { id } }"
        )
        head = (
            f"$filter: {noun}Filter, $order: {noun}Order, $after: String, $first: Int, $last: Int"
        )
        if self.parent is not None:
            page = f"node(id: $id) {{ ... on {self.parent} {{ {page} }} }}"
            head = f"$id: ID!, {head}"
            given = {
                **given,
                "id": samples.public(NOUNS[self.parent], samples.rows[self.parent][0]),
            }
        found = operation(f"query ({head}) {{ {page} }}", database)
        statements = await recorded(found, given, database, samples.workspace)
        return await explain(database, statements[-1], self.noun.table)


def lists() -> Iterator[List]:
    query = core().query_type
    assert query is not None
    types = [query, *(core().type_map[name] for name in NOUNS if name in core().type_map)]
    for type_ in types:
        assert isinstance(type_, GraphQLObjectType)
        for name, field in type_.fields.items():
            source = source_of(field)
            if isinstance(source, Many):
                yield List(None if type_ is query else type_.name, name, source)


LISTS = [pytest.param(each, id=each.name) for each in lists()]
ROOTS = [pytest.param(each, id=each.name) for each in lists() if each.parent is None]


@pytest.mark.parametrize("listed", LISTS)
async def test_orderings(place: Place, database: Database, listed: List) -> None:
    noun = listed.noun
    row = place.samples[0].rows[noun.name][0]
    for each in noun.order or ():
        default = each.value == noun.default_order[0]
        for direction in ("ASC", "DESC"):
            mark = noun.ordering(each.name, direction == "DESC").mark
            cursor = paging.encode(mark, row[each.value], row["id"])
            for more in ({}, {"after": cursor}, {"last": 5}, {"last": 5, "after": cursor}):
                given = {"order": {"field": each.name, "direction": direction}, **more}
                plan = await listed.plan(place, database, given)
                what = f"{listed.name} by {each.name} {direction} {list(more)}: {plan}"
                assert plan.indexes, what
                assert not plan.scans, what
                if listed.source.by is None or (default and listed.name not in SHORT):
                    assert not plan.sorts, what
                if listed.source.by is not None and (default or database.dialect == "sqlite"):
                    # Otherwise one parent's rows are sorted.
                    assert listed.source.by in plan.bound, what


@pytest.mark.parametrize("listed", ROOTS)
async def test_filters(place: Place, database: Database, listed: List) -> None:
    noun = listed.noun
    first, second = place.samples
    arguments = Arguments(Random(1), first, second)
    walking = set()
    for name, condition in noun.conditions.items():
        column: str = condition.column  # type: ignore[attr-defined]
        rows = [row for row in first.rows[noun.name] if row[column] is not None]
        value = arguments.fitting(noun, condition, rows[0])
        for direction in ("ASC", "DESC"):
            order = {"field": noun.default_order[0].upper(), "direction": direction}
            plan = await listed.plan(
                place, database, {"filter": {name: value}, "order": order, "first": 5}
            )
            what = f"{listed.name} by {name} {direction}: {plan}"
            assert plan.indexes or isinstance(condition, Search), what
            assert not plan.scans or isinstance(condition, Search), what
            if isinstance(condition, Between | BetweenSeconds | Search | Linked):
                # A span of one column can't come in the order of another, nor can a search, nor
                # what another table links.
                continue
            # One name is so rare that whatever has it may be sorted.
            assert not plan.sorts or (name == "name" and column in plan.bound), what
            found = column in plan.bound or _partial(plan, noun)
            if not found and not await indexed(database, noun.table, column):
                walking.add(f"{noun.name}.{name}")
    if noun.name not in SMALL:
        assert walking <= WALKING


def _partial(plan: Plan, noun: Noun) -> bool:
    """Whether the index holds only rows that meet the filter."""
    return not {f"{noun.table}_created", f"{noun.table}_position"} & set(plan.indexes)


async def test_absence_has_an_index_too(place: Place, database: Database) -> None:
    listed = next(each for each in lists() if each.name == "Query.leads")
    plan = await listed.plan(place, database, {"filter": {"assigned": False}, "first": 5})
    assert "agent_id" in plan.bound or database.dialect == "postgres"
    assert not plan.scans


async def test_at_most_one_related_row(database: Database) -> None:
    """A join by anything but an id could otherwise repeat the row that it is joined to."""
    targets = {
        (NOUNS[source.noun].table, source.target)
        for name in NOUNS
        for field in getattr(core().type_map.get(name), "fields", {}).values()
        if isinstance(source := source_of(field), Related) and source.target != "id"
    }
    assert ("recording", "call_id") in targets
    for table, column in targets:
        async with database.transaction() as transaction:
            rows = await transaction.fetch(
                "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
                if database.dialect == "sqlite"
                else "SELECT indexdef FROM pg_indexes"
            )
        assert any(
            row[0].startswith("CREATE UNIQUE INDEX")
            and f"{table}_" in row[0]
            and row[0].endswith(f"(workspace_id, {column})")
            for row in rows
        ), table


def test_exceptions_are_few() -> None:
    assert len(WALKING) + len(SHORT) + len(SMALL) < 10
    assert all(
        name in NOUNS[noun].conditions and not isinstance(NOUNS[noun].conditions[name], Search)
        for noun, name in (each.split(".") for each in WALKING)
    )
    assert isinstance(NOUNS["Lead"].conditions["assigned"], Present)
