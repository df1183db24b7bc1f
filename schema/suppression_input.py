"""Inputs and payloads of the verbs on suppressions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from models import Channel, SuppressionReason
from models import Suppression as Row
from schema.fields import attribute, referenced
from schema.input import like, optional
from schema.payload import Payload

if TYPE_CHECKING:
    from schema.suppression import Suppression


@strawberry.input(description="An address that must not be contacted: a phone number or an e-mail.")
class SuppressInput:
    """An address to suppress."""

    phone: str | None = optional("The phone number in E.164; this or `email`.")
    email: str | None = optional("The e-mail address, whatever its case; this or `phone`.")
    channel: Channel | None = optional(
        "`CALL` for a phone number, `EMAIL` for an address: follows from what is given, and "
        "anything else is refused."
    )
    reason: SuppressionReason | None = optional("Why; `MANUAL` if absent.")
    note: str | None = like(Row, "note")
    lead_id: strawberry.ID | None = like(Row, "lead_id")
    call_id: strawberry.ID | None = like(Row, "call_id")
    email_id: strawberry.ID | None = like(Row, "email_id")


@strawberry.input(description="A suppression to lift: by its id, or by its address.")
class UnsuppressInput:
    """A suppression to lift."""

    id: strawberry.ID | None = optional("The suppression.")
    phone: str | None = optional("The phone number in E.164.")
    email: str | None = optional("The e-mail address, whatever its case.")


@strawberry.type(description="The suppressed address.")
class SuppressPayload(Payload):
    """The suppressed address."""

    suppression: Annotated[Suppression, strawberry.lazy("schema.suppression")] | None = referenced(
        "Suppression", "suppression_id", "The suppression; null if there are errors."
    )
    created: bool | None = attribute(
        "created", "False where the address was suppressed already; null if there are errors."
    )


@strawberry.type(description="The lifted suppression's id.")
class UnsuppressPayload(Payload):
    """The lifted suppression's id."""

    deleted_id: strawberry.ID | None = attribute("deleted_id", "The id that is gone.")
