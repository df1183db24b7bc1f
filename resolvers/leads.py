"""What can be done with a lead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

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
from models.columns import new_id
from models.held import OTHER, Presumed
from models.search import search_text
from models.vocabulary import spoken
from resolvers.existing import check_agent, current, differing, held, named
from resolvers.given import Given
from resolvers.planned_outreach import withdraw_planned
from schema.error_code import ErrorCode
from schema.lead_input import (
    CreateLeadInput,
    CreateLeadPayload,
    DeleteLeadInput,
    DeleteLeadPayload,
    UpdateLeadInput,
    UpdateLeadPayload,
    UpsertLeadInput,
    UpsertLeadPayload,
)
from schema.refusal import refuse
from schema.unit import Unit
from schema.verb import verb

NAMES = ("name", "first_name", "last_name", "company")
#: Columns from which others are made.
PARTS = (*NAMES, "email", "phone")
#: What is told of a lead that changes.
TOLD = ("name", "stage", "agent_id")
#: What changing its parts takes to know.
KEPT = (*TOLD, *PARTS, "search", "contact_key")


def one_lead(_input: Any) -> Mapping[Numbered, int]:
    """A verb that may create one lead."""
    return {Numbered.LEAD: 1}


#: Fields that have few values.
FEW = ("stage", "meetingBooked", "outreachDisabled", "consentState")
#: How what creating and updating share is read.
FIELDS: Mapping[str, Callable[[Given, str], object]] = {
    **dict.fromkeys(
        ("name", "firstName", "lastName", "company", "role"), partial(Given.text, limit=300)
    ),
    **dict.fromkeys(("externalId", "assignedUserUid"), partial(Given.text, limit=200)),
    "email": Given.email,
    "phone": Given.phone,
    "language": Given.language,
    "timeZone": Given.time_zone,
    **dict.fromkeys(FEW, Given.plain),
    **dict.fromkeys(("consentCapture", "consentAt"), Given.optional),
    "customFields": Given.json,
    "agentId": partial(Given.reference, prefix="agent"),
}


def fields(given: Given) -> None:
    """Read what creating and updating share."""
    given.read(FIELDS)
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
        "id": new_id(),
        "number": unit.number(Numbered.LEAD),
        "last_activity_at": unit.now,
        **columns,
        **derived(columns),
    }


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


@verb(UpdateLeadInput, UpdateLeadPayload, "leads:write", foreseeable=FEW)
async def update_lead(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Change a lead. Absent fields stay as they are, null clears a field."""
    given = Given(input)
    fields(given)
    await check_agent(unit, given)
    known = TOLD if given.columns.keys().isdisjoint(PARTS) else KEPT
    before = await current(unit, given, Lead, "lead", *known, presumed=likely(given.columns))
    given.check()
    await change(unit, before, given.columns)
    return {"lead_id": before["id"]}


def likely(columns: Mapping[str, Any]) -> Presumed | None:
    """What a lead may be presumed to hold of what is given.

    Who gives one thing hardly means what the lead has already. A form's many may be any.
    """
    if columns.keys() == {"stage", "converted"}:
        return {"stage": OTHER, "converted": False}
    if len(columns) == 1 and columns.keys().isdisjoint((*PARTS, "custom_fields")):
        return dict.fromkeys(columns, OTHER)
    return None


