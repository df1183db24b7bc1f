"""What can be done with leads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import Agent as AgentRow
from models import (
    Call,
    Email,
    EventType,
    Lead,
    LeadStage,
    Numbered,
    Recipient,
    Subject,
    Suppression,
)
from models.columns import uuid7
from models.search import search_text
from resolvers.given import Given
from schema.error_code import ErrorCode
from schema.lead_input import (
    AssignLeadsInput,
    AssignLeadsPayload,
    BulkCreateLeadsInput,
    BulkCreateLeadsPayload,
    CreateLeadInput,
    CreateLeadPayload,
    DeleteLeadInput,
    DeleteLeadPayload,
    UpdateLeadInput,
    UpdateLeadPayload,
    UpsertLeadInput,
    UpsertLeadPayload,
)
from schema.noun import NOUNS
from schema.unit import RefusedError, Unit, refuse
from schema.verb import verb

MAX_BULK = 500
MAX_ASSIGN = 5000
NAMES = ("name", "first_name", "last_name", "company")
#: Columns from which others are made.
PARTS = (*NAMES, "email", "phone")


def one_lead(_input: Any) -> Mapping[Numbered, int]:
    """A verb that may create one lead."""
    return {Numbered.LEAD: 1}


def fields(given: Given) -> None:
    """Read what creating and updating share."""
    for name in ("name", "firstName", "lastName", "company", "role"):
        given.text(name, limit=300)
    for name in ("externalId", "assignedUserUid"):
        given.text(name, limit=200)
    given.email("email")
    given.phone("phone")
    given.language("language")
    given.time_zone("timeZone")
    given.plain("stage", "meetingBooked", "outreachDisabled", "consentState")
    given.optional("consentCapture", "consentAt")
    given.json("customFields")
    given.reference("agentId", "agent")
    stage = given.columns.get("stage")
    if stage is not None:
        given.columns["converted"] = stage == LeadStage.CONVERTED


def derived(columns: Mapping[str, Any]) -> dict[str, Any]:
    """The name to show and the text to search, from a lead's parts."""
    full = " ".join(filter(None, (columns.get("first_name"), columns.get("last_name"))))
    name = (
        columns.get("name")
        or full
        or columns.get("company")
        or columns.get("email")
        or columns.get("phone")
        or ""
    )
    text = search_text(name, columns.get("email"), columns.get("phone"), columns.get("company"))
    return {"name": name, "search": text}


def new_lead(unit: Unit, given: Given) -> dict[str, Any]:
    """The row of a lead to create; raises what is wrong with it."""
    if not any(given.columns.get(name) for name in NAMES):
        given.problem(
            ErrorCode.REQUIRED, "name", "Give at least one of name, firstName, lastName, company."
        )
    columns = given.check()
    return {
        "id": str(uuid7()),
        "number": unit.number(Numbered.LEAD),
        "last_activity_at": unit.now,
        **columns,
        **derived(columns),
    }


async def check_agent(unit: Unit, given: Given, name: str = "agentId") -> None:
    """The agent that `given` names must exist and not be put away."""
    uuid = given.columns.get("agent_id")
    if uuid is None:
        return
    rows = await unit.find(AgentRow, ["archived_at"], {"id": uuid})
    if not rows:
        given.problem(ErrorCode.NOT_FOUND, name, "There is no agent with this id.")
    elif rows[0][0] is not None:
        given.problem(ErrorCode.ARCHIVED, name)


def record_created(unit: Unit, row: Mapping[str, Any]) -> None:
    """A lead was created."""
    unit.record(
        EventType.LEAD_CREATED,
        Subject.LEAD,
        row["id"],
        f"{row['name']} was added",
        status=row.get("stage", LeadStage.NEW),
        agent_id=row.get("agent_id"),
    )


