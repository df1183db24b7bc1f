"""Rows to test with."""

from __future__ import annotations

import itertools
from typing import Any
from uuid import UUID

from models import Agent, AgentType, Call, Campaign, Lead, Workspace
from models.columns import now
from models.search import search_text

NUMBERS = itertools.count(1)


async def workspace(name: str = "Acme") -> Workspace:
    return await Workspace.create(name=name, number=next(NUMBERS))


async def lead(workspace_id: UUID, name: str = "Ada Lovelace", **fields: Any) -> Lead:
    text = search_text(name, fields.get("email"), fields.get("phone"), fields.get("company"))
    return await Lead.create(
        workspace_id=workspace_id,
        name=name,
        number=next(NUMBERS),
        search=text,
        last_activity_at=now(),
        **fields,
    )


async def agent(workspace_id: UUID, **fields: Any) -> Agent:
    fields = {"name": "Grace", "type": AgentType.OUTBOUND} | fields
    return await Agent.create(workspace_id=workspace_id, number=next(NUMBERS), **fields)


async def campaign(workspace_id: UUID, agent_id: UUID, **fields: Any) -> Campaign:
    fields = {"name": "Spring"} | fields
    return await Campaign.create(
        workspace_id=workspace_id, agent_id=agent_id, number=next(NUMBERS), **fields
    )


async def call(workspace_id: UUID, **fields: Any) -> Call:
    fields = {"to_number": "+14155550100"} | fields
    return await Call.create(workspace_id=workspace_id, number=next(NUMBERS), **fields)
