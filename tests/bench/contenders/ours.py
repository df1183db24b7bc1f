"""This gateway as it is served in production: key, rate limit, cost, access log to a file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from schema.call import Call as CallNoun
from schema.lead import Lead as LeadNoun
from schema.noun import NOUNS
from schema.paging import encode
from tests.bench.contenders.contender import CONNECTIONS, Call, graphql, pythons
from tests.bench.database import Server
from tests.bench.dataset import KEY
from tests.bench.query import Point, Query, Variables

DOCUMENTS = {
    Query.Q1: "query Q1($id: ID!) { lead(id: $id) { id number name firstName company email phone "
    "stage meetingBooked createdAt } }",
    Query.Q2: "query Q2($after: String) { leads(first: 50, after: $after) { edges { cursor node { "
    "id number name firstName lastName company role email phone stage meetingBooked createdAt } } "
    "pageInfo { hasNextPage endCursor } } }",
    Query.Q3: "query Q3($after: String) { leads(first: 50, after: $after) { nodes { id name "
    "company stage createdAt agent { id name } "
    "calls(first: 5) { nodes { id status durationSeconds createdAt } } "
    "emails(first: 3) { nodes { id subject status createdAt } } } "
    "pageInfo { hasNextPage endCursor } } }",
    Query.Q4: "mutation Q4($id: ID!, $stage: LeadStage!) { updateLead(input: {id: $id, "
    "stage: $stage}) { errors { code message } lead { id stage version updatedAt } } }",
    Query.Q5: "query Q5($after: String) { agents(first: 10) { nodes { id name "
    "calls(first: 20, after: $after) { nodes { id status durationSeconds toNumber createdAt } } } "
    "} }",
}


class Ours:
    """The gateway."""

    name = "ours"
    title = "Switchboard"

    def versions(self) -> dict[str, str]:
        """What it is made of."""
        return pythons("graphql-core", "uvicorn", "uvloop", "httptools", "asyncpg", "orjson")

    def install(self) -> None:
        """Nothing: it is this project."""

    def command(self, port: int) -> list[str]:
        """The command of production, on this port."""
        return [str(Path(sys.executable).with_name("switchboard")), "serve", "--port", str(port)]

    def environment(self, server: Server, name: str) -> dict[str, str]:
        """All that a server needs in production is on; only the rate is not a limit."""
        settings = {
            "DATABASE_URL": server.url(name),
            "CONNECTIONS": str(CONNECTIONS),
            "RATE_LIMIT": "100000000/minute",
        }
        found = {each: value for each, value in os.environ.items() if "SWITCHBOARD" not in each}
        return found | {f"SWITCHBOARD_{each}": value for each, value in settings.items()}

    def call(self, query: Query, variables: Variables) -> Call:
        """One request."""
        values: dict[str, object]
        if query is Query.Q1:
            values = {"id": f"lead_{variables.id}"}
        elif query is Query.Q4:
            values = {"id": f"lead_{variables.id}", "stage": variables.stage}
        else:
            noun = CallNoun if query is Query.Q5 else LeadNoun
            values = {"after": cursor(noun, variables.after)}
        return graphql("/graphql", DOCUMENTS[query], values, authorization=f"Bearer {KEY}")


def cursor(noun: type, point: Point | None) -> str | None:
    """The cursor of a row in the list's own ordering."""
    if point is None:
        return None
    return encode(NOUNS[noun.__name__].ordering(None, None).mark, point.instant, point.id)
