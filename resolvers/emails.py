"""What can be done with e-mails. They are accepted here and nothing else; the sender sends them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from models import (
    Agent,
    Channel,
    Email,
    EmailDirection,
    EmailStatus,
    Lead,
    LeadSource,
    Numbered,
    Workspace,
)
from models.columns import new_id, wire
from resolvers.contactability import Decision, Verdict, contactability
from resolvers.counting import Timing, facts, routed
from resolvers.email_progress import locked, over, tell
from resolvers.email_status import TITLES, WAITING
from resolvers.existing import held
from resolvers.given import Given
from resolvers.leads import derived, record_created
from resolvers.letters import AGENT, LEAD, SUBJECT, WORKSPACE, Letter, Parties, letter, line
from resolvers.routing import Route, Wish
from schema.address import ascii_domain
from schema.email_input import (
    CancelEmailInput,
    CancelEmailPayload,
    EmailCancelOutcome,
    SendEmailInput,
    SendEmailPayload,
)
from schema.error_code import ErrorCode
from schema.unit import Unit
from schema.verb import verb

#: Longest texts that may be given.
LIMITS = {"message": 50_000, "template": 20_000, "html": 100_000}
#: What a refusal is about, by its code; others are about the target.
PATHS = {
    ErrorCode.AGENT_REQUIRED: "agentId",
    ErrorCode.AGENT_INACTIVE: "agentId",
    ErrorCode.AGENT_CHANNEL: "agentId",
    ErrorCode.AGENT_NO_EMAIL: "agentId",
}
#: Message-IDs of a thread that go along: its first and the latest.
ANCESTORS = 20
#: What is to be known of the e-mail that is answered.
ANSWERED = ("id", "lead_id", "thread_id", "message_id", "ancestors", "subject")


def numbers(input: dict[str, Any]) -> Mapping[Numbered, int]:
    """One for the lead that a bare address may make."""
    return {} if input["target"].get("email") is None else {Numbered.LEAD: 1}


@verb(SendEmailInput, SendEmailPayload, "emails:write", numbers=numbers, key_required=True)
async def send_email(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Accept an e-mail. It is sent as soon as the policy permits, and at most once.

    Repeat an unanswered request with the same key: the e-mail is accepted once. What it says is
    decided now; one that must wait is `SCHEDULED` and says for what.
    """
    given, target = Given(input), Given(input["target"], ("target",))
    _read(given, target)
    given.problems += target.problems
    wanted = given.check()
    lead = await _lead(unit, target)
    wish = Wish(Channel.EMAIL, lead_id=lead, agent_id=wanted.pop("agent_id", None))
    found = await routed(unit.read, unit.dialect, unit.workspace_id, wish)
    for name in found.missing:
        (target if name == "lead_id" else given).missing(
            name.removesuffix("_id"), "leadId" if name == "lead_id" else "agentId"
        )
    given.problems += [each for each in target.problems if each not in given.problems]
    given.check()
    answered = await _answered(unit, given, found)
    earliest = wanted.get("earliest_at")
    timing = Timing(unit.now, None if earliest is None else datetime.fromisoformat(earliest))
    asked = await facts(unit.read, unit.dialect, unit.workspace_id, found, timing)
    decision = contactability(asked)
    if decision.verdict is Verdict.REFUSE:
        assert decision.code is not None
        path = PATHS.get(decision.code, "target")
        given.problem(decision.code, path, decision.message)
    given.check()
    written = letter(given, await _parties(unit, found), answered.get("subject") or None)
    given.check()
    assert written is not None
    return {"email_id": await _accept(unit, wanted, found, decision, written, answered)}


def _read(given: Given, target: Given) -> None:
    """Read what is given; the columns of the row are left in `given.columns`."""
    if "leadId" in target.input:
        target.reference("leadId", "lead")
    if "email" in target.input:
        target.email("email")
        if target.columns.get("email") is None and not target.problems:
            target.problem(ErrorCode.REQUIRED, "email")
    for name in ("agentId", "inReplyToId"):
        if given.input.get(name) is not None:
            given.reference(name, "agent" if name == "agentId" else "email")
    texts = Given(given.input)
    texts.text("subject", limit=SUBJECT)
    for name, limit in LIMITS.items():
        texts.text(name, limit=limit)
    texts.json("variables")
    given.problems += texts.problems
    given.columns |= {
        name: texts.columns[name] for name in ("message", "template") if name in texts.columns
    }
    given.text("workflowId", limit=200)
    given.json("metadata")
    given.optional("earliestAt")
    reference = given.columns.get("metadata", {}).get("reference")
    if isinstance(reference, str) and 0 < len(reference) <= 200:
        given.columns["reference"] = reference


