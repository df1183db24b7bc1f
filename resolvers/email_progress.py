"""Moving an e-mail on: its row and the log change together or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import Email, EmailStatus, Subject
from resolvers.email_status import MOVES, TITLES, WAITING, IllegalEmailMoveError, event_type
from resolvers.existing import held
from schema.error_code import ErrorCode
from schema.unit import Unit

#: What is told of an e-mail along with each of its events.
ABOUT = ("lead_id", "agent_id", "campaign_id")
#: What moving an e-mail on takes to know of it.
KNOWN = ("id", "version", "status", *ABOUT)
#: What an e-mail that waits for nothing any more says of waiting.
AT_REST: Mapping[str, Any] = {
    "due_at": None,
    "owner": None,
    "lease_until": None,
    "waiting_for": None,
    "not_before": None,
}


async def locked(unit: Unit, id: str, *columns: str) -> dict[str, Any]:
    """The e-mail, which nobody else changes until the unit's transaction ends; empty without it."""
    names = tuple(dict.fromkeys((*KNOWN, *columns)))
    rows = await unit.find(Email, names, {"id": id}, lock=True)
    if not rows:
        return {}
    email = held(Email, names, rows[0])
    email["status"] = EmailStatus[email["status"]]
    return email


async def move(
    unit: Unit,
    email: dict[str, Any],
    status: EmailStatus,
    changes: Mapping[str, Any],
    *,
    detail: str | None = None,
) -> None:
    """Bring a locked e-mail to another status.

    Raises `IllegalEmailMoveError` for a step that the table does not have.
    """
    if status not in MOVES[email["status"]]:
        raise IllegalEmailMoveError(f"{email['status']} → {status}")
    row = await unit.update(Email, email["id"], {"status": status, **changes})
    assert row is not None
    email |= {**changes, "status": status, "version": row[0]}
    tell(unit, email, TITLES[status], detail)


async def over(
    unit: Unit,
    email: dict[str, Any],
    status: EmailStatus,
    changes: Mapping[str, Any] | None = None,
    *,
    detail: str | None = None,
) -> None:
    """Bring it to a status after which it is not sent any more."""
    ended = {**AT_REST, "ended_at": unit.now, **(changes or {})}
    await move(unit, email, status, ended, detail=detail)


def tell(unit: Unit, email: Mapping[str, Any], title: str, detail: str | None = None) -> None:
    """Append what happened to the log."""
    unit.record(
        event_type(email["status"]),
        Subject.EMAIL,
        email["id"],
        title,
        version=email["version"],
        status=email["status"],
        detail=detail,
        email_id=email["id"],
        **{name: email[name] for name in ABOUT},
    )


async def withdraw(unit: Unit, address: str) -> None:
    """End the e-mails to an address, in lower case, that were not sent yet."""
    mark = "$" if unit.dialect == "postgres" else "?"
    rows = await unit.read(
        f"SELECT id FROM email WHERE workspace_id = {mark}1 AND lower(to_email) = {mark}2 "
        "AND status IN ('SCHEDULED', 'QUEUED', 'SENDING')",
        [unit.workspace_id, address],
    )
    for (id,) in rows:
        email = await locked(unit, id)
        if email and email["status"] in WAITING:
            blocked = {"blocked_code": ErrorCode.SUPPRESSED.value}
            await over(unit, email, EmailStatus.SUPPRESSED, blocked)
        elif email and email["status"] is EmailStatus.SENDING:
            # Whoever sends it looks once more before it is too late.
            await unit.update(Email, id, {"cancel_requested": True})
