"""Reading: the root fields that look nouns up and list them."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from schema.fields import connection, lookup, node
from schema.node import NodeInterface
from schema.noun import snake
from schema.paging import Connection


def one(noun: str) -> Any:
    """`noun(id)`."""
    return _typed(
        lookup(noun, f"The {_human(noun)} with this id; null if there is none."), _lazy(noun) | None
    )


def many(noun: str, description: str) -> Any:
    """`nouns(first, after, …)`."""
    made: Any = Connection
    return _typed(connection(noun, None, description), made[_lazy(noun)])


def _typed(field: Any, annotation: Any) -> Any:
    field.type = annotation
    return field


def _lazy(noun: str) -> Any:
    return Annotated[noun, strawberry.lazy(f"schema.{snake(noun)}")]


_SPELLED = {"ApiKey": "API key", "Email": "e-mail"}


def _human(noun: str) -> str:
    return _SPELLED.get(noun) or snake(noun).replace("_", " ")


QUERIES = {
    "node": _typed(node("Whatever has this id; null if nothing has."), NodeInterface | None),
    "nodes": _typed(
        node("What has these ids, in their order; null where nothing has.", many=True),
        list[NodeInterface | None],
    ),
    "lead": one("Lead"),
    "leads": many("Lead", "The workspace's leads."),
    "agent": one("Agent"),
    "agents": many("Agent", "The workspace's agents."),
    "phone_number": one("PhoneNumber"),
    "phone_numbers": many("PhoneNumber", "The workspace's phone numbers."),
    "call": one("Call"),
    "calls": many("Call", "The workspace's calls."),
    "email": one("Email"),
    "emails": many("Email", "The workspace's e-mails."),
    "campaign": one("Campaign"),
    "campaigns": many("Campaign", "The workspace's campaigns."),
    "recipient": one("Recipient"),
    "recipients": many("Recipient", "Recipients of all campaigns."),
    "proposal": one("Proposal"),
    "activity": many("Activity", "What happened in the workspace, newest first."),
    "suppression": one("Suppression"),
    "suppressions": many("Suppression", "Numbers and addresses that must not be contacted."),
    "provider_account": one("ProviderAccount"),
    "provider_accounts": many("ProviderAccount", "The workspace's accounts with vendors."),
    "webhook": one("Webhook"),
    "webhooks": many("Webhook", "The workspace's webhooks."),
    "api_key": one("ApiKey"),
    "api_keys": many("ApiKey", "The workspace's API keys and client tokens."),
}
