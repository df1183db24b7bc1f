"""What can be done with phone numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import phonenumbers

from models import EventType, Numbered, PhoneNumber, PhoneNumberStatus, Subject
from models.columns import new_id
from resolvers.agents import CAMPAIGNS, running_campaign
from resolvers.existing import check_account, check_agent, current, differing, named
from resolvers.given import Given
from schema.error_code import ErrorCode
from schema.phone_number_input import (
    AddPhoneNumberInput,
    AddPhoneNumberPayload,
    AssignPhoneNumberInput,
    AssignPhoneNumberPayload,
    ReleasePhoneNumberInput,
    ReleasePhoneNumberPayload,
    UpdatePhoneNumberInput,
    UpdatePhoneNumberPayload,
)
from schema.refusal import refuse
from schema.unit import Unit
from schema.verb import verb

#: What a released number forgets, unless it is given anew when the number is added again.
FORGOTTEN = {
    "friendly_name": None,
    "status": PhoneNumberStatus.ACTIVE,
    "outbound_agent_id": None,
    "inbound_agent_id": None,
    "provider": None,
    "provider_account_id": None,
    "provider_number_id": None,
    "calls_per_second": None,
    "max_concurrent_calls": None,
}


def fields(given: Given) -> None:
    """Read what adding and updating share."""
    given.text("friendlyName", limit=200)
    given.plain("status")
    given.optional("provider")
    given.reference("providerAccountId", "provider_account")
    given.text("providerNumberId", limit=200)
    given.integer("callsPerSecond", 1, 1000)
    given.integer("maxConcurrentCalls", 1, 10_000)
    if given.columns.get("status") == PhoneNumberStatus.RELEASED:
        given.problem(ErrorCode.INVALID, "status", "Use releasePhoneNumber.")


def own_number(given: Given) -> None:
    """Read a number that calls are made from: one of a country, or of a service of its own."""
    given.phone("e164")
    text = given.columns.get("e164")
    if text is None:
        if not given.problems:
            given.problem(ErrorCode.REQUIRED, "e164")
        return
    number = phonenumbers.parse(text)
    region = phonenumbers.region_code_for_number(number)
    # Fictional numbers belong to no range; their country code tells where they would be.
    region = region or phonenumbers.region_code_for_country_code(number.country_code or 0)
    given.columns["country"] = region if region in phonenumbers.SUPPORTED_REGIONS else None


@verb(
    AddPhoneNumberInput,
    AddPhoneNumberPayload,
    "phone_numbers:write",
    numbers=lambda _: {Numbered.PHONE_NUMBER: 1},
)
async def add_phone_number(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Add a number that the workspace holds; one that was released comes back as it was known."""
    given = Given(input)
    own_number(given)
    fields(given)
    for role in ("outbound", "inbound"):
        given.reference(f"{role}AgentId", "agent")
        await check_agent(unit, given, f"{role}AgentId", f"{role}_agent_id")
    await check_account(unit, given, given.columns)
    known = None
    if given.columns.get("e164") is not None:
        rows = await unit.watch(PhoneNumber, ["id", "status"], {"e164": given.columns["e164"]})
        known = rows[0] if rows else None
    if known is not None and known[1] != PhoneNumberStatus.RELEASED:
        given.problem(ErrorCode.CONFLICT, "e164", "The workspace has this number already.")
    columns = given.check()
    version = 1
    if known is None:
        row = await unit.insert(
            PhoneNumber,
            {"id": new_id(), "number": unit.number(Numbered.PHONE_NUMBER), **columns},
        )
        uuid = row["id"]
    else:
        uuid = known[0]
        changed = await unit.update(PhoneNumber, uuid, {**FORGOTTEN, **columns})
        assert changed is not None
        version = changed[0]
    unit.record(
        EventType.PHONE_NUMBER_ADDED,
        Subject.PHONE_NUMBER,
        uuid,
        f"{columns['e164']} was added",
        version=version,
        status=columns.get("status", PhoneNumberStatus.ACTIVE),
    )
    return {"phone_number_id": uuid}


@verb(UpdatePhoneNumberInput, UpdatePhoneNumberPayload, "phone_numbers:write")
async def update_phone_number(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Change a phone number; its digits stay, and its agents change by `assignPhoneNumber`."""
    given = Given(input)
    fields(given)
    before = await _held(unit, given, "provider", "provider_account_id")
    if before:
        await check_account(unit, given, {**before, **given.columns})
    changed = differing(before, given.check())
    if changed:
        await _change(
            unit, before, changed, EventType.PHONE_NUMBER_UPDATED, f"{before['e164']} was changed"
        )
    return {"phone_number_id": before["id"]}


@verb(AssignPhoneNumberInput, AssignPhoneNumberPayload, "phone_numbers:write")
async def assign_phone_number(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Say which agent calls from a number, or answers it."""
    given = Given(input)
    column = f"{input['role'].lower()}_agent_id"
    given.reference("agentId", "agent", column)
    await check_agent(unit, given, "agentId", column)
    before = await _held(unit, given, column)
    changed = differing(before, given.check())
    if changed:
        agent = changed[column]
        title = f"{before['e164']} got {'an' if agent else 'no'} agent"
        await _change(
            unit, before, changed, EventType.PHONE_NUMBER_ASSIGNED, title, agent or before[column]
        )
    return {"phone_number_id": before["id"]}


@verb(ReleasePhoneNumberInput, ReleasePhoneNumberPayload, "phone_numbers:write")
async def release_phone_number(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Give a number up: no call is made from it any more. Cancel it at its vendor yourself."""
    given = Given(input)
    before = await current(unit, given, PhoneNumber, "phone_number", "e164", "status")
    given.check()
    uuid = before["id"]
    if before["status"] != PhoneNumberStatus.RELEASED:
        await unit.take_turn(CAMPAIGNS)
        running = await running_campaign(unit, "phone_number_id", uuid)
        if running is not None:
            message = f"The campaign {running} is running; pause or cancel it first."
            raise refuse(ErrorCode.IN_USE, message, "id")
        released = {
            "status": PhoneNumberStatus.RELEASED,
            "outbound_agent_id": None,
            "inbound_agent_id": None,
        }
        title = f"{before['e164']} was given up"
        await _change(unit, before, released, EventType.PHONE_NUMBER_RELEASED, title)
    return {"phone_number_id": uuid}


async def _held(unit: Unit, given: Given, *columns: str) -> dict[str, Any]:
    """The number that the verb is about; one that was given up is past changing."""
    before = await current(unit, given, PhoneNumber, "phone_number", "e164", "status", *columns)
    if before.get("status") == PhoneNumberStatus.RELEASED:
        given.problem(ErrorCode.NUMBER_NOT_READY, "id", "The number was given up; add it again.")
    return before


async def _change(
    unit: Unit,
    before: Mapping[str, Any],
    changed: Mapping[str, Any],
    type: EventType,
    title: str,
    agent: str | None = None,
) -> None:
    row = await unit.update(PhoneNumber, before["id"], changed, ("version", "status"))
    assert row is not None
    unit.record(
        type,
        Subject.PHONE_NUMBER,
        before["id"],
        title,
        version=row[0],
        status=row[1],
        metadata=named(changed),
        agent_id=agent,
    )


MUTATIONS = (add_phone_number, update_phone_number, assign_phone_number, release_phone_number)
