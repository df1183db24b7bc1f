"""The connection to the embedded SQLite file or to PostgreSQL, alike from outside."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

T = TypeVar("T")

Dialect: TypeAlias = Literal["postgres", "sqlite"]
Row: TypeAlias = Sequence[Any]
#: SQL text and its bound values: `$1`… on PostgreSQL, `?1`… on SQLite.
Statement: TypeAlias = tuple[str, Sequence[Any]]
#: A computation that asks for rows statement by statement and does no I/O itself.
Reads: TypeAlias = Generator[Statement, list[Row], T]


class StatementTimeoutError(Exception):
    """A statement ran longer than the limit and was stopped by the database."""


class DatabaseUnavailableError(Exception):
    """The database can't be reached, or no connection came free in time."""


class ConflictError(DatabaseUnavailableError):
    """Other transactions were in the way, as in a deadlock: nothing was done, trying again helps."""


class UniqueViolationError(Exception):
    """A row with the same unique key exists; `constraint` names the key's columns or index."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class ReferenceViolationError(Exception):
    """A row refers to one that isn't there, or is still referred to."""


class Reader(Protocol):
    """Whatever can be asked for rows."""

    dialect: Dialect

    async def fetch(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """Run one statement and return its rows."""
        ...


class Transaction(Reader, Protocol):
    """One open transaction; every statement in it is atomic with the others."""

    async def fetch_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run one statement once per row of values."""
        ...

    async def run(self, reads: Reads[T]) -> T:
        """Drive `reads` inside this transaction."""
        ...


#: What is done in a transaction.
Body: TypeAlias = Callable[[Transaction], Coroutine[Any, Any, T]]


class Session(Reader, Protocol):
    """A connection of one's own, whose statements commit by themselves and whose locks stay."""

    async def listen(self, channel: str, heard: Callable[[str], None]) -> None:
        """Call `heard` with the payload whenever somebody notifies the channel."""
        ...


class Lease(Reader, Protocol):
    """A connection taken from the pool, whose statements commit by themselves."""

    async def run(self, reads: Reads[T]) -> T:
        """Drive `reads` outside a transaction."""
        ...

    async def write(self, sql: str, args: Sequence[Any] = ()) -> list[Row]:
        """Run one statement, all of it or nothing; who is cancelled waits until it has ended."""
        ...

    async def fetch_each(self, sql: str, rows: Sequence[Sequence[Any]]) -> list[Row]:
        """Run one statement once per row of values, all of it or nothing; gives all their rows."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Begin on this connection; commit at the end of the block, roll back when it raises."""
        ...

    def release(self) -> None:
        """Give it back."""
        ...


class Database(Protocol):
    """A pool of connections to one database."""

    dialect: Dialect

    async def run(self, reads: Reads[T]) -> T:
        """Drive `reads` on one connection outside a transaction."""
        ...

    async def look_up(self, reads: Reads[T]) -> T:
        """Drive `reads` that ask for one row by its id, and for nothing else.

        The id is the second of the values bound and the first of the row. May be done along with
        others that differ in nothing but what is bound.
        """
        ...

    async def write(self, sql: str, args: Sequence[Any], id: str) -> list[Row]:
        """Run one statement that commits by itself or with others, on PostgreSQL only.

        It changes the row `id` or nothing and gives one row, whose first column is the id, or
        none. It must wait for no lock, as all that is committed with it would wait, too.
        """
        ...

    async def lease(self) -> Lease:
        """Take one connection for a while, on PostgreSQL only; it must be released."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Begin; commit at the end of the block, roll back when it raises."""
        ...

    async def transact(self, body: Body[T]) -> T:
        """Do `body` in a transaction, and nothing else: it awaits nothing but the transaction.

        Cheaper than `transaction` on SQLite, where it is one visit to the writer's thread. Who is
        cancelled waits until it has ended, and may find it committed.
        """
        ...

    def session(self) -> AbstractAsyncContextManager[Session]:
        """Open a connection beside the pool, on PostgreSQL only; it ends with the block."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


async def connect(url: str, *, connections: int = 10, statement_timeout: float = 10.0) -> Database:
    """Open the database at `url`: `sqlite://relative.db`, `sqlite:///absolute.db`, `postgres://…`.

    `connections` is the most that are open at once; `statement_timeout` is in seconds.
    """
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite":
        from models.database.sqlite import SqliteDatabase

        return SqliteDatabase.open(
            sqlite_path(url), readers=min(connections, 4), statement_timeout=statement_timeout
        )
    if scheme in ("postgres", "postgresql"):
        from models.database.postgres import PostgresDatabase

        return await PostgresDatabase.open(
            f"postgresql://{rest}", connections=connections, statement_timeout=statement_timeout
        )
    raise ValueError(f"a database URL starts with sqlite:// or postgres://, not {scheme}://")


def sqlite_path(url: str) -> str:
    """The file that a `sqlite://` URL names."""
    return url.removeprefix("sqlite://").partition("?")[0]
