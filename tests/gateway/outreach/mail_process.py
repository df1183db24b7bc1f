"""A process that sends mail until it is killed: `python -m tests.gateway.outreach.mail_process`."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from gateway.execution.numbers import Numbers
from gateway.live import words
from gateway.media import MediaStore
from gateway.outreach.mail import MailSender
from gateway.outreach.maildir import Maildir
from gateway.outreach.scene import Scene
from gateway.outreach.speech import Speech
from gateway.outreach.wire import Wire
from models.database import connect
from schema.installation import Installation
from schema.vault import Vault


async def main(url: str, folder: str, now: str) -> None:
    """Send what is due at this instant."""
    database = await connect(url)
    clock = datetime.fromisoformat(now).astimezone(UTC)
    vault = Vault.of(["k" * 32])
    installation = Installation(vault, "https://switchboard.example.com", private_providers=True)
    scene = Scene(
        database,
        Wire({}),
        installation,
        lambda: clock,
        lambda _: None,
        Numbers(database),
        MediaStore(Path(folder)),
        Speech(partial(words.tell, database)),
    )
    MailSender(scene, Maildir(Path(folder))).start()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
