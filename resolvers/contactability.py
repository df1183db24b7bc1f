"""May we reach this lead, on this channel, now? One pure function of plain facts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from models import CallingHours, CampaignStatus, Channel, ConsentState, WaitingFor
from resolvers.calling_hours import (
    Hours,
    believed_zones,
    country_of_number,
    day_begins,
    is_open,
    legal_windows,
    midnight,
    next_opening,
    zones_of_number,
)
from resolvers.dialable import undialable
from resolvers.facts import Drive, Facts
from schema.contactability import Verdict
from schema.error_code import ErrorCode

__all__ = ["Decision", "Verdict", "Warning", "calling_hours", "contactability"]

#: Campaigns in these states call once they are started or resumed; the others never again.
NOT_RUNNING = frozenset({CampaignStatus.DRAFT, CampaignStatus.SCHEDULED, CampaignStatus.PAUSED})
ENDED = frozenset({CampaignStatus.FINISHED, CampaignStatus.FAILED, CampaignStatus.CANCELLED})


@dataclass(frozen=True)
class Warning:
    """What the policy objects to without refusing."""

    code: ErrorCode
    message: str

    def data(self) -> dict[str, str]:
        """As calls and e-mails keep it."""
        return {"code": self.code.value, "message": self.message}


@dataclass(frozen=True)
class Decision:
    """Yes, later or no; `code` and `message` say why not now."""

    verdict: Verdict
    code: ErrorCode | None = None
    message: str | None = None
    until: datetime | None = None
    """The earliest instant worth asking again, where it is known."""
    waiting_for: WaitingFor | None = None
    warnings: tuple[Warning, ...] = ()
    zones: tuple[str, ...] = ()
    """The zones whose clocks were looked at."""


def contactability(facts: Facts) -> Decision:
    """The policy, the same at acceptance, at dialling, and for those who ask.

    A refusal is for good; what may change by itself is a wait. Campaigns and single requests
    differ where the law or good manners ask more of campaigns.
    """
    code = next(_refusals(facts), None)
    if code is not None:
        return _refused(code, facts)
    warnings = list(_warnings(facts))
    if facts.channel is Channel.EMAIL:
        return _deferred(facts, warnings)
    hours, zones, known = calling_hours(facts)
    if not known:
        warnings.append(
            _warning(
                ErrorCode.TIME_ZONE_UNKNOWN,
                f"The lead's time zone is unknown; calling hours are those of {zones[0]}.",
            )
        )
    way = facts.policy.calling_hours
    if facts.campaign is not None or way == CallingHours.DEFER:
        return _deferred(facts, warnings, hours, zones)
    if way == CallingHours.OFF:
        return _deferred(facts, warnings, (), zones)
    if not is_open(hours, _asked_for(facts)):
        if way == CallingHours.REFUSE:
            return _refused(ErrorCode.OUTSIDE_CALLING_HOURS, facts, zones)
        warnings.append(_warning(ErrorCode.OUTSIDE_CALLING_HOURS))
    return _deferred(facts, warnings, hours, zones, strict=False)


def calling_hours(facts: Facts) -> tuple[tuple[Hours, ...], tuple[str, ...], bool]:
    """The hours that must all be open, the zones looked at, and whether those are the lead's."""
    policy, address = facts.policy, facts.target.address or ""
    country = country_of_number(address)
    own = facts.target.time_zone
    zones = (own,) if own else zones_of_number(address)
    permitted = policy.windows or legal_windows(country, zones)
    known = believed_zones(zones, permitted, facts.now)
    if not known:
        zones = (policy.time_zone,)
        permitted = policy.windows or legal_windows(country, zones)
    hours = [Hours(zone, permitted) for zone in zones]
    campaign = facts.campaign
    if campaign is not None and campaign.windows:
        places = (campaign.time_zone,) if campaign.time_zone else zones
        hours += [Hours(zone, campaign.windows) for zone in places]
    return tuple(hours), tuple(zones), known


def _refusals(facts: Facts) -> Iterator[ErrorCode]:
    policy, target, campaign = facts.policy, facts.target, facts.campaign
    call = facts.channel is Channel.CALL
    if policy.closed:
        yield ErrorCode.WORKSPACE_CLOSED
    if campaign is not None:
        if campaign.inbound:
            yield ErrorCode.CAMPAIGN_INBOUND
        if campaign.status in ENDED or _past_end(facts, campaign):
            yield ErrorCode.CAMPAIGN_ENDED
    if target.outreach_disabled:
        yield ErrorCode.OPTED_OUT
    if target.suppressed:
        yield ErrorCode.SUPPRESSED
    if target.consent == ConsentState.DENIED:
        yield ErrorCode.CONSENT_DENIED
    if target.consent == ConsentState.UNKNOWN and policy.require_consent:
        yield ErrorCode.CONSENT_REQUIRED
    if target.address is None:
        yield ErrorCode.LEAD_NO_PHONE if call else ErrorCode.LEAD_NO_EMAIL
    elif call:
        wrong = undialable(target.address, simulated=facts.simulated)
        if wrong is not None:
            yield wrong
        if target.own_number:
            yield ErrorCode.OWN_NUMBER
    if facts.speaker.problem is not None:
        yield facts.speaker.problem
    if facts.latest is not None and facts.now > facts.latest:
        yield ErrorCode.TOO_LATE
    if campaign is None and _poor(facts):
        yield ErrorCode.INSUFFICIENT_CREDITS


def _past_end(facts: Facts, campaign: Drive) -> bool:
    if campaign.end_date is None:
        return False
    begins = day_begins(_campaign_zone(facts, campaign), campaign.end_date)
    return facts.now >= midnight(_campaign_zone(facts, campaign), begins, 1)


