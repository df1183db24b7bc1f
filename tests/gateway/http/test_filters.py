"""Filters: what they find, and what could never match is refused where it stands."""

from __future__ import annotations

from typing import Any

import pytest

from models.database import connect
from tests.gateway.serving import House, Visitor

REVERSED = {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
EMPTY = {"from": "2026-01-01T01:00:00+01:00", "to": "2026-01-01T00:00:00Z"}


async def found(visitor: Visitor, noun: str, filter: dict[str, Any]) -> set[str]:
    """Ids of what the filter finds."""
    names = f"{noun.lower()}s"
    query = f"query ($f: {noun}Filter) {{ {names}(first: 100, filter: $f) {{ totalCount nodes {{ id }} }} }}"
    listed = (await visitor.data(query, f=filter))[names]
    ids = {each["id"] for each in listed["nodes"]}
    assert listed["totalCount"] == len(ids)
    return ids


async def stored(house: House, noun: str, where: str) -> set[str]:
    """Ids of the first workspace's rows."""
    database = await connect(house.url)
    try:
        async with database.transaction() as transaction:
            rows = await transaction.fetch(
                f"SELECT t.id FROM {noun.lower()} t "
                f"WHERE t.workspace_id = '{house.workspaces[0]}' AND {where}"
            )
    finally:
        await database.close()
    return {f"{noun.lower()}_{row[0]}" for row in rows}


async def one(house: House, noun: str, column: str) -> str:
    """A value that the column has."""
    database = await connect(house.url)
    try:
        async with database.transaction() as transaction:
            rows = await transaction.fetch(
                f"SELECT {column} FROM {noun.lower()} WHERE workspace_id = '{house.workspaces[0]}' "
                f"AND {column} IS NOT NULL ORDER BY id LIMIT 1"
            )
    finally:
        await database.close()
    return str(rows[0][0])


async def test_leads(visitor: Visitor) -> None:
    house = visitor.house
    for state in ("UNKNOWN", "GRANTED", "DENIED"):
        assert await found(visitor, "Lead", {"consentState": [state]}) == await stored(
            house, "Lead", f"consent_state = '{state}'"
        )
    booked = await found(visitor, "Lead", {"meetingBooked": True})
    assert booked == await stored(house, "Lead", "meeting_booked = true")
    campaign = await one(house, "Recipient", "campaign_id")
    members = await found(visitor, "Lead", {"campaignId": f"campaign_{campaign}"})
    assert members
    assert members == await stored(
        house,
        "Lead",
        f"t.id IN (SELECT r.lead_id FROM recipient r WHERE r.campaign_id = '{campaign}')",
    )
    both = {"campaignId": f"campaign_{campaign}", "meetingBooked": True}
    assert await found(visitor, "Lead", both) == members & booked
    other = await visitor.ask(
        f'{{ leads(filter: {{campaignId: "campaign_{campaign}"}}) {{ totalCount }} }}', "key-other"
    )
    assert other.json()["data"]["leads"]["totalCount"] == 0


async def test_addresses_are_read_as_verbs_read_them(visitor: Visitor) -> None:
    phone = await one(visitor.house, "Lead", "phone")
    spaced = f"{phone[:2]} ({phone[2:5]}) {phone[5:]}"
    same = await stored(visitor.house, "Lead", f"phone = '{phone}'")
    assert await found(visitor, "Lead", {"phone": spaced}) == same
    email = await one(visitor.house, "Lead", "email")
    same = await stored(visitor.house, "Lead", f"lower(email) = '{email.lower()}'")
    for spelled in (email, email.upper(), email.title()):
        assert await found(visitor, "Lead", {"email": spelled}) == same
    email = await one(visitor.house, "Email", "to_email")
    same = await stored(visitor.house, "Email", f"to_email = '{email}'")
    assert await found(visitor, "Email", {"toEmail": email.replace("example", "EXAMPLE")}) == same


async def test_outcomes(visitor: Visitor) -> None:
    outcome = await one(visitor.house, "Call", "outcome")
    same = await stored(
        visitor.house, "Call", f"outcome = '{outcome.replace(chr(39), chr(39) * 2)}'"
    )
    assert await found(visitor, "Call", {"outcome": [outcome, "nothing"]}) == same


async def test_a_suppression_by_its_id(visitor: Visitor) -> None:
    query = "{ suppressions(first: 1) { nodes { id address reason } } }"
    (known,) = (await visitor.data(query))["suppressions"]["nodes"]
    query = f'{{ suppression(id: "{known["id"]}") {{ id address reason }} }}'
    assert (await visitor.data(query))["suppression"] == known
    assert (await visitor.ask(query, "key-other")).json()["data"] == {"suppression": None}
    address = {"address": known["address"]}
    assert known["id"] in await found(visitor, "Suppression", address)


@pytest.mark.parametrize(
    ("noun", "filter", "argument"),
    [
        ("Lead", {"createdAt": REVERSED}, ["createdAt"]),
        ("Lead", {"lastActivityAt": EMPTY}, ["lastActivityAt"]),
        ("Call", {"durationSeconds": {"from": 10, "to": 10}}, ["durationSeconds"]),
        ("Lead", {"phone": "5550100"}, ["phone"]),
        ("Lead", {"phone": ""}, ["phone"]),
        ("Lead", {"email": "ada"}, ["email"]),
        ("Email", {"toEmail": "ada@"}, ["toEmail"]),
        ("Call", {"toNumber": "anonymous"}, ["toNumber"]),
        ("Recipient", {"toNumber": "0049 30 1"}, ["toNumber"]),
        ("PhoneNumber", {"e164": "+1"}, ["e164"]),
        ("Suppression", {"address": "x"}, ["address"]),
    ],
)  # fmt: skip
async def test_what_can_never_match(
    visitor: Visitor, noun: str, filter: dict[str, Any], argument: list[str]
) -> None:
    names = f"{noun[0].lower()}{noun[1:]}s"
    query = f"query ($f: {noun}Filter) {{ {names}(filter: $f) {{ totalCount }} }}"
    answer = (await visitor.ask(query, variables={"f": filter})).json()
    (error,) = answer["errors"]
    assert error["path"] == [names]
    assert error["extensions"] == {"code": "INVALID_FILTER", "argument": ["filter", *argument]}


async def test_a_reversed_span_of_the_statistics(visitor: Visitor) -> None:
    query = "query ($from: DateTime, $to: DateTime) { stats(from: $from, to: $to) { totalLeads } }"
    answer = (await visitor.ask(query, variables=REVERSED)).json()
    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "INVALID_FILTER", "argument": ["from"]}
