"""What can be done with suppressions: addresses that must not be contacted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import (
    Call,
    CallStatus,
    Channel,
    Email,
    EndReason,
    EventType,
    Lead,
    Subject,
    Suppression,
    SuppressionReason,
)
from models.columns import new_id
from resolvers.call_end import KNOWN as SETTLED
from resolvers.call_end import ended, withdrawn
from resolvers.call_progress import locked
from resolvers.call_status import WAITING
from resolvers.email_progress import withdraw
from resolvers.existing import check
from resolvers.given import Given
from schema.error_code import ErrorCode
from schema.suppression_input import (
    SuppressInput,
    SuppressPayload,
    UnsuppressInput,
    UnsuppressPayload,
)
from schema.unit import Unit
from schema.verb import verb

#: More calls than these wait for one number nowhere.
MAX_CALLS = 10_000
CHANNELS = {"phone": Channel.CALL, "email": Channel.EMAIL}


async def suppress_address(
    unit: Unit, channel: Channel, address: str, reason: SuppressionReason, **more: str | None
) -> tuple[str, bool]:
    """Suppress a normalised address; gives the suppression, and whether it is new.

    Every way to opt out ends here, so what else must stop for an address is stopped here too.
    """
    known = await unit.find(Suppression, ["id"], {"channel": channel, "address": address})
    if known:
        return known[0][0], False
    waiting = await _waiting(unit, address) if channel is Channel.CALL else []
    row = await unit.insert(
        Suppression,
        {"id": new_id(), "channel": channel, "address": address, "reason": reason, **more},
    )
    unit.record(
        EventType.SUPPRESSION_ADDED,
        Subject.SUPPRESSION,
        row["id"],
        f"{address} must not be contacted any more",
        status=reason,
        lead_id=more.get("lead_id"),
        call_id=more.get("call_id"),
        email_id=more.get("email_id"),
    )
    for each in waiting:
        await _withdraw(unit, each)
    if channel is Channel.EMAIL:
        await withdraw(unit, address)
    return row["id"], True


async def _waiting(unit: Unit, number: str) -> list[str]:
    """The calls to this number that were not dialled yet.

    One that is accepted at this moment is found out when it is to be dialled.
    """
    where = {"to_number": number, "status": [each.value for each in WAITING]}
    return [row[0] for row in await unit.find(Call, ("id",), where, limit=MAX_CALLS)]


async def _withdraw(unit: Unit, id: str) -> None:
    call = await locked(unit, id, *SETTLED)
    if call and call["status"] in WAITING:
        over = {**withdrawn(EndReason.POLICY), "blocked_code": ErrorCode.SUPPRESSED.value}
        await ended(unit, call, CallStatus.BLOCKED, over)


def normalised(given: Given, name: str) -> str | None:
    """The address in the field, spelled as suppressions are."""
    if name == "phone":
        given.phone("phone")
    else:
        given.email("email")
    found = given.columns.pop(name, None)
    if found is None and not given.problems:
        given.problem(ErrorCode.REQUIRED, name)
    return None if found is None else found.lower()


@verb(SuppressInput, SuppressPayload, "suppressions:write")
async def suppress(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Stop all contact with an address, whichever lead has it. Suppressing it again is no error."""
    given = Given(input)
    chosen = given.chosen("phone", "email")
    address = normalised(given, chosen) if chosen else None
    if chosen and input.get("channel") not in (None, CHANNELS[chosen]):
        given.problem(ErrorCode.INVALID, "channel", f"Must be {CHANNELS[chosen]} with {chosen}.")
    given.text("note", limit=2000)
    for name, model in (("lead", Lead), ("call", Call), ("email", Email)):
        given.reference(f"{name}Id", name)
        await check(unit, given, f"{name}Id", model, name, f"{name}_id")
    more = given.check()
    assert chosen is not None
    assert address is not None
    reason = SuppressionReason[input.get("reason") or "MANUAL"]
    uuid, created = await suppress_address(unit, CHANNELS[chosen], address, reason, **more)
    return {"suppression_id": uuid, "created": created}


@verb(UnsuppressInput, UnsuppressPayload, "suppressions:write")
async def unsuppress(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Lift a suppression. Make sure that the person has agreed: nothing else lifts one."""
    given = Given(input)
    chosen = given.chosen("id", "phone", "email")
    where: dict[str, Any] = {}
    if chosen == "id":
        where["id"] = given.identity("suppression")
    elif chosen:
        where = {"channel": CHANNELS[chosen], "address": normalised(given, chosen)}
    given.check()
    assert chosen is not None
    rows = await unit.find(Suppression, ["id", "address", "lead_id"], where, lock=True)
    if not rows and chosen == "id":
        given.missing("suppression")
    elif not rows:
        given.problem(ErrorCode.NOT_FOUND, chosen, "This address is not suppressed.")
    given.check()
    uuid, address, lead = rows[0]
    await unit.delete(Suppression, uuid)
    unit.record(
        EventType.SUPPRESSION_LIFTED,
        Subject.SUPPRESSION,
        uuid,
        f"{address} may be contacted again",
        version=2,
        lead_id=lead,
    )
    return {"deleted_id": f"suppression_{uuid}"}


MUTATIONS = (suppress, unsuppress)
