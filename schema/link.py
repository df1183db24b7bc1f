"""Signed links: who has one may fetch one thing for an hour, without an API key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from models.columns import wire
from schema.context import Caller
from schema.vault import Vault

#: How long a link is good.
LIFE = timedelta(minutes=60)
_EXPIRES = re.compile(r"[1-9][0-9]{0,11}", re.ASCII)
_SIGNATURE = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Linked(StrEnum):
    """What a link leads to: the first part of its path."""

    RECORDING = "recordings"
    TRANSCRIPT = "transcripts"
    EVENT = "events"


class LinkFault(StrEnum):
    """What is wrong with a link."""

    EXPIRED = "EXPIRED"
    ALTERED = "ALTERED"


def link(caller: Caller, linked: Linked, id: str, life: timedelta = LIFE) -> str | None:
    """A link to something of the caller's workspace; None where there is no key to sign with."""
    installation = caller.installation
    if installation.vault is None:
        return None
    workspace, expires = caller.workspace_id, int(_end(caller, life).timestamp())
    signature = installation.vault.sign(linked.value, _message(workspace, id, expires))
    query = {"workspace": workspace, "expires": expires, "signature": signature.hex()}
    return f"{installation.address}/{linked.value}/{id}?{urlencode(query)}"


def expiry(caller: Caller) -> str | None:
    """Until when such a link is good."""
    return None if caller.installation.vault is None else wire(_end(caller))


def fault(
    vault: Vault, linked: Linked, id: str, query: Mapping[str, str], now: datetime
) -> LinkFault | None:
    """What is wrong with a link to this id, if anything."""
    workspace, expires = query.get("workspace", ""), query.get("expires", "")
    signature = query.get("signature", "")
    # One spelling of each is good, so that no other address is the same link.
    if not _EXPIRES.fullmatch(expires) or not _SIGNATURE.fullmatch(signature):
        return LinkFault.ALTERED
    message = _message(workspace, id, int(expires))
    if not vault.signed(linked.value, message, bytes.fromhex(signature)):
        return LinkFault.ALTERED
    return LinkFault.EXPIRED if now.timestamp() >= int(expires) else None


def _end(caller: Caller, life: timedelta = LIFE) -> datetime:
    """Whole seconds, as they stand in the link."""
    return (datetime.fromisoformat(caller.instant) + life).replace(microsecond=0)


def _message(workspace: str, id: str, expires: int) -> str:
    return f"{workspace}\0{id}\0{expires}"
