"""A workspace from which calls can be placed."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from models import (
    Agent,
    AgentType,
    ApiKey,
    ApiKeyKind,
    PhoneNumber,
    Provider,
    ProviderAccount,
    Workspace,
    writing,
)
from models.columns import new_id
from models.database import connect
from resolvers.secret import digest

KEY = "sb_live_outreach"


async def furnish(
    url: str,
    base: str | None = None,
    settings: Mapping[str, Any] | None = None,
    key: str = KEY,
    **columns: Any,
) -> str:
    """A workspace whose calls go through the carrier at `base`; gives its id.

    Without a carrier they are played out by the built-in simulator.
    """
    workspace, agent = new_id(), new_id()
    database = await connect(url)
    try:
        async with database.transaction() as transaction:
            await writing.insert(
                transaction,
                Workspace,
                {
                    "id": workspace,
                    "number": 1 if key == KEY else 2,
                    "name": "Outreach",
                    "max_concurrent_calls": 500,
                    "calls_per_second": 500,
                    **columns,
                },
            )
            owned = {"workspace_id": workspace}
            account = {
                "id": new_id(),
                **owned,
                "name": "Carrier",
                "provider": Provider.SIMULATOR,
                "is_default": True,
                "settings": {"base_url": base, **(settings or {})},
                "callback_token": uuid.uuid4().hex,
            }
            if base is not None:
                await writing.insert(transaction, ProviderAccount, account)
            made = {"id": agent, **owned, "number": 1, "name": "Ada", "type": AgentType.OUTBOUND}
            await writing.insert(transaction, Agent, made)
            number = {
                "id": new_id(),
                **owned,
                "number": 1,
                "e164": "+442079460999",
                "outbound_agent_id": agent,
            }
            await writing.insert(transaction, PhoneNumber, number)
            client = {
                "id": new_id(),
                **owned,
                "number": 1,
                "name": "Clients",
                "kind": ApiKeyKind.KEY,
                "prefix": key[:12],
                "secret_hash": digest(key),
                "scopes": ["full"],
            }
            await writing.insert(transaction, ApiKey, client)
            mark = "$" if transaction.dialect == "postgres" else "?"
            await transaction.fetch(
                f"UPDATE workspace SET default_agent_id = {mark}1 WHERE id = {mark}2",
                [agent, workspace],
            )
    finally:
        await database.close()
    return workspace
