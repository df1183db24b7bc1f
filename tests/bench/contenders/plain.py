"""The requests to servers whose schema was written for these queries: Mercurius and Strawberry."""

from __future__ import annotations

import base64

from tests.bench.contenders.contender import Call, graphql
from tests.bench.query import Point, Query, Variables

DOCUMENTS = {
    Query.Q1: "query Q1($id: ID!) { lead(id: $id) { id number name firstName company email phone "
    "stage meetingBooked createdAt } }",
    Query.Q2: "query Q2($after: String) { leads(first: 50, after: $after) { edges { cursor node { "
    "id number name firstName lastName company role email phone stage meetingBooked createdAt } } "
    "pageInfo { hasNextPage endCursor } } }",
    Query.Q3: "query Q3($after: String) { leads(first: 50, after: $after) { nodes { id name "
    "company stage createdAt agent { id name } "
    "calls(first: 5) { id status durationSeconds createdAt } "
    "emails(first: 3) { id subject status createdAt } } "
    "pageInfo { hasNextPage endCursor } } }",
    Query.Q4: "mutation Q4($id: ID!, $stage: String!) { moveLead(id: $id, stage: $stage) { "
    "id stage version updatedAt } }",
    Query.Q5: "query Q5($after: String) { agents(first: 10) { id name "
    "calls(first: 20, after: $after) { id status durationSeconds toNumber createdAt } } }",
}


def call(query: Query, variables: Variables) -> Call:
    """One request."""
    values: dict[str, object] = {"after": cursor(variables.after)}
    if query is Query.Q1:
        values = {"id": variables.id}
    elif query is Query.Q4:
        values = {"id": variables.id, "stage": variables.stage}
    return graphql("/graphql", DOCUMENTS[query], values)


def cursor(point: Point | None) -> str | None:
    """The cursor of a row: its instant and id."""
    if point is None:
        return None
    return base64.b64encode(f"{point.instant}|{point.id}".encode()).decode()
