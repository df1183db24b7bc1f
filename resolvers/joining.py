"""Recipients on their way into a campaign: known ones are updated, new ones get a lead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from models import (
    Call,
    CallPriority,
    CallStatus,
    Lead,
    LeadSource,
    Numbered,
    Recipient,
    RecipientState,
    WaitingFor,
    writing,
)
from models.columns import new_id
from resolvers.existing import differing, held
from resolvers.given import Given
from resolvers.leads import derived, record_created
from schema.error_code import ErrorCode
from schema.unit import Unit

#: More rows than these have one number in nobody's campaign.
MAX_ROWS = 100_000
MAX_VARIABLES = 4096
COLUMNS = (
    "id",
    "to_number",
    "external_id",
    "name",
    "variables",
    "lead_id",
    "state",
    "attempts",
    "finished_at",
)
#: What joining may change of a known recipient.
MUTABLE = ("to_number", "external_id", "name", "variables", "lead_id", "state", "finished_at")
#: Who was taken out, or came too late, comes in again.
BACK = (RecipientState.CANCELLED, RecipientState.EXPIRED)


def fields(given: Given) -> None:
    """Read what adding and updating share."""
    given.phone("phone", "to_number", dialled=True)
    given.text("name", limit=300)
    given.text("externalId", limit=200)
    given.json("variables", limit=MAX_VARIABLES)


@dataclass(eq=False)
class Entry:
    """A recipient of the campaign."""

    row: dict[str, Any]
    new: bool
    changed: dict[str, Any] = field(default_factory=dict)

    def take(self, columns: Mapping[str, Any]) -> None:
        """Give it other values."""
        changed = differing(self.row, columns)
        self.row |= changed
        self.changed |= changed


class Joining:
    """Recipients that join one campaign in one unit of work."""

    def __init__(self, unit: Unit, campaign: str, agent: str) -> None:
        self._unit = unit
        self._campaign = campaign
        self._agent = agent
        self._by_number: dict[str, Entry] = {}
        self._by_external: dict[str, Entry] = {}
        self._entries: dict[str, Entry] = {}

    async def know(self, readings: list[Given]) -> None:
        """Look up whom of these the campaign has already."""
        for column in ("external_id", "to_number"):
            wanted = {each.columns.get(column) for each in readings} - {None}
            if not wanted:
                continue
            rows = await self._unit.find(
                Recipient,
                COLUMNS,
                {"campaign_id": self._campaign, column: sorted(wanted)},
                lock=True,
                limit=MAX_ROWS,
            )
            for values in rows:
                row = held(Recipient, COLUMNS, values)
                self._place(self._entries.get(row["id"]) or Entry(row, new=False))

    @property
    def created(self) -> int:
        """How many are new."""
        return sum(each.new for each in self._entries.values())

    def _place(self, entry: Entry) -> None:
        self._entries[entry.row["id"]] = entry
        self._by_number.setdefault(entry.row["to_number"], entry)
        if entry.row["external_id"] is not None:
            self._by_external[entry.row["external_id"]] = entry

    def join(self, given: Given) -> tuple[str | None, bool]:
        """Add or update one recipient; its id, None where it has problems, and whether it is new."""
        columns = {**given.columns}
        external, number = columns.get("external_id"), columns["to_number"]
        if external is None:
            columns.pop("external_id", None)
        entry = self._by_external.get(external) if external else None
        namesake = self._by_number.get(number)
        if entry is None and namesake is not None and _compatible(namesake, external):
            entry = namesake
        if namesake is not None and namesake is not entry:
            message = "Another recipient of the campaign has this number."
            given.problem(ErrorCode.CONFLICT, "phone", message)
            return None, False
        created = entry is None
        if entry is None:
            entry = Entry(dict.fromkeys(COLUMNS), new=True)
            entry.row |= {
                "id": new_id(),
                "variables": {},
                "state": RecipientState.PENDING,
                "attempts": 0,
            }
        elif number != entry.row["to_number"]:
            if entry.row["attempts"] or entry.row["state"] == RecipientState.CALLING:
                message = "The recipient has been called; its number stays."
                given.problem(ErrorCode.ILLEGAL_TRANSITION, "phone", message)
                return None, False
            if self._by_number.get(entry.row["to_number"]) is entry:
                del self._by_number[entry.row["to_number"]]
            # Another number is another lead, unless the caller knows better.
            columns.setdefault("lead_id", None)
        if entry.row["state"] in BACK:
            columns |= {"state": RecipientState.PENDING, "finished_at": None}
        entry.take(columns)
        self._place(entry)
        return entry.row["id"], created

    async def write(self) -> None:
        """Write what is new and what has changed; whoever lacks a lead gets one."""
        await self._lead()
        unit = self._unit
        new = [each for each in self._entries.values() if each.new]
        rows = [
            {**each.row, "campaign_id": self._campaign, "number": unit.number(Numbered.RECIPIENT)}
            for each in new
        ]
        await unit.insert_many(Recipient, rows)
        await self._plan()
        changed = [each for each in self._entries.values() if each.changed and not each.new]
        await unit.write_many(
            _update(unit.dialect),
            [
                [
                    unit.workspace_id,
                    each.row["id"],
                    unit.now,
                    *(writing.stored(Recipient, name, each.row[name]) for name in MUTABLE),
                ]
                for each in changed
            ],
        )

    async def _plan(self) -> None:
        """Plan a call for whoever is to be called and has none; others follow their recipient."""
        unit = self._unit
        waiting = [
            each.row
            for each in self._entries.values()
            if (each.new or each.changed) and each.row["state"] == RecipientState.PENDING
        ]
        old = [each["id"] for each in waiting if not self._entries[each["id"]].new]
        known = await _planned(unit, old)
        moved = [each for each in waiting if each["id"] in known]
        await unit.write_many(
            _follow(unit.dialect),
            [
                [unit.workspace_id, known[each["id"]], each["to_number"], each["lead_id"]]
                for each in moved
            ],
        )
        rows = [
            {
                "id": new_id(),
                "number": unit.number(Numbered.CALL),
                "status": CallStatus.SCHEDULED,
                "waiting_for": WaitingFor.CAMPAIGN,
                "priority": CallPriority.CAMPAIGN,
                "campaign_id": self._campaign,
                "recipient_id": each["id"],
                "lead_id": each["lead_id"],
                "agent_id": self._agent,
                "to_number": each["to_number"],
            }
            for each in waiting
            if each["id"] not in known
        ]
        await unit.insert_many(Call, rows)

    async def _lead(self) -> None:
        """Find or make the leads of bare numbers."""
        unit = self._unit
        bare = [
            each
            for each in self._entries.values()
            if each.row["lead_id"] is None and (each.new or each.changed)
        ]
        known = await _leads(unit, sorted({each.row["to_number"] for each in bare}))
        made: dict[str, dict[str, Any]] = {}
        for each in bare:
            number = each.row["to_number"]
            if number not in known:
                row = self._new_lead(each.row)
                made[number] = row
                known[number] = row["id"]
            each.row["lead_id"] = known[number]
        await unit.insert_many(Lead, list(made.values()))
        for row in made.values():
            record_created(unit, row)

    def _new_lead(self, recipient: Mapping[str, Any]) -> dict[str, Any]:
        number = recipient["to_number"]
        parts = {"name": recipient["name"], "phone": number}
        return {
            "id": new_id(),
            "number": self._unit.number(Numbered.LEAD),
            "last_activity_at": self._unit.now,
            "source": LeadSource.CAMPAIGN,
            "external_id": recipient["external_id"],
            "contact_key": number,
            **parts,
            **derived(parts),
        }


async def _leads(unit: Unit, numbers: list[str]) -> dict[str, str]:
    """The lead of each number that has one: the one that upserts find, else the oldest."""
    if not numbers:
        return {}
    columns = ("phone", "id", "contact_key")
    rows = await unit.find(Lead, columns, {"phone": numbers}, lock=True, limit=MAX_ROWS)
    found = {phone: id for phone, id, key in rows if key is not None}
    for phone, id, _ in rows:
        if phone not in found:
            # From now on upserts by this number find the same lead.
            await unit.update(Lead, id, {"contact_key": phone})
            found[phone] = id
    return found


async def _planned(unit: Unit, recipients: list[str]) -> dict[str, str]:
    """The calls of these recipients that were not dialled yet."""
    if not recipients:
        return {}
    where = {"recipient_id": recipients, "status": ["SCHEDULED", "QUEUED"]}
    rows = await unit.find(Call, ("recipient_id", "id"), where, lock=True, limit=MAX_ROWS)
    return {row[0]: row[1] for row in rows}


def _follow(dialect: str) -> str:
    mark = "$" if dialect == "postgres" else "?"
    return (
        f"UPDATE call SET to_number = {mark}3, lead_id = {mark}4, version = version + 1 "
        f"WHERE workspace_id = {mark}1 AND id = {mark}2"
    )


def _compatible(known: Entry, external: str | None) -> bool:
    """Whether a recipient with this number may be the one with this external id."""
    return external is None or known.row["external_id"] in (None, external)


def _update(dialect: str) -> str:
    mark = "$" if dialect == "postgres" else "?"
    changes = [f"{name} = {mark}{place + 4}" for place, name in enumerate(MUTABLE)]
    return (
        f"UPDATE recipient SET {', '.join(changes)}, updated_at = {mark}3, version = version + 1 "
        f"WHERE workspace_id = {mark}1 AND id = {mark}2"
    )
