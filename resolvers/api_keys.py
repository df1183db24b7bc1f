"""What can be done with API keys and client tokens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from models import ApiKey, ApiKeyKind, Dialect, EventType, Numbered, Subject
from models.columns import new_id, wire
from resolvers import secret
from resolvers.existing import current, held
from resolvers.given import Given
from schema.api_key_input import (
    CreateApiKeyInput,
    CreateApiKeyPayload,
    CreateClientTokenInput,
    CreateClientTokenPayload,
    RevokeApiKeyInput,
    RevokeApiKeyPayload,
)
from schema.error_code import ErrorCode
from schema.errors import ForbiddenError, KeyFault, UnauthenticatedError
from schema.scope import SCOPES
from schema.unit import Unit
from schema.verb import verb

LIFETIME = 3600
MIN_LIFETIME = 60
MAX_LIFETIME = 86_400
#: What a secret in a browser must never open.
NEVER_IN_BROWSERS = ("full", "keys:write")


def one_key(_input: Any) -> Mapping[Numbered, int]:
    """A verb that may make one key."""
    return {Numbered.API_KEY: 1}


async def minter(unit: Unit) -> dict[str, Any]:
    """The key that asks, locked so that nobody revokes it meanwhile; empty for commands."""
    names = (
        *("id", "name", "kind", "expires_at", "revoked_at"),
        *("documents_only", "requests_per_minute"),
    )
    rows = await unit.find(ApiKey, names, {"id": unit.caller.key_id}, lock=True)
    if not rows:
        return {}
    found = held(ApiKey, names, rows[0])
    if found["kind"] == ApiKeyKind.CLIENT_TOKEN:
        raise ForbiddenError("A client token can't make keys or tokens.")
    expires = found["expires_at"]
    if found["revoked_at"] is not None:
        raise UnauthenticatedError(KeyFault.REVOKED)
    if expires is not None and expires <= unit.now:
        raise UnauthenticatedError(KeyFault.EXPIRED)
    return found


def scopes(unit: Unit, given: Given, *never: str) -> None:
    """Scopes that exist, none wider than the caller's, each once."""
    wanted = list(dict.fromkeys(given.input["scopes"]))
    if not wanted:
        given.problem(ErrorCode.REQUIRED, "scopes", "Name at least one scope.")
    each = Given({}, ("scopes",))
    for place, scope in enumerate(given.input["scopes"]):
        if scope not in SCOPES:
            each.problem(ErrorCode.INVALID_SCOPE, str(place), _unknown(scope))
        elif scope in never:
            message = f"A client token can't have the scope {scope}."
            each.problem(ErrorCode.INVALID_SCOPE, str(place), message)
        elif not unit.caller.may(scope):
            message = f"The key that asks lacks the scope {scope}."
            each.problem(ErrorCode.INVALID_SCOPE, str(place), message)
    given.problems += each.problems
    given.columns["scopes"] = wanted


def bound(parent: Mapping[str, Any], input: Mapping[str, Any]) -> bool:
    """Whether only documents of the manifest are served to a new key: no freer than its parent."""
    return bool(parent.get("documents_only") or input.get("documentsOnly"))


def rate(unit: Unit, parent: Mapping[str, Any], given: Given) -> None:
    """How many requests a minute a new key may make: no more than its parent."""
    given.integer("requestsPerMinute", 1, 1_000_000)
    if not parent:
        return
    own = parent["requests_per_minute"]
    most = own or unit.caller.allowance.requests_per_minute
    wanted = given.columns.get("requests_per_minute")
    if wanted is None:
        given.columns["requests_per_minute"] = own
    elif most is not None and wanted > most:
        message = f"The key that asks may make {most} requests a minute itself."
        given.problem(ErrorCode.OUT_OF_RANGE, "requestsPerMinute", message)


def _unknown(scope: str) -> str:
    return f"There is no scope {scope[:50]!r}. There are: {', '.join(SCOPES)}."


async def insert(unit: Unit, made: secret.Secret, title: str, columns: Mapping[str, Any]) -> str:
    """Add a key or token, and say so."""
    row = await unit.insert(
        ApiKey,
        {
            "id": new_id(),
            "number": unit.number(Numbered.API_KEY),
            "prefix": made.prefix,
            "secret_hash": made.hash,
            **columns,
        },
    )
    unit.record(EventType.API_KEY_CREATED, Subject.API_KEY, row["id"], title)
    return str(row["id"])


