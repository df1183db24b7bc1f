"""PhoneNumber in the graph: its fields, filters and orderings."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

import models
from models import PhoneNumberStatus, Provider
from schema import address
from schema.condition import AnyOf, Equals, Refers, RefersToAny
from schema.fields import column, condition, connection, related
from schema.node import NodeInterface
from schema.noun import noun
from schema.paging import Connection, OrderDirection
from schema.scalars import E164, DateTime

if TYPE_CHECKING:
    from schema.agent import Agent
    from schema.call import Call
    from schema.provider_account import ProviderAccount


@strawberry.input(
    description="Narrows a list of phone numbers; fields combine with AND, null means any."
)
class PhoneNumberFilter:
    """Narrows a list of phone numbers."""

    status: list[PhoneNumberStatus] | None = condition(AnyOf("status"), "In one of these states.")
    outbound_agent_id: strawberry.ID | None = condition(
        Refers("outbound_agent_id", "agent"), "That this agent calls from."
    )
    inbound_agent_id: strawberry.ID | None = condition(
        Refers("inbound_agent_id", "agent"), "That this agent answers."
    )
    e164: str | None = condition(
        Equals("e164", read=address.sought), "Exactly this number, in E.164."
    )
    number: int | None = condition(Equals("number", "int"), "With this number.")
    ids: list[strawberry.ID] | None = condition(
        RefersToAny("id", "phone_number"), "One of these phone numbers."
    )


@strawberry.enum(description="What a list of phone numbers can be ordered by.")
class PhoneNumberOrderField(Enum):
    """What a list of phone numbers can be ordered by."""

    CREATED_AT = strawberry.enum_value("created_at", description="When it was created.")
    NUMBER = strawberry.enum_value("number", description="Its number.")
    E164 = strawberry.enum_value("e164", description="Its digits.")


@strawberry.input(description="An ordering of phone numbers.")
class PhoneNumberOrder:
    """An ordering of phone numbers."""

    field: PhoneNumberOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection | None = strawberry.field(
        default=strawberry.UNSET, description="Which end comes first; `DESC` if absent."
    )


@noun(
    models.PhoneNumber,
    prefix="phone_number",
    scope="phone_numbers",
    filter=PhoneNumberFilter,
    order=PhoneNumberOrderField,
)
class PhoneNumber(NodeInterface):
    """A number of the workspace, which agents call from and are called on."""

    created_at: DateTime = column()
    updated_at: DateTime = column()
    version: int = column()
    number: int = column()
    e164: E164 = column()
    country: str | None = column()
    friendly_name: str | None = column()
    status: PhoneNumberStatus = column()
    provider: Provider | None = column()
    provider_account: (
        Annotated[ProviderAccount, strawberry.lazy("schema.provider_account")] | None
    ) = related(
        "ProviderAccount",
        "provider_account_id",
        "The very account that it belongs to, if one is named.",
    )
    provider_number_id: str | None = column()
    calls_per_second: int | None = column()
    max_concurrent_calls: int | None = column()
    outbound_agent: Annotated[Agent, strawberry.lazy("schema.agent")] | None = related(
        "Agent", "outbound_agent_id", "The agent that calls from this number."
    )
    inbound_agent: Annotated[Agent, strawberry.lazy("schema.agent")] | None = related(
        "Agent", "inbound_agent_id", "The agent that answers this number."
    )
    calls: Connection[Annotated[Call, strawberry.lazy("schema.call")]] = connection(
        "Call", "phone_number_id", "Calls from and to this number."
    )
