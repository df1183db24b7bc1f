"""The demo's e-mails, thread by thread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.demo.book import Book, Happening, Values
from gateway.demo.dice import Dice
from gateway.demo.leads import Prospect
from gateway.demo.letters import LETTERS, Letter
from gateway.demo.phrases import Slots, filled, slots, spoken
from models import (
    Actor,
    Email,
    EmailDirection,
    EmailStatus,
    EventType,
    Provider,
    Subject,
)
from schema.error_code import ErrorCode

S = EmailStatus
MAIL_HOST = "mail.example.com"

TITLES = {
    S.QUEUED: "E-mail queued",
    S.SENDING: "E-mail being sent",
    S.UNKNOWN: "E-mail in doubt",
    S.SENT: "E-mail sent",
    S.DELIVERED: "E-mail delivered",
    S.REPLIED: "E-mail answered",
    S.BOUNCED: "E-mail bounced",
    S.COMPLAINED: "E-mail reported as unwanted",
    S.FAILED: "E-mail refused",
    S.CANCELLED: "E-mail cancelled",
    S.SUPPRESSED: "E-mail held back",
    S.RECEIVED: "E-mail received",
}

#: Column that says when a status was reached.
COLUMNS = {
    S.QUEUED: "queued_at",
    S.SENDING: "sending_at",
    S.SENT: "sent_at",
    S.DELIVERED: "delivered_at",
    S.REPLIED: "replied_at",
    S.BOUNCED: "bounced_at",
}

ERRORS = {
    S.BOUNCED: ("5.1.1", "550 5.1.1 The e-mail account does not exist"),
    S.FAILED: ("5.7.1", "554 5.7.1 Message refused by policy"),
}


@dataclass
class Thread:
    """A correspondence under way: what has been written, and by whom."""

    lead: Prospect
    agent: Values
    known: Slots
    written: list[Values]

    @property
    def last(self) -> Values:
        """The newest e-mail of the thread."""
        return self.written[-1]


def begin(dice: Dice, lead: Prospect, agent: Values) -> Thread:
    """A thread between this agent and this lead."""
    return Thread(lead, agent, slots(dice, lead, agent, spoken(agent)), [])


def send(
    book: Book, dice: Dice, thread: Thread, purpose: str, at: datetime, end: EmailStatus
) -> datetime:
    """Write an e-mail to the lead that comes to this status; when it did."""
    row = _row(dice, thread, purpose, at) | {
        "direction": EmailDirection.OUTBOUND,
        "from_email": thread.agent["email_address"],
        "to_email": thread.lead.row["email"],
        "template": purpose.replace("_", "-"),
        "workflow_id": "wf-new-leads" if purpose in ("intro", "reminder") else None,
    }
    _extend(book, thread, row)
    steps = _steps(dice, at, end)
    return _progress(book, thread, row, steps)


def answer(book: Book, dice: Dice, thread: Thread, purpose: str, at: datetime) -> Values:
    """Write the lead's e-mail to the agent, which answers the last one where there is one."""
    if thread.written and thread.last["direction"] is EmailDirection.OUTBOUND:
        _progress(book, thread, thread.last, [(S.REPLIED, at)])
    row = _row(dice, thread, purpose, at) | {
        "direction": EmailDirection.INBOUND,
        "from_email": thread.lead.row["email"],
        "to_email": thread.agent["email_address"],
    }
    _extend(book, thread, row)
    _progress(book, thread, row, [(S.RECEIVED, at)])
    return row


def complain(book: Book, dice: Dice, thread: Thread) -> datetime:
    """The lead reports the last e-mail as unwanted."""
    at: datetime = thread.last["delivered_at"] + dice.lapse(600, 20_000)
    return _progress(book, thread, thread.last, [(S.COMPLAINED, at)])


def _extend(book: Book, thread: Thread, row: Values) -> None:
    if thread.written:
        row["thread_id"] = thread.last["thread_id"]
        row["in_reply_to"] = thread.last["message_id"]
        row["ancestors"] = [each["message_id"] for each in thread.written]
    thread.written.append(book.add(Email, row))


def _row(dice: Dice, thread: Thread, purpose: str, at: datetime) -> Values:
    letter = LETTERS[spoken(thread.agent)][purpose]
    id_ = dice.id(at)
    body = filled(dice.choice(letter.bodies), thread.known)
    if purpose in ("intro", "follow_up", "reminder", "answer"):
        body += f"\n\n{thread.agent['email_signature']}"
    return {
        "id": id_,
        "created_at": at,
        "lead_id": thread.lead.id,
        "agent_id": thread.agent["id"],
        "thread_id": id_,
        "subject": _subject(dice, thread, letter),
        "body": body,
        "summary": letter.summary,
        "message_id": f"<{id_}@{MAIL_HOST}>",
        "provider": Provider.SIMULATOR,
    }


def _subject(dice: Dice, thread: Thread, letter: Letter) -> str:
    if not thread.written:
        return filled(dice.choice(letter.subjects), thread.known)
    first: str = thread.written[0]["subject"]
    prefix = "AW: " if spoken(thread.agent) == "de" else "Re: "
    return prefix + first


def _steps(dice: Dice, at: datetime, end: EmailStatus) -> list[tuple[EmailStatus, datetime]]:
    if end is S.SUPPRESSED:
        return [(end, at)]
    steps = [(S.QUEUED, at)]
    if end is S.CANCELLED:
        return [*steps, (end, at + dice.lapse(0.5, 4))]
    sending = at + dice.lapse(0.2, 2)
    steps.append((S.SENDING, sending))
    sent = sending + dice.lapse(0.2, 3)
    if end in (S.UNKNOWN, S.FAILED):
        return [*steps, (end, sent)]
    steps.append((S.SENT, sent))
    if end is S.DELIVERED:
        steps.append((end, sent + dice.lapse(1, 40)))
    if end is S.BOUNCED:
        steps.append((end, sent + dice.lapse(2, 900)))
    return steps


def _progress(
    book: Book, thread: Thread, row: Values, steps: list[tuple[EmailStatus, datetime]]
) -> datetime:
    about = {"lead_id": row["lead_id"], "agent_id": row["agent_id"], "email_id": row["id"]}
    for status, at in steps:
        row["status"] = status
        if status in COLUMNS:
            row[COLUMNS[status]] = at
        if status in (S.SENT, S.RECEIVED, S.FAILED, S.CANCELLED, S.SUPPRESSED):
            row["ended_at"] = at
        if status in ERRORS:
            row["error_code"], row["end_detail"] = ERRORS[status]
        if status is S.SENDING:
            row["dispatches"] = 1
        if status is S.SUPPRESSED:
            row |= {"blocked_code": ErrorCode.SUPPRESSED, "provider": None, "message_id": None}
        actor, actor_id = _actor(thread, status)
        book.tell(
            [
                Happening(
                    at,
                    EventType[f"EMAIL_{status}"],
                    Subject.EMAIL,
                    row["id"],
                    TITLES[status],
                    about,
                    status,
                    row["subject"],
                    actor=actor,
                    actor_id=actor_id,
                )
            ]
        )
    return steps[-1][1]


def _actor(thread: Thread, status: EmailStatus) -> tuple[Actor, str | None]:
    if status in (S.QUEUED, S.SUPPRESSED, S.CANCELLED):
        return Actor.AGENT, thread.agent["id"]
    if status in (S.RECEIVED, S.REPLIED, S.COMPLAINED):
        return Actor.LEAD, thread.lead.id
    return (Actor.SYSTEM if status is S.SENDING else Actor.PROVIDER), None
