"""Substring search on leads: what is stored, and how it is asked for."""

from __future__ import annotations

import re
import unicodedata

from models.database import Dialect

# Runs of these are words on both databases; the ranges are those of `lead_grams`.
WORD = re.compile(
    "[0-9A-Za-z\u00aa\u00b2\u00b3\u00b5\u00b9\u00ba\u00bc-\u00be\u00c0-\u00d6\u00d8-\u00f6"
    "\u00f8-\u1fff\u2070-\u2fff\u3031-\ufefe\uff10-\U0010ffff]+"
)
# A query this long is found anywhere; a shorter one at the beginnings of words.
SUBSTRING = 3


def search_text(*parts: str | None) -> str:
    """What a lead's `search` column holds, from its name, e-mail, phone and company."""
    return "\n".join(fold(part) for part in parts if part)


def fold(text: str) -> str:
    """Text in the form in which it is compared: composed, case-folded, spaces evened out."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def wanted(query: str) -> tuple[str, str]:
    """What a query looks for: `anywhere` or `word` with its text, `all`, or `none`."""
    text = fold(query)
    if not text:
        return "all", ""
    if len(text) >= SUBSTRING:
        return "anywhere", text
    word = WORD.search(text)
    return ("word", word[0]) if word else ("none", "")


def condition(shape: str, alias: str, dialect: Dialect, workspace: str, text: str) -> str:
    """SQL that the index answers, over `alias` of the table `lead`.

    `workspace` and `text` are placeholders. That the lead is of the workspace must be a
    condition of its own.
    """
    if shape in ("all", "none"):
        return "true" if shape == "all" else "false"
    if dialect == "sqlite":
        table, phrase = (
            ("lead_word", f"""'"' || {text} || '"*'""")
            if shape == "word"
            else ("lead_trigram", f"""'"' || replace({text}, '"', '""') || '"'""")
        )
        return f"{alias}.row IN (SELECT rowid FROM {table} WHERE {table} MATCH {phrase})"
    found = (
        f"s.workspace_id = {workspace} AND "
        f"lead_grams(s.workspace_id, s.search) @> lead_query_grams({workspace}, {text})"
    )
    if shape == "anywhere":
        # Hashes may collide, and a text's trigrams may lie apart.
        found += f" AND strpos(s.search, {text}) > 0"
    return f"{alias}.id IN (SELECT s.lead_id FROM lead_search s WHERE {found})"