@verb(CreateLeadInput, CreateLeadPayload, "leads:write", numbers=one_lead)
async def create_lead(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Create a lead. Two leads may share a phone number or an e-mail address."""
    given = Given(input)
    fields(given)
    await check_agent(unit, given)
    row = await unit.insert(Lead, new_lead(unit, given))
    record_created(unit, row)
    return {"lead_id": row["id"]}


@verb(UpdateLeadInput, UpdateLeadPayload, "leads:write")
async def update_lead(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Change a lead. Absent fields stay as they are, null clears a field."""
    given = Given(input)
    uuid = given.reference("id", "lead")
    fields(given)
    if uuid is None:
        raise RefusedError(*given.problems)
    await check_agent(unit, given)
    del given.columns["id"]
    await change(unit, uuid, given)
    return {"lead_id": uuid}


async def change(unit: Unit, uuid: str, given: Given) -> None:
    """Change a lead by what was given, and say so."""
    columns = given.columns
    if any(name in columns for name in PARTS):
        rows = await unit.find(Lead, PARTS, {"id": uuid}, lock=True)
        if not rows:
            raise refuse(ErrorCode.NOT_FOUND, "There is no lead with this id.", "id")
        before = dict(zip(PARTS, rows[0], strict=True))
        # A name that was made of the parts follows them; one that was given stays.
        made = derived({**before, "name": None})["name"] == before["name"]
        if made or "name" in columns:
            before["name"] = None
        after = {**before, **columns}
        if not any(after[name] for name in NAMES):
            given.problem(ErrorCode.REQUIRED, "name", "A lead keeps at least one name or company.")
        columns |= derived(after)
        if "phone" in columns:
            columns["contact_key"] = None
    row = await unit.update(Lead, uuid, given.check(), ("version", "stage", "name", "agent_id"))
    if row is None:
        raise refuse(ErrorCode.NOT_FOUND, "There is no lead with this id.", "id")
    version, stage, name, agent = row
    kind, title = _what(columns, name)
    unit.record(
        kind,
        Subject.LEAD,
        uuid,
        title,
        version=version,
        status=stage,
        metadata={"changed": sorted(set(columns) - {"search", "contact_key"})},
        agent_id=agent,
    )


def _what(columns: Mapping[str, Any], name: str) -> tuple[EventType, str]:
    """The event that fits best what changed."""
    if columns.get("outreach_disabled"):
        return EventType.LEAD_OPTED_OUT, f"{name} must not be contacted any more"
    if columns.get("stage") == LeadStage.CONVERTED:
        return EventType.LEAD_CONVERTED, f"{name} became a customer"
    if columns.get("meeting_booked"):
        return EventType.LEAD_MEETING_BOOKED, f"A meeting with {name} was agreed"
    if "stage" in columns:
        return EventType.LEAD_STAGE_CHANGED, f"{name} moved to {columns['stage']}"
    if "agent_id" in columns:
        return EventType.LEAD_ASSIGNED, f"{name} was assigned"
    return EventType.LEAD_UPDATED, f"{name} was changed"


@verb(UpsertLeadInput, UpsertLeadPayload, "leads:write", numbers=one_lead)
async def upsert_lead(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Update the lead with this phone number, or create it."""
    given = Given(input)
    fields(given)
    if not given.problems and not given.columns.get("phone"):
        given.problem(ErrorCode.REQUIRED, "phone")
    if given.problems:
        raise RefusedError(*given.problems)
    await check_agent(unit, given)
    phone = given.columns["phone"]
    found = await unit.find(Lead, ["id"], {"contact_key": phone}, lock=True)
    if not found:
        found = await unit.find(Lead, ["id"], {"phone": phone}, lock=True, limit=1)
    if found:
        uuid = found[0][0]
        del given.columns["phone"]
        if given.columns:
            await change(unit, uuid, given)
        await unit.update(Lead, uuid, {"contact_key": phone})
        return {"lead_id": uuid, "created": False}
    if not any(given.columns.get(name) for name in NAMES):
        given.columns["name"] = phone
    row = await unit.insert(Lead, {**new_lead(unit, given), "contact_key": phone})
    record_created(unit, row)
    return {"lead_id": row["id"], "created": True}


@verb(DeleteLeadInput, DeleteLeadPayload, "leads:write")
async def delete_lead(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Delete a lead. Its calls and e-mails stay, without it; suppressions stay in force."""
    given = Given(input)
    uuid = given.reference("id", "lead")
    given.check()
    assert uuid is not None
    rows = await unit.find(Lead, ["name", "version"], {"id": uuid}, lock=True)
    if not rows:
        raise refuse(ErrorCode.NOT_FOUND, "There is no lead with this id.", "id")
    for model in (Call, Email, Recipient, Suppression):
        await unit.detach(model, "lead_id", uuid)
    await unit.delete(Lead, uuid)
    name, version = rows[0]
    unit.record(
        EventType.LEAD_DELETED, Subject.LEAD, uuid, f"{name} was deleted", version=version + 1
    )
    return {"deleted_id": input["id"]}


@verb(
    BulkCreateLeadsInput,
    BulkCreateLeadsPayload,
    "leads:write",
    numbers=lambda input: {Numbered.LEAD: min(len(input["leads"]), MAX_BULK)},
)
async def bulk_create_leads(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Create up to 500 leads. Good ones are created whatever is wrong with the others."""
    leads = input["leads"]
    if len(leads) > MAX_BULK:
        raise refuse(ErrorCode.TOO_LONG, f"At most {MAX_BULK} leads at once.", "leads")
    shared = Given(input)
    shared.reference("agentId", "agent")
    await check_agent(unit, shared)
    agent = shared.check().get("agent_id")
    skip = input.get("duplicates") != "CREATE"
    readings = []
    for place, each in enumerate(leads):
        given = Given(each, ("leads", str(place)))
        fields(given)
        if agent is not None and given.columns.get("agent_id") is None:
            given.columns["agent_id"] = agent
        readings.append(given)
    agents = await _agents(unit, readings)
    known = await _known(unit, readings) if skip else {}
    rows: list[dict[str, Any]] = []
    results = []
    for place, given in enumerate(readings):
        if given.columns.get("agent_id") not in agents:
            given.problem(ErrorCode.NOT_FOUND, "agentId", "There is no agent with this id.")
        email = (given.columns.get("email") or "").casefold()
        if not given.problems and email in known:
            results.append(_result(place, known[email], created=False))
            continue
        try:
            row = new_lead(unit, given)
        except RefusedError as error:
            results.append(_result(place, None, created=False, problems=error.problems))
            continue
        rows.append(row)
        if skip and email:
            known[email] = row["id"]
        results.append(_result(place, row["id"], created=True))
    await unit.insert_many(Lead, rows)
    for row in rows:
        record_created(unit, row)
    errors = sum(bool(each["errors"]) for each in results)
    return {
        "results": results,
        "created_count": len(rows),
        "duplicate_count": len(results) - len(rows) - errors,
        "error_count": errors,
    }


def _result(
    place: int, uuid: str | None, *, created: bool, problems: tuple[Any, ...] = ()
) -> dict[str, Any]:
    return {
        "index": place,
        "lead_id": uuid,
        "created": created,
        "errors": [each.data() for each in problems],
    }


async def _agents(unit: Unit, readings: list[Given]) -> set[str | None]:
    """Those of the named agents that leads can be given to."""
    named = {each.columns.get("agent_id") for each in readings} - {None}
    rows = await unit.find(AgentRow, ["id"], {"id": list(named), "archived_at": None})
    return {None, *(row[0] for row in rows)}


async def _known(unit: Unit, readings: list[Given]) -> dict[str, str]:
    """Which of the named e-mail addresses leads have already."""
    emails = {each.columns["email"] for each in readings if each.columns.get("email")}
    rows = await unit.find(Lead, ["email", "id"], {"email": list(emails)}, limit=10_000)
    return {row[0].casefold(): row[1] for row in reversed(rows)}


@verb(AssignLeadsInput, AssignLeadsPayload, "leads:write")
async def assign_leads(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Give leads to an agent: named ones, all that meet a filter, or all that have none."""
    given = Given(input)
    agent = given.reference("agentId", "agent")
    await check_agent(unit, given)
    chosen = [name for name in ("leadIds", "filter", "allUnassigned") if input.get(name)]
    if len(chosen) != 1:
        given.problem(ErrorCode.INVALID, "leadIds", "Give one of leadIds, filter, allUnassigned.")
    given.check()
    filter = input.get("filter") or {}
    if input.get("leadIds"):
        if len(input["leadIds"]) > MAX_ASSIGN:
            raise refuse(ErrorCode.TOO_LONG, f"At most {MAX_ASSIGN} leads at once.", "leadIds")
        filter = {"ids": input["leadIds"]}
    elif input.get("allUnassigned"):
        filter = {"assigned": False}
    total, changed = await unit.change_all(
        NOUNS["Lead"], filter, "agent_id", agent, ("id", "version", "name")
    )
    for uuid, version, name in changed:
        unit.record(
            EventType.LEAD_ASSIGNED,
            Subject.LEAD,
            uuid,
            f"{name} was assigned",
            version=version,
            agent_id=agent,
        )
    return {"agent_id": agent, "assigned_count": len(changed), "total_count": total}


MUTATIONS = (create_lead, update_lead, upsert_lead, delete_lead, bulk_create_leads, assign_leads)
