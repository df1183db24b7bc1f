"""Rows that a verb needs to know before it changes anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from tortoise.models import Model

from models import Agent, Provider, ProviderAccount
from models.columns import Flag, Json, Timestamp, dump_json, wire
from models.held import Presumed
from resolvers.given import Given
from schema.error_code import ErrorCode
from schema.noun import camel
from schema.unit import Unit
from schema.vendor import VENDORS, ProviderKind

#: Columns that verbs make by themselves; nobody needs to hear that they changed.
_DERIVED = {"search", "contact_key", "last_activity_at"}


async def current(
    unit: Unit,
    given: Given,
    model: type[Model],
    prefix: str,
    *columns: str,
    name: str = "id",
    lock: bool = False,
    presumed: Presumed | None = None,
) -> dict[str, Any]:
    """The row that the field `name` names: `columns`, and all that were given.

    It is watched, or with `lock` locked. Empty if there is none, which is noted as a problem.
    With `presumed` it may be that it isn't read: see `Unit.presume`.
    """
    uuid = given.identity(prefix, name)
    if uuid is None:
        return {}
    names = list(dict.fromkeys(("id", "version", *columns, *given.columns)))
    if presumed is not None and not given.problems:
        row = unit.presume(model, uuid, names, presumed)
        if row is not None:
            return dict(zip(names, row, strict=True))
    if lock:
        rows = await unit.find(model, names, {"id": uuid}, lock=True)
    else:
        rows = await unit.watch(model, names, {"id": uuid})
    if not rows:
        given.missing(prefix, name)
        return {}
    return held(model, names, rows[0])


def held(model: type[Model], columns: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    """What a row holds, as verbs give it."""
    found = dict(zip(columns, row, strict=True))
    for name, decode in _decoders(model, tuple(columns)):
        if found[name] is not None:
            found[name] = decode(found[name])
    return found


@lru_cache(512)
def _decoders(
    model: type[Model], columns: tuple[str, ...]
) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    """How to read the columns that databases hold otherwise."""
    fields = model._meta.fields_map
    return tuple(
        (name, decode)
        for name in columns
        for kind, decode in ((Json, orjson.loads), (Flag, bool), (Timestamp, _instant))
        if isinstance(fields[name], kind)
    )


def _instant(text: str) -> str:
    return wire(datetime.fromisoformat(text))


def differing(before: Mapping[str, Any], columns: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the columns that get another value than they have."""
    return {name: value for name, value in columns.items() if not _same(before[name], value)}


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict | list):
        # To Python 1 and true are equal.
        return dump_json(one) == dump_json(other)
    return bool(one == other)


def named(columns: Iterable[str]) -> dict[str, list[str]]:
    """An event's metadata: which fields changed, in the API's spelling."""
    return {"changed": sorted([camel(name) for name in columns if name not in _DERIVED])}


async def check(
    unit: Unit, given: Given, name: str, model: type[Model], prefix: str, column: str
) -> None:
    """The noun that `given` names must exist in the workspace."""
    uuid = given.columns.get(column)
    if uuid is not None and not await unit.find(model, ["id"], {"id": uuid}):
        given.missing(prefix, name)


async def check_agent(
    unit: Unit, given: Given, name: str = "agentId", column: str = "agent_id"
) -> None:
    """The agent that `given` names must exist and not be put away."""
    uuid = given.columns.get(column)
    if uuid is None:
        return
    rows = await unit.find(Agent, ["archived_at"], {"id": uuid})
    if not rows:
        given.missing("agent", name)
    elif rows[0][0] is not None:
        given.problem(ErrorCode.ARCHIVED, name)


async def check_account(unit: Unit, given: Given, after: Mapping[str, Any]) -> None:
    """The provider account must exist and be with the vendor, if one is named."""
    uuid, provider = after.get("provider_account_id"), after.get("provider")
    if uuid is None:
        return
    rows = await unit.find(ProviderAccount, ["provider"], {"id": uuid})
    if not rows:
        given.missing("provider_account", "providerAccountId")
    elif provider is not None and rows[0][0] != provider:
        given.problem(ErrorCode.INVALID, "providerAccountId", f"That account is with {rows[0][0]}.")
    elif VENDORS[Provider[rows[0][0]]].kind is not ProviderKind.VOICE:
        given.problem(ErrorCode.INVALID, "providerAccountId", "That account is for e-mails.")