async def _lead(unit: Unit, target: Given) -> str:
    """The lead's UUID; an address that no lead has gets one."""
    address = target.columns.get("email")
    if address is None:
        return str(target.columns["lead_id"])
    known = await unit.find(Lead, ["id"], {"email": address}, limit=1)
    if not known:
        # Of two at once for a new address the second finds the lead of the first.
        await unit.take_turn(f"lead {address.lower()}")
        known = await unit.find(Lead, ["id"], {"email": address}, limit=1)
    if known:
        return str(known[0][0])
    parts = {"email": address}
    row = await unit.insert(
        Lead,
        {
            "id": new_id(),
            "number": unit.number(Numbered.LEAD),
            "last_activity_at": unit.now,
            "source": LeadSource.EMAIL,
            **parts,
            **derived(parts),
        },
    )
    record_created(unit, row)
    return str(row["id"])


async def _answered(unit: Unit, given: Given, found: Route) -> dict[str, Any]:
    """The e-mail that this one answers, of the same lead; empty where it answers none."""
    uuid = given.columns.pop("in_reply_to_id", None)
    if uuid is None:
        return {}
    rows = await unit.find(Email, ANSWERED, {"id": uuid})
    assert found.lead is not None
    if not rows or rows[0][1] not in (None, found.lead["id"]):
        given.missing("email", "inReplyToId")
        return {}
    return held(Email, ANSWERED, rows[0])


async def _parties(unit: Unit, found: Route) -> Parties:
    assert found.lead is not None
    assert found.agent is not None

    async def known(model: Any, columns: Sequence[str], where: Mapping[str, Any]) -> dict[str, Any]:
        rows = await unit.find(model, columns, where)
        return held(model, columns, rows[0])

    return Parties(
        await known(Lead, LEAD, {"id": found.lead["id"]}),
        await known(Agent, AGENT, {"id": found.agent["id"]}),
        await known(Workspace, WORKSPACE, {}),
    )


async def _accept(
    unit: Unit,
    wanted: Mapping[str, Any],
    found: Route,
    decision: Decision,
    written: Letter,
    answered: Mapping[str, Any],
) -> str:
    assert found.lead is not None
    assert found.agent is not None
    waits = decision.verdict is Verdict.DEFER
    status = EmailStatus.SCHEDULED if waits else EmailStatus.QUEUED
    until = None if decision.until is None else wire(decision.until)
    uuid, sender = new_id(), found.agent["email_address"]
    before = [*answered.get("ancestors", ()), answered.get("message_id")]
    ancestors = [each for each in before if each]
    row = await unit.insert(
        Email,
        {
            "id": uuid,
            "status": status,
            "direction": EmailDirection.OUTBOUND,
            "lead_id": found.lead["id"],
            "agent_id": found.agent["id"],
            "thread_id": answered.get("thread_id") or uuid,
            "from_email": sender,
            "to_email": found.address,
            "subject": line(written.subject),
            "body": written.body,
            "html": written.html,
            "message_id": f"<{uuid}@{ascii_domain(sender.rpartition('@')[2])}>",
            "in_reply_to": answered.get("message_id"),
            "ancestors": [*ancestors[:1], *ancestors[1:][-ANCESTORS + 1 :]],
            "provider": found.provider,
            "provider_account_id": None if found.account is None else found.account["id"],
            "warnings": [each.data() for each in decision.warnings],
            "waiting_for": decision.waiting_for if waits else None,
            "not_before": until if waits else None,
            "due_at": until if waits and until else unit.now,
            "queued_at": None if waits else unit.now,
            **wanted,
        },
    )
    who = f"{found.agent['name']} to {found.lead['name'] or found.address}: {row['subject']}"
    tell(unit, row, TITLES[status], who[:300])
    return uuid


@verb(CancelEmailInput, CancelEmailPayload, "emails:write")
async def cancel_email(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Withdraw an e-mail that was not sent yet. One that is being handed over may still go."""
    given = Given(input)
    uuid = given.identity("email")
    email = {} if uuid is None else await locked(unit, uuid, "cancel_requested")
    if uuid is not None and not email:
        given.missing("email")
    given.check()
    outcome = EmailCancelOutcome.OVER
    if email["status"] in WAITING:
        outcome = EmailCancelOutcome.CANCELLED
        await over(unit, email, EmailStatus.CANCELLED)
    elif email["status"] is EmailStatus.SENDING:
        outcome = EmailCancelOutcome.REQUESTED
        if not email["cancel_requested"]:
            await unit.update(Email, email["id"], {"cancel_requested": True})
    return {"email_id": email["id"], "outcome": outcome.value}


MUTATIONS = (send_email, cancel_email)
