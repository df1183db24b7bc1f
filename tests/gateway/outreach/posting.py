"""A workspace that sends mail, and the sender beside it."""

from __future__ import annotations

import asyncio
import itertools
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import models
from gateway.execution.numbers import Numbers
from gateway.live import words
from gateway.media import MediaStore
from gateway.outreach.mail import MailSender
from gateway.outreach.maildir import Maildir
from gateway.outreach.scene import Scene
from gateway.outreach.speech import Speech
from gateway.outreach.wire import Wire
from tests.resolvers.conftest import INSTALLATION, Door

ADDRESS = "ada@example.com"
SHOWN = (
    "status version sentAt sendingAt notBefore waitingFor blockedCode errorCode endDetail subject "
    "providerMessageId cancelRequested messageId endedAt providerAccount { id lastError verifiedAt }"
)
_keys = itertools.count()


@dataclass(frozen=True)
class Posting:
    """Orders e-mails and looks what becomes of them."""

    door: Door
    scene: Scene
    maildir: Maildir

    async def order(self, **fields: Any) -> str:
        """The id of an e-mail that was accepted."""
        input = {"target": {"leadId": self.door.id(models.Lead)}, "message": "Hello", **fields}
        key = f"posting-{next(_keys)}"
        payload = await self.door.done("sendEmail", input, "email { id }", key)
        return str(payload["email"]["id"])

    async def read(self, id: str) -> dict[str, Any]:
        """The e-mail as it is now."""
        text = f"query ($id: ID!) {{ email(id: $id) {{ {SHOWN} }} }}"
        found: dict[str, Any] = (await self.door.ask(text, id=id))["email"]
        return found

    async def until(self, id: str, *statuses: str, seconds: float = 15) -> dict[str, Any]:
        """The e-mail once it has one of the statuses."""
        end = asyncio.get_running_loop().time() + seconds
        while (found := await self.read(id))["status"] not in statuses:
            assert asyncio.get_running_loop().time() < end, found
            await asyncio.sleep(0.02)
        return found

    async def account(self, port: int, **fields: Any) -> str:
        """Set up a mail server."""
        input = {"provider": "SMTP", "host": "127.0.0.1", "port": port, **fields}
        payload = await self.door.done("addProviderAccount", input, "providerAccount { id }")
        return str(payload["providerAccount"]["id"])

    @asynccontextmanager
    async def sending(self, context: ssl.SSLContext | None = None) -> AsyncIterator[MailSender]:
        """A sender at work."""
        sender = MailSender(self.scene, self.maildir, context=context)
        sender.start()
        try:
            yield sender
        finally:
            await sender.stop()


async def furnished(door: Door, folder: Path) -> Posting:
    """The workspace with one agent that may write, a lead for it, and no limits or accounts."""
    for table in ("agent", "phone_number", "call", "email"):
        await door.fetch(f'UPDATE "{table}" SET provider_account_id = NULL')
    # The random e-mails are nobody's to send.
    await door.fetch("UPDATE email SET due_at = NULL, owner = NULL, status = 'SENT'")
    await door.fetch("DELETE FROM provider_account")
    await door.fetch("DELETE FROM suppression")
    await door.fetch(
        "UPDATE workspace SET simulated = false, require_consent = false, closed_at = NULL, "
        "max_emails_per_day = NULL, name = 'Northwind', default_agent_id = NULL, time_zone = 'UTC'"
    )
    agent, lead = door.id(models.Agent)[-36:], door.id(models.Lead)[-36:]
    await door.fetch(
        "UPDATE agent SET name = 'Åva \"the\" Agent', active = true, archived_at = NULL, "
        "outreach_model = 'BOTH', email_address = 'ava@northwind.example', "
        "reply_to = 'team@northwind.example', email_signature = 'Yours, Ava', "
        "max_emails_per_day = NULL WHERE id = ?1",
        agent,
    )
    await door.fetch(
        "UPDATE workspace SET default_agent_id = ?1 WHERE id = ?2", agent, door.workspace.id
    )
    await door.fetch(
        "UPDATE lead SET email = ?1, outreach_disabled = false, consent_state = 'GRANTED', "
        "agent_id = NULL WHERE id = ?2",
        ADDRESS,
        lead,
    )
    # The tests' mail server is on this machine.
    installation = replace(INSTALLATION, private_providers=True)
    door = replace(door, caller=replace(door.caller, installation=installation))
    maildir = Maildir(folder / "mail")
    numbers = Numbers(door.database)
    scene = Scene(
        door.database,
        Wire({}),
        installation,
        door.clock,
        door.rings.append,
        numbers,
        MediaStore(folder),
        Speech(partial(words.tell, door.database)),
    )
    return Posting(door, scene, maildir)
