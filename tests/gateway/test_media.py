"""The media store: files are whole or not there, and nothing outside the folder is."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.media import STALE, MediaStore, TooLargeError, media_store
from gateway.settings import Settings

WORKSPACE = "01a207a8-e74e-7632-91bb-1881686a678e"
ID = "01a207a8-e74e-7632-91bb-1881686a6abc"


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    (tmp_path / "media").mkdir()
    return MediaStore(tmp_path / "media", largest=1000)


def files(store: MediaStore) -> list[str]:
    return sorted(
        str(each.relative_to(store.root)) for each in store.root.rglob("*") if each.is_file()
    )


def test_keeps_a_file(store: MediaStore) -> None:
    path = store.place(WORKSPACE, ID, "wav")
    assert path == f"{WORKSPACE}/bc/{ID}.wav"
    assert store.find(path) is None
    assert store.write(path, [b"ab", b"c"]) == 3
    found = store.find(path)
    assert found is not None
    assert found.read_bytes() == b"abc"
    store.write(path, [b"new"])
    assert found.read_bytes() == b"new"
    assert files(store) == [path]
    assert store.remove(path)
    assert not store.remove(path)
    assert files(store) == []


async def test_receives_a_file(store: MediaStore) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"ab"
        assert store.find(path) is None
        yield b"c"

    path = store.place(WORKSPACE, ID, "mp3")
    assert await store.receive(path, pieces()) == 3
    assert files(store) == [path]


def test_a_broken_off_file_never_was(store: MediaStore) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise ConnectionError

    path = store.place(WORKSPACE, ID, "wav")
    store.write(path, [b"old"])
    with pytest.raises(ConnectionError):
        store.write(path, pieces())
    assert files(store) == [path]
    assert (store.root / path).read_bytes() == b"old"


def test_too_large_a_file_never_was(store: MediaStore) -> None:
    path = store.place(WORKSPACE, ID, "wav")
    assert store.write(path, [b"x" * 500, b"x" * 500]) == 1000
    store.remove(path)
    with pytest.raises(TooLargeError):
        store.write(path, (b"x" * 100 for _ in range(11)))
    assert files(store) == []


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "../media-too/x",
        "/etc/passwd",
        "a/../../secret",
        "",
        ".",
        "a\x00b",
        "a" * 5000,
        "link",
    ],
)
def test_nothing_outside_is_found(store: MediaStore, path: str) -> None:
    (store.root.parent / "secret").write_text("secret")
    (store.root / "link").symlink_to(store.root.parent / "secret")
    assert store.find(path) is None
    assert not store.remove(path)
    assert (store.root.parent / "secret").exists()


@pytest.mark.parametrize("path", ["../secret", "/tmp/x", "a/../../x"])
def test_nothing_outside_is_written(store: MediaStore, path: str) -> None:
    with pytest.raises(ValueError, match=r"x|secret"):
        store.write(path, [b"x"])
    assert files(store) == []


@pytest.mark.parametrize(
    ("workspace", "id", "suffix"),
    [("..", ID, "wav"), (WORKSPACE, "../x", "wav"), (WORKSPACE, ID, "../x"), (WORKSPACE, ID, "")],
)
def test_places_are_made_of_ids(store: MediaStore, workspace: str, id: str, suffix: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        store.place(workspace, id, suffix)


def test_what_a_dead_process_left_goes(store: MediaStore) -> None:
    old, new = store.root / "unfinished/old", store.root / "unfinished/new"
    store.clear()
    old.parent.mkdir()
    for each in (old, new):
        each.write_bytes(b"x")
    before = time.time() - STALE - 1
    os.utime(old, (before, before))
    store.clear()
    assert files(store) == ["unfinished/new"]


def test_where_it_is() -> None:
    assert media_store(Settings()).root == Path("var/media")
    assert media_store(Settings(database_url="sqlite:///data/x.db")).root == Path("/data/media")
    postgres = "postgres://host/db"
    assert media_store(Settings(database_url=postgres)).root == Path("var/media")
    given = Settings(database_url=postgres, media_directory="/srv/media")
    assert media_store(given).root == Path("/srv/media")
