"""The rows: the same on every run, written by COPY, kept for the next run."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from models import migrations
from models.migrate import migrate
from tests.bench.database import Server
from tests.bench.rows import TABLES, WORKSPACE, Rows, uuid

#: To be raised when the rows change, so that old ones are made anew.
VERSION = 1
MIGRATIONS = Path(migrations.__file__).parent
KEY = "bench_0123456789abcdef"

#: What the peers need for the mutation: it does what ours does, a change and an event. Their
#: events get a place at once, below zero, so that our sequencer does not work for them.
PEERS = """
CREATE SCHEMA bench;
CREATE SEQUENCE bench.place;
CREATE FUNCTION bench.move_lead(workspace uuid, lead uuid, stage text) RETURNS public.lead
LANGUAGE plpgsql VOLATILE STRICT AS $$
DECLARE changed public.lead;
BEGIN
  UPDATE public.lead t SET stage = move_lead.stage, converted = move_lead.stage = 'CONVERTED',
    version = t.version + 1, updated_at = now()
    WHERE t.workspace_id = workspace AND t.id = move_lead.lead RETURNING t.* INTO changed;
  INSERT INTO public.event (workspace_id, id, position, type, subject_kind, subject_id, version,
    status, title, metadata, actor, lead_id, agent_id)
    VALUES (workspace, uuidv7(), -nextval('bench.place'), 'LEAD_STAGE_CHANGED', 'LEAD', changed.id,
    changed.version, changed.stage, changed.name || ' moved to ' || changed.stage,
    '{"changed": ["converted", "stage"]}', 'API_KEY', changed.id, changed.agent_id);
  RETURN changed;
END $$;
"""


@dataclass(frozen=True)
class Dataset:
    """A database with so many leads, three calls and two e-mails to each."""

    name: str
    leads: int

    @property
    def mark(self) -> str:
        """What a complete database of this kind is labelled with."""
        return f"{self.leads} leads, rows {VERSION}, tables {_tables()}"


SMALL = Dataset("bench_100k", 100_000)
LARGE = Dataset("bench_2m", 2_000_000)


def _tables() -> str:
    """A digest of the migrations: other tables need other databases."""
    found = hashlib.sha256()
    for path in sorted(MIGRATIONS.rglob("*.*")):
        if path.suffix in (".py", ".sql"):
            found.update(path.read_bytes())
    return found.hexdigest()[:12]


async def prepare(server: Server, dataset: Dataset) -> None:
    """Make the database unless it is there."""
    admin = await server.connect()
    try:
        found = await admin.fetchval(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1",
            dataset.name,
        )
        if found == dataset.mark:
            return
        started = time.monotonic()
        print(f"making {dataset.name}: {dataset.mark}", flush=True)
        await admin.execute(f"DROP DATABASE IF EXISTS {dataset.name} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {dataset.name}")
        await migrate(server.url(dataset.name))
        await _fill(server, dataset)
        await admin.execute(f"COMMENT ON DATABASE {dataset.name} IS '{dataset.mark}'")
        print(f"made in {time.monotonic() - started:.0f} s", flush=True)
    finally:
        await admin.close()


async def _fill(server: Server, dataset: Dataset) -> None:
    connection = await server.connect(dataset.name)
    try:
        # The rows are consistent by construction; checking each reference would take an hour.
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("SET synchronous_commit = off")
        await _own_rows(connection)
        indexes = await connection.fetch(
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' "
            "AND tablename = ANY($1) AND indexname NOT LIKE '%_pkey' ORDER BY indexname",
            [*TABLES, "lead_search"],
        )
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['indexname']}")
        for table, columns in TABLES.items():
            started = time.monotonic()
            await connection.copy_to_table(
                table, source=_lines(Rows(dataset.leads).of(table)), columns=columns
            )
            print(f"  {table}: {time.monotonic() - started:.0f} s", flush=True)
        # No trigger has seen them.
        await connection.execute(
            "INSERT INTO lead_search SELECT workspace_id, id, search FROM lead"
        )
        for index in indexes:
            started = time.monotonic()
            await connection.execute(index["indexdef"])
            seconds = time.monotonic() - started
            if seconds > 20:
                print(f"  {index['indexname']}: {seconds:.0f} s", flush=True)
        await connection.execute(PEERS)
        await connection.execute("VACUUM (FREEZE, ANALYZE)")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def _own_rows(connection: asyncpg.Connection) -> None:
    """The workspace, its key, its log and its counters."""
    pick = random.Random(0)
    now = datetime.now(UTC) - timedelta(days=1)

    def new() -> str:
        return uuid(int(now.timestamp() * 1000), pick)

    await connection.execute(
        "INSERT INTO workspace (id, number, name) VALUES ($1, 1, 'Benchmark')", WORKSPACE
    )
    await connection.execute(
        "INSERT INTO api_key (workspace_id, id, number, name, prefix, secret_hash, scopes) "
        "VALUES ($1, $2, 1, 'Benchmark', 'bench_', $3, '[\"full\"]')",
        WORKSPACE,
        new(),
        hashlib.sha256(KEY.encode()).hexdigest(),
    )
    await connection.execute(
        "INSERT INTO log (workspace_id, id, epoch) VALUES ($1, $2, $3)", WORKSPACE, new(), new()
    )


async def _lines(rows: Iterator[str]) -> AsyncIterator[bytes]:
    """The rows in pieces of some hundred kilobytes."""
    piece: list[str] = []
    for row in rows:
        piece.append(row)
        if len(piece) == 1000:
            yield "".join(piece).encode()
            piece.clear()
    yield "".join(piece).encode()
