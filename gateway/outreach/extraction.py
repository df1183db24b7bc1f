"""What a campaign's JSON Schema asks for, and whether an analysis has found it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError

from models import Campaign
from resolvers.existing import held
from schema.unit import Unit

NOTHING = "The provider's analysis found nothing of what was asked."
UNFIT = "What the analysis found does not fit the schema: {}"


async def asked_for(unit: Unit, campaign_id: str) -> Mapping[str, Any] | None:
    """The campaign's schema; None where it asks for nothing."""
    rows = await unit.find(Campaign, ("extraction_schema",), {"id": campaign_id})
    if not rows:
        return None
    found: Mapping[str, Any] | None = held(Campaign, ("extraction_schema",), rows[0])[
        "extraction_schema"
    ]
    return found


def extracted(
    asked: Mapping[str, Any] | None, found: Any, note: str | None = None
) -> dict[str, Any]:
    """The columns of what was found, if it fits; else why there is nothing."""
    if asked is None:
        return {}
    if found is None:
        return {"extracted": None, "extraction_note": note or NOTHING}
    try:
        wrong = next(Draft202012Validator(asked).iter_errors(found), None)
    except SchemaError as error:
        return {"extracted": None, "extraction_note": UNFIT.format(error.message[:200])}
    if wrong is not None:
        return {"extracted": None, "extraction_note": UNFIT.format(wrong.message[:200])}
    return {"extracted": found, "extraction_note": None}
