"""The secrets that deliveries are signed with: made, sealed, opened."""

from __future__ import annotations

import secrets
from base64 import b64encode
from typing import Any

from schema.context import Caller
from schema.vault import UnsealableError, Vault

PREFIX = "whsec_"
#: Bytes of a new secret; Standard Webhooks takes 24 to 64.
LENGTH = 32


def new_secret() -> bytes:
    """The bytes that sign."""
    return secrets.token_bytes(LENGTH)


def shown(secret: bytes) -> str:
    """As receivers are given it, and their libraries take it."""
    return PREFIX + b64encode(secret).decode()


def columns(caller: Caller, webhook_id: str, secret: bytes) -> dict[str, Any]:
    """What is kept of it; raises `UnavailableError` where there is no key to seal it with."""
    vault = caller.installation.secrets
    sealed = vault.seal(caller.workspace_id, _purpose(webhook_id), secret)
    return {"secret": sealed, "secret_hint": shown(secret)[-4:]}


def opened(vault: Vault, workspace_id: str, webhook_id: str, sealed: bytes) -> bytes | None:
    """The secret, if it is one of this webhook's that the installation's keys open."""
    try:
        return vault.open(workspace_id, _purpose(webhook_id), bytes(sealed))
    except UnsealableError:
        return None


def _purpose(webhook_id: str) -> str:
    return f"webhook/{webhook_id}"