@verb(CreateApiKeyInput, CreateApiKeyPayload, "keys:write", numbers=one_key)
async def create_api_key(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Make an API key for a server. Its secret is in this answer and nowhere else.

    A key that is served only documents of the manifest makes keys that are, too.
    """
    parent = await minter(unit)
    given = Given(input)
    given.text("name", limit=200)
    given.required("name")
    scopes(unit, given)
    given.optional("expiresAt")
    rate(unit, parent, given)
    expires = given.columns.get("expires_at")
    if expires is not None and expires <= unit.now:
        given.problem(ErrorCode.OUT_OF_RANGE, "expiresAt", "Must lie in the future.")
    columns = given.check()
    dialect = Dialect[input.get("dialect") or "SWITCHBOARD"]
    made = secret.new(dialect)
    uuid = await insert(
        unit,
        made,
        f"Key {columns['name']} was made",
        {
            **columns,
            "dialect": dialect,
            "parent_id": parent.get("id"),
            "documents_only": bound(parent, input),
        },
    )
    unit.secrets["key"] = made.raw
    return {"api_key_id": uuid}


@verb(CreateClientTokenInput, CreateClientTokenPayload, "keys:write", numbers=one_key)
async def create_client_token(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Make a short-lived token for a browser from the key that asks, narrower than that key."""
    parent = await minter(unit)
    if not parent:
        raise ForbiddenError("Only an API key makes client tokens.")
    given = Given(input)
    given.text("subject", limit=200)
    given.required("subject")
    scopes(unit, given, *NEVER_IN_BROWSERS)
    given.integer("lifetimeSeconds", MIN_LIFETIME, MAX_LIFETIME)
    rate(unit, parent, given)
    columns = given.check()
    lifetime = columns.pop("lifetime_seconds", None) or LIFETIME
    expires = wire(datetime.fromisoformat(unit.now) + timedelta(seconds=lifetime))
    made = secret.new(Dialect.SWITCHBOARD, ApiKeyKind.CLIENT_TOKEN)
    uuid = await insert(
        unit,
        made,
        f"A client token for {columns['subject']} was made",
        {
            **columns,
            "name": parent["name"],
            "kind": ApiKeyKind.CLIENT_TOKEN,
            "parent_id": parent["id"],
            "documents_only": bound(parent, input),
            "expires_at": min(expires, parent["expires_at"] or expires),
        },
    )
    unit.secrets["token"] = made.raw
    return {"api_key_id": uuid}


async def revoke(unit: Unit, uuid: str, name: str) -> int:
    """Revoke a key that is not revoked yet, and the live client tokens made from it."""
    row = await unit.update(ApiKey, uuid, {"revoked_at": unit.now})
    assert row is not None
    mark = "$" if unit.dialect == "postgres" else "?"
    tokens = await unit.write(
        f"UPDATE api_key SET revoked_at = {mark}1, updated_at = {mark}1, version = version + 1 "
        f"WHERE workspace_id = {mark}2 AND parent_id = {mark}3 AND kind = 'CLIENT_TOKEN' "
        f"AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > {mark}1) "
        "RETURNING id, version, subject",
        [unit.now, unit.workspace_id, uuid],
    )
    unit.record(
        EventType.API_KEY_REVOKED,
        Subject.API_KEY,
        uuid,
        f"Key {name} was revoked",
        version=row[0],
    )
    for token, version, subject in tokens:
        unit.record(
            EventType.API_KEY_REVOKED,
            Subject.API_KEY,
            token,
            f"The client token for {subject} was revoked with its key",
            version=version,
        )
    return 1 + len(tokens)


@verb(RevokeApiKeyInput, RevokeApiKeyPayload, "keys:write")
async def revoke_api_key(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Revoke a key and the client tokens made from it; they are refused within five seconds.

    Keys that it made stay. Revoking a revoked key does nothing.
    """
    given = Given(input)
    before = await current(unit, given, ApiKey, "key", "name", "revoked_at")
    given.check()
    count = 0
    if before["revoked_at"] is None:
        count = await revoke(unit, before["id"], before["name"])
    return {"api_key_id": before["id"], "revoked_count": count}


MUTATIONS = (create_api_key, create_client_token, revoke_api_key)
