"""Whether a database can be opened at all, and in one line why not."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg

from models.database import DatabaseUnavailableError, sqlite_path

#: Seconds within which a server must answer.
PATIENCE = 10.0


async def reach(url: str) -> bool:
    """Whether there is a database at `url`; False only for a SQLite file that isn't there yet.

    Makes and changes nothing. Raises `DatabaseUnavailableError`, whose message is the cause in
    one line; drivers and the ORM each fail in ways of their own, or hang.
    """
    if url.startswith("sqlite://"):
        return _reach_file(sqlite_path(url))
    with plainly(url):
        connection = await asyncpg.connect(
            f"postgresql://{url.partition('://')[2]}", timeout=PATIENCE
        )
        await connection.close()
    return True


def _reach_file(path: str) -> bool:
    file = Path(path)
    if not file.exists():
        parent = next(each for each in file.absolute().parents if each.exists())
        if not parent.is_dir():
            raise DatabaseUnavailableError(f"{parent} is a file, not a folder")
        return False
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as found:
            found.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except sqlite3.Error as error:
        # Where another process is just making it, it is there.
        if not busy(error):
            raise DatabaseUnavailableError(unfit(path, error)) from error
    return True


def busy(error: sqlite3.Error) -> bool:
    """Whether another process holds the file just now."""
    return getattr(error, "sqlite_errorname", "").startswith("SQLITE_BUSY")


def make_file(path: str) -> None:
    """Make an empty database, and its folder, unless the file exists."""
    file = Path(path)
    if file.exists():
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    except OSError as error:
        message = f"{path} can't be made: {(error.strerror or str(error)).lower()}"
        raise DatabaseUnavailableError(message) from error


def unfit(path: str, error: sqlite3.Error) -> str:
    """Why a path is no database that can be opened."""
    if Path(path).is_dir():
        return f"{path} is a folder, not a SQLite database"
    if getattr(error, "sqlite_errorname", "") == "SQLITE_NOTADB":
        return f"{path} is not a SQLite database"
    return f"{path}: {error}"


@contextmanager
def plainly(url: str) -> Iterator[None]:
    """Turn what PostgreSQL's driver raises into `DatabaseUnavailableError`."""
    try:
        yield
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DatabaseUnavailableError(_cause(url, error)) from error


def _cause(url: str, error: Exception) -> str:
    parts = urlsplit(url)
    place = f"{parts.hostname or 'localhost'}:{parts.port or 5432}"
    if isinstance(error, socket.gaierror):
        return f"there is no host {parts.hostname}"
    if isinstance(error, ConnectionRefusedError):
        return f"nothing listens at {place}"
    if isinstance(error, TimeoutError):
        return f"{place} does not answer"
    return " ".join(str(error).split()) or type(error).__name__
