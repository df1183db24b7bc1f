"""What can be done with agents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import Agent, AgentType, EventType, Numbered, Subject, VoicemailAction
from models.columns import new_id
from resolvers.dialable import undialable
from resolvers.existing import check_account, current, differing, named
from resolvers.given import Given
from schema.agent_input import (
    ArchiveAgentInput,
    ArchiveAgentPayload,
    CreateAgentInput,
    CreateAgentPayload,
    DeleteAgentInput,
    DeleteAgentPayload,
    UnarchiveAgentInput,
    UnarchiveAgentPayload,
    UpdateAgentInput,
    UpdateAgentPayload,
)
from schema.error_code import ErrorCode
from schema.refusal import refuse
from schema.unit import Unit
from schema.verb import verb

SHORT = ("providerAgentId", "elevenlabsAgentId", "voiceEngine", "voiceId", "model")
BRAIN = (
    "emailSignature",
    "systemPrompt",
    "productExplanation",
    "valueProposition",
    "painPoints",
    "benefits",
    "featuresDifferentiators",
    "elevatorPitch",
    "firstMessage",
    "emailKnowledge",
    "exampleEmail",
    "voicemailMessage",
)
#: The longest of these texts; a system prompt with its examples runs to some ten thousand.
MAX_BRAIN = 50_000
#: Who starts a campaign, and who takes away what it needs, go one after the other: either the one
#: sees it running, or the other sees it gone.
CAMPAIGNS = "running campaigns"
#: What may refer to an agent, as people call it: table and column.
REFERRERS = (
    ("leads", "lead", "agent_id"),
    ("phone numbers", "phone_number", "outbound_agent_id"),
    ("phone numbers", "phone_number", "inbound_agent_id"),
    ("campaigns", "campaign", "agent_id"),
    ("calls", "call", "agent_id"),
    ("e-mails", "email", "agent_id"),
    ("webhooks", "webhook", "agent_id"),
)


def fields(given: Given) -> None:
    """Read what creating and updating share."""
    given.text("name", limit=200, required=True)
    given.plain("mode", "automationEnabled", "active", "outreachModel", "recordCalls")
    given.plain("voicemailAction")
    given.language("language")
    given.required("language")
    given.time_zone("timeZone")
    given.optional("provider")
    given.reference("providerAccountId", "provider_account")
    for name in SHORT:
        given.text(name, limit=200)
    for name in BRAIN:
        given.text(name, limit=MAX_BRAIN)
    given.url("streamUrl", "wss")
    given.email("emailAddress")
    given.email("replyTo")
    given.phone("transferNumber")
    number = given.columns.get("transfer_number")
    # Which numbers ring nowhere counts when a call is real.
    wrong = None if number is None else undialable(number, simulated=True)
    if wrong is not None:
        given.problem(wrong, "transferNumber")
    given.json("generalTools", list)
    given.json("postCallAnalysisData", list)
    given.json("providerSettings")
    for name, low, high in (("ringTimeout", 5, 600), ("maxDuration", 10, 14_400)):
        column = "ring_timeout_ms" if name == "ringTimeout" else "max_duration_ms"
        given.integer(f"{name}Seconds", low, high, column=column, scale=1000)
        given.required(f"{name}Seconds", column)
    given.integer("maxConcurrentCalls", 1, 10_000)
    given.integer("maxEmailsPerDay", 0, 1_000_000)


async def check_whole(unit: Unit, given: Given, before: Mapping[str, Any]) -> None:
    """What only the fields together can get wrong."""
    after = {**before, **given.columns}
    await check_account(unit, given, after)
    speaks = after.get("voicemail_action") == VoicemailAction.LEAVE_MESSAGE
    if speaks and not after.get("voicemail_message"):
        given.problem(ErrorCode.REQUIRED, "voicemailMessage", "Say what to leave on a voicemail.")


@verb(
    CreateAgentInput,
    CreateAgentPayload,
    "agents:write",
    numbers=lambda _: {Numbered.AGENT: 1},
)
async def create_agent(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Create an agent. It works by itself only once automation is switched on."""
    given = Given(input)
    fields(given)
    given.plain("type")
    await check_whole(unit, given, {})
    columns = given.check()
    number = unit.number(Numbered.AGENT)
    kind = "Outbound" if columns["type"] == AgentType.OUTBOUND else "Inbound"
    row = await unit.insert(
        Agent,
        {"id": new_id(), "number": number, "name": f"{kind} agent {number}", **columns},
    )
    unit.record(EventType.AGENT_CREATED, Subject.AGENT, row["id"], f"{row['name']} was made")
    return {"agent_id": row["id"]}


