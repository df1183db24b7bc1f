"""The policy: every rule, for single calls, campaigns and e-mails."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from models import CallingHours, CampaignStatus, Channel, ConsentState
from resolvers.calling_hours import EVERY_DAY, Window
from resolvers.contactability import Decision, Verdict, contactability
from resolvers.facts import Drive, Facts, Limit, Policy, Speaker, Target
from schema.error_code import ErrorCode


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-01-{text}+00:00")


#: A Thursday, noon in Rome, six in the morning in New York.
NOON = at("15T11:00")
ROME, NEW_YORK = "+390612345678", "+12125551234"
TARGET = Target(ROME, consent=ConsentState.GRANTED)
CALL = Facts(Channel.CALL, NOON, Policy(), TARGET)
MAIL = replace(CALL, channel=Channel.EMAIL, target=replace(TARGET, address="a@example.com"))
CAMPAIGN = replace(CALL, campaign=Drive(CampaignStatus.IN_PROGRESS))
KINDS = {"call": CALL, "mail": MAIL, "campaign": CAMPAIGN}


def policy(**more: Any) -> dict[str, Any]:
    return {"policy": Policy(**more)}


def target(**more: Any) -> dict[str, Any]:
    return {"target": replace(TARGET, **more)}


def told(decision: Decision) -> tuple[str, str | None, str | None]:
    return decision.verdict, decision.code, decision.waiting_for


def warned(decision: Decision) -> list[str]:
    return [each.code for each in decision.warnings]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_in_the_way(kind: str) -> None:
    decision = contactability(KINDS[kind])
    assert (told(decision), warned(decision)) == (("ALLOW", None, None), [])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (policy(closed=True), "WORKSPACE_CLOSED"),
        (target(outreach_disabled=True), "OPTED_OUT"),
        (target(suppressed=True), "SUPPRESSED"),
        (target(consent=ConsentState.DENIED), "CONSENT_DENIED"),
        ({**policy(require_consent=True), **target(consent=ConsentState.UNKNOWN)},
         "CONSENT_REQUIRED"),
        ({"speaker": Speaker(ErrorCode.AGENT_INACTIVE)}, "AGENT_INACTIVE"),
        ({"latest": NOON - timedelta(seconds=1)}, "TOO_LATE"),
    ],
)  # fmt: skip
def test_refused_on_every_way(kind: str, change: dict[str, Any], code: str) -> None:
    facts = replace(KINDS[kind], **change)
    assert told(contactability(facts)) == ("REFUSE", code, None)


@pytest.mark.parametrize("kind", KINDS)
def test_consent_never_recorded_is_a_warning(kind: str) -> None:
    decision = contactability(replace(KINDS[kind], **target(consent=ConsentState.UNKNOWN)))
    assert decision.verdict is Verdict.ALLOW
    assert warned(decision) == ["CONSENT_UNKNOWN"]


@pytest.mark.parametrize(("kind", "code"), [("call", "PHONE"), ("mail", "EMAIL")])
def test_leads_without_an_address(kind: str, code: str) -> None:
    decision = contactability(replace(KINDS[kind], **target(address=None)))
    assert told(decision) == ("REFUSE", f"LEAD_NO_{code}", None)


@pytest.mark.parametrize("kind", ["call", "campaign"])
@pytest.mark.parametrize(
    ("change", "code"),
    [
        (target(address="+15551234567"), "NUMBER_UNASSIGNED"),
        (target(address="+39112"), "EMERGENCY_NUMBER"),
        (target(address="+881612345678"), "SATELLITE_NUMBER"),
        (target(address="+12125550123"), "FICTIONAL_NUMBER"),
        (target(own_number=True), "OWN_NUMBER"),
    ],
)
def test_numbers_that_are_refused(kind: str, change: dict[str, Any], code: str) -> None:
    assert told(contactability(replace(KINDS[kind], **change))) == ("REFUSE", code, None)


def test_fictional_numbers_are_for_the_simulator() -> None:
    facts = replace(CALL, simulated=True, **target(address="+442079460123"))
    assert contactability(facts).verdict is Verdict.ALLOW


NIGHT = replace(CALL, **target(address=NEW_YORK))
OPENING = at("15T13:00")


@pytest.mark.parametrize(
    ("way", "expected", "until", "warnings"),
    [
        (CallingHours.OFF, ("ALLOW", None, None), None, []),
        (CallingHours.WARN, ("ALLOW", None, None), None, ["OUTSIDE_CALLING_HOURS"]),
        (CallingHours.DEFER, ("DEFER", "OUTSIDE_CALLING_HOURS", "CALLING_HOURS"), OPENING, []),
        (CallingHours.REFUSE, ("REFUSE", "OUTSIDE_CALLING_HOURS", None), OPENING, []),
    ],
)
def test_calling_hours_of_single_calls(
    way: CallingHours, expected: tuple[str, ...], until: datetime | None, warnings: list[str]
) -> None:
    decision = contactability(replace(NIGHT, **policy(calling_hours=way)))
    assert (told(decision), decision.until, warned(decision)) == (expected, until, warnings)
    assert decision.zones == ("America/New_York",)


@pytest.mark.parametrize("way", CallingHours)
def test_campaigns_always_wait_for_calling_hours(way: CallingHours) -> None:
    facts = replace(CAMPAIGN, target=NIGHT.target, **policy(calling_hours=way))
    decision = contactability(facts)
    assert told(decision) == ("DEFER", "OUTSIDE_CALLING_HOURS", "CALLING_HOURS")
    assert decision.until == OPENING


@pytest.mark.parametrize(
    ("campaign", "windows", "until"),
    [
        # The campaign's and the lead's hours must both be open, in the zone that each has.
        ({"windows": (Window(EVERY_DAY, 600, 660),)}, (), at("15T15:00")),
        ({"windows": (Window(EVERY_DAY, 0, 1440),)}, (), OPENING),
        ({"windows": (Window(EVERY_DAY, 600, 900),), "time_zone": "Europe/Rome"}, (), OPENING),
        ({"windows": (Window(EVERY_DAY, 600, 840),), "time_zone": "Europe/Rome"}, (), None),
        ({}, (Window(frozenset({6}), 0, 60),), at("17T05:00")),
    ],
)
def test_windows_of_campaign_and_workspace(
    campaign: dict[str, Any], windows: tuple[Window, ...], until: datetime | None
) -> None:
    drive = Drive(CampaignStatus.IN_PROGRESS, **campaign)
    facts = replace(CAMPAIGN, target=NIGHT.target, campaign=drive, **policy(windows=windows))
    decision = contactability(facts)
    assert (decision.waiting_for, decision.until) == ("CALLING_HOURS", until)


def test_india_opens_at_nine() -> None:
    facts = replace(CAMPAIGN, **target(address="+919812345678"), now=at("15T03:00"))
    assert contactability(facts).until == at("15T03:30")


@pytest.mark.parametrize(
    ("change", "zones", "warnings"),
    [
        (target(time_zone="Asia/Tokyo"), ("Asia/Tokyo",), ["OUTSIDE_CALLING_HOURS"]),
        (target(), ("Europe/Rome",), []),
        (target(address="+18005551212"), ("Asia/Dubai",), ["TIME_ZONE_UNKNOWN"]),
    ],
)
def test_zones(change: dict[str, Any], zones: tuple[str, ...], warnings: list[str]) -> None:
    now = at("15T12:30")
    decision = contactability(replace(CALL, now=now, **change, **policy(time_zone="Asia/Dubai")))
    assert (decision.zones, warned(decision)) == (zones, warnings)


def test_several_zones_are_all_asked() -> None:
    russia = target(address="+79161234567")
    decision = contactability(replace(CAMPAIGN, now=at("15T05:59"), **russia))
    # Eight o'clock in Kaliningrad comes last; nine in the evening in Kamchatka ends it.
    assert len(decision.zones) > 10
    assert decision.until == at("15T06:00")
    assert contactability(replace(CAMPAIGN, now=at("15T08:30"), **russia)).verdict == "ALLOW"
    assert contactability(replace(CAMPAIGN, now=at("15T09:30"), **russia)).until == at("16T06:00")


FULL, FREE, NONE = Limit(3, 3), Limit(2, 3), Limit(99, None)


@pytest.mark.parametrize("kind", ["call", "campaign"])
@pytest.mark.parametrize(
    ("change", "code", "waiting", "until"),
    [
        ({"live": (FREE, FULL)}, "CONCURRENCY_LIMIT", "CONCURRENCY", None),
        ({"started": (NONE, FULL)}, "CALL_RATE_LIMIT", "RATE", NOON + timedelta(seconds=1)),
        ({"started": (FULL,), "slot_at": NOON + timedelta(milliseconds=7)},
         "CALL_RATE_LIMIT", "RATE", NOON + timedelta(milliseconds=7)),
        (target(in_call=True), "NUMBER_IN_CALL", "NUMBER_IN_CALL", None),
        (policy(plan_required=True), "NO_ACTIVE_PLAN", "PLAN", None),
        ({"earliest": at("15T12:00")}, "TOO_EARLY", "START_TIME", at("15T12:00")),
    ],
)  # fmt: skip
def test_waits(
    kind: str, change: dict[str, Any], code: str, waiting: str, until: datetime | None
) -> None:
    decision = contactability(replace(KINDS[kind], **change))
    assert told(decision) == ("DEFER", code, waiting)
    assert decision.until == until


def test_limits_that_are_not_reached() -> None:
    limits = (FREE, NONE)
    facts = replace(CAMPAIGN, live=limits, started=limits, today=limits, attempts=FREE)
    assert contactability(facts).verdict is Verdict.ALLOW
    plan = replace(CALL, **policy(plan_required=True, plan="demo"))
    assert contactability(plan).verdict is Verdict.ALLOW
    assert contactability(replace(CALL, attempts=FULL)).verdict is Verdict.ALLOW


def test_caps_end_at_midnight_and_then_at_the_opening() -> None:
    mail = replace(MAIL, today=(FREE, FULL), **policy(time_zone="Europe/Rome"))
    assert told(contactability(mail)) == ("DEFER", "DAILY_LIMIT", "DAILY_CAP")
    assert contactability(mail).until == at("15T23:00")
    for facts in (CALL, CAMPAIGN):
        decision = contactability(replace(facts, today=(FULL,)))
        # Hours are open now: it is the cap that holds it up, and the opening that ends the wait.
        assert told(decision) == ("DEFER", "DAILY_LIMIT", "DAILY_CAP")
        assert decision.until == at("16T07:00")
    late = contactability(replace(CAMPAIGN, today=(FULL,), now=at("15T22:30")))
    assert told(late) == ("DEFER", "OUTSIDE_CALLING_HOURS", "CALLING_HOURS")
    off = replace(CALL, today=(FULL,), **policy(calling_hours=CallingHours.OFF))
    assert told(contactability(off)) == ("DEFER", "DAILY_LIMIT", "DAILY_CAP")
    tries = replace(CAMPAIGN, attempts=FULL, **policy(time_zone="Pacific/Auckland"))
    assert told(contactability(tries)) == ("DEFER", "ATTEMPT_LIMIT", "ATTEMPT_CAP")
    assert contactability(replace(tries, **policy())).until == at("16T07:00")


def test_the_time_asked_for() -> None:
    """What is closed then, not now, counts."""
    evening = replace(CALL, earliest=at("15T22:00"))
    decision = contactability(evening)
    assert told(decision) == ("DEFER", "TOO_EARLY", "START_TIME")
    assert warned(decision) == ["OUTSIDE_CALLING_HOURS"]
    strict = replace(evening, **policy(calling_hours=CallingHours.DEFER))
    assert contactability(strict).until == at("16T07:00")
    late = replace(strict, latest=at("15T23:00"))
    assert told(contactability(late)) == ("REFUSE", "TOO_LATE", None)
    assert contactability(replace(strict, latest=at("16T08:00"))).verdict is Verdict.DEFER


@pytest.mark.parametrize("status", CampaignStatus)
def test_the_campaign_must_be_running(status: CampaignStatus) -> None:
    decision = contactability(replace(CAMPAIGN, campaign=Drive(status)))
    over = status in (CampaignStatus.FINISHED, CampaignStatus.FAILED, CampaignStatus.CANCELLED)
    if status is CampaignStatus.IN_PROGRESS:
        assert decision.verdict is Verdict.ALLOW
    elif over:
        assert told(decision) == ("REFUSE", "CAMPAIGN_ENDED", None)
    else:
        assert told(decision) == ("DEFER", "CAMPAIGN_NOT_RUNNING", "CAMPAIGN")


def test_the_campaigns_days() -> None:
    def drive(**more: Any) -> Decision:
        campaign = Drive(CampaignStatus.IN_PROGRESS, time_zone="Europe/Rome", **more)
        return contactability(replace(CAMPAIGN, campaign=campaign))

    assert drive(inbound=True).code is ErrorCode.CAMPAIGN_INBOUND
    assert drive(end_date="2026-01-15").verdict is Verdict.ALLOW
    assert drive(end_date="2026-01-14").code is ErrorCode.CAMPAIGN_ENDED
    assert drive(start_date="2026-01-15").verdict is Verdict.ALLOW
    assert drive(start_date="2026-01-16").until == at("16T07:00")


@pytest.mark.parametrize(
    ("credit", "needed", "poor"),
    [(None, 5, False), (5, 5, False), (4, 5, True), (0, 0, True), (0, None, False)],
)
def test_credit(credit: int | None, needed: int | None, poor: bool) -> None:
    change = {"credit_needed_micros": needed, **policy(credit_micros=credit)}
    refused = ("REFUSE", "INSUFFICIENT_CREDITS", None) if poor else ("ALLOW", None, None)
    assert told(contactability(replace(CALL, **change))) == refused
    waits = ("DEFER", "INSUFFICIENT_CREDITS", "PLAN") if poor else ("ALLOW", None, None)
    assert told(contactability(replace(CAMPAIGN, **change))) == waits


def test_an_endless_wait_has_no_end() -> None:
    """What nobody knows the end of isn't hidden behind what is known."""
    facts = replace(CALL, earliest=at("15T12:00"), **policy(plan_required=True))
    assert contactability(facts).until is None
    never = Drive(
        CampaignStatus.IN_PROGRESS, windows=(Window(EVERY_DAY, 0, 60),), time_zone="Europe/Rome"
    )
    assert told(contactability(replace(CAMPAIGN, campaign=never))) == (
        "DEFER",
        "OUTSIDE_CALLING_HOURS",
        "CALLING_HOURS",
    )
