"""What can be done with the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models import EventType, Subject, Workspace
from resolvers.calling_windows import calling_windows
from resolvers.existing import check_agent, differing, held, named
from resolvers.given import Given
from schema.unit import Unit
from schema.verb import verb
from schema.workspace_input import UpdateWorkspaceInput, UpdateWorkspacePayload


def fields(given: Given) -> None:
    """Read what can be changed."""
    given.text("name", limit=200, required=True)
    given.country("country")
    given.language("language")
    given.time_zone("timeZone")
    for name in ("language", "timeZone"):
        given.required(name)
    given.reference("defaultAgentId", "agent")
    given.plain("callingHours", "requireConsent")
    calling_windows(given)
    for name, low, high in (("maxConcurrentCalls", 1, 10_000), ("callsPerSecond", 1, 1000)):
        given.integer(name, low, high)
        given.required(name)
    given.integer("maxCallsPerDay", 0, 10_000_000)
    given.integer("maxEmailsPerDay", 0, 10_000_000)
    given.integer("maxCampaignAttemptsPerDay", 1, 100)
    given.required("maxCampaignAttemptsPerDay")


@verb(UpdateWorkspaceInput, UpdateWorkspacePayload, "workspace:write")
async def update_workspace(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Change the workspace and its outreach policy; the policy holds for calls not dialled yet."""
    given = Given(input)
    fields(given)
    await check_agent(unit, given, "defaultAgentId", "default_agent_id")
    columns = given.check()
    uuid = unit.workspace_id
    names = tuple(dict.fromkeys(("name", *columns)))
    (row,) = await unit.watch(Workspace, names, {"id": uuid})
    before = held(Workspace, names, row)
    changed = differing(before, columns)
    if changed:
        after = await unit.update(Workspace, uuid, changed, ("version", "name"))
        assert after is not None
        unit.record(
            EventType.WORKSPACE_UPDATED,
            Subject.WORKSPACE,
            uuid,
            f"{after[1]} was changed",
            version=after[0],
            metadata=named(changed),
        )
    return {"workspace_id": uuid}


MUTATIONS = (update_workspace,)
