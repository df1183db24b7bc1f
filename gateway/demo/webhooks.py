"""The demo's webhooks, and what was delivered to them."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.demo.book import Book, Happening, Values
from gateway.demo.dice import Dice
from models import (
    Actor,
    Delivery,
    DeliveryAttempt,
    DeliveryState,
    EventType,
    Subject,
    Webhook,
    WebhookDisabledReason,
    WebhookFormat,
)
from models.columns import dump_json, wire

NAMES = {
    EventType.CALL_COMPLETED: "call.completed",
    EventType.CALL_NO_ANSWER: "call.no_answer",
    EventType.CALL_FAILED: "call.failed",
    EventType.EMAIL_REPLIED: "email.replied",
}
#: Seconds from one attempt to the next.
SCHEDULE = (5, 300, 1_800, 7_200, 18_000, 36_000, 36_000)
SHORT, LONG = 21, 26
FRESH = timedelta(days=9)
FAILURES = {
    (503, None): 4,
    (500, None): 3,
    (None, "timed out after 15 s"): 2,
    (None, "connection refused"): 1,
}


def webhooks(book: Book, dice: Dice, owner_id: str) -> list[Values]:
    """Two webhooks, both switched off: the demo sends nothing to anybody.

    The first was switched off by a person, the second for failing five days long.
    """
    first = _webhook(
        book,
        dice,
        owner_id,
        name="CRM sync",
        url="https://example.com/hooks/switchboard",
        created=book.now - timedelta(days=60),
        disabled=book.now - timedelta(minutes=50),
        reason=WebhookDisabledReason.USER,
        events=list(NAMES.values()),
        format=WebhookFormat.STANDARD,
    )
    second = _webhook(
        book,
        dice,
        owner_id,
        name="Old dashboard",
        url="https://example.org/events",
        created=book.now - timedelta(days=45),
        disabled=book.now - timedelta(days=SHORT),
        reason=WebhookDisabledReason.FAILING,
        events=["call.completed", "call.failed", "call.no_answer"],
        format=WebhookFormat.CUALIFY,
    )
    return [first, second]


def _webhook(
    book: Book,
    dice: Dice,
    owner_id: str,
    *,
    created: datetime,
    disabled: datetime,
    reason: WebhookDisabledReason,
    **values: object,
) -> Values:
    row = book.add(
        Webhook,
        {
            "id": dice.id(created),
            "created_at": created,
            "active": False,
            "include_transcript": reason is WebhookDisabledReason.USER,
            # Noise and not a sealed secret: a new one is made when the webhook is used again.
            "secret": dice.randbytes(60),
            "secret_hint": f"{dice.getrandbits(16):04x}",
            "disabled_at": disabled,
            "disabled_reason": reason,
            "failing_since": book.now - timedelta(days=LONG)
            if reason is WebhookDisabledReason.FAILING
            else None,
            **values,
        },
    )
    by_person = reason is WebhookDisabledReason.USER
    happened = (
        (created, EventType.WEBHOOK_CREATED, f"Webhook {row['name']} created", owner_id),
        (
            disabled,
            EventType.WEBHOOK_UPDATED if by_person else EventType.WEBHOOK_DISABLED,
            f"Webhook {row['name']} switched off",
            owner_id if by_person else None,
        ),
    )
    book.tell(
        Happening(
            at,
            type_,
            Subject.WEBHOOK,
            row["id"],
            title,
            {},
            detail=row["url"],
            actor=Actor.MEMBER if person else Actor.SYSTEM,
            actor_id=person,
        )
        for at, type_, title, person in happened
    )
    return row


def deliveries(book: Book, dice: Dice, hooks: list[Values], events: list[Values]) -> None:
    """What the two were told of: the newer events, and those while the second one failed."""
    for webhook in hooks:
        failing: datetime | None = webhook["failing_since"]
        since = (failing - timedelta(days=1)) if failing else book.now - FRESH
        for event in events:
            name = NAMES.get(event["type"])
            at = event["created_at"]
            if name in webhook["events"] and since < at < webhook["disabled_at"]:
                _deliver(book, dice, webhook, event, str(name))


def _deliver(book: Book, dice: Dice, webhook: Values, event: Values, name: str) -> None:
    failing, disabled = webhook["failing_since"], webhook["disabled_at"]
    at = event["created_at"] + dice.lapse(0.05, 0.9)
    row: Values = {
        "id": dice.id(at),
        "created_at": at,
        "webhook_id": webhook["id"],
        "event_id": event["id"],
        "event_name": name,
        "call_id": event["call_id"],
        "body": _body(event, name, webhook["format"]),
    }
    number, moment = 0, at
    while number <= len(SCHEDULE):
        number += 1
        fails = (failing and at >= failing) or dice.chance(0.04)
        row |= _attempt(book, dice, webhook, row, number, moment, bool(fails))
        if not fails:
            row |= {"state": DeliveryState.DELIVERED, "delivered_at": row["updated_at"]}
            break
        if number > len(SCHEDULE):
            row["state"] = DeliveryState.FAILED
            break
        moment += timedelta(seconds=SCHEDULE[number - 1] * dice.uniform(1, 1.1))
        moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        if moment >= disabled:
            row |= {"state": DeliveryState.STOPPED, "updated_at": disabled}
            break
    book.add(Delivery, row)


def _attempt(
    book: Book,
    dice: Dice,
    webhook: Values,
    delivery: Values,
    number: int,
    at: datetime,
    fails: bool,
) -> Values:
    code, error = dice.weighted(FAILURES) if fails else (200, None)
    took = dice.randint(18, 420) if code else None
    book.add(
        DeliveryAttempt,
        {
            "id": dice.id(at),
            "created_at": at,
            "delivery_id": delivery["id"],
            "webhook_id": webhook["id"],
            "attempt": number,
            "status_code": code,
            "duration_ms": took,
            "response": None if code is None else "ok" if code == 200 else "upstream unavailable",
            "error": error,
        },
    )
    latest: datetime | None = webhook.get("last_delivery_at")
    if latest is None or at > latest:
        webhook["last_delivery_at"], webhook["last_status_code"] = at, code
    webhook["consecutive_failures"] = webhook.get("consecutive_failures", 0) + 1 if fails else 0
    return {
        "attempt_count": number,
        "version": number + 1,
        "updated_at": at + timedelta(milliseconds=took or 15_000),
        "last_status_code": code,
        "last_error": error,
    }


def _body(event: Values, name: str, form: WebhookFormat) -> str:
    if form is WebhookFormat.CUALIFY:
        data = {"call_id": event["call_id"], "status": event["status"].value.lower()}
        at = wire(event["created_at"])
        return dump_json(
            {"id": f"evt_{event['id']}", "event": name, "created_at": at, "data": data}
        )
    kind = "call" if event["call_id"] else "email"
    subject = {"id": f"{kind}_{event['subject_id']}", "status": event["status"]}
    document = {"type": name, "timestamp": wire(event["created_at"]), "data": subject}
    return dump_json(document)
