"""The demo's leads: people of invented companies that deliver with vans of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from gateway.demo import names, places
from gateway.demo.book import Book, Happening, Values
from gateway.demo.dice import Dice
from gateway.demo.places import Place
from models import (
    Actor,
    ConsentCapture,
    ConsentState,
    EventType,
    LeadSource,
    LeadStage,
    Subject,
)

AMOUNT = 600
#: Leads that came at once, from a file: days ago and how many. The others came one by one.
BATCHES = ((88, 300), (44, 120), (17, 60))
#: The agent for each country; other countries are spoken to in English.
AGENTS = {"US": "Ava", "DE": "Lena"}
OTHERWISE = "Oliver"
DOMAINS = ("example.com", "example.org", "example.net")
#: The last numbers of each exchange are the workspace's own.
OWN = 5


@dataclass(frozen=True)
class Company:
    """A company that several leads may work for."""

    name: str
    place: Place
    industry: str
    vehicles: int
    depots: int
    tool: Mapping[str, str]


@dataclass(frozen=True)
class Prospect:
    """A lead with what its story needs besides its columns."""

    row: Values
    zone: ZoneInfo
    vehicles: int
    tool: Mapping[str, str]
    agent: str

    @property
    def id(self) -> str:
        """The lead's id."""
        lead_id: str = self.row["id"]
        return lead_id


def prospects(
    book: Book, dice: Dice, agents: Mapping[str, Values], users: list[str]
) -> list[Prospect]:
    """The leads in the order of their creation, not contacted yet."""
    companies = _companies(dice)
    taken: set[str] = set()
    made = []
    for place, (moment, source) in enumerate(_arrivals(book.now, dice)):
        prospect = _prospect(dice, dice.choice(companies), moment, taken)
        row = prospect.row | {
            "number": place + 1,
            "source": source,
            "agent_id": agents[prospect.agent]["id"] if dice.chance(0.9) else None,
            "assigned_user_uid": dice.choice(users) if dice.chance(0.45) else None,
            "external_id": f"crm-{10_000 + place * 7}" if source is LeadSource.DEMO else None,
        }
        made.append(Prospect(row, prospect.zone, prospect.vehicles, prospect.tool, prospect.agent))
        book.tell([_created(row)])
    return made


def _arrivals(now: datetime, dice: Dice) -> list[tuple[datetime, LeadSource]]:
    arrivals = []
    for days, amount in BATCHES:
        moment = now - timedelta(days=days) + dice.lapse(0, 6 * 3600)
        for _ in range(amount):
            # A file's rows are written one after another.
            moment += timedelta(milliseconds=dice.randint(1, 4))
            arrivals.append((moment, LeadSource.DEMO))
    while len(arrivals) < AMOUNT:
        arrivals.append((now - dice.lapse(3 * 3600, 87 * 86_400), LeadSource.API))
    return sorted(arrivals)


def _companies(dice: Dice) -> list[Company]:
    made = []
    for place, share in places.SHARES.items():
        for stem in dice.sample(names.STEMS, min(len(names.STEMS), share * 4)):
            trade = dice.choice(list(names.TRADES))
            spoken = names.TRADES[trade] if place.language == "de" else trade
            tool = dice.choice(list(names.TOOLS))
            name = f"{stem} {spoken} {dice.choice(place.endings)}"
            vehicles = int(5 + 75 * dice.random() ** 2)
            depots = 1 + vehicles // 20
            spellings = {"en": tool, "de": names.TOOLS[tool]}
            made.append(Company(name, place, trade, vehicles, depots, spellings))
    # A company has about as many leads as its country's share allows.
    return [company for company in made for _ in range(_weight(company.place))]


def _weight(place: Place) -> int:
    companies = min(len(names.STEMS), places.SHARES[place] * 4)
    return max(1, round(places.SHARES[place] * 10 / companies))


def _prospect(dice: Dice, company: Company, created: datetime, taken: set[str]) -> Prospect:
    country = company.place.country
    anonymous = dice.chance(0.03)
    first = None if anonymous else dice.choice(names.FIRST[country])
    last = None if anonymous else dice.choice(names.LAST[country])
    exchange = dice.choice(company.place.exchanges)
    phone = _unused(lambda _: exchange.number(dice.randrange(len(exchange) - OWN)), taken)
    local = f"{first}.{last}" if first else "info"
    domain = dice.choice(DOMAINS)
    email = _unused(lambda n: f"{names.ascii_letters(local)}{n + 1 if n else ''}@{domain}", taken)
    missing = dice.weighted({"": 82, "phone": 10, "email": 8})
    consent = dice.weighted(
        {
            ConsentCapture.WEBSITE_FORM: 26,
            ConsentCapture.IMPORTED: 18,
            ConsentCapture.MANUAL: 6,
            ConsentCapture.PRE_CALL: 4,
            None: 46,
        }
    )
    custom = {
        "industry": company.industry,
        "vehicles": company.vehicles,
        "depots": company.depots,
        "planning_today": company.tool["en"],
        "newsletter": dice.chance(0.3),
    }
    row: Values = {
        "id": dice.id(created),
        "created_at": created,
        "name": f"{first} {last}" if first else company.name,
        "first_name": first,
        "last_name": last,
        "company": company.name,
        "role": dice.weighted(names.ROLES) if first else None,
        "email": None if missing == "email" else email,
        "phone": None if missing == "phone" else phone,
        "language": company.place.language if dice.chance(0.8) else None,
        "time_zone": exchange.zone if dice.chance(0.7) else None,
        "stage": LeadStage.NEW,
        "meeting_booked": False,
        "converted": False,
        "outreach_disabled": False,
        "consent_state": ConsentState.GRANTED if consent else ConsentState.UNKNOWN,
        "consent_capture": consent,
        "consent_at": created if consent else None,
        "custom_fields": dict(dice.sample(list(custom.items()), dice.randint(0, len(custom)))),
        "contact_key": None if missing == "phone" else phone,
    }
    agent = AGENTS.get(country, OTHERWISE)
    return Prospect(row, ZoneInfo(exchange.zone), company.vehicles, company.tool, agent)


def _unused(candidate: Callable[[int], str], taken: set[str]) -> str:
    found = next(text for text in map(candidate, count()) if text not in taken)
    taken.add(found)
    return found


def _created(row: Values) -> Happening:
    imported = row["source"] is LeadSource.DEMO
    return Happening(
        row["created_at"],
        EventType.LEAD_CREATED,
        Subject.LEAD,
        row["id"],
        f"{row['name']} was imported" if imported else f"{row['name']} was added",
        {"lead_id": row["id"], "agent_id": row["agent_id"]},
        row["stage"],
        f"{row['name']} of {row['company']}" if row["first_name"] else row["name"],
        actor=Actor.SYSTEM if imported else Actor.API_KEY,
    )
