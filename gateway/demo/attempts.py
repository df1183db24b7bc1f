"""A campaign's attempts at one of its recipients."""

from __future__ import annotations

from datetime import datetime, timedelta

from gateway.demo import calls, stages
from gateway.demo.book import Happening, Values
from gateway.demo.campaigns import RETRY_ON, Membership
from gateway.demo.order import Order
from gateway.demo.outcomes import spoken_outcome, unspoken
from gateway.demo.stages import Story
from models import (
    Actor,
    CallStatus,
    CampaignStatus,
    Channel,
    EndReason,
    EventType,
    RecipientState,
    Subject,
    WaitingFor,
)

#: What waits for the dispatcher is due well after the demo was loaded.
LATER = timedelta(hours=20)
HORIZON = timedelta(days=9)
RETRIED = {each.value for each in RETRY_ON}


def attempt(story: Story, member: Membership) -> None:
    """Tell how the campaign came on with this lead; the story goes on afterwards."""
    if not member.dialled or member.started_at is None:
        _untried(story, member)
        return
    until = member.ended_at or story.book.now - timedelta(hours=1)
    first = story.dice.between(
        member.started_at, member.started_at + (until - member.started_at) * 0.7, story.lead.zone
    )
    if first is None or first > until:
        _untried(story, member)
        return
    created, due = member.recipient["created_at"], first
    for number in range(1, member.plan.max_retries + 2):
        order = _order(story, member, created, due, number)
        state = _try(story, member, order)
        if state is not RecipientState.RETRYING:
            return
        created = story.at + timedelta(milliseconds=12)
        due = story.dice.office_hour(created + timedelta(hours=27), story.lead.zone)
        if due < created + timedelta(hours=26):
            due = story.dice.office_hour(due + timedelta(days=1), story.lead.zone)
        if number == member.plan.max_retries + 1:
            _state(story, member, RecipientState.FAILED, created)
            return
        if due > until:
            _leave(story, member, created, number + 1)
            return
        _state(story, member, RecipientState.RETRYING, created, due)


def _try(story: Story, member: Membership, order: Order) -> RecipientState:
    """One call; what it makes of the recipient."""
    recipient = member.recipient
    status = unspoken(story.dice, answered=0.46)
    recipient["attempts"] += 1
    _state(story, member, RecipientState.CALLING, order.queued_at + timedelta(milliseconds=100))
    outcome = (
        spoken_outcome(story, order.agent, order.queued_at)
        if status is CallStatus.COMPLETED
        else ""
    )
    call = calls.place(story.book, story.dice, order, status, outcome)
    stages.reached_out(story, call["dialed_at"])
    ended = call["ended_at"] or call["unknown_until"]
    story.at = call.get("artifacts_at") or ended
    if outcome == "opt_out":
        stages.opted_out(story, ended, Channel.CALL, {"call_id": call["id"]})
    elif outcome:
        stages.concluded(story, outcome, ended)
    if status in RETRIED:
        return RecipientState.RETRYING
    state = RecipientState.COMPLETED if outcome else RecipientState.FAILED
    _state(story, member, state, ended + timedelta(milliseconds=9))
    return state


def _untried(story: Story, member: Membership) -> None:
    """The campaign never came to this lead, or has not yet."""
    _wait(story, member, member.recipient["created_at"], 1, RecipientState.PENDING)


def _leave(story: Story, member: Membership, created: datetime, number: int) -> None:
    """The campaign ended, or the present came, before the next attempt."""
    _wait(story, member, created, number, RecipientState.RETRYING)


def _wait(
    story: Story, member: Membership, created: datetime, number: int, state: RecipientState
) -> None:
    status, recipient = member.plan.status, member.recipient
    order = _order(story, member, created, created, number)
    recipient["state"] = state
    if status in (CampaignStatus.FINISHED, CampaignStatus.CANCELLED):
        assert member.ended_at
        expired = status is CampaignStatus.FINISHED
        at = member.ended_at + timedelta(milliseconds=recipient["number"])
        reason = EndReason.EXPIRED if expired else EndReason.CANCELLED
        call = calls.withdraw(story.book, story.dice, order, max(at, created), reason)
        last = RecipientState.EXPIRED if expired else RecipientState.CANCELLED
        _state(story, member, last, call["ended_at"])
    elif status is CampaignStatus.IN_PROGRESS:
        now = story.book.now
        due = story.dice.between(now + LATER, now + HORIZON, story.lead.zone) or now + HORIZON
        pending = state is RecipientState.PENDING
        waiting = WaitingFor.CALLING_HOURS if pending else WaitingFor.RETRY_DELAY
        calls.schedule(story.book, story.dice, order, waiting, due)
        recipient["next_attempt_at"] = due
        if state is RecipientState.RETRYING:
            _state(story, member, state, created, due)
    else:
        calls.schedule(story.book, story.dice, order, WaitingFor.CAMPAIGN, None)
        if state is RecipientState.RETRYING:
            _state(story, member, state, created)


def _order(
    story: Story, member: Membership, created: datetime, due: datetime, number: int
) -> Order:
    agent = story.agents[member.plan.agent]
    return Order(
        story.lead,
        agent,
        story.dice.choice(story.lines[member.plan.agent]),
        created,
        due,
        recipient=member.recipient,
        attempt=number,
        reason=member.plan.reason,
        fields=member.plan.fields,
        actor=Actor.SYSTEM,
    )


def _state(
    story: Story,
    member: Membership,
    state: RecipientState,
    at: datetime,
    next_attempt_at: datetime | None = None,
) -> None:
    recipient: Values = member.recipient
    recipient["state"] = state
    recipient["next_attempt_at"] = next_attempt_at
    if state not in (RecipientState.RETRYING, RecipientState.CALLING):
        recipient["finished_at"] = at
    story.book.tell(
        [
            Happening(
                at,
                EventType.RECIPIENT_UPDATED,
                Subject.RECIPIENT,
                recipient["id"],
                f"{member.plan.name}: {story.row['name']} {TITLES[state]}",
                {
                    "recipient_id": recipient["id"],
                    "campaign_id": recipient["campaign_id"],
                    "lead_id": story.lead.id,
                    "agent_id": member.campaign["agent_id"],
                },
                state,
            )
        ]
    )


TITLES = {
    RecipientState.CALLING: "is being called",
    RecipientState.RETRYING: "will be tried again",
    RecipientState.COMPLETED: "was reached",
    RecipientState.FAILED: "could not be reached",
    RecipientState.CANCELLED: "was withdrawn",
    RecipientState.EXPIRED: "was not reached in time",
}
