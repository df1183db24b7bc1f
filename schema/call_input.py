"""Inputs and payloads of the verbs on calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from models import Call as Row
from models.vocabulary import Vocabulary
from schema.call_target import CallTarget
from schema.fields import attribute, referenced
from schema.input import like, optional, required
from schema.payload import Payload
from schema.scalars import JSON, DateTime
from schema.vocabulary import vocabulary

if TYPE_CHECKING:
    from schema.call import Call


class CancelOutcome(Vocabulary):
    """What cancelling a call has come to."""

    CANCELLED = "CANCELLED", "It was not dialled yet, and won't be."
    HANGING_UP = (
        "HANGING_UP",
        "It was handed to the provider, and is hung up as soon as the provider can be told.",
    )
    OVER = "OVER", "It was over already."


class Resolution(Vocabulary):
    """What a person found out about a call in doubt."""

    PLACED = "PLACED", "The call took place."
    NOT_PLACED = "NOT_PLACED", "The call never was placed."


vocabulary(CancelOutcome)
vocabulary(Resolution)


@strawberry.input(description="A call to place.")
class PlaceCallInput:
    """A call to place."""

    target: CallTarget = required("Whom to call.")
    to_number: str | None = optional(
        "Another number of the lead than its own, in E.164; with `target.leadId` only."
    )
    agent_id: strawberry.ID | None = optional(
        "The agent that calls; by default the lead's, else the workspace's default agent."
    )
    from_number_id: strawberry.ID | None = optional(
        "The number to call from; by default the oldest active one of the agent."
    )
    from_number: str | None = optional("The same by its digits in E.164; this or `fromNumberId`.")
    reason: str | None = like(Row, "reason")
    first_message_override: str | None = like(Row, "first_message_override")
    language: str | None = like(Row, "language")
    max_duration_seconds: int | None = optional(
        "How long the call may last, 10 to 43,200 seconds; null means the agent's limit."
    )
    metadata: JSON | None = like(Row, "metadata")
    earliest_at: DateTime | None = like(Row, "earliest_at")
    latest_at: DateTime | None = like(Row, "latest_at")


@strawberry.type(description="The call as it was accepted.")
class PlaceCallPayload(Payload):
    """The call as it was accepted."""

    call: Annotated[Call, strawberry.lazy("schema.call")] | None = referenced(
        "Call", "call_id", "The call, as it is now; null if there are errors."
    )


@strawberry.input(description="A call to cancel.")
class CancelCallInput:
    """A call to cancel."""

    id: strawberry.ID = required("The call.")


@strawberry.type(description="The cancelled call.")
class CancelCallPayload(Payload):
    """The cancelled call."""

    call: Annotated[Call, strawberry.lazy("schema.call")] | None = referenced(
        "Call", "call_id", "The call, as it is now; null if there are errors."
    )
    outcome: CancelOutcome | None = attribute(
        "outcome", "What has happened; null if there are errors."
    )


@strawberry.input(description="A call to end.")
class HangUpCallInput:
    """A call to end."""

    id: strawberry.ID = required("The call, handed to its provider and not over.")


@strawberry.type(description="The call that is being hung up.")
class HangUpCallPayload(Payload):
    """The call that is being hung up."""

    call: Annotated[Call, strawberry.lazy("schema.call")] | None = referenced(
        "Call", "call_id", "The call, as it is now; null if there are errors."
    )


@strawberry.input(description="What a person found out about a call in doubt.")
class ResolveCallInput:
    """What a person found out about a call in doubt."""

    call_id: strawberry.ID = required("The call, whose status must be `UNKNOWN`.")
    resolution: Resolution = required("What has become of it.")
    note: str | None = optional("How that was found out, at most 2,000 characters.")


@strawberry.type(description="The resolved call.")
class ResolveCallPayload(Payload):
    """The resolved call."""

    call: Annotated[Call, strawberry.lazy("schema.call")] | None = referenced(
        "Call", "call_id", "The call, as it is now; null if there are errors."
    )
