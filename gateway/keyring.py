"""The installation's keys: from the settings, else from a file beside the embedded database."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from gateway.bounds import KEY_LENGTH, variable
from gateway.settings import Settings
from models.database import sqlite_path
from schema.vault import Vault

#: Bytes of a key that is made here.
NEW = 32


class KeyringError(Exception):
    """The keys can't be read or made; says why."""


def vault(settings: Settings, *, make: bool = True) -> Vault | None:
    """The vault; None on a database that several servers may share unless keys are set.

    Raises `KeyringError`. With `make` the embedded database gets a key where it has none.
    """
    if settings.keys:
        return Vault.of(settings.keys)
    path = key_file(settings)
    if path is None:
        return None
    key = read(path)
    if key is None and make:
        key = _made(path)
    return None if key is None else Vault.of((key,))


def key_file(settings: Settings) -> Path | None:
    """The file of the embedded database's key: `var/switchboard.key` beside `var/switchboard.db`."""
    if not settings.database_url.startswith("sqlite://"):
        return None
    return Path(sqlite_path(settings.database_url)).with_suffix(".key")


def read(path: Path) -> str | None:
    """The key in the file, None without the file; raises `KeyringError`."""
    try:
        text = path.read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeError) as error:
        said = getattr(error, "strerror", None) or "it holds no key"
        raise KeyringError(f"The key in {path} can't be read: {said.lower()}.") from None
    if len(text) < KEY_LENGTH:
        raise KeyringError(
            f"{path} holds no key. Bring back the file that was there: without it no secret that "
            f"was sealed with it can be opened. Or set {variable('secret_keys')}."
        )
    return text


def _made(path: Path) -> str:
    """A new key in the file, or that of another process which was quicker."""
    key = secrets.token_hex(NEW)
    mine = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, f"{key}\n".encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            # Whole or not at all, and never over another one.
            os.link(mine, path)
        except FileExistsError:
            key = read(path) or key
        finally:
            mine.unlink()
        _keep(path.parent)
    except OSError as error:
        said = (error.strerror or str(error)).lower()
        raise KeyringError(f"The key {path} can't be made: {said}.") from None
    return key


def _keep(folder: Path) -> None:
    """See that a folder's new entry outlives a loss of power, where the system knows how."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
