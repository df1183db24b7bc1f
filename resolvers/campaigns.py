"""What can be done with campaigns before they run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from models import (
    Call,
    Campaign,
    CampaignStatus,
    Email,
    EventType,
    Numbered,
    PhoneNumber,
    PhoneNumberStatus,
    RetryOn,
    Subject,
)
from models.columns import new_id
from resolvers import extraction
from resolvers.calling_windows import calling_windows
from resolvers.existing import check_agent, current, differing, named
from resolvers.given import Given
from schema.campaign_input import (
    CreateCampaignInput,
    CreateCampaignPayload,
    DeleteCampaignInput,
    DeleteCampaignPayload,
    UpdateCampaignInput,
    UpdateCampaignPayload,
)
from schema.error_code import ErrorCode
from schema.unit import Unit
from schema.verb import verb

MAX_COLUMNS = 100
RETRIES = 5
MIN_DELAY, MAX_DELAY = 60, 86_400
EDITABLE = (CampaignStatus.DRAFT, CampaignStatus.PAUSED)
#: What is retried where nobody said.
RETRIED = [RetryOn.NO_ANSWER.value, RetryOn.BUSY.value]
#: What the fields are checked against that an update leaves alone.
KEPT = ("name", "status", "agent_id", "start_date", "end_date", "max_retries", "retry_on")


def fields(given: Given) -> None:
    """Read what creating and updating share."""
    given.text("name", limit=300)
    given.reference("agentId", "agent")
    given.reference("phoneNumberId", "phone_number")
    given.optional("purpose")
    given.text("reason", limit=5000)
    given.text("firstMessageOverride", limit=5000)
    given.plain("languageMode")
    given.language("outputLanguage")
    given.time_zone("timeZone")
    given.date("startDate")
    given.date("endDate")
    calling_windows(given)
    given.integer("maxRetries", 0, RETRIES)
    delay = "retry_delay_ms"
    given.integer("retryDelaySeconds", MIN_DELAY, MAX_DELAY, column=delay, scale=1000)
    given.integer("maxConcurrentCalls", 1, 10_000)
    given.json("metadata")
    for name in ("name", "agentId", "maxRetries"):
        given.required(name)
    given.required("retryDelaySeconds", delay)
    if "retryOn" in given.input:
        given.columns["retry_on"] = list(dict.fromkeys(given.input["retryOn"] or []))
    _schema(given)
    _columns(given)


def _schema(given: Given) -> None:
    if given.input.get("extractionSchema") is None:
        given.optional("extractionSchema")
        return
    given.json("extractionSchema")
    if "extraction_schema" not in given.columns:
        return
    schema = extraction.normalised(given.columns["extraction_schema"])
    message = extraction.problem(schema)
    if message is not None:
        given.problem(ErrorCode.INVALID_SCHEMA, "extractionSchema", message)
    given.columns["extraction_schema"] = schema


def _columns(given: Given) -> None:
    if "displayColumns" not in given.input:
        return
    columns = given.input["displayColumns"] or []
    if len(columns) > MAX_COLUMNS:
        given.problem(ErrorCode.TOO_LONG, "displayColumns", f"At most {MAX_COLUMNS} columns.")
        return
    found: dict[str, str] = {}
    for place, column in enumerate(columns):
        each = Given(column, (*given.path, "displayColumns", str(place)))
        each.text("name", limit=100, required=True)
        each.text("label", limit=200)
        name = each.columns.get("name")
        if name in found:
            each.problem(ErrorCode.CONFLICT, "name", "Another column has this name.")
        elif name is not None:
            found[name] = each.columns.get("label") or name
        given.problems += each.problems
    given.columns["display_columns"] = [
        {"name": name, "label": label} for name, label in found.items()
    ]


async def check_references(unit: Unit, given: Given) -> None:
    """The agent and the number must exist and be of use."""
    await check_agent(unit, given)
    number = given.columns.get("phone_number_id")
    if number is not None:
        rows = await unit.find(PhoneNumber, ["status"], {"id": number})
        if not rows:
            given.missing("phone_number", "phoneNumberId")
        elif rows[0][0] == PhoneNumberStatus.RELEASED:
            given.problem(ErrorCode.NUMBER_NOT_READY, "phoneNumberId", "It was given up.")


def check_together(given: Given, before: Mapping[str, Any]) -> None:
    """What only the fields together can get wrong."""
    after = {**before, **given.columns}
    start, end = after.get("start_date"), after.get("end_date")
    if start and end and end < start:
        given.problem(ErrorCode.OUT_OF_RANGE, "endDate", "A campaign ends after it starts.")
    if after.get("max_retries") and not after.get("retry_on"):
        given.problem(ErrorCode.REQUIRED, "retryOn", "Say what to try again.")


def check_status(
    given: Given,
    before: Mapping[str, Any],
    allowed: Collection[CampaignStatus],
    name: str = "id",
) -> None:
    """The campaign's status must permit the verb, and meet the caller's own condition."""
    if not before:
        return
    condition = given.input.get("onlyIf") or {}
    wanted = condition.get("agentId")
    if wanted is not None and wanted != f"agent_{before['agent_id']}":
        given.missing("campaign", name)
    narrowed = condition.get("status")
    status = before["status"]
    if status not in allowed or (narrowed is not None and status not in narrowed):
        message = f"The campaign's status, {status}, does not permit this."
        given.problem(ErrorCode.ILLEGAL_TRANSITION, name, message)


@verb(
    CreateCampaignInput,
    CreateCampaignPayload,
    "campaigns:write",
    numbers=lambda _: {Numbered.CAMPAIGN: 1},
)
async def create_campaign(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Draft a campaign."""
    given = Given(input)
    fields(given)
    if given.columns.get("max_retries") and "retryOn" not in input:
        given.columns["retry_on"] = RETRIED
    await check_references(unit, given)
    check_together(given, {})
    columns = given.check()
    row = await unit.insert(
        Campaign, {"id": new_id(), "number": unit.number(Numbered.CAMPAIGN), **columns}
    )
    unit.record(
        EventType.CAMPAIGN_CREATED,
        Subject.CAMPAIGN,
        row["id"],
        f"{row['name']} was drafted",
        status=row["status"],
        agent_id=row["agent_id"],
    )
    return {"campaign_id": row["id"]}


