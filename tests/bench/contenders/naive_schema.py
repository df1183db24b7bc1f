"""The API as Strawberry's and Tortoise's manuals lead one to write it: resolvers and DataLoaders."""

from __future__ import annotations

import base64
import os
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.types import Info
from tortoise import Tortoise, connections
from tortoise.expressions import Q
from tortoise.transactions import in_transaction
from uuid_utils.compat import uuid7

from tests.bench.contenders import naive_tables as tables
from tests.bench.contenders.contender import CONNECTIONS
from tests.bench.rows import WORKSPACE

OWNER = UUID(WORKSPACE)


@strawberry.type
class Agent:
    """An agent."""

    id: strawberry.ID
    name: str

    @strawberry.field
    async def calls(self, first: int = 50, after: str | None = None) -> list[Call]:
        """The agent's calls, newest first; there are too many of them to load all."""
        query = tables.Call.filter(workspace_id=OWNER, agent_id=self.id)
        rows = await _behind(query, after).order_by("-created_at", "-id").limit(first)
        return [Call.of(each) for each in rows]


@strawberry.type
class Call:
    """A call."""

    id: strawberry.ID
    status: str
    to_number: str
    duration_seconds: int | None
    created_at: datetime

    @classmethod
    def of(cls, row: tables.Call) -> Call:
        """From its row."""
        duration = None if row.duration_ms is None else row.duration_ms // 1000
        id_ = strawberry.ID(str(row.id))
        return cls(
            id=id_,
            status=row.status,
            to_number=row.to_number,
            duration_seconds=duration,
            created_at=row.created_at,
        )


@strawberry.type
class Email:
    """An e-mail."""

    id: strawberry.ID
    subject: str | None
    status: str
    created_at: datetime


@strawberry.type
class Lead:
    """A lead."""

    id: strawberry.ID
    number: int
    version: int
    name: str
    first_name: str | None
    last_name: str | None
    company: str | None
    role: str | None
    email: str | None
    phone: str | None
    stage: str
    meeting_booked: bool
    created_at: datetime
    updated_at: datetime
    agent_id: strawberry.Private[UUID | None]

    @classmethod
    def of(cls, row: tables.Lead) -> Lead:
        """From its row."""
        return cls(
            id=strawberry.ID(str(row.id)),
            number=row.number,
            version=row.version,
            name=row.name,
            first_name=row.first_name,
            last_name=row.last_name,
            company=row.company,
            role=row.role,
            email=row.email,
            phone=row.phone,
            stage=row.stage,
            meeting_booked=row.meeting_booked,
            created_at=row.created_at,
            updated_at=row.updated_at,
            agent_id=row.agent_id,
        )

    @strawberry.field
    async def agent(self, info: Info) -> Agent | None:
        """The lead's agent."""
        if self.agent_id is None:
            return None
        found: Agent | None = await info.context["agents"].load(self.agent_id)
        return found

    @strawberry.field
    async def calls(self, info: Info, first: int = 50) -> list[Call]:
        """The lead's calls, newest first."""
        found: list[Call] = await info.context["calls"].load(UUID(self.id))
        return found[:first]

    @strawberry.field
    async def emails(self, info: Info, first: int = 50) -> list[Email]:
        """The lead's e-mails, newest first."""
        found: list[Email] = await info.context["emails"].load(UUID(self.id))
        return found[:first]


@strawberry.type
class PageInfo:
    """Where a page stands."""

    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class LeadEdge:
    """A lead with its cursor."""

    cursor: str
    node: Lead


@strawberry.type
class LeadConnection:
    """A page of leads."""

    edges: list[LeadEdge]
    page_info: PageInfo

    @strawberry.field
    def nodes(self) -> list[Lead]:
        """The leads."""
        return [each.node for each in self.edges]


@strawberry.type
class Query:
    """What can be read."""

    @strawberry.field
    async def lead(self, id: strawberry.ID) -> Lead | None:
        """A lead by its id."""
        row = await tables.Lead.get_or_none(workspace_id=OWNER, id=id)
        return None if row is None else Lead.of(row)

    @strawberry.field
    async def leads(self, first: int = 50, after: str | None = None) -> LeadConnection:
        """A page of leads, newest first."""
        query = _behind(tables.Lead.filter(workspace_id=OWNER), after)
        rows = await query.order_by("-created_at", "-id").limit(first + 1)
        edges = [LeadEdge(cursor=_cursor(each), node=Lead.of(each)) for each in rows[:first]]
        end = edges[-1].cursor if edges else None
        return LeadConnection(
            edges=edges, page_info=PageInfo(has_next_page=len(rows) > first, end_cursor=end)
        )

    @strawberry.field
    async def agents(self, first: int = 50) -> list[Agent]:
        """Agents, newest first."""
        query = tables.Agent.filter(workspace_id=OWNER)
        rows = await query.order_by("-created_at", "-id").limit(first)
        return [Agent(id=strawberry.ID(str(each.id)), name=each.name) for each in rows]


