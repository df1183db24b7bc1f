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
from gateway.imports.report import Outcome, Report
from models import ConsentCapture, EventType, Lead, LeadSource, LeadStage, Numbered, Subject
from models.columns import new_id, wire
from models.database import Database
from models.database.again import again
from models.search import search_text
from resolvers.existing import differing, held, named
from resolvers.many_leads import RECOGNISING
from schema.context import Caller
from schema.unit import Unit

_KNOWN = ("id", "external_id", "email", "phone", "name", "outreach_disabled")
#: Columns that a draft fills as they are.
_PLAIN = (
    "name",
    "first_name",
    "last_name",
    "company",
    "role",
    "email",
    "phone",
    "language",
    "time_zone",
    "stage",
    "external_id",
    "outreach_disabled",
    "meeting_booked",
)
#: Columns that tell whether a draft changes anything.
_COMPARED = ("id", *_PLAIN, "converted", "consent_state", "consent_capture", "custom_fields")
_SEARCHED = {"name", "email", "phone", "company"}


@dataclass
class _Landed:
    """What became of a batch."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: list[RowError] = field(default_factory=list)
    opted: list[RowError] = field(default_factory=list)
    """Duplicates of which only the opt-out was heard."""
    failed: list[RowError] = field(default_factory=list)
    """Rows whose external id is somebody else's."""


class Landing:
    """Writes batches into one workspace."""

    def __init__(self, database: Database, caller: Caller, policy: DuplicatePolicy) -> None:
        self._database = database
        self._caller = caller
        self._policy = policy
        self._numbers = Numbers(database)

    async def land(self, batch: Batch, report: Report, *, dry_run: bool = False) -> None:
        """Write a batch, or only say what would be written; either all of it lands or nothing."""
        landed = await again(lambda: self._land(batch, dry_run=dry_run))
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

    async def _land(self, batch: Batch, *, dry_run: bool) -> _Landed:
        taken: dict[Numbered, list[int]] = {}
        if batch.drafts and not dry_run:
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
            for draft in batch.drafts:
                wanted = identity(draft)
                found = there.find(wanted)
                holder = _holder(wanted, there, named_here)
                if found is None and holder is not None:
                    landed.failed.append(_taken(draft, holder))
                elif found is None:
                    fresh.append(_row(unit, draft, dry_run=dry_run))
                    landed.created += 1
                    if self._policy is not DuplicatePolicy.CREATE:
                        named_here.add(wanted, draft)
                elif self._policy is DuplicatePolicy.UPDATE:
                    # Found by its address: it does not get what is somebody else's.
                    changes = _changes(replace(draft, external_id=None) if holder else draft, found)
                    if "external_id" in changes:
                        named_here.add(wanted, draft)
                    if changes:
                        landed.updated += 1
                    else:
                        landed.unchanged += 1
                    if changes and not dry_run:
                        await self._update(unit, found, changes)
                elif draft.outreach_disabled and not found["outreach_disabled"]:
                    message = f"Of a duplicate this alone was heard: lead_{found['id']} opted out."
                    landed.opted.append(_note(draft, RowCode.OPTED_OUT, message))
                    landed.updated += 1
                    if not dry_run:
                        await self._update(unit, found, {"outreach_disabled": True})
                    # Another row of the batch may find the same lead.
                    found["outreach_disabled"] = True
                else:
                    message = f"The workspace has this lead already: lead_{found['id']}."
                    landed.skipped.append(_note(draft, RowCode.DUPLICATE, message))
            if not dry_run:
                await unit.insert_many(Lead, fresh)
                for row in fresh:
                    _record(unit, row)
                await unit.flush()
        self._numbers.give_back(self._caller.workspace_id, taken)
        return landed

    async def _known(self, unit: Unit, batch: Batch) -> Choice[dict[str, Any]]:
        if self._policy is DuplicatePolicy.CREATE or not batch.drafts:
            return Choice([])
        # What another import, or `bulkCreateLeads`, is about to create could not be seen.
        await unit.take_turn(RECOGNISING)
        columns = _COMPARED if self._policy is DuplicatePolicy.UPDATE else _KNOWN
        return Choice(await known(unit, batch.drafts, columns))

    async def _update(self, unit: Unit, found: Mapping[str, Any], changes: dict[str, Any]) -> None:
        after = {**found, **changes}
        row = await unit.update(
            Lead,
            found["id"],
            {**changes, "search": _search(after)} if _SEARCHED & changes.keys() else changes,
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
        return f"lead_{lead['id']}, {excerpt(lead['name'])},"
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


def _changes(draft: LeadDraft, found: Mapping[str, Any]) -> dict[str, Any]:
    """What of the draft the lead does not say yet."""
    columns = _columns(draft)
    if draft.outreach_disabled is False:
        # An import never lifts an opt-out.
        del columns["outreach_disabled"]
    if found["external_id"] is not None:
        # Found by address or number: another row, or another system, has its own id for this lead.
        columns.pop("external_id", None)
    if draft.consent == found["consent_state"]:
        # How it was captured is better known already.
        columns.pop("consent_state", None)
        columns.pop("consent_capture", None)
    names = tuple(dict.fromkeys((*columns, "custom_fields")))
    before = held(Lead, names, [found[name] for name in names])
    if draft.custom_fields:
        columns["custom_fields"] = {**before["custom_fields"], **draft.custom_fields}
    changes = differing(before, columns)
    if "phone" in changes:
        changes["contact_key"] = None
    return changes


def _columns(draft: LeadDraft) -> dict[str, Any]:
    """What the file says, as columns."""
    found = {name: getattr(draft, name) for name in _PLAIN if getattr(draft, name) is not None}
    if draft.stage is not None:
        found["converted"] = draft.stage is LeadStage.CONVERTED
    if draft.consent is not None:
        found["consent_state"] = draft.consent
        found["consent_capture"] = ConsentCapture.IMPORTED
    return found


def _row(unit: Unit, draft: LeadDraft, *, dry_run: bool) -> dict[str, Any]:
    if dry_run:
        return {}
    return {
        "id": new_id(),
        "number": unit.number(Numbered.LEAD),
        "source": LeadSource.IMPORT,
        "last_activity_at": unit.now,
        "custom_fields": draft.custom_fields,
        "search": search_text(draft.name, draft.email, draft.phone, draft.company),
        **_columns(draft),
    }


def _search(lead: Mapping[str, Any]) -> str:
    return search_text(lead["name"], lead["email"], lead["phone"], lead["company"])


def _record(unit: Unit, row: Mapping[str, Any]) -> None:
    unit.record(
        EventType.LEAD_CREATED,
        Subject.LEAD,
        row["id"],
        f"{row['name']} was imported",
        status=row.get("stage", LeadStage.NEW),
    )
