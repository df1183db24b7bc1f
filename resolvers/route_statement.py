"""The one statement that finds everybody whom outreach concerns, and what its row says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from models import Agent, Campaign, Lead, PhoneNumber, Workspace
from models.columns import Flag, Json
from models.database import Dialect, Row
from schema.condition import Values

#: What a decision about outreach, and outreach itself, need to know of each noun.
COLUMNS: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "workspace": (
        Workspace,
        (
            *("closed_at", "plan", "language", "time_zone", "simulated", "calling_hours"),
            *("calling_windows", "require_consent", "max_concurrent_calls", "calls_per_second"),
            *("max_calls_per_day", "max_emails_per_day", "max_campaign_attempts_per_day"),
            *("credit_micros", "credit_currency", "credit_per_minute_micros"),
        ),
    ),
    "lead": (
        Lead,
        (
            *("id", "name", "phone", "email", "language", "time_zone", "stage"),
            *("outreach_disabled", "consent_state", "agent_id"),
        ),
    ),
    "campaign": (
        Campaign,
        (
            *("id", "status", "agent_id", "phone_number_id", "purpose", "calling_windows"),
            *("time_zone", "start_date", "end_date", "max_concurrent_calls"),
        ),
    ),
    "agent": (
        Agent,
        (
            *("id", "name", "active", "archived_at", "outreach_model", "language", "provider"),
            *("provider_account_id", "email_address", "max_duration_ms", "max_concurrent_calls"),
            "max_emails_per_day",
        ),
    ),
    "number": (
        PhoneNumber,
        (
            *("id", "e164", "status", "provider", "provider_account_id", "calls_per_second"),
            "max_concurrent_calls",
        ),
    ),
}
#: What is told of an active account with a vendor.
ACCOUNT = ("id", "provider", "is_default", "max_concurrent_calls", "calls_per_second")
#: The type of each value that may be given.
GIVEN = {
    "lead_id": "uuid",
    "phone": "text",
    "email": "text",
    "agent_id": "uuid",
    "campaign_id": "uuid",
    "from_number_id": "uuid",
    "from_number": "text",
}


@dataclass(frozen=True)
class Shape:
    """Which values are given, and whether it is about a call: what the text depends on."""

    call: bool
    given: tuple[str, ...]


@dataclass(frozen=True)
class Finding:
    """A statement, and how to read its row."""

    sql: str
    parts: tuple[str, ...]
    decoders: tuple[tuple[str, str, Callable[[Any], Any]], ...]

    def read(self, row: Row) -> dict[str, Any]:
        """The row's nouns by name, None for those that weren't found, and the `accounts`."""
        values = iter(row)
        accounts = orjson.loads(next(values) or "[]")
        found: dict[str, Any] = {"accounts": [dict(zip(ACCOUNT, e, strict=True)) for e in accounts]}
        for part in self.parts:
            noun = {name: next(values) for name in COLUMNS[part][1]}
            found[part] = None if noun.get("id", part) is None else noun
        for part, name, decode in self.decoders:
            if found[part] is not None:
                found[part][name] = decode(found[part][name])
        return found


@lru_cache(256)
def finding(dialect: Dialect, shape: Shape) -> Finding:
    """The statement for values of this shape, which are bound in its order after the workspace."""
    bind = Values(dialect)
    at = {name: bind(GIVEN[name], name) for name in shape.given}
    joins = [("lead", _lead(at))]
    if "campaign_id" in at:
        joins.append(("campaign", at["campaign_id"]))
    joins.append(("agent", at.get("agent_id") or _default_agent(at)))
    if shape.call:
        joins.append(("number", _number(at)))
    tables = "".join(
        f" LEFT JOIN {COLUMNS[part][0]._meta.db_table} AS {part} "
        f"ON {part}.workspace_id = workspace.id AND {part}.id = {id}"
        for part, id in joins
        if id is not None
    )
    parts = ("workspace", *(part for part, id in joins if id is not None))
    selected = [f"{part}.{name}" for part in parts for name in COLUMNS[part][1]]
    return Finding(
        f"SELECT {_accounts(dialect)}, {', '.join(selected)} FROM workspace{tables} "
        f"WHERE workspace.id = {bind.workspace}",
        parts,
        tuple(
            (part, name, decode)
            for part in parts
            for name in COLUMNS[part][1]
            for kind, decode in ((Json, orjson.loads), (Flag, bool))
            if isinstance(COLUMNS[part][0]._meta.fields_map[name], kind)
        ),
    )


def _lead(at: Mapping[str, str]) -> str | None:
    """The lead named, or that of a bare number: the one that upserts find, else the oldest."""
    if "lead_id" in at:
        return at["lead_id"]
    if "email" in at:
        return (
            "(SELECT k.id FROM lead k WHERE k.workspace_id = workspace.id "
            f"AND k.email = {at['email']} ORDER BY k.id LIMIT 1)"
        )
    if "phone" not in at:
        return None
    return (
        "coalesce((SELECT k.id FROM lead k WHERE k.workspace_id = workspace.id "
        f"AND k.contact_key = {at['phone']}), (SELECT k.id FROM lead k "
        f"WHERE k.workspace_id = workspace.id AND k.phone = {at['phone']} "
        "ORDER BY k.created_at, k.id LIMIT 1))"
    )


def _default_agent(at: Mapping[str, str]) -> str:
    candidates = ["workspace.default_agent_id"]
    if _lead(at) is not None:
        candidates.insert(0, "lead.agent_id")
    if "campaign_id" in at:
        candidates.insert(0, "campaign.agent_id")
    return f"coalesce({', '.join(candidates)})" if len(candidates) > 1 else candidates[0]


def _number(at: Mapping[str, str]) -> str:
    """The number named, else the campaign's, else the agent's oldest that is ready."""
    if "from_number_id" in at:
        return at["from_number_id"]
    if "from_number" in at:
        return (
            "(SELECT p.id FROM phone_number p WHERE p.workspace_id = workspace.id "
            f"AND p.e164 = {at['from_number']})"
        )
    oldest = (
        "(SELECT p.id FROM phone_number p WHERE p.workspace_id = workspace.id "
        "AND p.outbound_agent_id = agent.id AND p.status = 'ACTIVE' "
        "ORDER BY p.created_at, p.id LIMIT 1)"
    )
    return f"coalesce(campaign.phone_number_id, {oldest})" if "campaign_id" in at else oldest


def _accounts(dialect: Dialect) -> str:
    """The workspace's active accounts, the oldest first, as one JSON text."""
    told = ", ".join(f"p.{name}" for name in ACCOUNT)
    if dialect == "postgres":
        return (
            f"(SELECT json_agg(json_build_array({told}) ORDER BY p.created_at, p.id)::text "
            "FROM provider_account p WHERE p.workspace_id = workspace.id AND p.active = true)"
        )
    return (
        f"(SELECT json_group_array(json_array({told})) FROM (SELECT * FROM provider_account q "
        "WHERE q.workspace_id = workspace.id AND q.active = true "
        "ORDER BY q.created_at, q.id) p)"
    )