@verb(UpdateAgentInput, UpdateAgentPayload, "agents:write")
async def update_agent(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Change an agent; an archived one must be brought back first."""
    given = Given(input)
    fields(given)
    before = await current(
        unit,
        given,
        Agent,
        "agent",
        "name",
        "archived_at",
        "provider",
        "provider_account_id",
        "voicemail_action",
        "voicemail_message",
    )
    if before.get("archived_at"):
        given.problem(ErrorCode.ARCHIVED, "id", "The agent was put away; bring it back first.")
    if before:
        await check_whole(unit, given, before)
    changed = differing(before, given.check())
    if changed:
        await change(unit, before["id"], changed, EventType.AGENT_UPDATED, "was changed")
    return {"agent_id": before["id"]}


async def change(
    unit: Unit, uuid: str, changed: Mapping[str, Any], type: EventType, what: str
) -> None:
    """Write what changed, and say so."""
    row = await unit.update(Agent, uuid, changed, ("version", "name"))
    assert row is not None
    version, name = row
    unit.record(
        type, Subject.AGENT, uuid, f"{name} {what}", version=version, metadata=named(changed)
    )


@verb(ArchiveAgentInput, ArchiveAgentPayload, "agents:write")
async def archive_agent(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Put an agent away: it keeps its history and reaches nobody. Does nothing if it is already."""
    given = Given(input)
    before = await current(unit, given, Agent, "agent", "name", "archived_at")
    given.check()
    uuid = before["id"]
    if before["archived_at"] is None:
        await unit.take_turn(CAMPAIGNS)
        running = await running_campaign(unit, "agent_id", uuid)
        if running is not None:
            message = f"The campaign {running} is running; pause or cancel it first."
            raise refuse(ErrorCode.IN_USE, message, "id")
        archived = {"archived_at": unit.now}
        await change(unit, uuid, archived, EventType.AGENT_ARCHIVED, "was put away")
    return {"agent_id": uuid}


async def running_campaign(unit: Unit, column: str, uuid: str) -> str | None:
    """The name of a campaign that runs, or will, with what `column` refers to."""
    mark = "$" if unit.dialect == "postgres" else "?"
    rows = await unit.read(
        f"SELECT name FROM campaign WHERE workspace_id = {mark}1 AND {column} = {mark}2 "
        "AND status IN ('SCHEDULED', 'IN_PROGRESS') ORDER BY name LIMIT 1",
        [unit.workspace_id, uuid],
    )
    return rows[0][0] if rows else None


@verb(UnarchiveAgentInput, UnarchiveAgentPayload, "agents:write")
async def unarchive_agent(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Bring an archived agent back. Does nothing if it was not archived."""
    given = Given(input)
    before = await current(unit, given, Agent, "agent", "name", "archived_at")
    given.check()
    uuid = before["id"]
    if before["archived_at"] is not None:
        back = {"archived_at": None}
        await change(unit, uuid, back, EventType.AGENT_UPDATED, "was brought back")
    return {"agent_id": uuid}


@verb(DeleteAgentInput, DeleteAgentPayload, "agents:write")
async def delete_agent(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Delete an agent that nothing refers to; one with a history can be archived instead."""
    given = Given(input)
    before = await current(unit, given, Agent, "agent", "name")
    given.check()
    uuid = before["id"]
    users = await _users(unit, uuid)
    if users:
        message = f"The agent still has {', '.join(users)}; archive it instead."
        raise refuse(ErrorCode.IN_USE, message, "id")
    await unit.delete(Agent, uuid)
    unit.record(
        EventType.AGENT_DELETED,
        Subject.AGENT,
        uuid,
        f"{before['name']} was deleted",
        version=before["version"] + 1,
    )
    return {"deleted_id": input["id"]}


async def _users(unit: Unit, uuid: str) -> list[str]:
    """What refers to the agent."""
    mark = "$" if unit.dialect == "postgres" else "?"
    probes = [
        f"SELECT '{people}' AS people WHERE EXISTS (SELECT 1 FROM \"{table}\" "
        f"WHERE workspace_id = {mark}1 AND {column} = {mark}2)"
        for people, table, column in REFERRERS
    ]
    probes.append(
        "SELECT 'the place of the workspace''s default' FROM workspace "
        f"WHERE id = {mark}1 AND default_agent_id = {mark}2"
    )
    rows = await unit.read(" UNION ALL ".join(probes), [unit.workspace_id, uuid])
    return list(dict.fromkeys(row[0] for row in rows))


MUTATIONS = (create_agent, update_agent, archive_agent, unarchive_agent, delete_agent)
