"""Databases that can't be used: every command says why in one line, and ends."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import asyncpg
import pytest
from click.testing import CliRunner
from tortoise.exceptions import OperationalError

from gateway.cli import commands
from models import migrate as migrations
from models.database import sqlite_path
from tests.gateway.serving import ROOT
from tests.port import free_port

ID = "01a207a8-e74e-7632-91bb-1881686a678e"
COMMANDS = ("keys list", "workspaces list", "demo", "migrate", "doctor")


def ask(command: str, url: str) -> tuple[int, str]:
    result = CliRunner().invoke(commands, command.split(), env={"SWITCHBOARD_DATABASE_URL": url})
    assert isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def refuses(command: str, url: str, said: str) -> None:
    code, output = ask(command, url)
    assert code == 1
    assert said in output
    if command != "doctor":
        assert output.startswith("Error: ")
        assert output.count("\n") == 1


def serves_not(url: str, *options: str) -> str:
    """What `serve` says in a process of its own, which ends by itself."""
    program = [sys.executable, "-c", "from gateway.cli import main; main()", "serve", *options]
    found = subprocess.run(
        [*program, "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "SWITCHBOARD_DATABASE_URL": url},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert found.returncode == 1
    assert found.stdout == ""
    assert found.stderr.startswith("Error: ")
    assert found.stderr.count("\n") == 1
    return found.stderr


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("content", [b"# Hello\n", os.urandom(5000)])
def test_a_file_that_is_no_database(command: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_bytes(content)
    refuses(command, f"sqlite://{path}", f"{path} is not a SQLite database")
    assert path.read_bytes() == content


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder(command: str, tmp_path: Path) -> None:
    refuses(command, f"sqlite://{tmp_path}", f"{tmp_path} is a folder, not a SQLite database")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_damaged_database(command: str, sqlite_template: str, tmp_path: Path) -> None:
    path = tmp_path / "cut.db"
    path.write_bytes(Path(sqlite_path(sqlite_template)).read_bytes()[:20_000])
    refuses(command, f"sqlite://{path}", "malformed")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_below_a_file(command: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    refuses(command, f"sqlite://{path}/x.db", f"{path} is a file, not a folder")


@pytest.mark.parametrize("command", ["keys list", "workspaces list", "demo", "doctor"])
def test_a_mistyped_path_is_not_made(command: str, tmp_path: Path) -> None:
    code, output = ask(command, f"sqlite://{tmp_path}/typo/x.db")
    assert code == 1
    assert f"{tmp_path}/typo/x.db yet" in output
    assert "`switchboard migrate`" in output
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("a:b@127.0.0.1:1/x", "nothing listens at 127.0.0.1:1"),
        ("a:b@nowhere.invalid/x", "there is no host nowhere.invalid"),
        ("a:b@127.0.0.1:5543x/x", "SWITCHBOARD_DATABASE_URL must be an address whose port"),
        ("a:b[@127.0.0.1/x", "SWITCHBOARD_DATABASE_URL must be an address"),
    ],
)
def test_a_postgres_out_of_reach(command: str, address: str, said: str) -> None:
    refuses(command, f"postgres://{address}", said)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_postgres_without_the_database(command: str, postgres_socket: Path) -> None:
    url = f"postgres://postgres:@/nobody?host={postgres_socket}"
    refuses(command, url, 'database "nobody" does not exist')


@pytest.fixture
def strict_port() -> Iterator[int]:
    """A port behind which every password is wrong."""
    said = b'SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed for user "a"\0\0'
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            while True:
                try:
                    client, _ = server.accept()
                except OSError:
                    return
                with client:
                    if client.recv(1024)[4:8] == b"\x04\xd2\x16\x2f":
                        client.sendall(b"N")
                        client.recv(1024)
                    client.sendall(b"E" + (len(said) + 4).to_bytes(4, "big") + said)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_password(command: str, strict_port: int) -> None:
    url = f"postgres://a:secret@127.0.0.1:{strict_port}/x"
    refuses(command, url, "password authentication failed")
    assert "secret" not in ask(command, url)[1]


@pytest.mark.parametrize("options", [(), ("--demo",)])
def test_a_server_says_it_too(options: tuple[str, ...], tmp_path: Path) -> None:
    assert "is a folder" in serves_not(f"sqlite://{tmp_path}", *options)
    nobody = f"postgres://a:b@127.0.0.1:{free_port()}/x"
    assert "nothing listens at" in serves_not(nobody, *options)


def test_a_server_makes_no_database_by_itself(tmp_path: Path) -> None:
    said = serves_not(f"sqlite://{tmp_path}/typo/x.db")
    assert f"There is no database {tmp_path}/typo/x.db yet" in said
    assert "SWITCHBOARD_DATABASE_URL" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["migrate --to zero --yes", "keys create --name x"])
def test_a_database_that_is_only_to_be_read(command: str, postgres_database: str) -> None:
    async def close() -> None:
        connection = await asyncpg.connect(postgres_database)
        name = await connection.fetchval("SELECT current_database()")
        await connection.execute("INSERT INTO workspace (id, number, name) VALUES ($1, 1, 'A')", ID)
        await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        await connection.close()

    asyncio.run(close())
    refuses(command, postgres_database, "read-only transaction")


def test_migrating_a_file_that_is_only_to_be_read(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        with closing(sqlite3.connect(f"file:{sqlite_path(sqlite_url)}?mode=ro", uri=True)) as file:
            try:
                file.execute("DELETE FROM workspace")
            except sqlite3.OperationalError as error:
                raise OperationalError(error) from error

    monkeypatch.setattr(migrations, "_locked", refused)
    refuses("migrate", sqlite_url, "attempt to write a readonly database")
