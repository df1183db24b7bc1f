"""Statements written by hand that return JSON, which Starlette passes on: the least there is to do."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.bench.contenders.contender import CONNECTIONS, Call, pythons, uvicorn
from tests.bench.database import Server
from tests.bench.query import Query, Variables
from tests.bench.rows import WORKSPACE

INSTANT = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
CREATED = INSTANT.format("t.created_at")
CURSOR = f"{CREATED} || '|' || t.id"
#: A page behind a place; the first page is behind the end of time.
PAGE = (
    "SELECT * FROM lead WHERE workspace_id = $1::uuid "
    "AND (created_at, id) < ($2::timestamptz, $3::uuid) "
    "ORDER BY created_at DESC, id DESC LIMIT 51"
)
STATEMENTS = {
    Query.Q1: f"""SELECT json_build_object('data', json_build_object('lead', json_build_object(
  'id', t.id, 'number', t.number, 'name', t.name, 'firstName', t.first_name, 'company', t.company,
  'email', t.email, 'phone', t.phone, 'stage', t.stage, 'meetingBooked', t.meeting_booked,
  'createdAt', {CREATED})))::text
FROM lead t WHERE t.workspace_id = $1::uuid AND t.id = $2::uuid""",
    Query.Q2: f"""SELECT json_build_object('data', json_build_object('leads', json_build_object(
  'edges', json_agg(json_build_object('cursor', {CURSOR}, 'node', json_build_object(
    'id', t.id, 'number', t.number, 'name', t.name, 'firstName', t.first_name,
    'lastName', t.last_name, 'company', t.company, 'role', t.role, 'email', t.email,
    'phone', t.phone, 'stage', t.stage, 'meetingBooked', t.meeting_booked,
    'createdAt', {CREATED})) ORDER BY place) FILTER (WHERE place <= 50),
  'pageInfo', json_build_object('hasNextPage', max(place) > 50,
    'endCursor', max({CURSOR}) FILTER (WHERE place = 50)))))::text
FROM (SELECT p.*, row_number() OVER () AS place FROM ({PAGE}) p) t""",
    Query.Q3: f"""SELECT json_build_object('data', json_build_object('leads', json_build_object(
  'nodes', json_agg(json_build_object('id', t.id, 'name', t.name, 'company', t.company,
    'stage', t.stage, 'createdAt', {CREATED},
    'agent', (SELECT json_build_object('id', a.id, 'name', a.name) FROM agent a
      WHERE a.workspace_id = t.workspace_id AND a.id = t.agent_id),
    'calls', json_build_object('nodes', (SELECT coalesce(json_agg(json_build_object('id', c.id,
      'status', c.status, 'durationSeconds', c.duration_ms / 1000,
      'createdAt', {INSTANT.format("c.created_at")})), '[]') FROM (SELECT * FROM call
      WHERE workspace_id = t.workspace_id AND lead_id = t.id
      ORDER BY created_at DESC, id DESC LIMIT 5) c)),
    'emails', json_build_object('nodes', (SELECT coalesce(json_agg(json_build_object('id', e.id,
      'subject', e.subject, 'status', e.status,
      'createdAt', {INSTANT.format("e.created_at")})), '[]') FROM (SELECT * FROM email
      WHERE workspace_id = t.workspace_id AND lead_id = t.id
      ORDER BY created_at DESC, id DESC LIMIT 3) e))) ORDER BY place)
    FILTER (WHERE place <= 50),
  'pageInfo', json_build_object('hasNextPage', max(place) > 50,
    'endCursor', max({CURSOR}) FILTER (WHERE place = 50)))))::text
