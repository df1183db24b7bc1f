"""The workspace's own eight telephone numbers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from gateway.demo.book import Book, Happening, Values
from gateway.demo.dice import Dice
from models import Actor, EventType, PhoneNumber, PhoneNumberStatus, Subject

ACTIVE, RELEASED = PhoneNumberStatus.ACTIVE, PhoneNumberStatus.RELEASED

# Number, country, name, who calls from it, who answers. All are of the ranges in `places`, whose
# last numbers no lead has.
NUMBERS = (
    ("+13125550199", "US", "Pilot Chicago", "Max", "Maya", RELEASED),
    ("+12125550199", "US", "Sales New York", "Ava", "Maya", ACTIVE),
    ("+14155550199", "US", "Sales San Francisco", "Ava", "Maya", ACTIVE),
    ("+442079460999", "GB", "Sales London", "Oliver", "Maya", ACTIVE),
    ("+441614960999", "GB", "Sales Manchester", "Oliver", "Maya", ACTIVE),
    ("+493023125999", "DE", "Vertrieb Berlin", "Lena", "Jonas", ACTIVE),
    ("+498999998999", "DE", "Vertrieb München", "Lena", "Jonas", ACTIVE),
    ("+12125550197", "US", "Customer line", None, "Maya", ACTIVE),
)


def phone_numbers(
    book: Book, dice: Dice, agents: Mapping[str, Values], owner_id: str
) -> dict[str, list[Values]]:
    """The numbers that each outbound agent calls from, by the agent's name."""
    lines: dict[str, list[Values]] = {}
    for number, (e164, country, name, caller, answerer, status) in enumerate(NUMBERS, 1):
        created = book.now - timedelta(days=88, hours=-2 * number) + dice.lapse(0, 1800)
        row = book.add(
            PhoneNumber,
            {
                "id": dice.id(created),
                "created_at": created,
                "number": number,
                "e164": e164,
                "country": country,
                "friendly_name": name,
                "status": status,
                "outbound_agent_id": agents[caller]["id"] if caller else None,
                "inbound_agent_id": agents[answerer]["id"],
                "calls_per_second": 1,
                "max_concurrent_calls": 3,
            },
        )
        lines.setdefault(caller or answerer, []).append(row)
        happened = [
            (created, EventType.PHONE_NUMBER_ADDED, "Phone number added", ACTIVE),
            (
                created + dice.lapse(60, 900),
                EventType.PHONE_NUMBER_ASSIGNED,
                "Phone number assigned",
                ACTIVE,
            ),
        ]
        if status is RELEASED:
            released = agents["Max"]["archived_at"] + dice.lapse(60, 900)
            happened.append(
                (released, EventType.PHONE_NUMBER_RELEASED, "Phone number released", RELEASED)
            )
        book.tell(
            Happening(
                at,
                type_,
                Subject.PHONE_NUMBER,
                row["id"],
                title,
                {"phone_number_id": row["id"], "agent_id": agents[caller or answerer]["id"]},
                state,
                f"{name}, {e164}",
                actor=Actor.MEMBER,
                actor_id=owner_id,
            )
            for at, type_, title, state in happened
        )
    return lines
