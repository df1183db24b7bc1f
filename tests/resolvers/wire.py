"""What is said to the database: every statement, in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from models.database import Database
from models.database.postgres import PostgresDatabase
from models.database.sqlite import SqliteDatabase

#: What asyncpg asks a new connection for by itself.
OWN = ("typeinfo_tree", "set_config('jit'")
#: Comments, and what sets apart those that are committed together.
BESIDE = ("--", "SAVEPOINT", "RELEASE")


@asynccontextmanager
async def overheard(database: Database) -> AsyncIterator[list[str]]:
    """The statements of the block; on PostgreSQL each of them is a round trip."""
    heard: list[str] = []
    if isinstance(database, SqliteDatabase):
        database._writer._connection.set_trace_callback(heard.append)
        yield heard
        database._writer._connection.set_trace_callback(None)
        # Statements of triggers and of virtual tables come along, in comments or repeated.
        heard[:] = dict.fromkeys(each for each in heard if not each.startswith(BESIDE))
        return
    assert isinstance(database, PostgresDatabase)
    connections = list(database._free)

    def note(query: Any) -> None:
        heard.append(query.query)

    for each in connections:
        each.add_query_logger(note)
    yield heard
    # They are called a little later.
    await asyncio.sleep(0.01)
    for each in connections:
        each.remove_query_logger(note)
    heard[:] = [each for each in heard if not any(own in each for own in OWN)]
