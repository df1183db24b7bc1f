"""The demo's workspace with its people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from gateway.demo.book import Book, Happening, Values
from gateway.demo.dice import Dice
from models import Actor, CallingHours, EventType, Member, MemberRole, Subject

NAME = "Switchboard Demo"
#: The workspace is found again by its id, whatever the day, so its time is not that of `now`.
ID = Dice("workspace").id(datetime(2026, 1, 1, tzinfo=UTC))
DAYS = 95
CURRENCY = "USD"
CREDIT_PER_MINUTE_MICROS = 120_000

MEMBERS = (
    ("Robin Castellane", MemberRole.OWNER),
    ("Samira Holt", MemberRole.ADMIN),
    ("Piet Vandermolen", MemberRole.SELLER),
    ("Carla Westbrook", MemberRole.SELLER),
    ("Noor Aldana", MemberRole.VIEWER),
)


def workspace(now: datetime) -> Values:
    """The workspace itself, as it is before it has agents; its number is the installation's."""
    return {
        "id": ID,
        "created_at": now - timedelta(days=DAYS),
        "updated_at": now - timedelta(days=DAYS),
        "version": 1,
        "name": NAME,
        "plan": "demo",
        "country": "US",
        "language": "en",
        "time_zone": "America/New_York",
        # Whatever provider accounts are added: nobody is ever called or written to from here.
        "simulated": True,
        "calling_hours": CallingHours.WARN,
        "max_concurrent_calls": 10,
        "calls_per_second": 2,
        "max_calls_per_day": 500,
        "max_emails_per_day": 500,
        "credit_micros": 1_864_200_000,
        "credit_currency": CURRENCY,
        "credit_per_minute_micros": CREDIT_PER_MINUTE_MICROS,
    }


def members(book: Book, dice: Dice) -> list[Values]:
    """The people, the owner first."""
    made: list[Values] = []
    for place, (name, role) in enumerate(MEMBERS):
        created = book.now - timedelta(days=DAYS, hours=-3 * place, minutes=-place)
        local = name.lower().replace(" ", ".")
        row = book.add(
            Member,
            {
                "id": dice.id(created),
                "created_at": created,
                "uid": f"demo-{local.replace('.', '-')}",
                "name": name,
                "email": f"{local}@example.com",
                "role": role,
                "last_seen_at": (book.now - dice.lapse(3600, 3 * 86_400)).replace(
                    second=0, microsecond=0
                ),
            },
        )
        made.append(row)
        book.tell(
            [
                Happening(
                    created,
                    EventType.MEMBER_ADDED,
                    Subject.MEMBER,
                    row["id"],
                    "Person joined",
                    {},
                    role,
                    f"{name}, {role.value.lower()}",
                    actor=Actor.MEMBER,
                    actor_id=made[0]["id"],
                )
            ]
        )
    return made
