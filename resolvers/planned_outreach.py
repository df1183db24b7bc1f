"""What is still planned for a lead: it is withdrawn when the lead is deleted."""

from __future__ import annotations

from models import Call, CallStatus, Email, EmailStatus, EndReason
from resolvers import call_progress, email_progress
from resolvers.call_end import KNOWN, ended, withdrawn
from resolvers.call_status import LIVE, WAITING
from resolvers.email_status import WAITING as UNSENT
from schema.unit import Unit

DELETED = "The lead was deleted."


async def withdraw_planned(unit: Unit, lead: str) -> None:
    """Cancel the lead's calls that were not dialled, and its e-mails that were not sent.

    Nothing else would know any more that somebody had opted out. Calls under way go on, but are
    not dialled once more, should they come to nothing.
    """
    where = {"lead_id": lead, "status": [each.value for each in (*WAITING, *LIVE)]}
    for (id,) in await unit.find(Call, ("id",), where):
        call = await call_progress.locked(unit, id, *KNOWN)
        if call and call["status"] in WAITING:
            over = {**withdrawn(EndReason.CANCELLED), "end_detail": DELETED}
            await ended(unit, call, CallStatus.CANCELLED, over, detail=DELETED)
        elif call and call["status"] in LIVE:
            await call_progress.change(unit, call, {"latest_at": unit.now})
    sending = (*UNSENT, EmailStatus.SENDING)
    where = {"lead_id": lead, "status": [each.value for each in sending]}
    for (id,) in await unit.find(Email, ("id",), where):
        email = await email_progress.locked(unit, id)
        if email and email["status"] in UNSENT:
            await email_progress.over(unit, email, EmailStatus.CANCELLED, detail=DELETED)
        elif email and email["status"] is EmailStatus.SENDING:
            # Whoever sends it looks once more before it is too late.
            await unit.update(Email, id, {"cancel_requested": True})
