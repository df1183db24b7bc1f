"""Who calls whom, from which number, through which vendor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

import models
from models import Channel, Provider
from models.database import connect
from tests.resolvers.outreach import ROME, Plain


@pytest_asyncio.fixture
async def plain(database_url: str) -> AsyncIterator[Plain]:
    database = await connect(database_url)
    try:
        yield Plain(database)
    finally:
        await database.close()


async def test_everything_by_default(plain: Plain) -> None:
    await plain.open()
    agent = await plain.agent()
    plain.now += timedelta(seconds=1)
    later = await plain.line(agent, "+12125550101")
    plain.now -= timedelta(seconds=1)
    await plain.line(agent, "+12125550102", status="SUSPENDED")
    await plain.line(None, "+12125550103")
    number = await plain.line(agent, "+12125550104")
    lead = await plain.lead(agent_id=agent)
    found = await plain.route(lead_id=lead)
    assert (found.agent or {})["id"] == agent
    assert (found.number or {})["id"] == number != later
    assert (found.address, found.provider, found.account) == (ROME, Provider.SIMULATOR, None)
    assert found.problem is None
    assert len(plain.asked) == 1


async def test_agents(plain: Plain) -> None:
    """The one given, else the campaign's, the lead's, the workspace's."""
    await plain.open()
    given, its, leads, default = [await plain.agent(name=name) for name in "abcd"]
    campaign = await plain.add(models.Campaign, agent_id=its)
    mine, orphan = await plain.lead(agent_id=leads), await plain.lead(phone="+393201111111")

    async def name(**wish: Any) -> str | None:
        found = await plain.route(**wish)
        return (found.agent or {}).get("name")

    assert await name(lead_id=orphan) is None
    assert (await plain.route(lead_id=orphan)).problem == "AGENT_REQUIRED"
    await plain.change("workspace", default_agent_id=default)
    assert await name(lead_id=orphan) == "d"
    assert await name(phone="+393209999999") == "d"
    assert await name(lead_id=mine) == "c"
    assert await name(lead_id=mine, campaign_id=campaign) == "b"
    assert await name(lead_id=mine, campaign_id=campaign, agent_id=given) == "a"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"active": False}, "AGENT_INACTIVE"),
        ({"archived_at": "2026-01-01T00:00:00.000Z"}, "AGENT_INACTIVE"),
        ({"outreach_model": "EMAIL"}, "AGENT_CHANNEL"),
        ({}, "AGENT_NO_NUMBER"),
    ],
)
async def test_agents_that_are_not_ready(plain: Plain, change: dict[str, Any], code: str) -> None:
    await plain.open()
    agent = await plain.agent(**change)
    found = await plain.route(lead_id=await plain.lead(), agent_id=agent)
    assert found.problem == code
    mail = await plain.route(channel=Channel.EMAIL, lead_id=await plain.lead(), agent_id=agent)
    if code in ("AGENT_NO_NUMBER", "AGENT_CHANNEL"):
        assert mail.problem == "AGENT_NO_EMAIL"
    else:
        assert mail.problem == code


async def test_numbers(plain: Plain) -> None:
    """The one given, else the campaign's, else the agent's; ours and ready."""
    await plain.open()
    agent, other = await plain.agent(), await plain.agent()
    await plain.line(agent, "+12125550101")
    second = await plain.line(other, "+12125550102")
    third = await plain.line(None, "+12125550103")
    await plain.line(agent, "+12125550104", status="RELEASED")
    campaign = await plain.add(models.Campaign, agent_id=agent, phone_number_id=second)
    lead = await plain.lead(agent_id=agent)

    async def number(**wish: Any) -> tuple[str | None, str | None]:
        found = await plain.route(lead_id=lead, **wish)
        return (found.number or {}).get("e164"), found.problem

    assert await number() == ("+12125550101", None)
    assert await number(campaign_id=campaign) == ("+12125550102", None)
    assert await number(campaign_id=campaign, from_number_id=third) == ("+12125550103", None)
    assert await number(from_number="+12125550103") == ("+12125550103", None)
    assert await number(from_number="+12125550104") == ("+12125550104", "NUMBER_NOT_READY")
    assert await number(from_number="+12125550199") == (None, "NUMBER_NOT_OURS")
    assert await number(from_number_id=lead) == (None, "NUMBER_NOT_OURS")
    await plain.change("phone_number", status="PENDING")
    assert await number() == (None, "AGENT_NO_NUMBER")
    assert await number(campaign_id=campaign) == ("+12125550102", "NUMBER_NOT_READY")


async def test_bare_numbers(plain: Plain) -> None:
    """The lead that upserts find, else the oldest, else one is to be made."""
    await plain.open(default_agent_id=None)
    plain.now += timedelta(seconds=1)
    await plain.lead(name="younger")
    plain.now -= timedelta(seconds=1)
    await plain.lead(name="oldest")
    found = await plain.route(phone=ROME)
    assert (found.lead or {})["name"] == "oldest"
    plain.now += timedelta(seconds=2)
    await plain.lead(name="keyed", contact_key=ROME)
    found = await plain.route(phone=ROME)
    assert ((found.lead or {})["name"], found.lead_is_new) == ("keyed", False)
    found = await plain.route(phone="+393201234567")
    assert (found.lead, found.address, found.lead_is_new) == (None, "+393201234567", True)


