"""From a call's row to what its provider needs of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from gateway.outreach.providers.provider import Order, Placed
from models import (
    Agent,
    Campaign,
    LanguageMode,
    Lead,
    PhoneNumber,
    Provider,
    ProviderAccount,
    Recipient,
    writing,
)
from models.database import Dialect, Reader, Row
from resolvers import credentials
from resolvers.call_status import ENDED
from resolvers.credentials import COLUMNS
from resolvers.dialable import undialable
from resolvers.existing import held
from schema.installation import Installation
from schema.vendor import Account

#: What an order is made of, beside the nouns that the call refers to.
ORDERED = (
    "id",
    "to_number",
    "from_number",
    "dialed_at",
    "agent_id",
    "lead_id",
    "phone_number_id",
    "campaign_id",
    "recipient_id",
    "first_message_override",
    "reason",
    "language",
    "max_duration_ms",
    "metadata",
    "provider",
    "provider_account_id",
)
AGENT = (
    "name",
    "language",
    "provider_agent_id",
    "elevenlabs_agent_id",
    "voice_engine",
    "voice_id",
    "model",
    "stream_url",
    "system_prompt",
    "product_explanation",
    "value_proposition",
    "pain_points",
    "benefits",
    "features_differentiators",
    "elevator_pitch",
    "first_message",
    "general_tools",
    "post_call_analysis_data",
    "provider_settings",
    "transfer_number",
    "record_calls",
    "voicemail_action",
    "voicemail_message",
    "ring_timeout_ms",
    "max_duration_ms",
)
LEAD = (
    "name",
    "first_name",
    "last_name",
    "company",
    "role",
    "email",
    "phone",
    "language",
    "custom_fields",
)
CAMPAIGN = (
    "reason",
    "first_message_override",
    "language_mode",
    "output_language",
    "extraction_schema",
)
#: What else is read for an order: the model, its columns, and the call's column that names the row.
PARTS: tuple[tuple[Any, tuple[str, ...], str], ...] = (
    (Agent, AGENT, "agent_id"),
    (Lead, LEAD, "lead_id"),
    (PhoneNumber, ("provider_number_id",), "phone_number_id"),
    (Campaign, CAMPAIGN, "campaign_id"),
    (Recipient, ("variables",), "recipient_id"),
    (ProviderAccount, ("callback_token",), "provider_account_id"),
)
LONGEST_MS = 600_000


async def order(
    reader: Reader, installation: Installation, workspace_id: str, call: Mapping[str, Any]
) -> Order:
    """What the provider needs of a call that was claimed."""

    ids = [call[column] for _, _, column in PARTS]
    (row,) = await reader.fetch(_reading(reader.dialect), [workspace_id, *ids])
    agent, lead, number, campaign, recipient, account = _split(row)
    if agent:
        agent["transfer_number"] = transferable(agent["transfer_number"], call["provider"])
    callback = None
    if account and installation.public:
        callback = f"{installation.address}/callbacks/{account['callback_token']}?call={call['id']}"
    return Order(
        workspace_id,
        call["id"],
        call["to_number"],
        call["from_number"],
        number.get("provider_number_id"),
        datetime.fromisoformat(call["dialed_at"]),
        agent,
        lead,
        call["first_message_override"]
        or campaign.get("first_message_override")
        or agent.get("first_message"),
        call["reason"] or campaign.get("reason"),
        call["language"] or _language(campaign, lead, agent),
        call["max_duration_ms"] or agent.get("max_duration_ms") or LONGEST_MS,
        {**call["metadata"], **recipient.get("variables", {})},
        callback,
        campaign.get("extraction_schema"),
    )


@cache
def _reading(dialect: Dialect) -> str:
    """All parts by one statement; who claims holds others up meanwhile."""
    mark = "$" if dialect == "postgres" else "?"
    selected: list[str] = []
    joins: list[str] = []
    for place, (model, columns, _) in enumerate(PARTS, 2):
        part = f"p{place}"
        selected += [f"{part}.{name}" for name in ("id", *columns)]
        joins.append(
            f"LEFT JOIN {model._meta.db_table} {part} ON {part}.workspace_id = w.id "
            f"AND {part}.id = {mark}{place}"
        )
    return f"SELECT {', '.join(selected)} FROM workspace w {' '.join(joins)} WHERE w.id = {mark}1"


def _split(row: Row) -> Iterator[dict[str, Any]]:
    """The parts of the row, those that are not there empty."""
    first = 0
    for model, columns, _ in PARTS:
        last = first + 1 + len(columns)
        found = held(model, columns, row[first + 1 : last])
        yield {} if row[first] is None else found
        first = last


def _language(
    campaign: Mapping[str, Any], lead: Mapping[str, Any], agent: Mapping[str, Any]
) -> str:
    """The agent's language, in campaigns that follow the lead the lead's."""
    follows = campaign.get("language_mode") == LanguageMode.AUTO
    found: str = (lead.get("language") if follows else None) or agent.get("language") or "en"
    return found


def transferable(number: str | None, provider: str | None) -> str | None:
    """The number that calls may be handed on to: it is held to the rules of those that are dialled."""
    simulated = provider == Provider.SIMULATOR
    return None if number is None or undialable(number, simulated=simulated) else number


async def account(
    reader: Reader, installation: Installation, workspace_id: str, call: Mapping[str, Any]
) -> Account | None:
    """The account that a call is placed with; None if it is gone."""
    id = call["provider_account_id"]
    if id is None and call["provider"] != Provider.SIMULATOR:
        return None
    if id is None:
        return Account("", workspace_id, Provider[call["provider"]], {}, {}, "")
    where = {"workspace_id": workspace_id, "id": id}
    rows = await writing.find(reader, ProviderAccount, COLUMNS, where)
    return credentials.account(installation.vault, rows[0]) if rows else None


def placed(call: Mapping[str, Any]) -> Placed:
    """The call as its provider has it."""
    answered = call["answered_at"]
    return Placed(
        call["id"],
        call["provider_call_id"],
        call["provider_data"],
        datetime.fromisoformat(call["dialed_at"]),
        None if answered is None else datetime.fromisoformat(answered),
        call["status"] in ENDED,
    )
