"""What the databases say of how they would run a statement."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from models.database import Database, Statement


@dataclass(frozen=True)
class Plan:
    """How the rows of one list are found."""

    indexes: tuple[str, ...]
    """The indexes through which the list's table is read."""
    bound: str
    """The columns that these are searched by."""
    scans: bool
    """Whether the table is read as a whole."""
    sorts: bool
    """Whether rows are sorted before the page is cut out."""


async def explain(database: Database, statement: Statement, table: str) -> Plan:
    """The plan of a list's page; on PostgreSQL the best that its indexes permit."""
    sql, values = statement
    async with database.transaction() as transaction:
        if database.dialect == "sqlite":
            rows = await transaction.fetch(f"EXPLAIN QUERY PLAN {sql}", values)
            return _sqlite([(row[0], row[1], row[3]) for row in rows])
        # Few rows make a scan or a sort seem cheap: what matters is what an index can do.
        for way in ("seqscan", "sort", "bitmapscan"):
            await transaction.fetch(f"SET LOCAL enable_{way} = off")
        rows = await transaction.fetch(f"EXPLAIN (FORMAT JSON) {sql}", values)
        return _postgres(orjson.loads(rows[0][0])[0]["Plan"], table)


async def indexed(database: Database, table: str, column: str) -> bool:
    """Whether PostgreSQL has an index by this column, or of the rows that have it set.

    Whether it pays, its statistics decide.
    """
    if database.dialect == "sqlite":
        return False
    async with database.transaction() as transaction:
        rows = await transaction.fetch(
            "SELECT 1 FROM pg_indexes WHERE tablename = $1 "
            "AND (strpos(indexdef, $2) > 0 OR strpos(indexdef, $3) > 0)",
            [table, f"(workspace_id, {column}", f" WHERE ({column} = true)"],
        )
    return bool(rows)


def _sqlite(rows: list[tuple[int, int, str]]) -> Plan:
    subquery = next((within for _, within, detail in rows if re.search(r" c\b", detail)), None)
    if subquery is not None:
        # The lists of all parents are put in order outside; each one's page is cut out within.
        rows = [row for row in rows if row[1] == subquery]
    indexes, bound = [], []
    for _, _, detail in rows:
        found = re.match(r"SEARCH [tc] USING (?:COVERING )?INDEX (\w+) \((.*)\)", detail)
        if found:
            indexes.append(found[1])
            bound.append(found[2])
        elif detail.startswith(("SEARCH t USING INTEGER", "SEARCH c USING INTEGER")):
            indexes.append("row")
            bound.append("row")
    details = [detail for _, _, detail in rows]
    return Plan(
        tuple(indexes),
        " ".join(bound),
        any(re.match(r"SCAN [tc]\b", each) for each in details),
        # Sorting the last term alone, the id, is no sorting: it stops with the page.
        "USE TEMP B-TREE FOR ORDER BY" in details,
    )


def _postgres(plan: dict[str, Any], table: str) -> Plan:
    limit = [each for each in _nodes(plan) if each["Node Type"] == "Limit"][-1]
    nodes = list(_nodes(limit))
    reads = [each for each in nodes if each.get("Relation Name") == table]
    indexes = [each for each in nodes if "Index Name" in each]
    return Plan(
        tuple(each["Index Name"] for each in indexes),
        " ".join(each.get("Index Cond", "") for each in indexes),
        any(each["Node Type"] == "Seq Scan" for each in reads),
        # An incremental sort, of the id alone, stops with the page.
        any(each["Node Type"] == "Sort" for each in nodes),
    )


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from _nodes(each)
