"""ApiKey in the graph: its fields, filters and orderings."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import strawberry

import models
from models import ApiKeyKind, Dialect
from schema.condition import AnyOf, Equals, Present, RefersToAny
from schema.fields import column, condition, related
from schema.node import NodeInterface
from schema.noun import noun
from schema.paging import OrderDirection
from schema.scalars import DateTime


@strawberry.input(
    description="Narrows a list of API keys; fields combine with AND, null means any."
)
class ApiKeyFilter:
    """Narrows a list of API keys."""

    kind: list[ApiKeyKind] | None = condition(AnyOf("kind"), "Of one of these kinds.")
    revoked: bool | None = condition(Present("revoked_at"), "Whether it was revoked.")
    number: int | None = condition(Equals("number", "int"), "With this number.")
    ids: list[strawberry.ID] | None = condition(RefersToAny("id", "key"), "One of these keys.")


@strawberry.enum(description="What a list of API keys can be ordered by.")
class ApiKeyOrderField(Enum):
    """What a list of API keys can be ordered by."""

    CREATED_AT = strawberry.enum_value("created_at", description="When it was created.")
    NAME = strawberry.enum_value("name", description="Its name, by bytes.")
    NUMBER = strawberry.enum_value("number", description="Its number.")


@strawberry.input(description="An ordering of API keys.")
class ApiKeyOrder:
    """An ordering of API keys."""

    field: ApiKeyOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection | None = strawberry.field(
        default=strawberry.UNSET, description="Which end comes first; `DESC` if absent."
    )


@noun(models.ApiKey, prefix="key", scope="keys", filter=ApiKeyFilter, order=ApiKeyOrderField)
class ApiKey(NodeInterface):
    """A secret that opens the workspace to a program, with the scopes it may use.

    Only a hash of the secret is kept; the secret itself is shown once, when it is made.
    """

    created_at: DateTime = column()
    updated_at: DateTime = column()
    version: int = column()
    number: int = column()
    name: str = column()
    kind: ApiKeyKind = column()
    dialect: Dialect = column()
    prefix: str = column()
    scopes: list[str] = column()
    subject: str | None = column()
    requests_per_minute: int | None = column()
    documents_only: bool = column()
    expires_at: DateTime | None = column()
    revoked_at: DateTime | None = column()
    last_used_at: DateTime | None = column()
    parent: Annotated[ApiKey, strawberry.lazy("schema.api_key")] | None = related(
        "ApiKey", "parent_id", "The key that minted this client token."
    )