def _campaign_zone(facts: Facts, campaign: Drive) -> str:
    return campaign.time_zone or facts.policy.time_zone


def _poor(facts: Facts) -> bool:
    credit, needed = facts.policy.credit_micros, facts.credit_needed_micros
    # Credit that is used up buys nothing, not even what would be free.
    return credit is not None and needed is not None and credit < max(needed, 1)


def _warnings(facts: Facts) -> Iterator[Warning]:
    if facts.target.consent == ConsentState.UNKNOWN and not facts.policy.require_consent:
        yield _warning(ErrorCode.CONSENT_UNKNOWN, "The lead's consent was never recorded.")


def _warning(code: ErrorCode, message: str | None = None) -> Warning:
    return Warning(code, message or code.description)


def _refused(code: ErrorCode, facts: Facts, zones: tuple[str, ...] = ()) -> Decision:
    until = None
    if code is ErrorCode.OUTSIDE_CALLING_HOURS:
        until = next_opening(calling_hours(facts)[0], _asked_for(facts))
    told = tuple(_warnings(facts))
    return Decision(Verdict.REFUSE, code, code.description, until, warnings=told, zones=zones)


def _asked_for(facts: Facts) -> datetime:
    """When it would happen if nothing were in the way."""
    return max(facts.now, facts.earliest or facts.now)


@dataclass(frozen=True)
class _Wait:
    """One reason to wait; without an instant nobody knows how long."""

    code: ErrorCode
    waiting_for: WaitingFor
    until: datetime | None = None


def _deferred(
    facts: Facts,
    warnings: list[Warning],
    hours: tuple[Hours, ...] = (),
    zones: tuple[str, ...] = (),
    *,
    strict: bool = True,
) -> Decision:
    """What there is to wait for; the wait that ends last gives its name, the endless one first, and
    closed hours only if they are closed already.

    Unless `strict`, closed hours hold nobody up who comes at a time of the client's choice.
    """
    wait = _wait(facts, hours, strict)
    told = tuple(warnings)
    if wait is None:
        return Decision(Verdict.ALLOW, warnings=told, zones=zones)
    if wait.until is not None and facts.latest is not None and wait.until > facts.latest:
        return _refused(ErrorCode.TOO_LATE, facts, zones)
    return Decision(
        Verdict.DEFER,
        wait.code,
        wait.code.description,
        wait.until,
        wait.waiting_for,
        told,
        zones,
    )


def _wait(facts: Facts, hours: tuple[Hours, ...], strict: bool) -> _Wait | None:
    campaign = facts.campaign
    if campaign is not None and campaign.status in NOT_RUNNING:
        return _Wait(ErrorCode.CAMPAIGN_NOT_RUNNING, WaitingFor.CAMPAIGN, _start(facts))
    if facts.channel is Channel.CALL and facts.policy.plan_required and facts.policy.plan is None:
        return _Wait(ErrorCode.NO_ACTIVE_PLAN, WaitingFor.PLAN)
    if campaign is not None and _poor(facts):
        return _Wait(ErrorCode.INSUFFICIENT_CREDITS, WaitingFor.PLAN)
    return _known_wait(facts, hours, strict) or _busy_wait(facts)


def _start(facts: Facts) -> datetime | None:
    """When the campaign's first day begins, if that is still to come."""
    campaign = facts.campaign
    if campaign is None or campaign.start_date is None:
        return None
    begins = day_begins(_campaign_zone(facts, campaign), campaign.start_date)
    return begins if begins > facts.now else None


def _known_wait(facts: Facts, hours: tuple[Hours, ...], strict: bool) -> _Wait | None:
    """Waits whose end is known: the earliest instant that suits them all."""
    start = _start(facts)
    tomorrow = midnight(facts.policy.time_zone, facts.now, 1)
    ends: list[_Wait] = []
    if facts.earliest is not None:
        ends.append(_Wait(ErrorCode.TOO_EARLY, WaitingFor.START_TIME, facts.earliest))
    if start is not None:
        ends.append(_Wait(ErrorCode.TOO_EARLY, WaitingFor.CAMPAIGN, start))
    if any(each.full for each in facts.today):
        ends.append(_Wait(ErrorCode.DAILY_LIMIT, WaitingFor.DAILY_CAP, tomorrow))
    if facts.campaign is not None and facts.attempts is not None and facts.attempts.full:
        ends.append(_Wait(ErrorCode.ATTEMPT_LIMIT, WaitingFor.ATTEMPT_CAP, tomorrow))
    last = max(ends, key=lambda each: each.until or facts.now, default=None)
    begin = facts.now if last is None else max(facts.now, last.until or facts.now)
    # Midnight, when caps begin anew, was nobody's wish.
    if strict or (last is not None and begin > facts.now and last.until == tomorrow):
        opening = next_opening(hours, begin)
        if opening != begin:
            if last is not None and is_open(hours, facts.now):
                # It is the other one that holds it up now, and closed hours only afterwards.
                return replace(last, until=opening)
            return _Wait(ErrorCode.OUTSIDE_CALLING_HOURS, WaitingFor.CALLING_HOURS, opening)
    return last if begin > facts.now else None


def _busy_wait(facts: Facts) -> _Wait | None:
    """Waits for what others do right now."""
    if facts.target.in_call:
        return _Wait(ErrorCode.NUMBER_IN_CALL, WaitingFor.NUMBER_IN_CALL)
    if any(each.full for each in facts.live):
        return _Wait(ErrorCode.CONCURRENCY_LIMIT, WaitingFor.CONCURRENCY)
    if any(each.full for each in facts.started):
        until = facts.slot_at or facts.now + timedelta(seconds=1)
        return _Wait(ErrorCode.CALL_RATE_LIMIT, WaitingFor.RATE, until)
    return None