async def change(unit: Unit, before: Mapping[str, Any], columns: Mapping[str, Any]) -> None:
    """Change a lead where something differs, and say so.

    `before` has what is given and what is `TOLD`; if a part is given, what is `KEPT`.
    """
    changed = differing(before, columns)
    if not columns.keys().isdisjoint(PARTS):
        parts = {name: before[name] for name in PARTS}
        # A name that was made of the parts follows them; one that was given stays.
        made = derived({**parts, "name": None})["name"] == parts["name"]
        after = {**parts, **({"name": None} if made else {}), **columns}
        new = derived(after)
        if not new["name"]:
            raise refuse(ErrorCode.REQUIRED, "A lead keeps at least one name.", "name")
        changed = differing(before, {**columns, **new})
        if "phone" in changed:
            # Upserts by the old number must not find this lead, and the new one may be another's.
            changed["contact_key"] = None
    if not changed:
        return
    uuid = before["id"]
    metadata = named(changed)
    if not metadata["changed"]:
        await unit.update(Lead, uuid, changed)
        return
    if "stage" in changed or "meeting_booked" in changed:
        changed["last_activity_at"] = unit.now
    row = await unit.update(Lead, uuid, changed, ("version", "stage", "name", "agent_id"))
    assert row is not None
    version, stage, name, agent = row
    for kind, title in _what(changed, name):
        unit.record(
            kind,
            Subject.LEAD,
            uuid,
            title,
            version=version,
            status=stage,
            metadata=metadata,
            agent_id=agent,
        )


def _what(changed: Mapping[str, Any], name: str) -> list[tuple[EventType, str]]:
    """The events that tell what changed: each step of the sale is one."""
    found = []
    if changed.get("outreach_disabled"):
        found.append((EventType.LEAD_OPTED_OUT, f"{name} must not be contacted any more"))
    if changed.get("meeting_booked"):
        found.append((EventType.LEAD_MEETING_BOOKED, f"A meeting with {name} was agreed"))
    if changed.get("stage") == LeadStage.CONVERTED:
        found.append((EventType.LEAD_CONVERTED, f"{name} became a customer"))
    elif "stage" in changed:
        found.append((EventType.LEAD_STAGE_CHANGED, f"{name} moved to {spoken(changed['stage'])}"))
    if "agent_id" in changed:
        found.append((EventType.LEAD_ASSIGNED, assigned(name, changed["agent_id"])))
    return found or [(EventType.LEAD_UPDATED, f"{name} was changed")]


def assigned(name: str, agent: str | None) -> str:
    """The title of a lead's getting this agent."""
    return f"{name} was assigned" if agent else f"{name} has no agent any more"


@verb(UpsertLeadInput, UpsertLeadPayload, "leads:write", numbers=one_lead)
async def upsert_lead(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Update the lead with this phone number, or create it. An external id stays as first given."""
    given = Given(input)
    fields(given)
    if not given.problems and not given.columns.get("phone"):
        given.problem(ErrorCode.REQUIRED, "phone")
    await check_agent(unit, given)
    columns = given.check()
    phone = columns["phone"]
    names = tuple(dict.fromkeys(("id", *KEPT, *columns)))
    found = await unit.watch(Lead, names, {"contact_key": phone})
    if not found:
        found = await unit.watch(Lead, names, {"phone": phone}, limit=1)
    if found:
        before = held(Lead, names, found[0])
        if before.get("external_id") is not None:
            # Another system has its own id for this lead; the two must not take turns.
            columns.pop("external_id", None)
        await change(unit, before, {**columns, "contact_key": phone})
        return {"lead_id": before["id"], "created": False}
    if not any(given.columns.get(name) for name in NAMES):
        given.columns["name"] = phone
    row = await unit.insert(Lead, {**new_lead(unit, given), "contact_key": phone})
    record_created(unit, row)
    return {"lead_id": row["id"], "created": True}


@verb(DeleteLeadInput, DeleteLeadPayload, "leads:write")
async def delete_lead(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Delete a lead. Its calls and e-mails stay, without it, and those that were not dialled or sent
    yet are cancelled; suppressions stay in force."""
    given = Given(input)
    before = await current(unit, given, Lead, "lead", "name")
    given.check()
    uuid = before["id"]
    await withdraw_planned(unit, uuid)
    for model in (Call, Email, Recipient, Suppression):
        await unit.detach(model, "lead_id", uuid)
    await unit.delete(Lead, uuid)
    unit.record(
        EventType.LEAD_DELETED,
        Subject.LEAD,
        uuid,
        f"{before['name']} was deleted",
        version=before["version"] + 1,
    )
    return {"deleted_id": input["id"]}


MUTATIONS = (create_lead, update_lead, upsert_lead, delete_lead)
