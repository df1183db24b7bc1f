"""Inputs and payloads of the verbs on phone numbers."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

from models import PhoneNumber as Row
from models import PhoneNumberStatus, Provider
from schema.fields import referenced
from schema.input import like, optional, required
from schema.payload import Payload

if TYPE_CHECKING:
    from schema.phone_number import PhoneNumber


@strawberry.enum(description="What an agent does with a phone number.")
class PhoneNumberRole(Enum):
    """What an agent does with a phone number."""

    OUTBOUND = strawberry.enum_value("OUTBOUND", description="Calls from it.")
    INBOUND = strawberry.enum_value("INBOUND", description="Answers it.")


@strawberry.input(description="What is known of a phone number.")
class PhoneNumberFields:
    """The fields that adding and updating share."""

    friendly_name: str | None = like(Row, "friendly_name")
    status: PhoneNumberStatus | None = optional(
        "Whether calls can be made from it; `RELEASED` only by `releasePhoneNumber`."
    )
    provider: Provider | None = like(Row, "provider")
    provider_account_id: strawberry.ID | None = like(Row, "provider_account_id")
    provider_number_id: str | None = like(Row, "provider_number_id")
    calls_per_second: int | None = like(Row, "calls_per_second")
    max_concurrent_calls: int | None = like(Row, "max_concurrent_calls")


@strawberry.input(
    description="A phone number that the workspace holds already; nothing is bought at a vendor."
)
class AddPhoneNumberInput(PhoneNumberFields):
    """A phone number to add."""

    e164: str = required("The number in E.164, such as `+14155550123`; unique in the workspace.")
    outbound_agent_id: strawberry.ID | None = like(Row, "outbound_agent_id")
    inbound_agent_id: strawberry.ID | None = like(Row, "inbound_agent_id")


@strawberry.input(description="What to change of a phone number; absent fields stay, null clears.")
class UpdatePhoneNumberInput(PhoneNumberFields):
    """What to change of a phone number."""

    id: strawberry.ID = required("The phone number.")


@strawberry.input(description="The agent for one role of a phone number.")
class AssignPhoneNumberInput:
    """The agent for one role of a phone number."""

    id: strawberry.ID = required("The phone number.")
    agent_id: strawberry.ID | None = required("The agent; null takes the number from its agent.")
    role: PhoneNumberRole = required("What the agent does with the number.")


@strawberry.input(description="A phone number to give back.")
class ReleasePhoneNumberInput:
    """A phone number to give back."""

    id: strawberry.ID = required("The phone number.")


@strawberry.type(description="The added phone number.")
class AddPhoneNumberPayload(Payload):
    """The added phone number."""

    phone_number: Annotated[PhoneNumber, strawberry.lazy("schema.phone_number")] | None = (
        referenced("PhoneNumber", "phone_number_id", "The phone number; null if there are errors.")
    )


@strawberry.type(description="The changed phone number.")
class UpdatePhoneNumberPayload(Payload):
    """The changed phone number."""

    phone_number: Annotated[PhoneNumber, strawberry.lazy("schema.phone_number")] | None = (
        referenced(
            "PhoneNumber",
            "phone_number_id",
            "The phone number as it is now; null if there are errors.",
        )
    )


@strawberry.type(description="The assigned phone number.")
class AssignPhoneNumberPayload(Payload):
    """The assigned phone number."""

    phone_number: Annotated[PhoneNumber, strawberry.lazy("schema.phone_number")] | None = (
        referenced(
            "PhoneNumber",
            "phone_number_id",
            "The phone number as it is now; null if there are errors.",
        )
    )


@strawberry.type(description="The released phone number.")
class ReleasePhoneNumberPayload(Payload):
    """The released phone number."""

    phone_number: Annotated[PhoneNumber, strawberry.lazy("schema.phone_number")] | None = (
        referenced(
            "PhoneNumber",
            "phone_number_id",
            "The phone number as it is now; null if there are errors.",
        )
    )
