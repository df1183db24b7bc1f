"""What a dry run would have written, in a temporary file, so that later rows can find it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

from gateway.imports.drafts import LeadDraft
from models.columns import dump_json
from schema.address import folded

_TABLE = """
CREATE TABLE lead (
  id TEXT PRIMARY KEY, age TEXT, external_id TEXT, email TEXT, phone TEXT, held TEXT
);
CREATE INDEX lead_external_id ON lead (external_id);
CREATE INDEX lead_email ON lead (email);
CREATE INDEX lead_phone ON lead (phone);
"""
_SHARING = """
SELECT held FROM (SELECT held, row_number() OVER (PARTITION BY {apart} ORDER BY age) AS place
  FROM lead WHERE {name} IN (SELECT value FROM json_each(?1)))
WHERE place = 1
"""
#: As in the database, only the oldest of those that share these can be meant.
_APART = {
    "id": "id",
    "external_id": "external_id",
    "email": "email",
    "phone": "phone, email IS NULL, external_id IS NULL",
}


class Rehearsal:
    """Leads as they would be; the file goes when it is closed."""

    def __init__(self) -> None:
        # SQLite's own temporary file: it grows on disk, not in memory.
        self._file = sqlite3.connect("", isolation_level=None)
        self._file.executescript(f"PRAGMA synchronous=OFF; {_TABLE} BEGIN;")

    def close(self) -> None:
        """Forget everything."""
        self._file.close()

    def put(self, leads: Iterable[Mapping[str, Any]]) -> None:
        """Keep leads that would be made or changed: their columns as the database holds them."""
        self._file.executemany(
            "INSERT INTO lead VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET "
            "external_id = ?3, email = ?4, phone = ?5, held = ?6",
            map(_line, leads),
        )

    def changed(self, leads: Iterable[Mapping[str, Any]]) -> set[str]:
        """The ids of those that would be changed."""
        bound = dump_json([str(lead["id"]) for lead in leads])
        sql = "SELECT id FROM lead WHERE id IN (SELECT value FROM json_each(?1))"
        return {row[0] for row in self._file.execute(sql, (bound,))}

    def among(
        self, drafts: Sequence[LeadDraft], leads: Iterable[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """The leads of the database as they would be, and those that the drafts may mean here."""
        found = {str(lead["id"]): lead for lead in leads}
        wanted: dict[str, list[str | None]] = {
            "id": list(found),
            "external_id": [each.external_id for each in drafts],
            "email": [each.email and folded(each.email) for each in drafts],
            "phone": [each.phone for each in drafts],
        }
        for name, keys in wanted.items():
            bound = dump_json([key for key in keys if key is not None])
            for (held,) in self._file.execute(
                _SHARING.format(name=name, apart=_APART[name]), (bound,)
            ):
                lead = orjson.loads(held)
                found[lead["id"]] = lead
        return sorted(found.values(), key=_age)


def _line(lead: Mapping[str, Any]) -> tuple[str | None, ...]:
    email = lead["email"]
    return (
        str(lead["id"]),
        _age(lead),
        lead["external_id"],
        email and folded(email),
        lead["phone"],
        orjson.dumps(dict(lead), default=str).decode(),
    )


def _age(lead: Mapping[str, Any]) -> str:
    """What sorts the oldest first: the database's leads by id, behind them the file's."""
    return f"row {lead['row']:012}" if "row" in lead else str(lead["id"])
