"""What can be done with the recipients of a campaign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import (
    Call,
    Campaign,
    CampaignStatus,
    EndReason,
    EventType,
    Lead,
    Numbered,
    Recipient,
    RecipientState,
    Subject,
)
from resolvers.call_end import KNOWN as SETTLED
from resolvers.call_progress import change as change_call
from resolvers.call_progress import locked
from resolvers.call_status import WAITING
from resolvers.calls import withdraw
from resolvers.campaigns import check_status
from resolvers.existing import current, differing, named
from resolvers.given import Given
from resolvers.joining import Joining, fields
from schema.condition import Values, meets
from schema.error_code import ErrorCode
from schema.noun import NOUNS
from schema.recipient_input import (
    AddRecipientsInput,
    AddRecipientsPayload,
    RemoveRecipientInput,
    RemoveRecipientPayload,
    UpdateRecipientInput,
    UpdateRecipientPayload,
)
from schema.unit import Unit
from schema.verb import verb

MAX_RECIPIENTS = 5000
#: Statuses of campaigns that are not over.
OPEN = (
    CampaignStatus.DRAFT,
    CampaignStatus.SCHEDULED,
    CampaignStatus.IN_PROGRESS,
    CampaignStatus.PAUSED,
)
#: States from which a campaign does nothing more.
DONE = (
    RecipientState.COMPLETED,
    RecipientState.FAILED,
    RecipientState.BLOCKED,
    RecipientState.CANCELLED,
    RecipientState.EXPIRED,
)

#: What verbs on one recipient need to know of it.
KEPT = ("campaign_id", "lead_id", "name", "to_number", "state", "attempts")


def numbers(input: dict[str, Any]) -> Mapping[Numbered, int]:
    """One for each recipient, for its call, and for each lead that a bare number may make."""
    listed = (input.get("recipients") or [])[:MAX_RECIPIENTS]
    if input.get("filter") is not None:
        return {Numbered.RECIPIENT: MAX_RECIPIENTS, Numbered.CALL: MAX_RECIPIENTS}
    return dict.fromkeys((Numbered.RECIPIENT, Numbered.LEAD, Numbered.CALL), len(listed))


# The scope is that of leads: numbers make leads, and a key that may only add leads, such as a
# form's, is what dialects with such a route hand out. Dialling takes `campaigns:start`.
@verb(AddRecipientsInput, AddRecipientsPayload, "leads:write", numbers=numbers)
async def add_recipients(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Add recipients to a campaign that is not over; those it has already are updated.

    They are known by external id, else by number. Good ones are added whatever is wrong with the
    others.
    """
    given = Given(input)
    chosen = given.chosen("recipients", "filter")
    # Locked, so that nobody else adds or changes a recipient meanwhile.
    names = ("name", "status", "agent_id")
    campaign = await current(
        unit, given, Campaign, "campaign", *names, name="campaignId", lock=True
    )
    check_status(given, campaign, OPEN, "campaignId")
    if chosen == "recipients" and len(input["recipients"]) > MAX_RECIPIENTS:
        message = f"At most {MAX_RECIPIENTS} recipients at once."
        given.problem(ErrorCode.TOO_LONG, "recipients", message)
    given.filter("filter", NOUNS["Lead"])
    given.check()
    uuid = campaign["id"]
    joining = Joining(unit, uuid, campaign["agent_id"])
    results: list[dict[str, Any]] = []
    if chosen == "filter":
        for each in await _matching(unit, uuid, input["filter"]):
            # Of leads with the same number one is called, so what this refuses is left out.
            joining.join(each)
    else:
        readings = await _read(unit, input["recipients"])
        await joining.know([each for each in readings if not each.problems])
        results = [_join(joining, place, each) for place, each in enumerate(readings)]
    await joining.write()
    created = joining.created
    failed = sum(bool(each["errors"]) for each in results)
    updated = len(results) - created - failed if results else 0
    remaining = await _count(unit, uuid, input["filter"]) if chosen == "filter" else None
    if created or updated:
        row = await unit.update(Campaign, uuid, {})
        assert row is not None
        unit.record(
            EventType.RECIPIENTS_ADDED,
            Subject.CAMPAIGN,
            uuid,
            f"{created} recipients were added to {campaign['name']}",
            version=row[0],
            status=campaign["status"],
            metadata={"created": created, "updated": updated, "failed": failed},
            agent_id=campaign["agent_id"],
        )
    return {
        "campaign_id": uuid,
        "results": results,
        "created_count": created,
        "updated_count": updated,
        "failed_count": failed,
        "remaining_count": remaining,
    }


