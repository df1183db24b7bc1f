"""The media store: recordings on the local disk, written whole or not at all."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import AsyncIterable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from uuid import UUID

from gateway.settings import Settings
from models.database import sqlite_path

#: Most bytes of one file: some four hours of a call with a channel a side.
LARGEST = 512 * 1024 * 1024
#: Seconds after which a file that was never finished is one of a process that has died.
STALE = 86_400.0
#: Folder of files that are being written, on the same disk.
UNFINISHED = "unfinished"


class TooLargeError(Exception):
    """The file is larger than what is kept."""


@dataclass(frozen=True)
class MediaStore:
    """A folder of files, each known by a path within it that is never shown."""

    root: Path
    largest: int = LARGEST

    def clear(self) -> None:
        """Forget what processes have begun and not finished, long ago."""
        with suppress(OSError):
            for each in (self.root / UNFINISHED).iterdir():
                if time.time() - each.stat().st_mtime > STALE:
                    each.unlink()

    def place(self, workspace_id: str, id: str, suffix: str) -> str:
        """Where the file of something of a workspace belongs; folders stay small."""
        # Both must be UUIDs: nothing else gets into a path.
        workspace, name = str(UUID(workspace_id)), str(UUID(id))
        if not suffix.isalnum() or not suffix.isascii():
            raise ValueError(suffix)
        return f"{workspace}/{name[-2:]}/{name}.{suffix}"

    def find(self, path: str) -> Path | None:
        """The file of a path from the database; None where there is none within the store."""
        root = self.root.resolve()
        try:
            found = (root / path).resolve()
            within = found.is_relative_to(root) and found.is_file()
        except (OSError, ValueError):
            return None
        return found if within else None

    def write(self, path: str, pieces: Iterable[bytes]) -> int:
        """Write a file, over an older one if there is one; its size. Raises `TooLargeError`."""
        writing = _Writing(self, path)
        try:
            for piece in pieces:
                writing.add(piece)
            return writing.finish()
        finally:
            writing.abandon()

    async def receive(self, path: str, pieces: AsyncIterable[bytes]) -> int:
        """The same of pieces that come over the network; others get their turn meanwhile."""
        writing = await asyncio.to_thread(_Writing, self, path)
        try:
            async for piece in pieces:
                await asyncio.to_thread(writing.add, piece)
            return await asyncio.to_thread(writing.finish)
        finally:
            writing.abandon()

    def remove(self, path: str) -> bool:
        """Remove a file; whether there was one."""
        found = self.find(path)
        if found is None:
            return False
        found.unlink(missing_ok=True)
        return True


class _Writing:
    """A file that isn't finished."""

    def __init__(self, store: MediaStore, path: str) -> None:
        self._target = store.root / path
        if not self._target.resolve().is_relative_to(store.root.resolve()):
            raise ValueError(path)
        unfinished = store.root / UNFINISHED
        unfinished.mkdir(parents=True, exist_ok=True)
        self._path = unfinished / secrets.token_hex(16)
        self._largest = store.largest
        self._size = 0
        self._file: IO[bytes] | None = self._path.open("xb")

    def add(self, piece: bytes) -> None:
        assert self._file is not None
        self._size += len(piece)
        if self._size > self._largest:
            raise TooLargeError(f"more than {self._largest} bytes")
        self._file.write(piece)

    def finish(self) -> int:
        """Put it in its place, where it survives a loss of power."""
        assert self._file is not None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        self._target.parent.mkdir(parents=True, exist_ok=True)
        self._path.replace(self._target)
        folder = os.open(self._target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return self._size

    def abandon(self) -> None:
        """Leave nothing behind unless it was finished."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._path.unlink(missing_ok=True)


def media_store(settings: Settings) -> MediaStore:
    """The store that the settings name, by default a folder beside the embedded database."""
    if settings.media_directory:
        return MediaStore(Path(settings.media_directory))
    if settings.database_url.startswith("sqlite://"):
        return MediaStore(Path(sqlite_path(settings.database_url)).parent / "media")
    return MediaStore(Path("var") / "media")
