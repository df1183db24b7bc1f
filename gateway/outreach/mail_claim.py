"""Claiming an e-mail, the last look before its final dot, and writing down what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.errors import MessageError
from typing import Any

from gateway.outreach.due import clock, hence
from gateway.outreach.envelope import COLUMNS, Envelope, envelope
from gateway.outreach.scene import Scene
from gateway.outreach.smtp import Outcome, Result
from models import Agent, Channel, Email, EmailStatus, Provider, ProviderAccount, WaitingFor
from models import Workspace as WorkspaceRow
from models.columns import wire
from models.database import Dialect, Reads
from resolvers.contactability import Decision, Verdict, contactability
from resolvers.counting import Timing, facts, routed
from resolvers.credentials import COLUMNS as ACCOUNT
from resolvers.credentials import account as opened
from resolvers.email_progress import AT_REST, KNOWN, locked, move, over
from resolvers.email_status import WAITING
from resolvers.routing import Wish
from schema.error_code import ErrorCode
from schema.unit import Unit
from schema.vault import UnsealableError
from schema.vendor import Account

#: Seconds for which a claimed e-mail is its sender's; kept on while that process lives.
LEASE = 9.0
#: Seconds after the final dot at which silence is doubt, if nobody is left to say so before.
DOUBT = 90.0
#: Seconds between tries, of what the server did not take; then it has failed.
DELAYS = (5, 30, 120, 300, 900, 1800, 3600, 3600, 7200, 14_400, 28_800, 43_200)
#: How long an e-mail waits whose account can't be opened; a key may come back.
UNSEALED = timedelta(minutes=5)
#: What claiming takes to know of an e-mail.
CLAIMED = (
    *dict.fromkeys((*KNOWN, *COLUMNS)),
    *("due_at", "dispatches", "queued_at", "earliest_at", "waiting_for", "not_before"),
    *("provider", "provider_account_id", "cancel_requested"),
)


@dataclass(frozen=True)
class Claimed:
    """An e-mail that this process alone may send, in this attempt."""

    workspace_id: str
    id: str
    dispatches: int
    envelope: Envelope
    account: Account | None
    """Where to; None is the maildir."""


def due(dialect: Dialect, now: str, busy: Sequence[str], limit: int) -> Reads[list[str]]:
    """Workspaces with e-mails that are due, those that wait longest first."""
    mark = "$" if dialect == "postgres" else "?"
    passed = f" AND workspace_id NOT IN ({', '.join(f'{mark}{i + 2}' for i in range(len(busy)))})"
    parts = " UNION ALL ".join(
        f"SELECT * FROM (SELECT workspace_id, due_at FROM email WHERE status = '{status}' "
        f"AND due_at <= {mark}1{passed if busy else ''} ORDER BY due_at LIMIT 1000) p"
        for status in WAITING
    )
    rows = yield (
        f"SELECT workspace_id FROM ({parts}) u GROUP BY workspace_id "
        f"ORDER BY min(due_at) LIMIT {limit}",
        [now, *busy],
    )
    return [row[0] for row in rows]


async def claim(scene: Scene, workspace_id: str) -> Claimed | bool:
    """Claim the workspace's e-mail that has been due longest.

    True if one was decided about otherwise, so that the next may go; False if there is none.
    Whoever claims holds the workspace's row, so that no two see the same place under a cap.
    """

    async def within(unit: Unit) -> Claimed | bool:
        if not await unit.find(WorkspaceRow, ("version",), {}, lock=True):
            return False
        # It may have waited for others who claimed.
        unit.now = wire(scene.clock())
        id = await _next(unit)
        if id is None:
            return False
        email = await locked(unit, id, *CLAIMED)
        if not email or email["status"] not in WAITING or email["due_at"] > unit.now:
            return True
        return await _decide(scene, unit, email)

    return await scene.transact(workspace_id, within)


async def _next(unit: Unit) -> str | None:
    mark = "$" if unit.dialect == "postgres" else "?"
    parts = " UNION ALL ".join(
        f"SELECT * FROM (SELECT id, due_at FROM email WHERE workspace_id = {mark}1 "
        f"AND status = '{status}' AND due_at <= {mark}2 ORDER BY due_at, id LIMIT 1) p"
        for status in WAITING
    )
    rows = await unit.read(
        f"SELECT id FROM ({parts}) u ORDER BY due_at, id LIMIT 1", [unit.workspace_id, unit.now]
    )
    return rows[0][0] if rows else None


async def _decide(scene: Scene, unit: Unit, email: dict[str, Any]) -> Claimed | bool:
    decision = await decided(unit, email)
    if decision.verdict is Verdict.REFUSE:
        assert decision.code is not None
        blocked = {"blocked_code": decision.code.value}
        await over(unit, email, EmailStatus.SUPPRESSED, blocked, detail=decision.message)
        return True
    if decision.verdict is Verdict.DEFER:
        await _defer(unit, email, decision)
        return True
    try:
        account = await _account(scene, unit, email)
        email["sending_at"] = unit.now
        made = await _enveloped(scene, unit, email)
    except UnsealableError as error:
        until = datetime.fromisoformat(unit.now) + UNSEALED
        await _defer(
            unit, email, Decision(Verdict.DEFER, None, str(error), until, WaitingFor.PROVIDER)
        )
        return True
    except (LookupError, ValueError, TypeError, AttributeError, MessageError) as error:
        # Whatever it is that can't be made an e-mail of, others must not wait behind it.
        said = {"end_detail": str(error)[:500]}
        await over(unit, email, EmailStatus.FAILED, said, detail=said["end_detail"])
        return True
    rows = await unit.read(f"SELECT {_text(unit.dialect, clock(unit.dialect))}", [])
    lease = wire(datetime.fromisoformat(rows[0][0]) + timedelta(seconds=LEASE))
    sending = {
        **AT_REST,
        "queued_at": email["queued_at"] or unit.now,
        "sending_at": unit.now,
        "owner": scene.worker,
        "lease_until": lease,
        "due_at": lease,
        "dispatches": email["dispatches"] + 1,
        "provider": email["provider"] or Provider.SMTP,
        "provider_account_id": None if account is None else account.id,
    }
    await move(unit, email, EmailStatus.SENDING, sending)
    return Claimed(unit.workspace_id, email["id"], email["dispatches"], made, account)


async def decided(unit: Unit, email: Mapping[str, Any]) -> Decision:
    """May it be sent now, to the very address that it was accepted for?"""
    if email["lead_id"] is None:
        return Decision(Verdict.REFUSE, ErrorCode.NOT_FOUND, "The lead was deleted.")
    wish = Wish(
        Channel.EMAIL,
        lead_id=email["lead_id"],
        agent_id=email["agent_id"],
        campaign_id=email["campaign_id"],
        provider=None if email["provider"] is None else Provider[email["provider"]],
        provider_account_id=email["provider_account_id"],
    )
    found = await routed(unit.read, unit.dialect, unit.workspace_id, wish)
    # The lead may have got another address since.
    if found.lead is not None:
        found = replace(found, lead={**found.lead, "email": email["to_email"]})
    earliest = email["earliest_at"]
    timing = Timing(unit.now, None if earliest is None else datetime.fromisoformat(earliest))
    return contactability(await facts(unit.read, unit.dialect, unit.workspace_id, found, timing))


async def _defer(unit: Unit, email: dict[str, Any], decision: Decision) -> None:
    until = decision.until or datetime.fromisoformat(unit.now) + timedelta(minutes=1)
    wait = {
        "waiting_for": decision.waiting_for,
        "not_before": None if decision.until is None else wire(decision.until),
        "due_at": wire(until),
    }
    if email["status"] is EmailStatus.QUEUED:
        await move(unit, email, EmailStatus.SCHEDULED, wait, detail=decision.message)
    else:
        await unit.update(Email, email["id"], wait)


async def _account(scene: Scene, unit: Unit, email: Mapping[str, Any]) -> Account | None:
    """The account that it goes through; None where mail is kept in files."""
    if email["provider"] == Provider.SIMULATOR:
        return None
    where: dict[str, Any] = {"provider": Provider.SMTP}
    if email["provider_account_id"] is not None:
        where = {"id": email["provider_account_id"]}
    rows = await unit.find(ProviderAccount, (*ACCOUNT, "is_default", "active"), where)
    usable = [row for row in rows if row[-1]]
    if rows and not usable and email["provider_account_id"] is not None:
        raise LookupError("The account is not active.")
    # The default one, else the oldest, as routing has it.
    usable.sort(key=lambda row: not row[-2])
    return opened(scene.installation.vault, tuple(usable[0])[:-2]) if usable else None


async def _enveloped(scene: Scene, unit: Unit, email: Mapping[str, Any]) -> Envelope:
    columns = ("name", "reply_to")
    rows = await unit.find(Agent, columns, {"id": email["agent_id"]})
    if not rows:
        raise LookupError("The agent was deleted.")
    name, reply_to = rows[0]
    return envelope(email, name, reply_to, scene.installation)


async def look_again(scene: Scene, claimed: Claimed) -> bool:
    """Whether the final dot may follow: from then on nobody sends this e-mail again.

    Durable before it is answered. The e-mail must still be this attempt's, and nobody may have
    withdrawn it or suppressed its address.
    """
    dialect = scene.database.dialect
    mark = "$" if dialect == "postgres" else "?"
    no = "false" if dialect == "postgres" else "0"
    sql = (
        f"UPDATE email SET lease_until = NULL, due_at = {hence(dialect, f'{mark}5')} "
        f"WHERE workspace_id = {mark}1 AND id = {mark}2 AND owner = {mark}3 "
        f"AND dispatches = {mark}4 AND status = 'SENDING' AND cancel_requested = {no} "
        "AND lease_until IS NOT NULL RETURNING id"
    )
    values = [claimed.workspace_id, claimed.id, scene.worker, claimed.dispatches, DOUBT]
    return bool(await scene.database.transact(lambda within: within.fetch(sql, values)))


async def record(scene: Scene, claimed: Claimed, result: Result) -> None:
    """Write down what came of the attempt."""

    async def within(unit: Unit) -> None:
        email = await locked(unit, claimed.id, *CLAIMED, "owner", "sent_at", "lease_until")
        mine = email and (email["owner"], email["dispatches"]) == (
            scene.worker,
            claimed.dispatches,
        )
        if not mine or email["status"] not in (EmailStatus.SENDING, EmailStatus.UNKNOWN):
            return
        if email["status"] is EmailStatus.UNKNOWN and result.outcome is not Outcome.SENT:
            return
        await _record(unit, email, result)
        if claimed.account is not None:
            await _tell_of(unit, claimed.account, result)

    await scene.transact(claimed.workspace_id, within)


async def _record(unit: Unit, email: dict[str, Any], result: Result) -> None:
    match result.outcome:
        case Outcome.SENT:
            sent = {"sent_at": unit.now, "provider_message_id": result.reference}
            await over(unit, email, EmailStatus.SENT, sent)
        case Outcome.UNKNOWN:
            await doubt(unit, email, result.said)
        case Outcome.REFUSED:
            refused = {"error_code": result.code, "end_detail": result.said}
            await over(unit, email, EmailStatus.FAILED, refused, detail=result.said)
        case Outcome.WITHDRAWN:
            await withdrawn(unit, email)
        case Outcome.LATER | Outcome.ACCOUNT:
            await _later(unit, email, result)


async def doubt(unit: Unit, email: dict[str, Any], said: str) -> None:
    """Nobody knows whether the server took it. Who sent it may still learn that it did."""
    await over(unit, email, EmailStatus.UNKNOWN, {"owner": email["owner"]}, detail=said)


async def withdrawn(unit: Unit, email: dict[str, Any]) -> None:
    """It was stopped before the final dot: by whoever cancelled it, or by an opt-out."""
    back = {**AT_REST, "sending_at": None, "due_at": unit.now, "cancel_requested": False}
    decision = await decided(unit, email)
    if decision.code is ErrorCode.SUPPRESSED:
        blocked = {"blocked_code": ErrorCode.SUPPRESSED.value, "sending_at": None}
        await over(unit, email, EmailStatus.SUPPRESSED, blocked)
    elif email["cancel_requested"]:
        await over(unit, email, EmailStatus.CANCELLED, {"sending_at": None})
    else:
        await move(unit, email, EmailStatus.QUEUED, back)


async def _later(unit: Unit, email: dict[str, Any], result: Result) -> None:
    """The server has not taken it: it may be tried again, for a day or so."""
    if email["cancel_requested"]:
        await withdrawn(unit, email)
        return
    tried = email["dispatches"]
    if tried > len(DELAYS):
        failed = {"error_code": result.code, "end_detail": result.said}
        await over(unit, email, EmailStatus.FAILED, failed, detail=result.said)
        return
    until = wire(datetime.fromisoformat(unit.now) + timedelta(seconds=DELAYS[tried - 1]))
    waits = {
        **AT_REST,
        "sending_at": None,
        "waiting_for": WaitingFor.PROVIDER,
        "not_before": until,
        "due_at": until,
        "error_code": result.code,
    }
    await move(unit, email, EmailStatus.SCHEDULED, waits, detail=result.said)


async def _tell_of(unit: Unit, account: Account, result: Result) -> None:
    """Note whether the server accepts the account, where that is news."""
    rows = await unit.find(ProviderAccount, ("verified_at", "last_error"), {"id": account.id})
    if not rows:
        return
    verified, error = rows[0]
    if result.outcome is Outcome.ACCOUNT:
        if error != result.said:
            await unit.update(ProviderAccount, account.id, {"last_error": result.said})
    elif verified is None or error is not None:
        news = {"verified_at": unit.now, "last_error": None}
        await unit.update(ProviderAccount, account.id, news)


def _text(dialect: Dialect, expression: str) -> str:
    return f"({expression})::text" if dialect == "postgres" else expression