def _join(joining: Joining, place: int, given: Given) -> dict[str, Any]:
    uuid, created = (None, False) if given.problems else joining.join(given)
    return {
        "index": place,
        "recipient_id": uuid,
        "created": created,
        "errors": [each.data() for each in given.problems],
    }


async def _read(unit: Unit, recipients: list[dict[str, Any]]) -> list[Given]:
    """Each recipient's fields, checked, with the number to call."""
    readings = []
    for place, each in enumerate(recipients):
        given = Given(each, ("recipients", str(place)))
        fields(given)
        given.reference("leadId", "lead")
        # What a known recipient has is not cleared by a list that leaves it empty.
        given.columns = {
            name: value
            for name, value in given.columns.items()
            if value is not None and not (name == "variables" and each["variables"] is None)
        }
        readings.append(given)
    wanted = {each.columns.get("lead_id") for each in readings} - {None}
    rows = await unit.find(Lead, ("id", "phone"), {"id": sorted(wanted)}, limit=MAX_RECIPIENTS)
    phones = {row[0]: row[1] for row in rows}
    for given in readings:
        lead = given.columns.get("lead_id")
        if lead is not None and lead not in phones:
            given.missing("lead", "leadId")
        elif not given.problems and "to_number" not in given.columns:
            if lead is None:
                given.problem(ErrorCode.REQUIRED, "phone", "Give one of phone or leadId.")
            elif phones[lead] is None:
                given.problem(ErrorCode.LEAD_NO_PHONE, "leadId")
            else:
                given.columns["to_number"] = phones[lead]
    return readings