@strawberry.type
class Mutation:
    """What can be done."""

    @strawberry.mutation
    async def move_lead(self, id: strawberry.ID, stage: str) -> Lead:
        """Change a lead's stage and say so in the event log."""
        async with in_transaction() as connection:
            row = await tables.Lead.select_for_update().get(workspace_id=OWNER, id=id)
            row.stage, row.converted = stage, stage == "CONVERTED"
            row.version += 1
            row.updated_at = datetime.now(UTC)
            await row.save(update_fields=["stage", "converted", "version", "updated_at"])
            place = await connection.execute_query_dict("SELECT -nextval('bench.place') AS place")
            await tables.Event.create(
                id=uuid7(),
                workspace_id=OWNER,
                position=place[0]["place"],
                type="LEAD_STAGE_CHANGED",
                subject_kind="LEAD",
                subject_id=row.id,
                version=row.version,
                status=stage,
                title=f"{row.name} moved to {stage}",
                metadata={"changed": ["converted", "stage"]},
                actor="API_KEY",
                lead_id=row.id,
                agent_id=row.agent_id,
            )
        return Lead.of(row)


def _behind(query: Any, after: str | None) -> Any:
    if after is None:
        return query
    instant, _, id_ = base64.b64decode(after).decode().partition("|")
    at = datetime.fromisoformat(instant)
    return query.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=id_))


def _cursor(row: tables.Lead) -> str:
    return base64.b64encode(f"{row.created_at.isoformat()}|{row.id}".encode()).decode()


async def _agents(keys: list[UUID]) -> list[Agent | None]:
    rows = await tables.Agent.filter(workspace_id=OWNER, id__in=keys)
    found = {each.id: Agent(id=strawberry.ID(str(each.id)), name=each.name) for each in rows}
    return [found.get(each) for each in keys]


async def _calls(keys: list[UUID]) -> list[list[Call]]:
    query = tables.Call.filter(workspace_id=OWNER, lead_id__in=keys)
    found: defaultdict[UUID | None, list[Call]] = defaultdict(list)
    for row in await query.order_by("-created_at", "-id"):
        found[row.lead_id].append(Call.of(row))
    return [found[each] for each in keys]


async def _emails(keys: list[UUID]) -> list[list[Email]]:
    query = tables.Email.filter(workspace_id=OWNER, lead_id__in=keys)
    found: defaultdict[UUID | None, list[Email]] = defaultdict(list)
    for row in await query.order_by("-created_at", "-id"):
        email = Email(
            id=strawberry.ID(str(row.id)),
            subject=row.subject,
            status=row.status,
            created_at=row.created_at,
        )
        found[row.lead_id].append(email)
    return [found[each] for each in keys]


class Door(GraphQL[dict[str, Any], None]):
    """Strawberry's own door, with new DataLoaders for each request."""

    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:
        """The loaders."""
        return {
            "agents": DataLoader(_agents),
            "calls": DataLoader(_calls),
            "emails": DataLoader(_emails),
        }


@asynccontextmanager
async def _lifespan(_application: Starlette) -> AsyncIterator[None]:
    credentials = {
        "host": os.environ["PGHOST"],
        "user": "postgres",
        "password": "",
        "database": os.environ["PGDATABASE"],
        "maxsize": CONNECTIONS,
    }
    await Tortoise.init(
        config={
            "connections": {
                "default": {
                    "engine": "tortoise.backends.asyncpg",
                    "credentials": credentials,
                }
            },
            "apps": {
                "bench": {
                    "models": ["tests.bench.contenders.naive_tables"],
                    "default_connection": "default",
                }
            },
            "use_tz": True,
        },
        _enable_global_fallback=True,
    )
    yield
    await connections.close_all()


async def _index(_request: Request) -> Response:
    return Response("GraphQL is at /graphql.")


application = Starlette(routes=[Route("/", _index)], lifespan=_lifespan)
application.mount("/graphql", Door(strawberry.Schema(Query, Mutation)))