FROM (SELECT p.*, row_number() OVER () AS place FROM ({PAGE}) p) t""",
    Query.Q4: f"""WITH t AS (
  UPDATE lead SET stage = $3, converted = $3 = 'CONVERTED', version = version + 1,
    updated_at = now() WHERE workspace_id = $1::uuid AND id = $2::uuid RETURNING *
), event AS (
  INSERT INTO event (workspace_id, id, position, type, subject_kind, subject_id, version, status,
    title, metadata, actor, lead_id, agent_id)
  SELECT workspace_id, uuidv7(), -nextval('bench.place'), 'LEAD_STAGE_CHANGED', 'LEAD', id,
    version, stage, name || ' moved to ' || stage, '{{"changed": ["converted", "stage"]}}',
    'API_KEY', id, agent_id FROM t
)
SELECT json_build_object('data', json_build_object('updateLead', json_build_object(
  'lead', json_build_object('id', t.id, 'stage', t.stage, 'version', t.version,
  'updatedAt', {INSTANT.format("t.updated_at")}))))::text FROM t""",
    Query.Q5: """SELECT json_build_object('data', json_build_object('agents', json_build_object(
  'nodes', json_agg(json_build_object('id', t.id, 'name', t.name,
    'calls', json_build_object('nodes', (SELECT coalesce(json_agg(json_build_object('id', c.id,
      'status', c.status, 'durationSeconds', c.duration_ms / 1000, 'toNumber', c.to_number,
      'createdAt', {instant})), '[]') FROM (SELECT * FROM call
      WHERE workspace_id = t.workspace_id AND agent_id = t.id
      AND (created_at, id) < ($2::timestamptz, $3::uuid)
      ORDER BY created_at DESC, id DESC LIMIT 20) c)))))))::text
FROM (SELECT * FROM agent WHERE workspace_id = $1::uuid ORDER BY created_at DESC, id DESC
  LIMIT 10) t""".format(instant=INSTANT.format("c.created_at")),
}


class Sql:
    """The application at the end of this module."""

    name = "sql"
    title = "SQL by hand"

    def versions(self) -> dict[str, str]:
        """What it is made of."""
        return pythons("starlette", "uvicorn", "asyncpg")

    def install(self) -> None:
        """Nothing: this project has it all."""

    def command(self, port: int) -> list[str]:
        """The application on this port."""
        return uvicorn("tests.bench.contenders.sql:application", port)

    def environment(self, server: Server, name: str) -> dict[str, str]:
        """The database."""
        return os.environ | {"PGHOST": str(server.directory), "PGDATABASE": name}

    def call(self, query: Query, variables: Variables) -> Call:
        """The values in the statement's order."""
        values: list[str]
        if query is Query.Q1:
            values = [variables.id]
        elif query is Query.Q4:
            values = [variables.id, variables.stage]
        elif variables.after is None:
            values = ["infinity", "ffffffff-ffff-ffff-ffff-ffffffffffff"]
        else:
            values = [variables.after.text, variables.after.id]
        return Call(f"/{query.name}", orjson.dumps(values))


async def _connect(connection: asyncpg.Connection) -> None:
    for name in ("uuid", "timestamptz"):
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=str, decoder=str, format="text"
        )


@asynccontextmanager
async def _lifespan(application: Starlette) -> AsyncIterator[None]:
    settings = {"plan_cache_mode": "force_generic_plan", "jit": "off"}
    async with asyncpg.create_pool(
        user="postgres",
        init=_connect,
        max_size=CONNECTIONS,
        # A round trip at each release to undo what these statements never do.
        reset=_nothing,
        server_settings=settings,
    ) as pool:
        application.state.pool = pool
        yield


async def _nothing(_connection: asyncpg.Connection) -> None:
    """Leave the connection as it is."""


async def _answer(request: Request) -> Response:
    statement = STATEMENTS[Query[request.path_params["query"]]]
    values = orjson.loads(await request.body())
    text = await request.app.state.pool.fetchval(statement, WORKSPACE, *values)
    return Response(text, media_type="application/json")


application = Starlette(routes=[Route("/{query}", _answer, methods=["POST"])], lifespan=_lifespan)
