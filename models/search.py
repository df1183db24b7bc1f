"""Substring search on leads: what is stored, and how it is asked for."""

from __future__ import annotations

import re
import unicodedata

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


def lead_search(dialect: str, query: str) -> tuple[str, str] | None:
    """A condition on the table `lead` and the value to bind as its `{query}`.

    The condition also names `{workspace}` on PostgreSQL, whose index holds every workspace;
    that the lead is of the workspace must be a condition of its own. `None`: nothing matches.
    """
    text = fold(query)
    anywhere = len(text) >= SUBSTRING
    if not anywhere:
        word = WORD.search(text)
        if word is None:
            return None
        text = word[0]
    if dialect == "postgres":
        found = (
            "lead_grams(lead.workspace_id, lead.search) @> lead_query_grams({workspace}, {query})"
        )
        # All trigrams may be there without the text; for beginnings of words the index says all.
        return found + (" AND strpos(lead.search, {query}) > 0" if anywhere else ""), text
    table = "lead_trigram" if anywhere else "lead_word"
    phrase = '"' + text.replace('"', '""') + '"' + ("" if anywhere else "*")
    return f"lead.row IN (SELECT rowid FROM {table} WHERE {table} MATCH {{query}})", phrase
