"""Walking through lists by cursors: every row once and in order, whatever happens meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from graphql import GraphQLObjectType

from gateway.execution.selection import source_of
from gateway.graph import core
from models import Lead, Workspace, search, writing
from models.columns import uuid7
from models.database import Database, connect
from schema.noun import NOUNS
from schema.source import Many
from tests.gateway.execution.comparison import Answer, compiled, operation
from tests.gateway.execution.conftest import Place
from tests.gateway.execution.samples import Samples

SIZE = 7
PAGE = "edges { cursor node { id } } nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount"


@dataclass(frozen=True)
class List:
    """A list of the graph: at the root, or of one parent."""

    noun: str
    field: str
    parent: str | None = None
    by: str | None = None

    def rows(self, samples: Samples) -> tuple[str | None, list[dict[str, Any]]]:
        """The parent with the most rows and the rows."""
        rows = samples.rows[self.noun]
        if self.parent is None:
            return None, rows
        found = [
            (parent, [row for row in rows if row[self.by or ""] == parent["id"]])
            for parent in samples.rows[self.parent]
        ]
        parent, rows = max(found, key=lambda pair: len(pair[1]))
        return samples.public(NOUNS[self.parent], parent), rows

    def text(self, ordering: str) -> str:
        """A page of it."""
        arguments = (
            "first: $first, last: $last, after: $after, before: $before, "
            f"orderBy: {{field: {ordering}, direction: $direction}}"
        )
        inner = f"list: {self.field}({arguments}) {{ {PAGE} }}"
        if self.parent is not None:
            inner = f"node(id: $id) {{ ... on {self.parent} {{ {inner} }} }}"
        parent = "" if self.parent is None else "$id: ID!, "
        return (
            f"query ({parent}$first: Int, $last: Int, $after: String, $before: String, "
            f"$direction: OrderDirection) {{ {inner} }}"
        )


def lists() -> Iterator[List]:
    """One list of each noun that has any, at the root where there is one."""
    found: dict[str, List] = {}
    query = core().query_type
    assert query is not None
    types = [query, *(core().type_map[name] for name in NOUNS if name in core().type_map)]
    for type_ in types:
        assert isinstance(type_, GraphQLObjectType)
        for name, field in type_.fields.items():
            source = source_of(field)
            if isinstance(source, Many):
                parent = None if type_ is query else type_.name
                found.setdefault(source.noun, List(source.noun, name, parent, source.by))
    yield from found.values()


CASES = [
    pytest.param(each, order.name, direction, id=f"{each.noun}-{order.name}-{direction}")
    for each in lists()
    for order in NOUNS[each.noun].order or ()
    for direction in ("ASC", "DESC")
]


def page_of(answer: Answer) -> dict[str, Any]:
    assert answer.errors == []
    assert answer.data is not None
    page: dict[str, Any] = (answer.data.get("node") or answer.data)["list"]
    return page


@pytest.mark.parametrize(("listed", "ordering", "direction"), CASES)
async def test_each_row_once_and_in_order(
    place: Place, database: Database, listed: List, ordering: str, direction: str
) -> None:
    samples = place.samples[0]
    noun = NOUNS[listed.noun]
    parent, rows = listed.rows(samples)
    column = noun.ordering(ordering, False).column
    rows = sorted(rows, key=lambda row: (row[column], row["id"]), reverse=direction == "DESC")
    expected = [samples.public(noun, row) for row in rows]
    found = operation(listed.text(ordering), database)

    async def page(**given: Any) -> dict[str, Any]:
        given |= {"direction": direction} | ({} if parent is None else {"id": parent})
        return page_of(await compiled(found, given, database, samples.workspace))

    seen: list[str] = []
    after = None
    size = min(SIZE, max(1, len(rows) // 2))
    while True:
        part = await page(first=size, after=after)
        assert [edge["node"] for edge in part["edges"]] == part["nodes"]
        assert part["totalCount"] == len(rows)
        info = part["pageInfo"]
        seen += [each["id"] for each in part["nodes"]]
        assert info["hasPreviousPage"] is (after is not None)
        assert info["startCursor"] == part["edges"][0]["cursor"]
        assert info["endCursor"] == part["edges"][-1]["cursor"]
        if not info["hasNextPage"]:
            break
        assert len(part["nodes"]) == size
        after = info["endCursor"]
    assert seen == expected

    seen = []
    before = None
    while True:
        part = await page(last=size, before=before)
        info = part["pageInfo"]
        seen = [each["id"] for each in part["nodes"]] + seen
        assert info["hasNextPage"] is (before is not None)
        if not info["hasPreviousPage"]:
            break
        before = info["startCursor"]
    assert seen == expected


def test_sort_values_repeat(sqlite_place: Place) -> None:
    """Otherwise the id's part in an ordering would go untested."""
    for noun, column in (("Call", "created_at"), ("Lead", "name"), ("CallEvent", "occurred_at")):
        values = [row[column] for row in sqlite_place.samples[0].rows[noun]]
        assert len(set(values)) < len(values), noun


