"""The workspace in figures, over the span that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from gateway.execution.request import Request
from gateway.sequencer import stamp
from models.columns import wire
from models.database import Dialect
from resolvers.stats import Span, _leads
from schema.context import Caller
from tests.resolvers.conftest import NOON, Door, Yardstick

STATS = """query Q($range: StatsRange, $from: DateTime, $to: DateTime) {
  stats(range: $range, from: $from, to: $to) {
    totalLeads meetingsBooked converted totalCalls connectedCalls answerRate talkSeconds
    callsByStatus { status count } totalEmails emailsByStatus { status count }
    agents { outbound inbound }
  }
}"""
RANGES = {"LAST_7_DAYS": 7, "LAST_30_DAYS": 30, "LAST_90_DAYS": 90}


def at(days: float) -> str:
    return wire(NOON - timedelta(days=days))


async def stats(door: Door, **arguments: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await door.ask(STATS, **arguments))["stats"]
    return found


async def forget(door: Door) -> None:
    """Make the log tell nothing about leads."""
    await door.fetch("UPDATE event SET type = 'CALL_UPDATED'")


async def place(door: Door) -> None:
    """Give events their places in the log, as the sequencer would."""
    if door.database.dialect == "postgres":
        async with door.database.session() as session:
            while await stamp(session):
                pass


@dataclass(frozen=True)
class Asked:
    """A question of the one caller there is."""

    caller: Caller
    dialect: Dialect
    workspace: str
    now: str


async def test_the_log_is_not_walked(door: Door) -> None:
    """What came about when is found by the lead, however long the log is."""
    dialect = door.database.dialect
    asked = Asked(door.caller, dialect, door.workspace.id, wire(door.clock()))
    sql, values = next(_leads(asked, Span(wire(NOON), None)))
    explain = "EXPLAIN" if dialect == "postgres" else "EXPLAIN QUERY PLAN"
    async with door.database.transaction() as transaction:
        if dialect == "postgres":
            # A table as short as this one is walked otherwise.
            await transaction.fetch("SET LOCAL enable_seqscan = off")
        rows = await transaction.fetch(f"{explain} {sql}", values)
    plan = [str(row[-1]) for row in rows]
    assert sum("event_lead_type" in each for each in plan) == 2, plan


async def spread(door: Door, table: str, *days: float) -> None:
    """Move the rows of both workspaces to these many days ago, in turn."""
    rows = await door.fetch(f'SELECT id FROM "{table}" ORDER BY id')
    for place, row in enumerate(rows):
        await door.fetch(
            f'UPDATE "{table}" SET created_at = ?1 WHERE id = ?2',
            at(days[place % len(days)]),
            row[0],
        )


async def test_every_range_counts_its_own_days(door: Door) -> None:
    for table in ("lead", "call", "email"):
        await spread(door, table, 1, 20, 60, 200)
    await forget(door)
    for name, days in {**RANGES, "ALL": 10_000}.items():
        found = await stats(door, range=name)
        for table, total in (("lead", "Leads"), ("call", "Calls"), ("email", "Emails")):
            rows = await door.fetch(
                f'SELECT count(*) FROM "{table}" WHERE workspace_id = ?1 AND created_at >= ?2',
                door.workspace.id,
                at(days),
            )
            assert found[f"total{total}"] == rows[0][0], (name, table)
    sizes = [(await stats(door, range=name))["totalCalls"] for name in (*RANGES, "ALL")]
    assert sizes == sorted(set(sizes))
    assert await stats(door) == await stats(door, range="ALL")


async def test_ends_are_from_included_to_excluded(door: Door) -> None:
    await spread(door, "call", 1)
    assert (await stats(door, **{"from": at(1)}))["totalCalls"] == 70
    assert (await stats(door, to=at(1)))["totalCalls"] == 0
    span = {"from": at(1), "to": wire(NOON - timedelta(days=1) + timedelta(milliseconds=1))}
    assert (await stats(door, **span))["totalCalls"] == 70
    assert (await stats(door, **{"from": at(3), "to": at(2)}))["totalCalls"] == 0
    answer = await door.answer(STATS, range="ALL", to=at(1))
    assert (answer.errors[0].extensions or {})["code"] == "INVALID_FILTER"


async def test_ranges_end_at_the_injected_clock(door: Door) -> None:
    await spread(door, "lead", 0)
    assert (await stats(door, range="LAST_7_DAYS"))["totalLeads"] == 40
    door.clock.advance(days=7)
    assert (await stats(door, range="LAST_7_DAYS"))["totalLeads"] == 40
    door.clock.advance(seconds=1)
    assert (await stats(door, range="LAST_7_DAYS"))["totalLeads"] == 0
    assert (await stats(door, range="LAST_30_DAYS"))["totalLeads"] == 40


async def test_steps_count_when_they_were_made(door: Door) -> None:
    await door.fetch("UPDATE lead SET meeting_booked = false, converted = false")
    await forget(door)
    await spread(door, "lead", 200)
    id = f"lead_{(await door.fetch('SELECT id FROM lead WHERE workspace_id = ?1 LIMIT 1', door.workspace.id))[0][0]}"
    await door.done("updateLead", {"id": id, "meetingBooked": True, "stage": "NEW"}, "lead { id }")
    door.clock.advance(days=10)
    await door.done("updateLead", {"id": id, "stage": "CONVERTED"}, "lead { id }")
    await door.done("createLead", {"name": "Won", "stage": "CONVERTED"}, "lead { id }")
    await place(door)
    week = await stats(door, range="LAST_7_DAYS")
    assert (week["meetingsBooked"], week["converted"], week["totalLeads"]) == (0, 2, 1)
    month = await stats(door, range="LAST_30_DAYS")
    assert (month["meetingsBooked"], month["converted"]) == (1, 2)
    assert (await stats(door.foreign()))["converted"] == 0


async def test_rates_and_seconds(door: Door) -> None:
    workspace = door.workspace.id
    await door.fetch("UPDATE call SET status = 'SCHEDULED', duration_ms = 5000")
    none = await stats(door)
    assert (none["answerRate"], none["connectedCalls"], none["talkSeconds"]) == (None, 0, 0)
    rows = await door.fetch("SELECT id FROM call WHERE workspace_id = ?1 ORDER BY id", workspace)
    statuses = ("COMPLETED", "COMPLETED", "VOICEMAIL", "NO_ANSWER", "BUSY", "CANCELLED", "UNKNOWN")
    for status, row in zip(statuses, rows, strict=False):
        await door.fetch("UPDATE call SET status = ?1 WHERE id = ?2", status, row[0])
    found = await stats(door)
    assert (found["answerRate"], found["connectedCalls"], found["talkSeconds"]) == (0.4, 2, 10)
    assert found["callsByStatus"] == [
        {"status": "SCHEDULED", "count": 63},
        {"status": "UNKNOWN", "count": 1},
        {"status": "COMPLETED", "count": 2},
        {"status": "VOICEMAIL", "count": 1},
        {"status": "NO_ANSWER", "count": 1},
        {"status": "BUSY", "count": 1},
        {"status": "CANCELLED", "count": 1},
    ]


async def test_agents_at_present(door: Door) -> None:
    before = (await stats(door))["agents"]
    made = await door.done("createAgent", {"type": "INBOUND"}, "agent { id }")
    await door.done("createAgent", {"type": "OUTBOUND"}, "agent { id }")
    more = {"outbound": before["outbound"] + 1, "inbound": before["inbound"] + 1}
    assert (await stats(door, range="LAST_7_DAYS"))["agents"] == more
    await door.done("archiveAgent", {"id": made["agent"]["id"]}, "")
    assert (await stats(door))["agents"] == {**more, "inbound": before["inbound"]}


async def test_one_statement_for_each_table(door: Door) -> None:
    for text in ("{ stats { totalLeads } }", "{ stats(range: LAST_7_DAYS) { totalCalls } }"):
        answer = await door.engine.execute(Request(text, debug=True), door.caller)
        assert answer.statements is not None
        assert len(answer.statements) == 4


async def test_scopes(door: Door) -> None:
    await door.scoped("read_only").ask("{ stats { totalLeads } }")
    await door.scoped("results:read").ask("{ stats { totalLeads } }")
    answer = await door.scoped("leads:write", "calls:write").answer("{ stats { totalLeads } }")
    assert (answer.errors[0].extensions or {})["missingScopes"] == ["results:read"]


@pytest.mark.parametrize("arguments", [{}, {"range": "LAST_30_DAYS"}, {"from": at(3), "to": at(1)}])
async def test_the_reference_agrees(
    door: Door, yardstick: Yardstick, arguments: dict[str, Any]
) -> None:
    for asking in (door, door.foreign()):
        assert await yardstick(asking, STATS, **arguments) == await asking.ask(STATS, **arguments)
