"""Starting, pausing and ending campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from models import (
    Campaign,
    CampaignPurpose,
    CampaignStatus,
    EventType,
    PauseReason,
    Proposal,
    ProposalState,
    Subject,
)
from models.columns import new_id, wire
from resolvers.agents import CAMPAIGNS
from resolvers.campaign_progress import KNOWN, begins, move
from resolvers.campaign_status import sources
from resolvers.campaigns import check_status
from resolvers.counting import routed
from resolvers.existing import current
from resolvers.given import Given
from resolvers.routing import Route, Wish
from schema.campaign_running_input import (
    CancelCampaignInput,
    CancelCampaignPayload,
    ConfirmProposalInput,
    ConfirmProposalPayload,
    PauseCampaignInput,
    PauseCampaignPayload,
    ProposeCampaignStartInput,
    ProposeCampaignStartPayload,
    ResumeCampaignInput,
    ResumeCampaignPayload,
    StartCampaignInput,
    StartCampaignPayload,
)
from schema.error_code import ErrorCode
from schema.unit import Unit
from schema.verb import verb

S = CampaignStatus
#: How long a proposal can be confirmed.
LIFE = timedelta(minutes=15)
COLUMNS = (*KNOWN, "start_date", "end_date", "time_zone", "purpose", "pause_reason")


async def _campaign(unit: Unit, given: Given, *allowed: CampaignStatus) -> dict[str, Any]:
    """The campaign, locked: the pump moves it, too."""
    campaign = await current(unit, given, Campaign, "campaign", *COLUMNS, lock=True)
    check_status(given, campaign, allowed)
    given.check()
    return campaign


async def _ready(unit: Unit, given: Given, campaign: Mapping[str, Any]) -> Route:
    """There must be whom to call, who calls and from where."""
    dials = campaign["purpose"] != CampaignPurpose.INBOUND
    if dials and not await _count(unit, campaign["id"]):
        given.problem(ErrorCode.NO_RECIPIENTS, "id")
    found = await _speaker(unit, given, campaign)
    given.check()
    return found


async def _speaker(unit: Unit, given: Given, campaign: Mapping[str, Any]) -> Route:
    """Who calls, and from where; what is not ready would have everybody blocked."""
    await unit.take_turn(CAMPAIGNS)
    wish = Wish(campaign_id=campaign["id"])
    found = await routed(unit.read, unit.dialect, unit.workspace_id, wish)
    if campaign["purpose"] != CampaignPurpose.INBOUND and found.problem is not None:
        given.problem(found.problem, "id")
    return found


async def _count(unit: Unit, id: str) -> int:
    mark = "$" if unit.dialect == "postgres" else "?"
    rows = await unit.read(
        f"SELECT count(*) FROM recipient WHERE workspace_id = {mark}1 AND campaign_id = {mark}2 "
        "AND state IN ('PENDING', 'RETRYING')",
        [unit.workspace_id, id],
    )
    return int(rows[0][0])


async def _begin(unit: Unit, campaign: dict[str, Any], found: Route) -> None:
    zone = found.workspace["time_zone"]
    later = begins(campaign, zone, datetime.fromisoformat(unit.now))
    await move(unit, campaign, S.IN_PROGRESS if later is None else S.SCHEDULED)


@verb(StartCampaignInput, StartCampaignPayload, "campaigns:start")
async def start_campaign(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Start a draft: it dials at once, or waits for its start date."""
    given = Given(input)
    campaign = await _campaign(unit, given, S.DRAFT)
    found = await _ready(unit, given, campaign)
    await _withdraw(unit, campaign["id"])
    await _begin(unit, campaign, found)
    return {"campaign_id": campaign["id"]}


