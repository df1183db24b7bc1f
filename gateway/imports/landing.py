"""Writes leads read from a file: one short transaction a batch, events included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from gateway.execution.numbers import Numbers
from gateway.imports.drafts import LeadDraft
from gateway.imports.duplicates import Batch, Choice, DuplicatePolicy, Identity, identity
from gateway.imports.errors import RowCode, RowError, excerpt
from gateway.imports.known import known
from gateway.imports.lead_row import COMPARED, SEARCHED, changed, imagined, new_row, searched
from gateway.imports.rehearsal import Rehearsal
from gateway.imports.report import Outcome, Report
from models import EventType, Lead, LeadStage, Numbered, Subject
from models.columns import wire
from models.database import Database
from models.database.again import again
from models.writing import stored
from resolvers.existing import named
from resolvers.many_leads import RECOGNISING
from schema.context import Caller
from schema.unit import Unit

_KNOWN = ("id", "external_id", "email", "phone", "name", "outreach_disabled")


@dataclass
class _Landed:
    """What became of a batch."""

    place: int = 0
    """How many of its drafts were looked at."""
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: list[RowError] = field(default_factory=list)
    opted: list[RowError] = field(default_factory=list)
    """Duplicates of which only the opt-out was heard."""
    failed: list[RowError] = field(default_factory=list)
    """Rows whose external id is somebody else's."""
    imagined: list[Mapping[str, Any]] = field(default_factory=list)
    """Leads as they would be, in a rehearsal."""


class Landing:
    """Writes batches into one workspace."""

    def __init__(
        self,
        database: Database,
        caller: Caller,
        policy: DuplicatePolicy,
        rehearsal: Rehearsal | None = None,
    ) -> None:
        """With a `rehearsal` nothing is written, and it keeps what would be."""
        self._rehearsal = rehearsal
        self._database = database
        self._caller = caller
        self._policy = policy
        self._numbers = Numbers(database)

    async def land(self, batch: Batch, report: Report) -> None:
        """Write a batch, or only say what would be written.

        It is cut before a row about a lead that the batch has changed already, which may not be
        meant any more; either all of a part lands or nothing.
        """
        rest: Batch | None = batch
        while rest is not None:
            rest = await self._land_part(rest, report)

    async def _land_part(self, batch: Batch, report: Report) -> Batch | None:
        """Write what can be written at once and report it; gives what is left."""
        landed = await again(lambda: self._land(batch))
        batch, rest = batch.until(landed.place)
        # Reported only now: what was rolled back must not be counted.
        report.count(Outcome.CREATED, landed.created)
        report.count(Outcome.UPDATED, landed.updated)
        report.count(Outcome.UNCHANGED, landed.unchanged)
        passed = {each.row for each in (*landed.skipped, *landed.opted, *landed.failed)}
        drafts = [draft for draft in batch.drafts if draft.row not in passed]
        findings: list[tuple[RowError, Callable[[RowError], None]]] = [
            *((each, report.warn) for draft in drafts for each in draft.warnings),
            *((each, report.warn) for each in landed.opted),
            *((each, report.skip) for each in (*batch.skipped, *landed.skipped)),
            *((each, report.fail) for each in (*batch.errors, *landed.failed)),
        ]
        for finding, note in sorted(findings, key=lambda pair: pair[0].row):
            note(finding)
        return rest

    async def _land(self, batch: Batch) -> _Landed:
        taken: dict[Numbered, list[int]] = {}
        rehearsal = self._rehearsal
        if batch.drafts and rehearsal is None:
            count = len(batch.drafts)
            number = await self._numbers.take(self._caller.workspace_id, Numbered.LEAD, count)
            taken[Numbered.LEAD] = number
        landed = _Landed()
        async with self._database.transaction() as transaction:
            unit = Unit(transaction, self._caller, wire(datetime.now(UTC)), taken)
            there = await self._known(unit, batch)
            fresh: list[dict[str, Any]] = []
            # Whose external id is new to the workspace.
            named_here = Choice[LeadDraft]()
            touched = set()
            for draft in batch.drafts:
                wanted = identity(draft)
                found = there.find(wanted)
                if found is not None and found["id"] in touched:
                    break
                landed.place += 1
                holder = _holder(wanted, there, named_here)
                if found is None and holder is not None:
                    landed.failed.append(_taken(draft, holder))
                elif found is None:
                    landed.created += 1
                    if rehearsal is None:
                        fresh.append(new_row(unit, draft))
                    if self._policy is not DuplicatePolicy.CREATE:
                        named_here.add(wanted, draft)
                        if rehearsal is not None:
                            landed.imagined.append(imagined(draft))
                elif self._policy is DuplicatePolicy.UPDATE:
                    # Found by its address: it does not get what is somebody else's.
                    changes = changed(replace(draft, external_id=None) if holder else draft, found)
                    if "external_id" in changes:
                        named_here.add(wanted, draft)
                    if changes:
                        landed.updated += 1
                        touched.add(found["id"])
                        await self._update(unit, found, changes, landed)
                    else:
                        landed.unchanged += 1
                elif draft.outreach_disabled and not found["outreach_disabled"]:
                    message = f"Of a duplicate this alone was heard: {_called(found)} opted out."
                    landed.opted.append(_note(draft, RowCode.OPTED_OUT, message))
                    landed.updated += 1
                    await self._update(unit, found, {"outreach_disabled": True}, landed)
                    # Another row of the batch may find the same lead.
                    found["outreach_disabled"] = True
                else:
                    landed.skipped.append(_note(draft, RowCode.DUPLICATE, _known_as(found)))
            if rehearsal is None:
                await unit.insert_many(Lead, fresh)
                for row in fresh:
                    _record(unit, row)
                await unit.flush()
        self._numbers.give_back(self._caller.workspace_id, taken)
        if rehearsal is not None:
            rehearsal.put(landed.imagined)
        return landed

    async def _known(self, unit: Unit, batch: Batch) -> Choice[dict[str, Any]]:
        if self._policy is DuplicatePolicy.CREATE or not batch.drafts:
            return Choice([])
        if self._rehearsal is None:
            # What another import, or `bulkCreateLeads`, is about to create could not be seen.
            await unit.take_turn(RECOGNISING)
        columns = COMPARED if self._policy is DuplicatePolicy.UPDATE else _KNOWN
        leads = await known(unit, batch.drafts, columns, lock=self._rehearsal is None)
        if self._rehearsal is not None:
            passed: set[str] = set()
            # Where the oldest would not be what it is any more, the next one may be meant.
            while others := self._rehearsal.changed(leads) - passed:
                passed |= others
                leads += await known(
                    unit, batch.drafts, columns, lock=False, without=sorted(passed)
                )
            leads = self._rehearsal.among(batch.drafts, leads)
        return Choice((_identity(lead), lead) for lead in leads)

    async def _update(
        self, unit: Unit, found: Mapping[str, Any], changes: dict[str, Any], landed: _Landed
    ) -> None:
        after = {**found, **changes}
        if self._rehearsal is not None:
            kept = {name: stored(Lead, name, after[name]) for name in changes if name in found}
            landed.imagined.append({**found, **kept})
            return
        row = await unit.update(
            Lead,
            found["id"],
            {**changes, "search": searched(after)} if SEARCHED & changes.keys() else changes,
            ("version", "stage"),
        )
        assert row is not None
        kind, title = EventType.LEAD_UPDATED, f"{after['name']} was changed by an import"
        if changes.get("outreach_disabled"):
            kind, title = (
                EventType.LEAD_OPTED_OUT,
                f"{after['name']} must not be contacted any more",
            )
        unit.record(
            kind,
            Subject.LEAD,
            found["id"],
            title,
            version=row[0],
            status=row[1],
            metadata=named(changes),
        )


