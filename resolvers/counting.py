"""The facts of this moment: what a route's people and limits have done, and what is forbidden."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from models import CallingHours, CampaignPurpose, CampaignStatus, Channel, ConsentState
from models.columns import wire
from models.database import Dialect, Reads, Row, T
from resolvers.calling_hours import known_zone, midnight, windows
from resolvers.facts import Drive, Facts, Limit, Policy, Speaker, Target
from resolvers.routing import Route, Wish, route
from schema.condition import Values

#: Whoever can be asked for rows: `Unit.read`, or `fetch` of a database or transaction.
Read = Callable[[str, Sequence[Any]], Awaitable[list[Row]]]

LIVE = "('DIALING', 'UNKNOWN', 'RINGING', 'IN_PROGRESS')"
SECOND = timedelta(seconds=1)
#: How much longer than the one before a request may be on its way, at least and at most.
LEAST_MARGIN, MOST_MARGIN = timedelta(milliseconds=10), timedelta(milliseconds=100)
MINUTE_MS = 60_000
#: What the statement about a call counts, in its order.
COUNTED = (
    *("suppressed", "own", "today", "attempts", "live", "in_call"),
    *("agent_live", "number_live", "campaign_live", "account_live"),
    *("flying", "number_flying", "account_flying"),
    *("started", "oldest", "number_started", "account_started"),
)


@dataclass(frozen=True)
class Timing:
    """When, and for how long, beside the route."""

    now: str
    """The present instant in the wire format."""
    earliest: datetime | None = None
    latest: datetime | None = None
    max_duration_ms: int | None = None
    """None means the agent's."""
    reserved: bool = False
    """Whether the credit has been reserved, as for a call that was accepted."""
    plan_required: bool = False
    """Whether the installation lets nobody call without a plan."""


async def routed(read: Read, dialect: Dialect, workspace_id: str, wish: Wish) -> Route:
    """The route of a wish, in one statement."""
    return await driven(read, route(dialect, workspace_id, wish))


async def facts(
    read: Read, dialect: Dialect, workspace_id: str, found: Route, timing: Timing
) -> Facts:
    """All that `contactability` decides by, in one more statement."""
    return await driven(read, counted(dialect, workspace_id, found, timing))


async def driven(read: Read, reads: Reads[T]) -> T:
    """Ask for the rows that a computation wants, one statement after the other."""
    try:
        sql, values = next(reads)
        while True:
            sql, values = reads.send(await read(sql, values))
    except StopIteration as done:
        result: T = done.value
        return result