@verb(ProposeCampaignStartInput, ProposeCampaignStartPayload, "campaigns:write")
async def propose_campaign_start(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Announce a start, which somebody has 15 minutes to confirm; until then nobody is dialled."""
    given = Given(input)
    campaign = await _campaign(unit, given, S.DRAFT)
    found = await _ready(unit, given, campaign)
    await _withdraw(unit, campaign["id"])
    now = datetime.fromisoformat(unit.now)
    later = begins(campaign, found.workspace["time_zone"], now)
    starts = unit.now if later is None else wire(later)
    row = await unit.insert(
        Proposal,
        {
            "id": new_id(),
            "campaign_id": campaign["id"],
            "summary": {**await _announced(unit, campaign, found), "startsAt": starts},
            "requested_by": f"api_key_{unit.caller.key_id}",
            "expires_at": wire(now + LIFE),
        },
    )
    unit.record(
        EventType.CAMPAIGN_START_PROPOSED,
        Subject.CAMPAIGN,
        campaign["id"],
        f"{campaign['name']} is to be started",
        version=campaign["version"],
        status=campaign["status"],
        metadata={"proposalId": f"proposal_{row['id']}"},
        agent_id=campaign["agent_id"],
    )
    return {"proposal_id": row["id"]}


async def _announced(unit: Unit, campaign: Mapping[str, Any], found: Route) -> dict[str, Any]:
    """What somebody says yes to, apart from the instant."""
    assert found.agent is not None
    return {
        "recipients": await _count(unit, campaign["id"]),
        "agent": found.agent["name"],
        "agentId": f"agent_{found.agent['id']}",
        "fromNumber": None if found.number is None else found.number["e164"],
        "campaignVersion": campaign["version"],
    }


async def _withdraw(unit: Unit, campaign: str) -> None:
    where = {"campaign_id": campaign, "state": ProposalState.PENDING}
    for (id,) in await unit.find(Proposal, ("id",), where):
        over = {"state": ProposalState.WITHDRAWN, "decided_at": unit.now}
        await unit.update(Proposal, id, over)


@verb(ConfirmProposalInput, ConfirmProposalPayload, "campaigns:start")
async def confirm_proposal(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Start the campaign as it was announced. What has changed since, be it agent, number or
    recipients, must be announced anew."""
    given = Given(input)
    names = ("state", "campaign_id", "expires_at", "summary")
    proposal = await current(unit, given, Proposal, "proposal", *names, lock=True)
    given.check()
    if proposal["state"] != ProposalState.PENDING:
        message = f"The proposal's state is {proposal['state']}."
        given.problem(ErrorCode.ILLEGAL_TRANSITION, "id", message)
    elif proposal["expires_at"] <= unit.now:
        given.problem(ErrorCode.PROPOSAL_EXPIRED, "id")
    given.check()
    inner = Given({"id": f"campaign_{proposal['campaign_id']}"})
    campaign = await current(unit, inner, Campaign, "campaign", *COLUMNS, lock=True)
    check_status(given, campaign, (S.DRAFT,))
    given.check()
    found = await _ready(unit, given, campaign)
    announced = await _announced(unit, campaign, found)
    if any(proposal["summary"].get(name) != value for name, value in announced.items()):
        given.problem(ErrorCode.PROPOSAL_OUTDATED, "id")
    given.check()
    confirmed = {"state": ProposalState.CONFIRMED, "decided_at": unit.now}
    await unit.update(Proposal, proposal["id"], confirmed)
    await _begin(unit, campaign, found)
    return {"proposal_id": proposal["id"], "campaign_id": campaign["id"]}


@verb(PauseCampaignInput, PauseCampaignPayload, "campaigns:start")
async def pause_campaign(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Stop dialling for the time being; calls in progress go on. Pausing twice is no error."""
    given = Given(input)
    campaign = await _campaign(unit, given, *sources(S.PAUSED), S.PAUSED)
    if campaign["status"] != S.PAUSED:
        await move(unit, campaign, S.PAUSED, reason=PauseReason.USER)
    return {"campaign_id": campaign["id"]}


@verb(ResumeCampaignInput, ResumeCampaignPayload, "campaigns:start")
async def resume_campaign(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Go on with a paused campaign, whose agent and number must be ready."""
    given = Given(input)
    campaign = await _campaign(unit, given, S.PAUSED)
    found = await _speaker(unit, given, campaign)
    given.check()
    await _begin(unit, campaign, found)
    return {"campaign_id": campaign["id"]}


@verb(CancelCampaignInput, CancelCampaignPayload, "campaigns:start")
async def cancel_campaign(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """End a campaign for good; calls in progress go on. Cancelling twice is no error."""
    given = Given(input)
    campaign = await _campaign(unit, given, *sources(S.CANCELLED), S.CANCELLED)
    if campaign["status"] != S.CANCELLED:
        await _withdraw(unit, campaign["id"])
        await move(unit, campaign, S.CANCELLED)
    return {"campaign_id": campaign["id"]}


MUTATIONS = (
    start_campaign,
    propose_campaign_start,
    confirm_proposal,
    pause_campaign,
    resume_campaign,
    cancel_campaign,
)
