"""What happens with one lead after another: calls, e-mails, and how far it comes.

A story is told forwards in time, each step depending on how the lead stands by then, so that
nobody is called after having asked not to be.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from gateway.demo import calls, emails, stages
from gateway.demo.agents import ARCHIVED
from gateway.demo.attempts import LATER, attempt
from gateway.demo.book import Book, Values
from gateway.demo.campaigns import Membership
from gateway.demo.dice import Dice
from gateway.demo.emails import Thread
from gateway.demo.leads import Prospect
from gateway.demo.order import Order
from gateway.demo.outcomes import REPLIES, SENT, spoken_outcome, unspoken
from gateway.demo.stages import Story
from gateway.demo.suppressions import suppress
from models import (
    Actor,
    CallDirection,
    CallStatus,
    Channel,
    EmailStatus,
    LeadStage,
    RecipientState,
    SuppressionReason,
    WaitingFor,
)

#: Leads that nobody has got round to yet.
UNTOUCHED = 0.1
#: Of one lead: how many times at most somebody calls or writes, besides campaigns.
TOUCHES = {3: 8, 5: 15, 6: 20, 8: 25, 9: 18, 11: 9, 14: 5}
DAY = 86_400
REGISTRY = SuppressionReason.REGISTRY
PAUSE = timedelta(hours=5)
REASONS = (
    "First contact after the registration.",
    "Follow-up on the documents that were sent.",
    "Ask whether the comparison raised questions.",
    "Offer a demo for the coming week.",
    None,
    None,
)


def tell(
    book: Book,
    leads: list[Prospect],
    members: Mapping[str, Membership],
    agents: Mapping[str, Values],
    lines: Mapping[str, list[Values]],
) -> None:
    """Tell every lead's story."""
    for lead in leads:
        dice = Dice("story", lead.row["number"])
        ways = {
            channel
            for channel, address in ((Channel.CALL, "phone"), (Channel.EMAIL, "email"))
            if lead.row[address]
        }
        story = Story(
            book, dice, lead, agents, lines, lead.row["created_at"], ways, lead.row["created_at"]
        )
        member = members.get(lead.id)
        if member:
            attempt(story, member)
            waits = member.recipient["state"] in (RecipientState.PENDING, RecipientState.RETRYING)
            if waits or story.row["outreach_disabled"]:
                continue
        elif not lead.row["agent_id"] or not lead.row["first_name"] or dice.chance(UNTOUCHED):
            continue
        _touch(story)


def _touch(story: Story) -> None:
    dice, end = story.dice, story.book.now - timedelta(hours=2)
    begin = story.at + timedelta(hours=1)
    if begin >= end:
        return
    moments = [
        moment
        for _ in range(dice.weighted(TOUCHES))
        if (moment := dice.between(begin, end, story.lead.zone))
    ]
    for moment in sorted(moments):
        if story.over:
            return
        if moment < story.at + PAUSE:
            continue
        what = dice.weighted(
            {
                _call: 52 if Channel.CALL in story.open else 0,
                _correspond: 35 if story.row["email"] else 0,
                _ring: 6 if story.row["phone"] and story.row["stage"] is not LeadStage.NEW else 0,
                _nothing: 1,
            }
        )
        what(story, moment)


def _nothing(story: Story, at: datetime) -> None:
    """Somebody had other things to do."""


def _call(story: Story, at: datetime) -> None:
    dice, agents = story.dice, story.agents
    name = story.lead.agent
    if name == "Ava" and at < agents[ARCHIVED]["archived_at"] - timedelta(days=1):
        # The pilot's agent still worked beside its successor.
        name = dice.choice((name, name, ARCHIVED))
    agent = agents[name]
    member = dice.chance(0.25)
    order = Order(
        story.lead,
        agent,
        dice.choice(story.lines[name]),
        at,
        at,
        reason=dice.choice(REASONS),
        actor=Actor.API_KEY if member else Actor.AGENT,
        actor_id=None if member else agent["id"],
    )
    status = unspoken(dice, answered=0.48)
    withdrawn = dice.weighted({CallStatus.CANCELLED: 2, CallStatus.BLOCKED: 0.6, None: 97})
    outcome = ""
    if withdrawn:
        status = withdrawn
        if status is CallStatus.BLOCKED:
            found, phone = at - timedelta(minutes=20), story.row["phone"]
            suppress(story.book, dice, found, Channel.CALL, phone, REGISTRY, story.lead.id)
            story.open.discard(Channel.CALL)
    elif status is CallStatus.COMPLETED:
        outcome = spoken_outcome(story, agent, at)
    call = calls.place(story.book, dice, order, status, outcome)
    ended = call["ended_at"] or call["unknown_until"]
    story.at = call.get("artifacts_at") or ended
    if call["dialed_at"]:
        stages.reached_out(story, call["dialed_at"])
    if outcome == "opt_out":
        stages.opted_out(story, ended, Channel.CALL, {"call_id": call["id"]})
    elif outcome:
        stages.concluded(story, outcome, ended)
    _after(story, agent, outcome)


