"""Addresses that the demo does not contact."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.demo.book import Book, Happening
from gateway.demo.dice import Dice
from models import Channel, EventType, Subject, Suppression, SuppressionReason

NOTES = {
    SuppressionReason.OPT_OUT: "The lead asked not to be contacted.",
    SuppressionReason.COMPLAINT: "Reported as unwanted at the mail provider.",
    SuppressionReason.BOUNCE: "550 5.1.1 The e-mail account does not exist",
    SuppressionReason.REGISTRY: "Found in the national do-not-call registry.",
    SuppressionReason.MANUAL: "Entered after a letter to the office.",
}

#: Addresses of nobody among the leads; the numbers are of the ranges in `places`.
STRANGERS = (
    (Channel.CALL, "+12125550196", SuppressionReason.MANUAL),
    (Channel.CALL, "+442079460996", SuppressionReason.REGISTRY),
    (Channel.CALL, "+493023125996", SuppressionReason.MANUAL),
    (Channel.EMAIL, "legal@example.net", SuppressionReason.MANUAL),
    (Channel.EMAIL, "abuse@example.org", SuppressionReason.COMPLAINT),
)


def suppress(
    book: Book,
    dice: Dice,
    at: datetime,
    channel: Channel,
    address: str,
    reason: SuppressionReason,
    lead_id: str | None = None,
    **source: str,
) -> None:
    """Add an address to the suppressed ones; `source` names the call or e-mail it comes from."""
    note = NOTES[reason]
    row = book.add(
        Suppression,
        {
            "id": dice.id(at),
            "created_at": at,
            "channel": channel,
            "address": address,
            "reason": reason,
            "note": note,
            "lead_id": lead_id,
            **source,
        },
    )
    book.tell(
        [
            Happening(
                at,
                EventType.SUPPRESSION_ADDED,
                Subject.SUPPRESSION,
                row["id"],
                f"{address} must not be contacted any more",
                {"lead_id": lead_id, **source},
                reason,
                note,
            )
        ]
    )


def strangers(book: Book, dice: Dice) -> None:
    """Some that were entered by hand before anybody was contacted."""
    for place, (channel, address, reason) in enumerate(STRANGERS):
        at = book.now - timedelta(days=86, hours=-7 * place) + dice.lapse(0, 3600)
        suppress(book, dice, at, channel, address, reason)
