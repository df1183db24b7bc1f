"""Substring search on leads: what is indexed, and the conditions that the index answers."""

from __future__ import annotations

import unicodedata

from models.database import Dialect

#: From this many characters on a search finds them anywhere; fewer find beginnings of words.
GRAM = 3


def normalised(text: str) -> str:
    """Text as it is indexed and searched: compatibility forms folded, case folded, trimmed."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def indexed(*parts: str | None) -> str:
    """What a lead's `search` column holds: each part on a line of its own."""
    return "\n".join(normalised(part) for part in parts if part)


def condition(shape: str, alias: str, dialect: Dialect, workspace: str, text: str) -> str:
    """SQL for `anywhere` or `word`; `workspace` and `text` are placeholders."""
    if dialect == "postgres":
        grams = (
            f"lead_grams({alias}.workspace_id, {alias}.search) "
            f"@> lead_query_grams({workspace}, {text})"
        )
        if shape == "word":
            return grams
        # Hashes may collide.
        return f"{grams} AND position({text} IN {alias}.search) > 0"
    table, query = (
        ("lead_word", f"""'"' || {text} || '"*'""")
        if shape == "word"
        else ("lead_trigram", f"""'"' || replace({text}, '"', '""') || '"'""")
    )
    return f"{alias}.row IN (SELECT rowid FROM {table} WHERE {table} MATCH {query})"
