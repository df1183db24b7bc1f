"""A draft as columns of a lead: of a new one, or what of it a known one does not say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.imports.drafts import LeadDraft
from models import ConsentCapture, Lead, LeadSource, LeadStage, Numbered
from models.columns import new_id
from models.search import search_text
from models.writing import complete, stored
from resolvers.existing import differing, held
from schema.unit import Unit

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
COMPARED = ("id", *_PLAIN, "converted", "consent_state", "consent_capture", "custom_fields")
SEARCHED = {"name", "email", "phone", "company"}


def new_row(unit: Unit, draft: LeadDraft) -> dict[str, Any]:
    """The row of the lead that a draft becomes."""
    return {
        "id": new_id(),
        "number": unit.number(Numbered.LEAD),
        "source": LeadSource.IMPORT,
        "last_activity_at": unit.now,
        "custom_fields": draft.custom_fields,
        "search": search_text(draft.name, draft.email, draft.phone, draft.company),
        **_columns(draft),
    }


def imagined(draft: LeadDraft) -> dict[str, Any]:
    """The lead that a draft would become, as the database would hold it."""
    row = complete(Lead, {"custom_fields": draft.custom_fields, **_columns(draft)})
    held = {name: stored(Lead, name, row.get(name)) for name in COMPARED}
    return {**held, "id": f"row {draft.row}", "row": draft.row, "line": draft.line}


def changed(draft: LeadDraft, found: Mapping[str, Any]) -> dict[str, Any]:
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


def searched(lead: Mapping[str, Any]) -> str:
    """The text by which a lead is searched."""
    return search_text(lead["name"], lead["email"], lead["phone"], lead["company"])


def _columns(draft: LeadDraft) -> dict[str, Any]:
    """What the file says, as columns."""
    found = {name: getattr(draft, name) for name in _PLAIN if getattr(draft, name) is not None}
    if draft.stage is not None:
        found["converted"] = draft.stage is LeadStage.CONVERTED
    if draft.consent is not None:
        found["consent_state"] = draft.consent
        found["consent_capture"] = ConsentCapture.IMPORTED
    return found
