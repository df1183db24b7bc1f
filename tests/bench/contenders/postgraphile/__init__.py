"""PostGraphile in its production configuration, on the same tables, found by introspection."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import orjson

from tests.bench.contenders.contender import Call, graphql
from tests.bench.contenders.node import Node
from tests.bench.query import Point, Query, Variables
from tests.bench.rows import WORKSPACE

NEWEST = "orderBy: [CREATED_AT_DESC, ROW_ID_DESC]"
OF = "condition: {workspaceId: $workspace}"
DOCUMENTS = {
    Query.Q1: "query Q1($workspace: UUID!, $id: UUID!) { lead(workspaceId: $workspace, rowId: $id) "
    "{ rowId number name firstName company email phone stage meetingBooked createdAt } }",
    Query.Q2: "query Q2($workspace: UUID!, $after: Cursor) { "
    f"leads(first: 50, after: $after, {NEWEST}, {OF}) {{ edges {{ cursor node {{ "
    "rowId number name firstName lastName company role email phone stage meetingBooked createdAt "
    "} } pageInfo { hasNextPage endCursor } } }",
    Query.Q3: "query Q3($workspace: UUID!, $after: Cursor) { "
    f"leads(first: 50, after: $after, {NEWEST}, {OF}) {{ nodes {{ rowId name company stage "
    "createdAt agent: workspaceAgent { rowId name } "
    f"calls: callsByWorkspaceIdAndLeadId(first: 5, {NEWEST}) {{ "
    "nodes { rowId status durationMs createdAt } } "
    f"emails: emailsByWorkspaceIdAndLeadId(first: 3, {NEWEST}) {{ "
    "nodes { rowId subject status createdAt } } } "
    "pageInfo { hasNextPage endCursor } } }",
    Query.Q4: "mutation Q4($workspace: UUID!, $id: UUID!, $stage: String!) { "
    "benchMoveLead(input: {workspace: $workspace, lead: $id, stage: $stage}) { "
    "result { rowId stage version updatedAt } } }",
    Query.Q5: "query Q5($workspace: UUID!, $after: Cursor) { "
    f"agents(first: 10, {NEWEST}, {OF}) {{ nodes {{ rowId name "
    f"calls: callsByWorkspaceIdAndAgentId(first: 20, after: $after, {NEWEST}) {{ "
    "nodes { rowId status durationMs toNumber createdAt } } } } }",
}
#: What PostGraphile's cursors begin with: a digest of the ordering's SQL.
DIGESTS = {Query.Q2: "e6c7b76966", Query.Q3: "e6c7b76966", Query.Q5: "6ae5691307"}


class Postgraphile(Node):
    """The server of `server.mjs`."""

    name = "postgraphile"
    title = "PostGraphile"
    source = Path(__file__).parent
    packages = ("postgraphile", "grafast", "graphql", "pg", "@graphile/simplify-inflection")

    def call(self, query: Query, variables: Variables) -> Call:
        """One request."""
        values: dict[str, Any] = {"workspace": WORKSPACE}
        if query is Query.Q1:
            values |= {"id": variables.id}
        elif query is Query.Q4:
            values |= {"id": variables.id, "stage": variables.stage}
        else:
            values |= {"after": cursor(DIGESTS[query], variables.after)}
        return graphql("/graphql", DOCUMENTS[query], values)


def cursor(digest: str, point: Point | None) -> str | None:
    """The cursor of a row as PostGraphile makes it: the ordering's values, then the key's."""
    if point is None:
        return None
    instant = f"{point.instant[:-1]}000+00:00"
    values = [digest, instant, point.id, WORKSPACE, point.id]
    return base64.b64encode(orjson.dumps(values)).decode()
