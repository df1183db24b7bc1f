"""What templates of calls and e-mails are filled with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.demo.dice import Dice
from gateway.demo.leads import Prospect
from gateway.demo.product import POINTS

#: Where documents go that a lead without e-mail address asks for.
OFFICE = {"en": "the address of your office", "de": "Ihre Büroadresse"}

Slots = dict[str, str | int]


def slots(dice: Dice, lead: Prospect, agent: Mapping[str, Any], language: str) -> Slots:
    """Facts of the lead and some of the product, in this language."""
    points = POINTS[language]
    pain, pain2 = dice.sample(points["pain"], 2)
    fact, fact2 = dice.sample(points["fact"], 2)
    benefit = dice.choice(points["benefit"])
    row = lead.row
    return {
        "agent": agent["name"],
        "name": row["name"],
        "first": row["first_name"],
        "last": row["last_name"],
        "company": row["company"],
        "role": row["role"],
        "email": row["email"] or OFFICE[language],
        "vehicles": lead.vehicles,
        "tool": lead.tool[language],
        "pain": pain,
        "pain2": pain2,
        "fact": fact,
        "Fact": fact[0].upper() + fact[1:],
        "fact2": fact2,
        "benefit": benefit,
        "Benefit": benefit[0].upper() + benefit[1:],
        "day": dice.choice(points["day"]),
        "hour": dice.choice(points["hour"]),
    }


def agreed_in_english(german: Slots) -> Slots:
    """The time agreed in a German call, as its English summary names it."""
    return {
        name: dict(zip(POINTS["de"][name], POINTS["en"][name], strict=True))[str(german[name])]
        for name in ("day", "hour")
    }


def filled(text: str, slots: Mapping[str, str | int]) -> str:
    """The template with its slots filled."""
    # A company's name may end with a full stop of its own, as in "Inc.".
    return text.format_map(slots).replace("..", ".")


def spoken(agent: Mapping[str, Any]) -> str:
    """The language an agent's templates are in."""
    language: str = agent["language"]
    return language.partition("-")[0]
