"""Where mail goes while no mail server is set up: a maildir, which mail programs can open."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from gateway.settings import Settings
from models.database import sqlite_path


@dataclass(frozen=True)
class Maildir:
    """A folder of e-mails, a file each."""

    root: Path

    def deliver(self, id: str, message: bytes) -> None:
        """Put an e-mail there, once however often this is repeated; raises `OSError`."""
        name = f"{UUID(id)}.switchboard"
        for each in ("tmp", "new", "cur"):
            (self.root / each).mkdir(parents=True, exist_ok=True)
        # A mail program moves what was read, and writes flags behind its name.
        if (self.root / "new" / name).exists() or any((self.root / "cur").glob(f"{name}*")):
            return
        unfinished = self.root / "tmp" / f"{name}.{os.getpid()}"
        with unfinished.open("wb") as file:
            file.write(message)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self.root / "new" / name)
        folder = os.open(self.root / "new", os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def maildir(settings: Settings) -> Maildir:
    """The maildir that the settings name, by default beside the embedded database."""
    if settings.mail_directory:
        return Maildir(Path(settings.mail_directory))
    if settings.database_url.startswith("sqlite://"):
        return Maildir(Path(sqlite_path(settings.database_url)).parent / "mail")
    return Maildir(Path("var") / "mail")
