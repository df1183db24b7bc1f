"""Of whom and of what providers report: the statements that find it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gateway.outreach.providers.provider import Heard
from models import Call, writing
from models.database import Dialect, Reader, Reads, Row
from schema.vendor import Account


def owner(dialect: Dialect, token: str) -> Reads[list[Row]]:
    """Whose account has this token, which is as good as a key."""
    mark = "$1" if dialect == "postgres" else "?1"
    rows = yield (
        f"SELECT workspace_id, id, provider FROM provider_account WHERE callback_token = {mark}",
        (token,),
    )
    return rows


async def about(reader: Reader, workspace_id: str, whose: Account, heard: Heard) -> str | None:
    """The id of the call that it is about, if we know it by now."""
    where: dict[str, Any] = {"workspace_id": workspace_id, "provider_account_id": whose.id}
    if heard.call_id is not None:
        try:
            where["id"] = str(UUID(heard.call_id))
        except ValueError:
            return None
    elif heard.provider_call_id is not None:
        where |= {"provider": whose.provider, "provider_call_id": heard.provider_call_id}
    else:
        return None
    rows = await writing.find(reader, Call, ("id",), where)
    return rows[0][0] if len(rows) == 1 else None


def waiting(dialect: Dialect) -> str:
    """Reports that were received and not applied, the oldest first."""
    mark = "$" if dialect == "postgres" else "?"
    # The states stand there twice as the partial index names both of those that it holds.
    return (
        "SELECT workspace_id, id, provider, provider_account_id, headers, body FROM callback "
        "WHERE state IN ('RECEIVED', 'UNMATCHED') AND state = 'RECEIVED' "
        f"AND created_at <= {mark}1 ORDER BY created_at, workspace_id, id LIMIT {mark}2"
    )