def _note(draft: LeadDraft, code: RowCode, message: str) -> RowError:
    """What became of a row as a whole."""
    return RowError(draft.row, draft.line, "", code, message)


def _holder(wanted: Identity, there: Choice[dict[str, Any]], here: Choice[LeadDraft]) -> str | None:
    """Who else has the wanted external id: a lead, or an earlier row of the batch."""
    lead = there.holder(wanted)
    if lead is not None:
        return f"{_called(lead)}, {excerpt(lead['name'])},"
    row = here.holder(wanted)
    return None if row is None else f"Row {row.row} (line {row.line}), {excerpt(row.name)},"


def _taken(draft: LeadDraft, holder: str) -> RowError:
    message = (
        f"{holder} has this external id, but another name and address. If the id is of another "
        f'system, keep it aside: --map "{draft.id_column or "Header"}=custom.otherId". If it is '
        "the same person, change the lead first."
    )
    return RowError(
        draft.row, draft.line, draft.id_column, RowCode.EXTERNAL_ID_TAKEN, message, draft.record
    )


def _identity(lead: Mapping[str, Any]) -> Identity:
    return Identity(lead["external_id"], lead["email"], lead["phone"], lead["name"])


def _called(lead: Mapping[str, Any]) -> str:
    """A lead's id, or the row that it would come from."""
    return f"row {lead['row']} (line {lead['line']})" if "row" in lead else f"lead_{lead['id']}"


def _known_as(lead: Mapping[str, Any]) -> str:
    """Which lead a repetition describes."""
    known = "The same lead as" if "row" in lead else "The workspace has this lead already:"
    return f"{known} {_called(lead)}."


def _record(unit: Unit, row: Mapping[str, Any]) -> None:
    unit.record(
        EventType.LEAD_CREATED,
        Subject.LEAD,
        row["id"],
        f"{row['name']} was imported",
        status=row.get("stage", LeadStage.NEW),
    )
