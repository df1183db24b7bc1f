"""Writes leads read from a file: one short transaction a batch, events included."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from gateway.execution.numbers import Numbers
from gateway.imports.drafts import LeadDraft
from gateway.imports.duplicates import Batch, DuplicatePolicy, Identity, identity, match
from gateway.imports.errors import RowCode, RowError
from gateway.imports.report import Outcome, Report
from models import ConsentCapture, EventType, Lead, LeadSource, LeadStage, Numbered, Subject
from models.columns import uuid7, wire
from models.database import Database
from models.search import search_text
from schema.context import Caller
from schema.unit import Unit

_KEYS = ("external_id", "email", "phone")
_KNOWN = ("id", *_KEYS, "name", "company", "custom_fields", "version")
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


class Landing:
    """Writes batches into one workspace."""

    def __init__(self, database: Database, caller: Caller, policy: DuplicatePolicy) -> None:
        self._database = database
        self._caller = caller
        self._policy = policy
        self._numbers = Numbers(database)

    async def land(self, batch: Batch, report: Report, *, dry_run: bool = False) -> None:
        """Write a batch, or only say what would be written; either all of it lands or nothing."""
        taken: dict[Numbered, list[int]] = {}
        if batch.drafts and not dry_run:
            count = len(batch.drafts)
            number = await self._numbers.take(self._caller.workspace_id, Numbered.LEAD, count)
            taken[Numbered.LEAD] = number
        skipped: list[RowError] = []
        created = updated = 0
        async with self._database.transaction() as transaction:
            unit = Unit(transaction, self._caller, wire(datetime.now(UTC)), taken)
            known = await self._known(unit, batch.drafts)
            fresh: list[dict[str, Any]] = []
            for draft in batch.drafts:
                found = match(identity(draft), known)
                if found is None:
                    fresh.append(_row(unit, draft, dry_run=dry_run))
                    created += 1
                elif self._policy is DuplicatePolicy.UPDATE:
                    updated += 1
                    if not dry_run:
                        await self._update(unit, draft, found)
                else:
                    skipped.append(
                        RowError(
                            draft.row,
                            draft.line,
                            "",
                            RowCode.DUPLICATE,
                            f"The workspace has this lead already: lead_{found['id']}.",
                        )
                    )
            if not dry_run:
                await unit.insert_many(Lead, fresh)
                for row in fresh:
                    _record(unit, row)
                await unit.flush()
        self._numbers.give_back(self._caller.workspace_id, taken)
        # Reported only now: what was rolled back must not be counted.
        report.count(Outcome.CREATED, created)
        report.count(Outcome.UPDATED, updated)
        for draft in batch.drafts:
            report.warn(draft.warnings)
        for finding in (*batch.skipped, *skipped):
            report.skip(finding)
        for error in batch.errors:
            report.fail(error)

    async def _known(
        self, unit: Unit, drafts: tuple[LeadDraft, ...]
    ) -> list[tuple[Identity, dict[str, Any]]]:
        """Leads of the workspace that share an id, address or number with a draft, oldest first."""
        if self._policy is DuplicatePolicy.CREATE:
            return []
        wanted: dict[str, set[str]] = {name: set() for name in _KEYS}
        for draft in drafts:
            for name in _KEYS:
                value = getattr(draft, name)
                if value is not None:
                    wanted[name].add(value)
                    if name == "email":
                        wanted[name].add(value.lower())
        rows: dict[str, dict[str, Any]] = {}
        for name, values in wanted.items():
            if values:
                where = {name: sorted(values)}
                for row in await unit.find(Lead, _KNOWN, where, lock=True, limit=20_000):
                    rows[row[0]] = dict(zip(_KNOWN, row, strict=True))
        return [
            (Identity(row["external_id"], row["email"], row["phone"]), row)
            for _, row in sorted(rows.items())
        ]

    async def _update(self, unit: Unit, draft: LeadDraft, found: Mapping[str, Any]) -> None:
        changes = _columns(draft)
        if draft.outreach_disabled is False:
            # An import never lifts an opt-out.
            del changes["outreach_disabled"]
        if draft.custom_fields:
            changes["custom_fields"] = {
                **orjson.loads(found["custom_fields"]),
                **draft.custom_fields,
            }
        if changes.get("phone", found["phone"]) != found["phone"]:
            changes["contact_key"] = None
        after = {**found, **changes}
        changes["search"] = search_text(
            after["name"], after["email"], after["phone"], after["company"]
        )
        row = await unit.update(Lead, found["id"], changes, ("version", "stage"))
        assert row is not None
        unit.record(
            EventType.LEAD_UPDATED,
            Subject.LEAD,
            found["id"],
            f"{after['name']} was changed by an import",
            version=row[0],
            status=row[1],
        )


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
        "id": str(uuid7()),
        "number": unit.number(Numbered.LEAD),
        "source": LeadSource.IMPORT,
        "last_activity_at": unit.now,
        "custom_fields": draft.custom_fields,
        "search": search_text(draft.name, draft.email, draft.phone, draft.company),
        **_columns(draft),
    }


def _record(unit: Unit, row: Mapping[str, Any]) -> None:
    unit.record(
        EventType.LEAD_CREATED,
        Subject.LEAD,
        row["id"],
        f"{row['name']} was imported",
        status=row.get("stage", LeadStage.NEW),
    )
