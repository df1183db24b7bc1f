"""The leads of a workspace that a batch's rows may describe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.imports.drafts import LeadDraft
from models import Lead
from models.columns import dump_json
from models.database import Dialect
from schema.address import folded
from schema.unit import Unit

#: By what leads are looked up, how that is compared, and which of those that share it `match` tells
#: apart. Of each kind only the oldest can be matched: thousands may share a switchboard's number.
_KINDS = {
    "external_id": ("external_id", ""),
    "email": ("lower(email)", ""),
    "phone": ("phone", ", email IS NULL, external_id IS NULL"),
}


async def known(
    unit: Unit,
    drafts: Sequence[LeadDraft],
    columns: Sequence[str],
    *,
    lock: bool = True,
    without: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """The leads that `match` may choose from, oldest first, but for those of the ids `without`.

    `lock` keeps others from changing them. `columns` begin with `id` and hold the four by which leads are known.
    """
    ids: set[str] = set()
    for name in _KINDS:
        values = _wanted(drafts, name)
        if values:
            lists: list[Any] = [values, list(without)]
            if unit.dialect == "sqlite":
                lists = [dump_json(each) for each in lists]
            rows = await unit.read(_oldest(name, unit.dialect), [unit.workspace_id, *lists])
            ids.update(row[0] for row in rows)
    if not ids:
        return []
    found = await unit.find(Lead, columns, {"id": sorted(ids)}, lock=lock, limit=len(ids))
    return [dict(zip(columns, row, strict=True)) for row in found]


def _wanted(drafts: Sequence[LeadDraft], name: str) -> list[str]:
    values = {value for draft in drafts if (value := getattr(draft, name)) is not None}
    return sorted(map(folded, values) if name == "email" else values)


def _oldest(name: str, dialect: Dialect) -> str:
    """The statement that gives the oldest lead of each kind."""
    workspace, among, apart = (
        (
            "?1",
            "IN (SELECT value FROM json_each(?2))",
            "NOT IN (SELECT value FROM json_each(?3))",
        )
        if dialect == "sqlite"
        else ("$1", "= ANY($2)", "<> ALL($3)")
    )
    compared, more = _KINDS[name]
    return (
        f"SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY {compared}{more} ORDER BY id) "
        f"AS place FROM lead WHERE workspace_id = {workspace} AND {compared} {among} "
        f"AND id {apart}) AS shared "
        "WHERE place = 1"
    )