class Leads:
    """A workspace of leads all created at one instant or another."""

    def __init__(self, database: Database, workspace: str) -> None:
        self.database = database
        self.workspace = workspace
        self._number = 0

    async def add(self, name: str) -> str:
        """A lead; gives its public id."""
        self._number += 1
        id_ = str(uuid7())
        row = {
            "id": id_,
            "workspace_id": self.workspace,
            "number": self._number,
            "name": name,
            "search": search.search_text(name),
            "last_activity_at": "2026-01-31T09:30:00.000Z",
        }
        async with self.database.transaction() as transaction:
            await writing.insert(transaction, Lead, row)
        return f"lead_{id_}"

    async def remove(self, public: str) -> None:
        """Delete a lead."""
        async with self.database.transaction() as transaction:
            await writing.delete(transaction, Lead, self.workspace, public.removeprefix("lead_"))

    async def page(self, after: str | None = None, size: int = 2) -> tuple[list[str], str, bool]:
        """Names on a page by name, its end and whether there are more."""
        text = (
            "query ($after: String, $size: Int!) { leads(first: $size, after: $after, "
            "orderBy: {field: NAME, direction: ASC}) "
            "{ nodes { name } pageInfo { endCursor hasNextPage } } }"
        )
        answer = await compiled(
            operation(text, self.database),
            {"after": after, "size": size},
            self.database,
            self.workspace,
        )
        assert answer.data is not None
        found = answer.data["leads"]
        info = found["pageInfo"]
        return [each["name"] for each in found["nodes"]], info["endCursor"], info["hasNextPage"]


async def test_rows_come_and_go_between_pages(database_url: str) -> None:
    database = await connect(database_url)
    try:
        workspace = str(uuid7())
        async with database.transaction() as transaction:
            values = {"id": workspace, "number": 1, "name": "Acme"}
            await writing.insert(transaction, Workspace, values)
        leads = Leads(database, workspace)
        ids = {name: await leads.add(name) for name in "bdfhjl"}
        names, end, more = await leads.page()
        assert (names, more) == (["b", "d"], True)
        # One behind us, one ahead, and the very row that the cursor names goes.
        await leads.add("a")
        await leads.add("e")
        await leads.remove(ids["d"])
        await leads.remove(ids["f"])
        names, end, more = await leads.page(end)
        assert (names, more) == (["e", "h"], True)
        # Equal names: the id decides, and later ids are larger.
        await leads.add("h")
        await leads.add("h")
        names, end, more = await leads.page(end)
        assert (names, more) == (["h", "h"], True)
        names, end, more = await leads.page(end)
        assert (names, more) == (["j", "l"], False)
        names, _, more = await leads.page(end)
        assert (names, more) == ([], False)
    finally:
        await database.close()