def _where(unit: Unit, campaign: str, filter: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """Leads that meet the filter, can be called, and are not in the campaign."""
    bind = Values(unit.dialect)
    found = [
        f"t.workspace_id = {bind.workspace}",
        "t.phone IS NOT NULL",
        *meets(NOUNS["Lead"], filter, "t", bind),
    ]
    place = bind("uuid", campaign)
    found += [
        "NOT EXISTS (SELECT 1 FROM recipient r WHERE r.workspace_id = t.workspace_id "
        f"AND r.campaign_id = {place} AND r.{own} = t.{theirs})"
        for own, theirs in (("lead_id", "id"), ("to_number", "phone"))
    ]
    return " AND ".join(found), bind.all(unit.workspace_id)


async def _matching(unit: Unit, campaign: str, filter: Mapping[str, Any]) -> list[Given]:
    where, values = _where(unit, campaign, filter)
    rows = await unit.read(
        f"SELECT t.id, t.phone FROM lead t WHERE {where} "
        f"ORDER BY t.created_at, t.id LIMIT {MAX_RECIPIENTS}",
        values,
    )
    found = []
    for lead, phone in rows:
        given = Given({})
        given.columns = {"lead_id": lead, "to_number": phone}
        found.append(given)
    return found


async def _count(unit: Unit, campaign: str, filter: Mapping[str, Any]) -> int:
    where, values = _where(unit, campaign, filter)
    rows = await unit.read(f"SELECT count(*) FROM lead t WHERE {where}", values)
    return int(rows[0][0])


async def _held(unit: Unit, given: Given) -> dict[str, Any]:
    """The recipient that the verb is about; its campaign must not be over."""
    uuid = given.identity("recipient")
    if uuid is None:
        return {}
    rows = await unit.find(Recipient, ["campaign_id"], {"id": uuid})
    if rows:
        # Locked first, as by those who add recipients, so that nobody waits in a circle.
        campaigns = await unit.find(Campaign, ["status"], {"id": rows[0][0]}, lock=True)
        if campaigns and campaigns[0][0] not in OPEN:
            message = f"The campaign's status, {campaigns[0][0]}, does not permit this."
            given.problem(ErrorCode.ILLEGAL_TRANSITION, "id", message)
    return await current(unit, given, Recipient, "recipient", *KEPT)


@verb(UpdateRecipientInput, UpdateRecipientPayload, "campaigns:write")
async def update_recipient(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Change a recipient of a campaign that is not over. Its lead stays."""
    given = Given(input)
    fields(given)
    if given.columns.get("to_number", "") is None:
        given.problem(ErrorCode.REQUIRED, "phone")
    before = await _held(unit, given)
    changed = differing(before, given.columns) if before else {}
    if "to_number" in changed and (before["attempts"] or before["state"] != RecipientState.PENDING):
        message = "The recipient has been called; its number stays."
        given.problem(ErrorCode.ILLEGAL_TRANSITION, "phone", message)
    for column, name in (("to_number", "phone"), ("external_id", "externalId")):
        if changed.get(column) is not None:
            where = {"campaign_id": before["campaign_id"], column: changed[column]}
            if await unit.find(Recipient, ["id"], where):
                message = "Another recipient of the campaign has it."
                given.problem(ErrorCode.CONFLICT, name, message)
    given.check()
    if changed:
        await _change(unit, before, changed, "was changed")
    if "to_number" in changed:
        for call in await waiting_calls(unit, before["id"]):
            await change_call(unit, call, {"to_number": changed["to_number"]})
    return {"recipient_id": before["id"]}


async def waiting_calls(unit: Unit, recipient: str) -> list[dict[str, Any]]:
    """The recipient's calls that were not dialled yet, locked."""
    where = {"recipient_id": recipient, "status": ["SCHEDULED", "QUEUED"]}
    found = await unit.find(Call, ("id",), where)
    calls = [await locked(unit, id, *SETTLED) for (id,) in found]
    return [each for each in calls if each and each["status"] in WAITING]


@verb(RemoveRecipientInput, RemoveRecipientPayload, "campaigns:write")
async def remove_recipient(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Take a recipient out of a campaign that is not over; what has been called stays, cancelled."""
    given = Given(input)
    before = await _held(unit, given)
    state = before.get("state")
    called = bool(before.get("attempts")) or state == RecipientState.CALLING
    if called and (state == RecipientState.CALLING or state in DONE):
        message = f"The recipient's state, {state}, does not permit this."
        given.problem(ErrorCode.ILLEGAL_TRANSITION, "id", message)
    given.check()
    uuid = before["id"]
    for call in await waiting_calls(unit, uuid):
        # On its own: what becomes of the recipient is decided here.
        await withdraw(unit, {**call, "recipient_id": None}, EndReason.CANCELLED)
    if called:
        cancelled = {
            "state": RecipientState.CANCELLED,
            "finished_at": unit.now,
            "next_attempt_at": None,
        }
        await _change(unit, before, cancelled, "was taken out")
        return {"recipient_id": uuid}
    await unit.detach(Call, "recipient_id", uuid)
    await unit.delete(Recipient, uuid)
    _record(unit, before, "was taken out", before["version"] + 1, RecipientState.CANCELLED, {})
    return {"deleted_id": input["id"]}


async def _change(
    unit: Unit, before: Mapping[str, Any], changed: Mapping[str, Any], what: str
) -> None:
    row = await unit.update(Recipient, before["id"], changed, ("version", "state"))
    assert row is not None
    _record(unit, before, what, row[0], row[1], named(changed))


def _record(
    unit: Unit,
    before: Mapping[str, Any],
    what: str,
    version: int,
    state: str,
    metadata: Mapping[str, Any],
) -> None:
    unit.record(
        EventType.RECIPIENT_UPDATED,
        Subject.RECIPIENT,
        before["id"],
        f"{before['name'] or before['to_number']} {what}",
        version=version,
        status=state,
        metadata=metadata,
        campaign_id=before["campaign_id"],
        lead_id=before["lead_id"],
    )


MUTATIONS = (add_recipients, update_recipient, remove_recipient)
