"""Contactability: whether a lead may be reached now, and if not, why and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from models import Channel, Provider, WaitingFor
from models.vocabulary import Vocabulary
from schema.error_code import ErrorCode
from schema.fields import attribute, referenced
from schema.input import optional, required
from schema.scalars import DateTime
from schema.vocabulary import vocabulary

if TYPE_CHECKING:
    from schema.agent import Agent
    from schema.lead import Lead
    from schema.phone_number import PhoneNumber


class Verdict(Vocabulary):
    """Whether somebody may be reached."""

    ALLOW = "ALLOW", "Now."
    DEFER = "DEFER", "Later: `waitingFor` says what for, `until` until when, where that is known."
    REFUSE = "REFUSE", "No, unless something is changed: `code` says what is in the way."


vocabulary(Verdict)


@strawberry.input(one_of=True, description="Who is to be reached: exactly one of these.")
class ContactTarget:
    """Who is to be reached."""

    lead_id: strawberry.Maybe[strawberry.ID] = strawberry.field(description="A lead.")
    phone: strawberry.Maybe[str] = strawberry.field(
        description="A phone number in E.164, whether a lead has it or not."
    )
    email: strawberry.Maybe[str] = strawberry.field(
        description="An e-mail address, whether a lead has it or not."
    )


@strawberry.input(description="A call or e-mail that is thought of.")
class ContactabilityInput:
    """A call or e-mail that is thought of."""

    target: ContactTarget = required("Who is to be reached.")
    channel: Channel | None = optional(
        "How; if absent by e-mail where the target is an e-mail address, else by a call."
    )
    agent_id: strawberry.ID | None = optional(
        "The agent; by default the campaign's, else the lead's, else the workspace's."
    )
    from_number_id: strawberry.ID | None = optional(
        "The number to call from; by default the campaign's, else the agent's oldest active one."
    )
    campaign_id: strawberry.ID | None = optional(
        "The campaign it would belong to; campaigns keep to stricter rules than single calls."
    )
    at: DateTime | None = optional("When; now, if absent.")


@strawberry.type(description="What the policy objects to without refusing.")
class ContactWarning:
    """What the policy objects to without refusing."""

    code: ErrorCode = attribute("code", "What it is about, as a stable code.")
    message: str = attribute("message", "The same for a person.")


@strawberry.type(
    description="Whether a lead may be reached, by whom and from where; if not now, why and until when."
)
class Contactability:
    """Whether a lead may be reached."""

    verdict: Verdict = attribute("verdict", "Yes, later or no.")
    code: ErrorCode | None = attribute("code", "Why not now; null if it may be now.")
    message: str | None = attribute("message", "The same for a person.")
    until: DateTime | None = attribute(
        "until",
        "The earliest instant at which it may be, where that is known; what others do meanwhile "
        "may put it off.",
    )
    waiting_for: WaitingFor | None = attribute("waiting_for", "What there is to wait for.")
    warnings: list[ContactWarning] = attribute(
        "warnings", "What the policy objects to without refusing."
    )
    time_zones: list[str] = attribute(
        "time_zones",
        "IANA zones whose clocks were looked at: the lead's, or all that its number may be in.",
    )
    address: str | None = attribute(
        "address", "The number in E.164, or e-mail address, that would be reached."
    )
    provider: Provider | None = attribute(
        "provider", "Vendor that would carry it; null where the one that is named isn't set up."
    )
    lead: Annotated[Lead, strawberry.lazy("schema.lead")] | None = referenced(
        "Lead", "lead_id", "The lead; null for a number that none has."
    )
    agent: Annotated[Agent, strawberry.lazy("schema.agent")] | None = referenced(
        "Agent", "agent_id", "The agent that would call or write."
    )
    from_number: Annotated[PhoneNumber, strawberry.lazy("schema.phone_number")] | None = referenced(
        "PhoneNumber", "from_number_id", "The number that would call; null for e-mails."
    )
