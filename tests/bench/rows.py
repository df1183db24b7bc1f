"""Rows of leads, agents, calls and e-mails in the format of COPY; each a function of its place."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

WORKSPACE = "01900000-0000-7000-8000-000000000001"
AGENTS = 10
START = datetime(2026, 1, 1, tzinfo=UTC)
#: All leads came within so many milliseconds, evenly.
SPAN = 180 * 86_400_000
HOUR = 3_600_000

_EPOCH = int(START.timestamp() * 1000)
_DAYS = [f"{START + timedelta(days=each):%Y-%m-%d}" for each in range(220)]
_FIRST = ("Ada", "Grace", "Jane", "Åse", "Zoë", "Linus", "Edsger", "Barbara", "Alan", "Katherine")
_LAST = (
    "Lovelace",
    "Hopper",
    "Doe",
    "Nilsson",
    "O'Neil",
    "Dijkstra",
    "Liskov",
    "Knuth",
    "Hamilton",
)
_COMPANIES = ("Acme", "Globex", "Initech", "Umbrella", "Stark", "Wayne", "Hooli", "Cyberdyne")
_ROLES = ("CFO", "Head of Sales", "Owner", "Buyer", "CTO", "VP Operations")
_STAGES = ("NEW", "NEW", "IN_PROGRESS", "IN_PROGRESS", "QUALIFIED", "LOST")
_CALLS = (
    ("COMPLETED", "HUMAN", "HANGUP"),
    ("COMPLETED", "HUMAN", "HANGUP"),
    ("VOICEMAIL", "MACHINE", "VOICEMAIL"),
    ("NO_ANSWER", r"\N", "RING_TIMEOUT"),
    ("BUSY", r"\N", "BUSY"),
)
_EMAILS = ("SENT", "DELIVERED", "DELIVERED", "REPLIED", "BOUNCED")

TABLES: dict[str, tuple[str, ...]] = {
    "agent": (
        *("workspace_id", "id", "created_at", "updated_at", "number", "name", "type"),
        *("email_address", "system_prompt"),
    ),
    "lead": (
        *("workspace_id", "id", "created_at", "updated_at", "number", "name", "first_name"),
        *("last_name", "company", "role", "email", "phone", "language", "stage"),
        *("meeting_booked", "consent_state", "custom_fields", "source", "external_id"),
        *("contact_key", "agent_id", "assigned_user_uid", "last_activity_at", "search"),
    ),
    "call": (
        *("workspace_id", "id", "created_at", "updated_at", "number", "status", "lead_id"),
        *("agent_id", "from_number", "to_number", "provider", "provider_call_id", "queued_at"),
        *("dialed_at", "started_at", "answered_at", "ended_at", "duration_ms", "answered_by"),
        *("end_reason", "summary", "sentiment", "outcome"),
    ),
    "email": (
        *("workspace_id", "id", "created_at", "updated_at", "status", "lead_id", "agent_id"),
        *("thread_id", "from_email", "to_email", "subject", "body", "message_id", "sent_at"),
    ),
}


def uuid(milliseconds: int, pick: random.Random) -> str:
    """A UUIDv7 of this instant."""
    stamp, rest = f"{milliseconds:012x}", f"{pick.getrandbits(72):018x}"
    return f"{stamp[:8]}-{stamp[8:]}-7{rest[:3]}-8{rest[3:6]}-{rest[6:]}"


def instant(milliseconds: int) -> str:
    """An instant of the data set as text."""
    day, rest = divmod(milliseconds - _EPOCH, 86_400_000)
    hour, rest = divmod(rest, HOUR)
    minute, rest = divmod(rest, 60_000)
    second, rest = divmod(rest, 1000)
    return f"{_DAYS[day]}T{hour:02}:{minute:02}:{second:02}.{rest:03}Z"


class Rows:
    """All rows of a data set with so many leads."""

    def __init__(self, leads: int) -> None:
        self._count = leads
        pick = random.Random(1)
        self._agents = [uuid(_EPOCH - 1, pick) for _ in range(AGENTS)]

    def of(self, table: str) -> Iterator[str]:
        """The lines of one table."""
        kinds = {
            "agent": self._agent_lines,
            "lead": self._lead_lines,
            "call": self._call_lines,
            "email": self._email_lines,
        }
        return kinds[table]()

    def _leads(self) -> Iterator[tuple[int, int, str, str]]:
        """Place, instant, id and agent of each lead."""
        pick = random.Random(2)
        for place in range(self._count):
            at = _EPOCH + place * SPAN // self._count
            yield place, at, uuid(at, pick), self._agents[place * 7 % AGENTS]

    def _agent_lines(self) -> Iterator[str]:
        at = instant(_EPOCH)
        for place, id_ in enumerate(self._agents):
            yield (
                f"{WORKSPACE}\t{id_}\t{at}\t{at}\t{place + 1}\tAgent {place + 1}\tOUTBOUND\t"
                f"agent{place + 1}@example.com\t{'Be brief and kind. ' * 20}\n"
            )

    def _lead_lines(self) -> Iterator[str]:
        pick = random.Random(3)
        for place, at, id_, agent in self._leads():
            first, last = pick.choice(_FIRST), pick.choice(_LAST)
            company = f"{pick.choice(_COMPANIES)} {place % 5000}"
            name, email, phone = f"{first} {last}", f"lead{place}@example.com", _phone(place)
            search = f"{name.casefold()}\\n{email}\\n{phone}\\n{company.casefold()}"
            when = instant(at)
            active = instant(at + 7 * 24 * HOUR)
            yield (
                f"{WORKSPACE}\t{id_}\t{when}\t{when}\t{place + 1}\t{name}\t{first}\t{last}\t"
                f"{company}\t{pick.choice(_ROLES)}\t{email}\t{phone}\ten\t{pick.choice(_STAGES)}\t"
                f"{'t' if place % 9 == 0 else 'f'}\tGRANTED\t"
                f'{{"segment": "S{place % 20}", "score": {place % 100}}}\tIMPORT\tcrm-{place}\t'
                f"{phone}\t{agent}\tuser-{place % 12}\t{active}\t{search}\n"
            )

    def _call_lines(self) -> Iterator[str]:
        pick = random.Random(4)
        number = 0
        for place, at, lead, agent in self._leads():
            for turn in range(place % 7):
                number += 1
                when = at + (turn + 1) * 20 * HOUR + pick.randrange(HOUR)
                status, by, reason = _CALLS[(place + turn) % 5]
                length = 30_000 + pick.randrange(240_000) if by == "HUMAN" else 0
                created, dialed = instant(when), instant(when + 900)
                answered = instant(when + 9000) if by != r"\N" else r"\N"
                yield (
                    f"{WORKSPACE}\t{uuid(when, pick)}\t{created}\t{created}\t{number}\t{status}\t"
                    f"{lead}\t{agent}\t+14155550100\t{_phone(place)}\tTWILIO\tCA{number:032x}\t"
                    f"{created}\t{dialed}\t{dialed}\t{answered}\t{instant(when + 9000 + length)}\t"
                    f"{length}\t{by}\t{reason}\tThey talked about prices and a date to meet.\t"
                    f"neutral\tinterested\n"
                )

    def _email_lines(self) -> Iterator[str]:
        pick = random.Random(5)
        for place, at, lead, agent in self._leads():
            thread = uuid(at, pick)
            for turn in range(place % 5):
                when = at + (turn + 1) * 26 * HOUR + pick.randrange(HOUR)
                id_, created = uuid(when, pick), instant(when)
                yield (
                    f"{WORKSPACE}\t{id_}\t{created}\t{created}\t{_EMAILS[(place + turn) % 5]}\t"
                    f"{lead}\t{agent}\t{thread}\tagent@example.com\tlead{place}@example.com\t"
                    f"A quick question, part {turn + 1}\t{'Good morning, shall we talk? ' * 12}\t"
                    f"<{id_}@example.com>\t{created}\n"
                )


def _phone(place: int) -> str:
    return f"+1415{place:07}"
