"""Viewer: who asks, and what they may ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.fields import attribute, referenced

if TYPE_CHECKING:
    from schema.api_key import ApiKey
    from schema.workspace import Workspace


@strawberry.type(description="What the caller may ask for.")
class ViewerLimits:
    """What the caller may ask for."""

    requests_per_minute: int | None = attribute(
        "requests_per_minute",
        "Requests in a minute, over all doors: the lower of the key's and the workspace's limit, "
        "either the installation's where it has none of its own. Null means no limit.",
    )
    requests_per_day: int | None = attribute(
        "requests_per_day", "Requests of the workspace in a day; null means no limit."
    )
    max_cost: int = attribute("max_cost", "Points that one operation may cost.")
    max_page: int = attribute("max_page", "Items that one page of a list may have.")


@strawberry.type(
    description="Who asks. Any valid key may know this, with the plain fields of its own `workspace` "
    "and `key`; what those refer to takes the scope to read it."
)
class Viewer:
    """Who asks."""

    workspace: Annotated[Workspace, strawberry.lazy("schema.workspace")] = referenced(
        "Workspace",
        "workspace_id",
        "The workspace that the key belongs to, with its plan.",
        free=True,
    )
    key: Annotated[ApiKey, strawberry.lazy("schema.api_key")] | None = referenced(
        "ApiKey",
        "key_id",
        "The key or client token that asks; null where a person or a command does.",
        free=True,
    )
    scopes: list[str] = attribute("scopes", "What the key may do, in alphabetical order.")
    subject: str | None = attribute("subject", "Whom a client token speaks for; null for keys.")
    limits: ViewerLimits = attribute("limits", "What may be asked for.")