@verb(UpdateCampaignInput, UpdateCampaignPayload, "campaigns:write")
async def update_campaign(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Change a campaign that is a draft or paused."""
    given = Given(input)
    fields(given)
    before = await current(unit, given, Campaign, "campaign", *KEPT)
    check_status(given, before, EDITABLE)
    await check_references(unit, given)
    if before:
        check_together(given, before)
    changed = differing(before, given.check())
    if changed:
        row = await unit.update(
            Campaign, before["id"], changed, ("version", "name", "status", "agent_id")
        )
        assert row is not None
        version, name, status, agent = row
        unit.record(
            EventType.CAMPAIGN_UPDATED,
            Subject.CAMPAIGN,
            before["id"],
            f"{name} was changed",
            version=version,
            status=status,
            metadata=named(changed),
            agent_id=agent,
        )
    return {"campaign_id": before["id"]}


@verb(DeleteCampaignInput, DeleteCampaignPayload, "campaigns:write")
async def delete_campaign(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Delete a draft with its recipients. What has been started is cancelled instead, and stays."""
    given = Given(input)
    before = await current(unit, given, Campaign, "campaign", *KEPT)
    check_status(given, before, (CampaignStatus.DRAFT,))
    given.check()
    uuid = before["id"]
    await _withdraw_calls(unit, uuid)
    await _detach_calls(unit, uuid)
    await unit.detach(Email, "campaign_id", uuid)
    await unit.delete(Campaign, uuid)
    unit.record(
        EventType.CAMPAIGN_DELETED,
        Subject.CAMPAIGN,
        uuid,
        f"{before['name']} was deleted",
        version=before["version"] + 1,
        agent_id=before["agent_id"],
    )
    return {"deleted_id": input["id"]}


async def _withdraw_calls(unit: Unit, uuid: str) -> None:
    """End the calls that were planned for a draft; nobody waits for them."""
    mark = "$" if unit.dialect == "postgres" else "?"
    await unit.write(
        f"UPDATE call SET status = 'CANCELLED', end_reason = 'CANCELLED', ended_at = {mark}3, "
        f"artifacts_at = {mark}3, due_at = NULL, waiting_for = NULL, not_before = NULL, "
        f"updated_at = {mark}3, version = version + 1 WHERE workspace_id = {mark}1 "
        f"AND campaign_id = {mark}2 AND status IN ('SCHEDULED', 'QUEUED')",
        [unit.workspace_id, uuid, unit.now],
    )


async def _detach_calls(unit: Unit, uuid: str) -> None:
    """Calls outlive the campaign and its recipients."""
    mark = "$" if unit.dialect == "postgres" else "?"
    await unit.write(
        f"UPDATE call SET recipient_id = NULL, version = version + 1, updated_at = {mark}3 "
        f"WHERE workspace_id = {mark}1 AND recipient_id IN "
        f"(SELECT id FROM recipient WHERE workspace_id = {mark}1 AND campaign_id = {mark}2)",
        [unit.workspace_id, uuid, unit.now],
    )
    await unit.detach(Call, "campaign_id", uuid)


MUTATIONS = (create_campaign, update_campaign, delete_campaign)
