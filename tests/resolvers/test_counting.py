"""What limits and suppressions are counted from, and how little is read for it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

import models
from models import Channel
from models.columns import wire
from models.database import connect
from tests.resolvers.outreach import NOON, ROME, Plain


@pytest_asyncio.fixture
async def plain(database_url: str) -> AsyncIterator[Plain]:
    database = await connect(database_url)
    try:
        yield Plain(database)
    finally:
        await database.close()


async def ready(plain: Plain, **workspace: Any) -> dict[str, str]:
    """An agent with a number, a lead and a campaign, all with limits of their own."""
    await plain.open(**workspace)
    agent = await plain.agent(max_concurrent_calls=3, email_address="ava@example.com")
    number = await plain.line(agent, "+12125550101", calls_per_second=2, max_concurrent_calls=4)
    campaign = await plain.add(
        models.Campaign, agent_id=agent, max_concurrent_calls=2, status="IN_PROGRESS"
    )
    account = await plain.add(
        models.ProviderAccount, provider="TWILIO", calls_per_second=3, max_concurrent_calls=5
    )
    lead = await plain.lead(agent_id=agent, email="Ada@example.com", consent_state="GRANTED")
    return {
        "agent_id": agent,
        "phone_number_id": number,
        "campaign_id": campaign,
        "provider_account_id": account,
        "lead_id": lead,
    }


async def test_two_statements(plain: Plain) -> None:
    ids = await ready(plain)
    assert (await plain.decide(lead_id=ids["lead_id"])).verdict == "ALLOW"
    assert len(plain.asked) == 2
    await plain.decide(channel=Channel.EMAIL, lead_id=ids["lead_id"])
    assert len(plain.asked) == 4


async def test_calls_in_progress(plain: Plain) -> None:
    ids = await ready(plain)
    lead = ids.pop("lead_id")
    past, future = (wire(NOON + timedelta(seconds=each)) for each in (-1, 1))
    for status in ("DIALING", "RINGING", "IN_PROGRESS"):
        await plain.call(status, 60, **ids)
    await plain.call("UNKNOWN", 60, unknown_until=future)
    await plain.call("UNKNOWN", 60, unknown_until=past)
    for status in ("SCHEDULED", "QUEUED", "COMPLETED", "FAILED"):
        await plain.call(status, 60, **ids)
    other = Plain(plain.database, numbers=100)
    await other.open()
    await other.call("IN_PROGRESS", 60)
    facts = await plain.facts(await plain.route(lead_id=lead, campaign_id=ids["campaign_id"]))
    assert [(each.taken, each.most) for each in facts.live] == [
        *((4, 10), (3, 3), (3, 4), (3, 2), (3, 5))
    ]
    assert not facts.target.in_call
    # Without a campaign nobody's limit is looked at in its place.
    direct = await plain.facts(await plain.route(lead_id=lead))
    assert (direct.live[3].taken, direct.live[3].most) == (0, None)


@pytest.mark.parametrize("column", ["to_number", "from_number"])
async def test_the_number_is_in_a_call(plain: Plain, column: str) -> None:
    """Also when it was its owner who called."""
    ids = await ready(plain)
    await plain.call("IN_PROGRESS", 60, **{column: ROME})
    assert (await plain.decide(lead_id=ids["lead_id"])).waiting_for == "NUMBER_IN_CALL"
    await plain.change("call", status="COMPLETED")
    assert (await plain.decide(lead_id=ids["lead_id"])).verdict == "ALLOW"


async def test_calls_started_this_second(plain: Plain) -> None:
    ids = await ready(plain, calls_per_second=9)
    lead = ids.pop("lead_id")
    # A tenth of a second more, as requests may be late.
    await plain.call("COMPLETED", 1.1, **ids)
    await plain.call("COMPLETED", 0.9, **ids)
    await plain.call("FAILED", 0.5)
    # One whose request is still on its way counts however long it takes, but once.
    await plain.call("DIALING", 7, owner="worker", **ids)
    await plain.call("DIALING", 0.2, owner="worker", **ids)
    await plain.call("DIALING", 7, **ids)
    facts = await plain.facts(await plain.route(lead_id=lead))
    assert [(each.taken, each.most) for each in facts.started] == [(4, 9), (3, 2), (3, 3)]
    assert facts.slot_at == NOON + timedelta(seconds=0.2)


async def test_the_slot_of_a_request_on_its_way(plain: Plain) -> None:
    ids = await ready(plain)
    await plain.call("DIALING", 7, owner="worker")
    decision = await plain.decide(lead_id=ids["lead_id"])
    assert (decision.waiting_for, decision.until) == ("RATE", NOON + timedelta(seconds=1))


async def test_calls_of_the_day(plain: Plain) -> None:
    """The day is the workspace's; nothing beyond the cap is counted."""
    ids = await ready(plain, max_calls_per_day=2, time_zone="Europe/Rome")
    lead = ids["lead_id"]
    await plain.call("COMPLETED", 12 * 3600 + 1)
    await plain.call("COMPLETED", 12 * 3600)
    assert (await plain.facts(await plain.route(lead_id=lead))).today[0].taken == 1
    for _ in range(3):
        await plain.call("COMPLETED", 60)
    assert (await plain.facts(await plain.route(lead_id=lead))).today[0].taken == 2
    decision = await plain.decide(lead_id=lead)
    assert decision.until == datetime.fromisoformat("2026-01-16T07:00:00+00:00")