def _after(story: Story, agent: Values, outcome: str) -> None:
    """Documents follow a call that asked for them; a call back is arranged for another day."""
    dice, now = story.dice, story.book.now
    if outcome in ("interested", "won") and Channel.EMAIL in story.open and dice.chance(0.7):
        thread = emails.begin(dice, story.lead, agent)
        at = story.at + dice.lapse(60, 1800)
        story.at = emails.send(story.book, dice, thread, "follow_up", at, EmailStatus.DELIVERED)
        if outcome == "interested":
            _replies(story, thread)
    recent = now - story.at < timedelta(days=4)
    if outcome == "callback" and recent and agent["active"] and dice.chance(0.5):
        due = dice.between(now + LATER, now + timedelta(days=6), story.lead.zone)
        order = Order(
            story.lead,
            agent,
            dice.choice(story.lines[agent["name"]]),
            story.at + timedelta(milliseconds=30),
            story.at,
            reason="The lead asked to be called back.",
            actor_id=agent["id"],
        )
        calls.schedule(story.book, dice, order, WaitingFor.START_TIME, due or now + 2 * LATER)


def _ring(story: Story, at: datetime) -> None:
    """The lead calls one of our numbers."""
    dice = story.dice
    german = story.lead.agent == "Lena"
    line = dice.choice(story.lines[story.lead.agent])
    order = Order(
        story.lead,
        story.agents["Jonas" if german else "Maya"],
        line,
        at,
        at,
        CallDirection.INBOUND,
        actor=Actor.LEAD,
        actor_id=story.lead.id,
    )
    call = calls.place(story.book, dice, order, CallStatus.COMPLETED, "inbound")
    story.at = call["artifacts_at"]


def _correspond(story: Story, at: datetime) -> None:
    """A thread of e-mails, begun by the agent or, now and then, by the lead."""
    dice, book = story.dice, story.book
    agent = story.agents[story.lead.agent]
    thread = emails.begin(dice, story.lead, agent)
    if Channel.EMAIL not in story.open:
        if dice.chance(0.4):
            story.at = emails.send(book, dice, thread, "intro", at, EmailStatus.SUPPRESSED)
        return
    if dice.chance(0.04):
        story.at = emails.answer(book, dice, thread, "incoming", at)["created_at"]
        _respond(story, thread)
        return
    end = dice.weighted(SENT)
    complains = end is EmailStatus.COMPLAINED
    end = EmailStatus.DELIVERED if complains else end
    story.at = emails.send(book, dice, thread, "intro", at, end)
    sent = thread.last
    if sent.get("sent_at"):
        stages.reached_out(story, sent["sent_at"])
    if complains:
        story.at = emails.complain(book, dice, thread)
        _shut(story, sent, SuppressionReason.COMPLAINT)
    elif end is EmailStatus.BOUNCED:
        _shut(story, sent, SuppressionReason.BOUNCE)
    elif end in (EmailStatus.SENT, EmailStatus.DELIVERED) and not _replies(story, thread):
        _remind(story, thread)


def _shut(story: Story, email: Values, reason: SuppressionReason) -> None:
    """An address bounced or its owner complained: nobody writes to it any more."""
    story.open.discard(Channel.EMAIL)
    address, at = story.row["email"], story.at + stages.MOMENT
    suppress(
        story.book,
        story.dice,
        at,
        Channel.EMAIL,
        address,
        reason,
        story.lead.id,
        email_id=email["id"],
    )


def _remind(story: Story, thread: Thread) -> None:
    dice = story.dice
    at = dice.office_hour(story.at + dice.lapse(3 * DAY, 6 * DAY), story.lead.zone)
    if at < story.book.now - PAUSE and dice.chance(0.5):
        story.at = emails.send(story.book, dice, thread, "reminder", at, EmailStatus.DELIVERED)
        _replies(story, thread, 0.2)


def _replies(story: Story, thread: Thread, probability: float = 0.4) -> bool:
    """The lead may answer the last e-mail; whether it did."""
    dice = story.dice
    at = dice.office_hour(story.at + dice.lapse(DAY / 24, 3 * DAY), story.lead.zone)
    if not story.at < at < story.book.now - PAUSE or not dice.chance(probability):
        return False
    purpose = dice.weighted(REPLIES)
    email = emails.answer(story.book, dice, thread, purpose, at)
    story.at = at
    if purpose == "unsubscribe":
        stages.opted_out(story, at, Channel.EMAIL, {"email_id": email["id"]})
    else:
        stages.concluded(story, purpose, at)
    if purpose in ("yes", "question"):
        _respond(story, thread)
    return True


def _respond(story: Story, thread: Thread) -> None:
    """The agent answers within hours, and the correspondence may go on."""
    at = story.at + story.dice.lapse(300, 9000)
    story.at = emails.send(story.book, story.dice, thread, "answer", at, EmailStatus.DELIVERED)
    if len(thread.written) < 5:
        _replies(story, thread, 0.3)