async def test_another_number_of_the_lead(plain: Plain) -> None:
    await plain.open()
    lead = await plain.lead(email="a@example.com")
    assert (await plain.route(lead_id=lead, to_number="+393207654321")).address == "+393207654321"
    mail = await plain.route(lead_id=lead, channel=Channel.EMAIL)
    assert (mail.address, mail.number) == ("a@example.com", None)


async def test_what_is_not_there(plain: Plain) -> None:
    await plain.open()
    other = Plain(plain.database)
    other.numbers = 100
    await other.open()
    foreign = await other.lead()
    agent = await other.agent()
    campaign = await other.add(models.Campaign, agent_id=agent)
    found = await plain.route(lead_id=foreign, agent_id=agent, campaign_id=campaign)
    assert found.missing == ("lead_id", "agent_id", "campaign_id")
    assert (found.lead, found.agent, found.campaign, found.lead_is_new) == (None, None, None, False)


P = Provider


@pytest.mark.parametrize(
    ("accounts", "agent", "number", "expected"),
    [
        ([], None, None, (P.SIMULATOR, None)),
        # As long as there is no account, whatever is named is simulated.
        ([], P.TWILIO, P.VAPI, (P.SIMULATOR, None)),
        ([(P.SMTP, True)], P.TWILIO, None, (P.SIMULATOR, None)),
        ([(P.TWILIO, True)], None, None, (P.TWILIO, 0)),
        # From then on, never.
        ([(P.TWILIO, True)], P.VAPI, None, (None, None)),
        ([(P.TWILIO, True)], None, P.VAPI, (None, None)),
        ([(P.TWILIO, True)], P.SIMULATOR, None, (P.SIMULATOR, None)),
        ([(P.TWILIO, True), (P.VAPI, False)], P.VAPI, P.TWILIO, (P.VAPI, 1)),
        ([(P.TWILIO, True), (P.VAPI, False)], None, P.VAPI, (P.VAPI, 1)),
        ([(P.TWILIO, False), (P.VAPI, True)], None, None, (P.VAPI, 1)),
        ([(P.TWILIO, False), (P.TWILIO, False)], None, None, (P.TWILIO, 0)),
        ([(P.TWILIO, False), (P.TWILIO, True)], P.TWILIO, None, (P.TWILIO, 1)),
        ([(P.SIMULATOR, True), (P.TWILIO, False)], None, None, (P.SIMULATOR, 0)),
        ([(P.SIMULATOR, True)], P.TWILIO, None, (P.SIMULATOR, 0)),
    ],
)
async def test_vendors(
    plain: Plain,
    accounts: list[tuple[Provider, bool]],
    agent: Provider | None,
    number: Provider | None,
    expected: tuple[Provider | None, int | None],
) -> None:
    await plain.open()
    made = [
        await plain.add(models.ProviderAccount, provider=provider, is_default=default)
        for provider, default in accounts
    ]
    speaker = await plain.agent(provider=agent)
    await plain.line(speaker, "+12125550101", provider=number)
    lead = await plain.lead(agent_id=speaker)
    found = await plain.route(lead_id=lead)
    place = None if found.account is None else made.index(found.account["id"])
    assert (found.provider, place) == expected
    assert found.problem == (None if found.provider else "PROVIDER_NOT_CONFIGURED")
    await plain.change("workspace", simulated=True)
    assert (await plain.route(lead_id=lead)).simulated


async def test_the_very_account(plain: Plain) -> None:
    await plain.open()
    await plain.add(models.ProviderAccount, provider="TWILIO", is_default=True)
    second = await plain.add(models.ProviderAccount, provider="TWILIO")
    speaker = await plain.agent(provider_account_id=second)
    await plain.line(speaker, "+12125550101")
    lead = await plain.lead(agent_id=speaker)
    found = await plain.route(lead_id=lead)
    assert (found.account or {})["id"] == second
    # What was accepted stays with the account that was chosen, unless that is switched off.
    await plain.change("agent", provider_account_id=None)
    kept = {"provider": Provider.TWILIO, "provider_account_id": second}
    assert ((await plain.route(lead_id=lead, **kept)).account or {})["id"] == second
    simulated = await plain.route(lead_id=lead, provider=Provider.SIMULATOR)
    assert simulated.simulated
    await plain.change("provider_account", active=False)
    assert (await plain.route(lead_id=lead, **kept)).problem == "PROVIDER_NOT_CONFIGURED"
    assert (await plain.route(lead_id=lead)).simulated


async def test_mail(plain: Plain) -> None:
    await plain.open()
    agent = await plain.agent(email_address="ava@example.com")
    lead = await plain.lead(email="a@example.com", agent_id=agent)
    mail = {"channel": Channel.EMAIL, "lead_id": lead}
    found = await plain.route(**mail)
    assert (found.provider, found.account, found.problem) == (Provider.SMTP, None, None)
    account = await plain.add(models.ProviderAccount, provider="SMTP")
    found = await plain.route(**mail)
    assert (found.provider, (found.account or {})["id"]) == (Provider.SMTP, account)
    await plain.change("workspace", simulated=True)
    assert (await plain.route(**mail)).simulated
