"""What can be done with many leads at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import Agent, EventType, Lead, Numbered, Subject
from models.columns import dump_json
from models.database import Dialect
from resolvers.existing import check_agent, named
from resolvers.given import Given
from resolvers.leads import assigned, fields, new_lead, record_created
from schema.address import folded
from schema.error_code import ErrorCode
from schema.lead_input import (
    AssignLeadsInput,
    AssignLeadsPayload,
    BulkCreateLeadsInput,
    BulkCreateLeadsPayload,
)
from schema.noun import NOUNS
from schema.refusal import Problem, RefusedError, refuse
from schema.unit import Unit
from schema.verb import verb

MAX_BULK = 500
MAX_ASSIGN = 5000
#: Whoever creates leads unless they are there takes turns.
RECOGNISING = "recognising leads"
#: The oldest lead of each address; PostgreSQL knows no least UUID.
_OLDEST: dict[Dialect, str] = {
    "postgres": "SELECT lower(email), min(id::text) FROM lead "
    "WHERE workspace_id = $1 AND lower(email) = ANY($2) GROUP BY 1",
    "sqlite": "SELECT lower(email), min(id) FROM lead "
    "WHERE workspace_id = ?1 AND lower(email) IN (SELECT value FROM json_each(?2)) GROUP BY 1",
}


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
    if skip:
        # What another one is about to create could not be seen.
        await unit.take_turn(RECOGNISING)
    known = await _known(unit, readings) if skip else {}
    rows: list[dict[str, Any]] = []
    results = []
    for place, given in enumerate(readings):
        uuid = given.columns.get("agent_id")
        if uuid is not None and uuid not in agents:
            given.missing("agent", "agentId")
        elif uuid is not None and agents[uuid] is not None:
            given.problem(ErrorCode.ARCHIVED, "agentId")
        email = folded(given.columns.get("email") or "")
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
    place: int, uuid: str | None, *, created: bool, problems: tuple[Problem, ...] = ()
) -> dict[str, Any]:
    return {
        "index": place,
        "lead_id": uuid,
        "created": created,
        "errors": [each.data() for each in problems],
    }


async def _agents(unit: Unit, readings: list[Given]) -> dict[str, str | None]:
    """The named agents that exist, and when they were put away."""
    wanted = {each.columns.get("agent_id") for each in readings} - {None}
    rows = await unit.find(Agent, ["id", "archived_at"], {"id": list(wanted)})
    return {row[0]: row[1] for row in rows}


async def _known(unit: Unit, readings: list[Given]) -> dict[str, str]:
    """Which of the named e-mail addresses leads have already."""
    emails = {folded(each.columns["email"]) for each in readings if each.columns.get("email")}
    bound = dump_json(list(emails)) if unit.dialect == "sqlite" else list(emails)
    rows = await unit.read(_OLDEST[unit.dialect], [unit.workspace_id, bound]) if emails else []
    return {row[0]: row[1] for row in rows}


@verb(AssignLeadsInput, AssignLeadsPayload, "leads:write")
async def assign_leads(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Give leads to an agent: named ones, all that meet a filter, or all that have none."""
    given = Given(input)
    agent = given.reference("agentId", "agent")
    await check_agent(unit, given)
    chosen = given.chosen("leadIds", "filter", "allUnassigned")
    filter = input.get("filter") or {}
    if chosen == "leadIds":
        filter = {"ids": input["leadIds"]}
        await _check_leads(unit, given)
    elif chosen == "allUnassigned":
        filter = {"assigned": False}
        if not input["allUnassigned"]:
            given.problem(ErrorCode.INVALID, "allUnassigned", "Leave it out instead of `false`.")
    given.filter("filter", NOUNS["Lead"])
    given.check()
    total, changed = await unit.change_all(
        NOUNS["Lead"], filter, "agent_id", agent, ("id", "version", "name", "stage")
    )
    for uuid, version, name, stage in changed:
        unit.record(
            EventType.LEAD_ASSIGNED,
            Subject.LEAD,
            uuid,
            assigned(name, agent),
            version=version,
            status=stage,
            metadata=named(("agent_id",)),
            agent_id=agent,
        )
    return {"agent_id": agent, "assigned_count": len(changed), "total_count": total}


async def _check_leads(unit: Unit, given: Given) -> None:
    """All of the leads that `given` names must exist."""
    ids = given.input["leadIds"]
    if len(ids) > MAX_ASSIGN:
        given.problem(ErrorCode.TOO_LONG, "leadIds", f"At most {MAX_ASSIGN} leads at once.")
        return
    each = Given(dict(zip(map(str, range(len(ids))), ids, strict=True)), ("leadIds",))
    uuids = {place: each.identity("lead", place) for place in each.input}
    wanted = sorted({uuid for uuid in uuids.values() if uuid})
    known = {row[0] for row in await unit.find(Lead, ["id"], {"id": wanted}, limit=MAX_ASSIGN)}
    for place, uuid in uuids.items():
        if uuid is not None and uuid not in known:
            each.missing("lead", place)
    given.problems += each.problems


MUTATIONS = (bulk_create_leads, assign_leads)
