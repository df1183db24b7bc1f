"""Input and payload of the verb on the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from models import CallingHours
from models import Workspace as Row
from schema.calling_window_input import CallingWindowInput
from schema.fields import referenced
from schema.input import like
from schema.payload import Payload

if TYPE_CHECKING:
    from schema.workspace import Workspace


@strawberry.input(
    description="What to change of the workspace that the key belongs to; absent fields stay, null "
    "clears. Its plan, credit and request limits are the installation's to set."
)
class UpdateWorkspaceInput:
    """What to change of the workspace."""

    name: str | None = like(Row, "name")
    country: str | None = like(Row, "country")
    language: str | None = like(Row, "language")
    time_zone: str | None = like(Row, "time_zone")
    default_agent_id: strawberry.ID | None = like(Row, "default_agent_id")
    calling_hours: CallingHours | None = like(Row, "calling_hours")
    calling_windows: list[CallingWindowInput] | None = like(Row, "calling_windows")
    require_consent: bool | None = like(Row, "require_consent")
    max_concurrent_calls: int | None = like(Row, "max_concurrent_calls")
    calls_per_second: int | None = like(Row, "calls_per_second")
    max_calls_per_day: int | None = like(Row, "max_calls_per_day")
    max_emails_per_day: int | None = like(Row, "max_emails_per_day")
    max_campaign_attempts_per_day: int | None = like(Row, "max_campaign_attempts_per_day")


@strawberry.type(description="The changed workspace.")
class UpdateWorkspacePayload(Payload):
    """The changed workspace."""

    workspace: Annotated[Workspace, strawberry.lazy("schema.workspace")] | None = referenced(
        "Workspace",
        "workspace_id",
        "The workspace as it is now; null if there are errors.",
        free=True,
    )
