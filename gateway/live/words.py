"""Words that somebody is just saying: told to whoever follows the call, in every process, and not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from gateway.live.happening import Partial
from models.database import Database, Reads

if TYPE_CHECKING:
    from gateway.live.hub import Live

#: What processes hear such words by.
WORDS = "switchboard_words"
#: Characters that are told: PostgreSQL takes 8,000 bytes at once, and one may take six of them.
LONGEST = 1000


async def tell(
    database: Database, workspace: str, call: str, words: Partial, live: Live | None = None
) -> None:
    """Tell of them; on SQLite there is no other process than the one that has `live`."""
    words = words._replace(text=words.text[-LONGEST:])
    if database.dialect == "postgres":
        payload = orjson.dumps([workspace, call, *words]).decode()
        await database.run(_notify(payload))
    elif live is not None:
        live.speak(workspace, call, words)


def read(payload: str) -> tuple[str, str, Partial]:
    """Workspace, call and words of what was told."""
    workspace, call, speaker, text = orjson.loads(payload)
    return workspace, call, Partial(speaker, text)


def _notify(payload: str) -> Reads[None]:
    yield f"SELECT pg_notify('{WORDS}', $1)", (payload,)
