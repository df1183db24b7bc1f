"""What was asked for when a call was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.demo.book import Values
from gateway.demo.dice import Dice
from gateway.demo.leads import Prospect
from models import Actor, CallDirection, CallPriority, Provider


@dataclass(frozen=True)
class Order:
    """What was asked for: who calls whom, why, and since when."""

    lead: Prospect
    agent: Values
    line: Values
    created_at: datetime
    #: When it became due; before that it was scheduled.
    queued_at: datetime
    direction: CallDirection = CallDirection.OUTBOUND
    recipient: Values | None = None
    attempt: int = 1
    reason: str | None = None
    fields: tuple[str, ...] = ()
    actor: Actor = Actor.AGENT
    actor_id: str | None = None


def asked(dice: Dice, order: Order) -> Values:
    """The columns of a call that are known when it is accepted."""
    theirs, ours = order.lead.row["phone"], order.line["e164"]
    outbound = order.direction is CallDirection.OUTBOUND
    recipient = order.recipient
    return {
        "id": dice.id(order.created_at),
        "created_at": order.created_at,
        "direction": order.direction,
        "lead_id": order.lead.id,
        "agent_id": order.agent["id"],
        "phone_number_id": order.line["id"],
        "campaign_id": recipient["campaign_id"] if recipient else None,
        "recipient_id": recipient["id"] if recipient else None,
        "attempt": order.attempt,
        "priority": CallPriority.CAMPAIGN if recipient else CallPriority.DIRECT,
        "from_number": ours if outbound else theirs,
        "to_number": theirs if outbound else ours,
        "provider": Provider.SIMULATOR,
        "provider_call_id": f"sim-{dice.getrandbits(64):016x}",
        "reason": order.reason,
        "metadata": recipient["variables"] if recipient else {},
    }
