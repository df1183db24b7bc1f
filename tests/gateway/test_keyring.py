"""Where the installation's keys come from."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.keyring import KeyringError, vault
from gateway.settings import Settings, SettingsError, from_environment
from tests.gateway.furnished import sqlite_copy, sqlite_house
from tests.gateway.serving import ROOT, House, inside

__all__ = ["sqlite_copy", "sqlite_house"]

KEY = "k" * 40


def embedded(folder: Path) -> Settings:
    return Settings(database_url=f"sqlite://{folder}/deep/switchboard.db")


def test_makes_a_key_once(tmp_path: Path) -> None:
    settings = embedded(tmp_path)
    assert vault(settings, make=False) is None
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: vault(settings), range(32)))
    assert len(made) == 1
    assert vault(settings, make=False) in made
    assert [each.name for each in (tmp_path / "deep").iterdir()] == ["switchboard.key"]
    assert (tmp_path / "deep/switchboard.key").stat().st_mode & 0o777 == 0o600


def test_its_text_may_be_set_instead(tmp_path: Path) -> None:
    settings = embedded(tmp_path)
    made = vault(settings)
    assert made is not None
    text = (tmp_path / "deep/switchboard.key").read_text().strip()
    elsewhere = vault(Settings(database_url="postgres://h/d", secret_keys=f"{KEY}, {text}"))
    assert elsewhere is not None
    assert elsewhere.open("w", "x", made.seal("w", "x", b"secret")) == b"secret"


def test_is_not_made_where_servers_may_share() -> None:
    assert vault(Settings(database_url="postgres://h/d")) is None


@pytest.mark.parametrize("content", [b"", b"short", b"\xff" * 40])
def test_a_broken_file_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    settings = embedded(tmp_path)
    path = tmp_path / "deep/switchboard.key"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(KeyringError, match="holds no key"):
        vault(settings)
    assert path.read_bytes() == content


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    settings = embedded(tmp_path)
    (tmp_path / "deep/switchboard.key").mkdir(parents=True)
    with pytest.raises(KeyringError, match=r"switchboard\.key can't be read"):
        vault(settings)


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "deep").write_text("a file")
    with pytest.raises(KeyringError, match=r"switchboard\.key can't be"):
        vault(embedded(tmp_path))


def test_short_keys_are_refused_and_not_shown() -> None:
    with pytest.raises(SettingsError, match="SWITCHBOARD_SECRET_KEYS must be random") as caught:
        from_environment({"SWITCHBOARD_SECRET_KEYS": f"{KEY},hunter2"})
    assert "hunter2" not in str(caught.value)


async def test_the_server_makes_it(sqlite_copy: House) -> None:
    async with inside(sqlite_copy) as visitor:
        assert (await visitor.data("{ viewer { workspace { id } } }"))["viewer"]
    assert Path(sqlite_copy.url.removeprefix("sqlite://")).with_suffix(".key").exists()


def test_a_server_says_why_it_has_none(sqlite_copy: House) -> None:
    key = Path(sqlite_copy.url.removeprefix("sqlite://")).with_suffix(".key")
    key.write_text("")
    found = subprocess.run(
        [sys.executable, "-c", "from gateway.cli import main; main()", "serve", "--port", "0"],
        cwd=ROOT,
        env={**os.environ, "SWITCHBOARD_DATABASE_URL": sqlite_copy.url},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert found.returncode == 1
    assert f"Error: {key} holds no key." in found.stderr
