"""The rows of one workspace, from which operations take their arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from models.database import Database, Reads
from schema.noun import NOUNS, Noun


@dataclass(frozen=True)
class Samples:
    """One workspace's rows by noun, as SQLite stores them: instants in the wire format."""

    workspace: str
    rows: dict[str, list[dict[str, Any]]]

    def ids(self) -> set[str]:
        """The UUID of every row."""
        return {row["id"] for rows in self.rows.values() for row in rows}

    def public(self, noun: Noun, row: dict[str, Any]) -> str:
        """The public id of a row."""
        return f"{noun.prefix}_{row['id']}"


async def load(database: Database, workspace: str) -> Samples:
    """All rows of the workspace in an SQLite database."""
    return await database.run(_rows(workspace))


def _rows(workspace: str) -> Reads[Samples]:
    found = {}
    for noun in NOUNS.values():
        columns = sorted(noun.model._meta.db_fields)
        own = "id" if noun.name == "Workspace" else "workspace_id"
        sql = f'SELECT {", ".join(columns)} FROM "{noun.table}" t WHERE {own} = ?1'
        if noun.restrict:
            sql += f" AND {noun.restrict.format(alias='t')}"
        rows = yield sql, [workspace]
        found[noun.name] = [dict(zip(columns, row, strict=True)) for row in rows]
    return Samples(workspace, found)