async def test_attempts_of_campaigns(plain: Plain) -> None:
    ids = await ready(plain)
    lead, campaign = ids["lead_id"], ids["campaign_id"]
    agent = await plain.agent()
    other = await plain.add(models.Campaign, agent_id=agent)
    await plain.call("NO_ANSWER", 3600, to_number=ROME, campaign_id=campaign)
    await plain.call("NO_ANSWER", 7200, to_number=ROME, campaign_id=other)
    await plain.call("NO_ANSWER", 3600, to_number=ROME)
    await plain.call("NO_ANSWER", 12 * 3600, to_number=ROME, campaign_id=campaign)
    await plain.call("NO_ANSWER", 3600, campaign_id=campaign)
    facts = await plain.facts(await plain.route(lead_id=lead, campaign_id=campaign))
    assert facts.attempts is not None
    assert (facts.attempts.taken, facts.attempts.most) == (2, 3)
    assert (await plain.facts(await plain.route(lead_id=lead))).attempts is None


async def test_suppressed_addresses(plain: Plain) -> None:
    ids = await ready(plain)
    lead = ids["lead_id"]
    await plain.add(
        models.Suppression, channel="EMAIL", address="ada@example.com", reason="OPT_OUT"
    )
    assert (await plain.decide(lead_id=lead)).verdict == "ALLOW"
    mail = await plain.decide(channel=Channel.EMAIL, lead_id=lead)
    assert mail.code == "SUPPRESSED"
    await plain.add(models.Suppression, channel="CALL", address=ROME, reason="OPT_OUT")
    assert (await plain.decide(lead_id=lead)).code == "SUPPRESSED"
    assert (await plain.decide(phone=ROME)).code == "SUPPRESSED"
    assert (await plain.decide(lead_id=lead, to_number="+390612345679")).verdict == "ALLOW"


async def test_own_numbers(plain: Plain) -> None:
    ids = await ready(plain)
    await plain.line(None, "+390611111111")
    await plain.line(None, "+390622222222", status="RELEASED")
    agent = ids["agent_id"]
    assert (await plain.decide(phone="+390611111111", agent_id=agent)).code == "OWN_NUMBER"
    assert (await plain.decide(phone="+390622222222", agent_id=agent)).verdict == "ALLOW"


async def test_mails_of_the_day(plain: Plain) -> None:
    ids = await ready(plain, max_emails_per_day=5)
    await plain.change("agent", max_emails_per_day=2)
    other = await plain.agent()
    lead = await plain.lead()

    async def sent(agent: str, hours: float) -> None:
        await plain.add(
            models.Email,
            agent_id=agent,
            thread_id=ids["lead_id"],
            from_email="a@example.com",
            to_email="b@example.com",
            sending_at=wire(NOON - timedelta(hours=hours)),
        )

    await sent(ids["agent_id"], 1)
    await sent(ids["agent_id"], 11.5)
    await sent(other, 1)
    wish = {"channel": Channel.EMAIL, "lead_id": ids["lead_id"]}
    facts = await plain.facts(await plain.route(**wish))
    assert [(each.taken, each.most) for each in facts.today] == [(2, 5), (1, 2)]
    for _ in range(4):
        await sent(other, 2)
    decision = await plain.decide(**wish)
    assert decision.waiting_for == "DAILY_CAP"
    assert decision.until == datetime.fromisoformat("2026-01-16T00:00:00+00:00")
    assert lead


async def test_credit(plain: Plain) -> None:
    ids = await ready(plain, credit_micros=1_000_000, credit_per_minute_micros=120_000)
    route = await plain.route(lead_id=ids["lead_id"])
    assert (await plain.facts(route)).credit_needed_micros == 1_200_000
    short = await plain.facts(route, max_duration_ms=60_001)
    assert short.credit_needed_micros == 240_000
    assert (await plain.facts(route, reserved=True)).credit_needed_micros is None
    assert (await plain.decide(lead_id=ids["lead_id"])).code == "INSUFFICIENT_CREDITS"


async def test_a_zone_that_is_gone(plain: Plain) -> None:
    ids = await ready(plain, time_zone="Mars/Olympus")
    await plain.change("lead", time_zone="Jane Doe")
    facts = await plain.facts(await plain.route(lead_id=ids["lead_id"]))
    assert (facts.policy.time_zone, facts.target.time_zone) == ("UTC", None)


@pytest.mark.parametrize("kind", ["lead", "phone", "number", "email"])
async def test_rows_are_found_by_indexes(plain: Plain, kind: str) -> None:
    """Whatever is asked for, no table is read as a whole."""
    ids = await ready(plain)
    wishes: dict[str, dict[str, Any]] = {
        "lead": {"lead_id": ids["lead_id"], "campaign_id": ids["campaign_id"]},
        "phone": {"phone": ROME},
        "number": {"lead_id": ids["lead_id"], "from_number": "+12125550101"},
        "email": {"lead_id": ids["lead_id"], "channel": Channel.EMAIL},
    }
    await plain.decide(**wishes[kind])
    for sql, values in plain.asked:
        async with plain.database.transaction() as transaction:
            if plain.database.dialect == "sqlite":
                rows = await transaction.fetch(f"EXPLAIN QUERY PLAN {sql}", values)
                read = [row[3] for row in rows]
                # Made within the statement, these have a row each.
                made = r"SCAN (live|started|today|p|capped)\b|SCAN CONSTANT ROW|SCAN \(subquery"
                walks = [each for each in read if "SCAN" in each and not re.search(made, each)]
            else:
                await transaction.fetch("SET LOCAL enable_seqscan = off")
                rows = await transaction.fetch(f"EXPLAIN {sql}", values)
                read = [row[0] for row in rows]
                walks = [each for each in read if "Seq Scan" in each]
        assert walks == [], read
        if sql.count("FROM call ") > 1:
            assert any("call_live" in each for each in read), read
            assert any("call_dialed" in each for each in read), read
            assert any(re.search("suppression_(of_)?address", each) for each in read), read