def reservation(found: Route, max_duration_ms: int | None = None) -> int:
    """The credit that a call may use up, in micros: every minute begun of its longest duration."""
    agent = found.agent or {}
    longest = max_duration_ms or agent.get("max_duration_ms") or 0
    return int(-(-longest // MINUTE_MS) * found.workspace["credit_per_minute_micros"])


def counted(dialect: Dialect, workspace_id: str, found: Route, timing: Timing) -> Reads[Facts]:
    """Count what limits and suppressions need, with one statement."""
    if found.wish.channel == Channel.EMAIL:
        return (yield from _mail(dialect, workspace_id, found, timing))
    return (yield from _call(dialect, workspace_id, found, timing))


def _second(found: Route) -> timedelta:
    """A second as vendors count it, and what a request may be late: at most a call's worth."""
    limits = (found.workspace, found.number or {}, found.account or {})
    rates = [each["calls_per_second"] for each in limits if each.get("calls_per_second")]
    return SECOND + min(max(SECOND / min(rates, default=1), LEAST_MARGIN), MOST_MARGIN)


def _call(dialect: Dialect, workspace_id: str, found: Route, timing: Timing) -> Reads[Facts]:
    workspace, agent, number = found.workspace, found.agent or {}, found.number or {}
    campaign, account = found.campaign or {}, found.account or {}
    now, day = datetime.fromisoformat(timing.now), _day(found, timing)
    second = _second(found)
    values = [
        *(workspace_id, timing.now, wire(now - second), wire(day), found.address or ""),
        *(row.get("id") for row in (agent, number, campaign, account)),
        workspace["max_calls_per_day"] or 0,
    ]
    rows = yield _calls(dialect, bool(campaign)), values
    count = dict(zip(COUNTED, rows[0], strict=True))
    first = None if count["oldest"] is None else datetime.fromisoformat(count["oldest"])
    return Facts(
        Channel.CALL,
        now,
        _policy(found, timing),
        _target(
            found,
            suppressed=count["suppressed"] > 0,
            own_number=count["own"] > 0,
            in_call=count["in_call"] > 0,
        ),
        Speaker(found.problem),
        _drive(found),
        found.simulated,
        live=(
            Limit(count["live"], workspace["max_concurrent_calls"]),
            Limit(count["agent_live"], agent.get("max_concurrent_calls")),
            Limit(count["number_live"], number.get("max_concurrent_calls")),
            Limit(count["campaign_live"], campaign.get("max_concurrent_calls")),
            Limit(count["account_live"], account.get("max_concurrent_calls")),
        ),
        started=(
            Limit(count["started"] + count["flying"], workspace["calls_per_second"]),
            Limit(count["number_started"] + count["number_flying"], number.get("calls_per_second")),
            Limit(
                count["account_started"] + count["account_flying"], account.get("calls_per_second")
            ),
        ),
        slot_at=None if first is None else first + second,
        today=(Limit(count["today"], workspace["max_calls_per_day"]),),
        attempts=Limit(count["attempts"], workspace["max_campaign_attempts_per_day"])
        if campaign
        else None,
        credit_needed_micros=None
        if timing.reserved
        else reservation(found, timing.max_duration_ms),
        earliest=timing.earliest,
        latest=timing.latest,
    )


@lru_cache
def _calls(dialect: Dialect, campaign: bool) -> str:
    """Two walks over what is live and what was just started; the rest are look-ups."""
    bind = Values(dialect)
    now, second, day = (bind("timestamptz", None) for _ in range(3))
    to = bind("text", None)
    ids = [
        f"t.{name} = {bind('uuid', None)}"
        for name in ("agent_id", "phone_number_id", "campaign_id", "provider_account_id")
    ]
    cap = bind("int", None)
    mine = f"t.workspace_id = {bind.workspace}"
    # A request still in flight has started whenever it is that the vendor counts it.
    flying = f"t.status = 'DIALING' AND t.owner IS NOT NULL AND t.dialed_at <= {second}"
    # Who called in is in a call with us as well.
    live = [f"(t.to_number = {to} OR t.from_number = {to})", *ids]
    live += [flying, f"{flying} AND {ids[1]}", f"{flying} AND {ids[3]}"]
    attempts = (
        f"(SELECT count(*) FROM call t WHERE {mine} AND t.to_number = {to} "
        f"AND t.campaign_id IS NOT NULL AND t.dialed_at >= {day})"
    )
    return (
        f"SELECT (SELECT count(*) FROM suppression t WHERE {mine} AND t.channel = 'CALL' "
        f"AND t.address = {to}), "
        f"(SELECT count(*) FROM phone_number t WHERE {mine} AND t.e164 = {to} "
        "AND t.status <> 'RELEASED'), "
        f"(SELECT count(*) FROM (SELECT 1 FROM call t WHERE {mine} AND t.dialed_at >= {day} "
        f"LIMIT {cap}) today), "
        f"{attempts if campaign else 0}, live.*, started.* "
        f"FROM (SELECT count(*), {', '.join(map(_counting, live))} FROM call t "
        f"WHERE {mine} AND t.status IN {LIVE} AND (t.status <> 'UNKNOWN' "
        f"OR t.unknown_until IS NULL OR t.unknown_until > {now})) live, "
        f"(SELECT count(*), min(t.dialed_at), {_counting(ids[1])}, {_counting(ids[3])} "
        f"FROM call t WHERE {mine} AND t.dialed_at > {second}) started"
    )


def _counting(condition: str) -> str:
    return f"count(CASE WHEN {condition} THEN 1 END)"


def _mail(dialect: Dialect, workspace_id: str, found: Route, timing: Timing) -> Reads[Facts]:
    workspace, agent = found.workspace, found.agent or {}
    caps = (workspace["max_emails_per_day"], agent.get("max_emails_per_day"))
    # Suppressed addresses are kept in lower case.
    address = (found.address or "").lower()
    day = wire(_day(found, timing))
    values = [workspace_id, address, day, agent.get("id"), *(most or 0 for most in caps)]
    rows = yield _mails(dialect), values
    suppressed, *sent = rows[0]
    return Facts(
        Channel.EMAIL,
        datetime.fromisoformat(timing.now),
        _policy(found, timing),
        _target(found, suppressed=bool(suppressed)),
        Speaker(found.problem),
        _drive(found),
        found.simulated,
        today=tuple(Limit(taken, most) for taken, most in zip(sent, caps, strict=True)),
        earliest=timing.earliest,
        latest=timing.latest,
    )


@lru_cache
def _mails(dialect: Dialect) -> str:
    bind = Values(dialect)
    address, day, agent = bind("text", None), bind("timestamptz", None), bind("uuid", None)
    most, agents_most = bind("int", None), bind("int", None)
    mine = f"t.workspace_id = {bind.workspace}"
    return (
        f"SELECT (SELECT count(*) FROM suppression t WHERE {mine} AND t.channel = 'EMAIL' "
        f"AND t.address = {address}), "
        # By way of the agents, as sent e-mails are indexed by them.
        "(SELECT count(*) FROM (SELECT 1 FROM agent a JOIN email t ON t.workspace_id = "
        f"a.workspace_id AND t.agent_id = a.id AND t.sending_at >= {day} "
        f"WHERE a.workspace_id = {bind.workspace} LIMIT {most}) today), "
        f"(SELECT count(*) FROM (SELECT 1 FROM email t WHERE {mine} AND t.agent_id = {agent} "
        f"AND t.sending_at >= {day} LIMIT {agents_most}) today)"
    )


def _day(found: Route, timing: Timing) -> datetime:
    zone = known_zone(found.workspace["time_zone"]) or "UTC"
    return midnight(zone, datetime.fromisoformat(timing.now))


def _policy(found: Route, timing: Timing) -> Policy:
    workspace = found.workspace
    return Policy(
        known_zone(workspace["time_zone"]) or "UTC",
        CallingHours[workspace["calling_hours"]],
        windows(workspace["calling_windows"]),
        workspace["require_consent"],
        workspace["closed_at"] is not None,
        workspace["plan"],
        timing.plan_required,
        workspace["credit_micros"],
    )


def _target(found: Route, **more: bool) -> Target:
    lead = found.lead or {}
    return Target(
        found.address,
        known_zone(lead.get("time_zone")),
        bool(lead.get("outreach_disabled")),
        ConsentState[lead.get("consent_state") or "UNKNOWN"],
        **more,
    )


def _drive(found: Route) -> Drive | None:
    campaign = found.campaign
    if campaign is None:
        return None
    return Drive(
        CampaignStatus[campaign["status"]],
        campaign["purpose"] == CampaignPurpose.INBOUND,
        windows(campaign["calling_windows"]),
        known_zone(campaign["time_zone"]),
        campaign["start_date"],
        campaign["end_date"],
    )
