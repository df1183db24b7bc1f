"""The graph: nouns and verbs put together into one schema, and checked."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import strawberry
from graphql import GraphQLInputObjectType, GraphQLSchema
from strawberry.schema.config import StrawberryConfig

import schema as nouns
from gateway.execution.check import check
from resolvers import (
    agents,
    api_keys,
    calls,
    campaign_running,
    campaigns,
    deliveries,
    emails,
    leads,
    live,
    many_leads,
    phone_numbers,
    placing,
    provider_accounts,
    reaching,
    reading,
    recipients,
    stats,
    suppressions,
    viewer,
    webhooks,
    workspace,
)
from schema.scalars import SCALARS

#: Modules whose `MUTATIONS` make up the graph's verbs.
VERBS = (
    agents,
    api_keys,
    calls,
    campaign_running,
    campaigns,
    deliveries,
    emails,
    leads,
    many_leads,
    phone_numbers,
    placing,
    provider_accounts,
    recipients,
    suppressions,
    webhooks,
    workspace,
)
#: Modules whose `QUERIES` make up the root fields that read.
READS = (reaching, reading, stats, viewer, live)
#: Modules whose `SUBSCRIPTIONS` make up what can be followed.
FOLLOWED = (live,)


@cache
def graph() -> strawberry.Schema:
    """The schema; made once."""
    for module in iter_modules(nouns.__path__):
        import_module(f"schema.{module.name}")
    return strawberry.Schema(
        query=_root(
            "Query",
            "Reading.",
            {name: each for module in READS for name, each in module.QUERIES.items()},
        ),
        mutation=_root(
            "Mutation",
            "Verbs: each does all that it does in one transaction.",
            {each.python_name: each for module in VERBS for each in module.MUTATIONS},
        ),
        subscription=_root(
            "Subscription",
            "Following: what happens from now on, or after a cursor.",
            {name: each for module in FOLLOWED for name, each in module.SUBSCRIPTIONS.items()},
        ),
        config=StrawberryConfig(auto_camel_case=True, scalar_map=SCALARS),
    )


@cache
def core() -> GraphQLSchema:
    """The schema as graphql-core has it; a start with a field that doesn't fit its source fails."""
    found: GraphQLSchema = graph()._schema
    for type_ in found.type_map.values():
        # Strawberry keeps to itself which inputs take exactly one of their fields.
        made = type_.extensions.get("strawberry-definition")
        if isinstance(type_, GraphQLInputObjectType) and made is not None and made.is_one_of:
            type_.is_one_of = True
    check(found)
    return found


def sdl() -> str:
    """The schema's definition, as committed in `schema.graphql`."""
    return graph().as_str() + "\n"


def _root(name: str, description: str, fields: dict[str, Any]) -> type:
    for field_name, field in fields.items():
        field.python_name = field_name
        field.name = field_name
    made = type(
        name,
        (),
        {
            **fields,
            "__annotations__": {k: f.type_annotation.annotation for k, f in fields.items()},
            "__doc__": description,
            "__module__": __name__,
        },
    )
    root: type = strawberry.type(made, description=description)
    return root
