"""What can be done with provider accounts: the workspace's accounts with vendors."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from models import Call, Callback, Email, EventType, Provider, ProviderAccount, Subject, Workspace
from models.columns import new_id
from models.database import Row
from resolvers.credentials import credentials, fits, hint, known, sealed
from resolvers.existing import current, differing, named
from resolvers.given import Given
from resolvers.public_address import names_public
from schema.error_code import ErrorCode
from schema.noun import camel, snake
from schema.provider_account_input import (
    AddProviderAccountInput,
    AddProviderAccountPayload,
    RemoveProviderAccountInput,
    RemoveProviderAccountPayload,
    UpdateProviderAccountInput,
    UpdateProviderAccountPayload,
)
from schema.refusal import Problem, refuse
from schema.unit import Unit
from schema.vendor import VENDORS, ProviderKind
from schema.verb import verb

SETTINGS = ("baseUrl", "accountSid", "host", "port", "username")
LIMITS = ("maxConcurrentCalls", "callsPerSecond")
#: Of several that change an account's being the default, one goes first: no index forbids two.
TURN = "provider accounts"
#: Settings that say with whom the calls are that a vendor has.
WHOSE = ("base_url", "account_sid")
#: Calls that the vendor has, or of which it still has something to tell.
CALLS = (
    (
        "calls under way",
        "call",
        " AND status IN ('DIALING', 'UNKNOWN', 'RINGING', 'IN_PROGRESS') AND ended_at IS NULL",
    ),
    (
        "calls whose recordings are awaited",
        "call",
        " AND status IN ('COMPLETED', 'VOICEMAIL') AND due_at IS NOT NULL",
    ),
)
#: What needs the account it names, as people call it: table and condition.
USERS = (
    ("agents", "agent", ""),
    ("phone numbers", "phone_number", ""),
    ("calls waiting", "call", " AND status IN ('SCHEDULED', 'QUEUED')"),
    *CALLS,
    ("e-mails under way", "email", " AND status IN ('SCHEDULED', 'QUEUED', 'SENDING')"),
)


def fields(unit: Unit, given: Given, provider: Provider, before: Mapping[str, Any]) -> None:
    """Read what adding and updating share: the columns, and the vendor's own settings."""
    vendor = VENDORS[provider]
    given.text("name", limit=200, required=True)
    given.plain("active")
    for name in LIMITS:
        given.integer(name, 1, 10_000 if name == "maxConcurrentCalls" else 1000)
        if given.columns.get(snake(name)) is not None and vendor.kind is ProviderKind.MAIL:
            given.problem(ErrorCode.INVALID, name, "Only of accounts for calls.")
    own = Given(given.input)
    private = unit.caller.installation.private_providers
    own.url("baseUrl", "https", *(("http",) if private else ()))
    for name in ("accountSid", "host", "username"):
        own.text(name, limit=300)
    own.integer("port", 1, 65_535)
    after = dict(before.get("settings") or {})
    for column, value in own.columns.items():
        if value is None:
            after.pop(column, None)
        elif column not in vendor.all_settings:
            own.problem(ErrorCode.INVALID, camel(column), f"{provider} has no such setting.")
        else:
            after[column] = value
            fine = len(own.problems)
            fits(own, camel(column), str(value))
            if not private and len(own.problems) == fine:
                _public(own, column, str(value))
    parts = urlsplit(str(after.get("base_url", ""))) if not own.problems else urlsplit("")
    if parts.query or parts.fragment or "@" in parts.netloc:
        own.problem(ErrorCode.INVALID_URL, "baseUrl", "Only a host and, at most, a path.")
    for column in vendor.settings:
        if column not in after and not any(camel(column) in each.path for each in own.problems):
            own.problem(ErrorCode.REQUIRED, camel(column))
    given.problems += own.problems
    given.columns["settings"] = after


def _public(own: Given, column: str, value: str) -> None:
    """Names are resolved only when they are connected to, and then looked at again."""
    if column == "base_url" and not names_public(value):
        own.problem(ErrorCode.INVALID_URL, "baseUrl", "The address is not public.")
    elif column == "host" and not names_public(f"smtp://{value}"):
        own.problem(ErrorCode.INVALID, "host", "The address is not public.")


def secret(given: Given, provider: Provider, had: Mapping[str, str]) -> dict[str, str]:
    """The credentials after this input, with what settings and credentials need of each other."""
    found = credentials(given, provider, had)
    pair = VENDORS[provider].together
    if pair is not None:
        both = {**given.columns["settings"], **found}
        for one, other in (pair, pair[::-1]):
            if one in both and other not in both and not given.problems:
                inside = () if other in SETTINGS else ("credentials",)
                said = f"Needed with {camel(one)}."
                given.problems.append(Problem(ErrorCode.REQUIRED, said, (*inside, camel(other))))
    return found


@verb(AddProviderAccountInput, AddProviderAccountPayload, "provider_accounts:write")
async def add_provider_account(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Add an account with a vendor. Nothing is asked of the vendor before the first call or e-mail.

    Once there is an account for calls (or e-mails), what names none goes through the default
    one, and nothing is simulated any more.
    """
    given = Given(input)
    provider = Provider[input["provider"]]
    fields(unit, given, provider, {})
    found = secret(given, provider, {})
    columns = given.check()
    await unit.take_turn(TURN)
    others = await _kindred(unit, provider)
    uuid = new_id()
    default = bool(input.get("isDefault")) or not others
    if default:
        await _replace_default(unit, others)
    name = columns.pop("name", None) or _called(provider)
    await unit.insert(
        ProviderAccount,
        {
            "id": uuid,
            **columns,
            "name": name,
            "provider": provider,
            "is_default": default,
            "credentials": sealed(unit, uuid, found),
            "credentials_hint": hint(provider, found),
            "callback_token": secrets.token_urlsafe(32),
        },
    )
    unit.record(
        EventType.PROVIDER_ACCOUNT_ADDED,
        Subject.PROVIDER_ACCOUNT,
        uuid,
        f"The account {name} was added",
        metadata={"provider": provider.value},
    )
    return {"provider_account_id": uuid}


@verb(UpdateProviderAccountInput, UpdateProviderAccountPayload, "provider_accounts:write")
async def update_provider_account(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Change an account; its vendor stays.

    `baseUrl` and `accountSid` stay as they are while calls are under way: nobody else has those.
    """
    given = Given(input)
    await unit.take_turn(TURN)
    before = await current(
        unit,
        given,
        ProviderAccount,
        "provider_account",
        *("name", "provider", "is_default", "active", "settings", "credentials"),
        *("max_concurrent_calls", "calls_per_second"),
    )
    given.check()
    uuid, provider = before["id"], Provider[before["provider"]]
    fields(unit, given, provider, before)
    # What the secrets are need not be known to change a name.
    concerned = not input.keys().isdisjoint(("credentials", "username"))
    had = known(unit, uuid, before["credentials"]) if concerned else {}
    found = secret(given, provider, had) if concerned else {}
    others = await _kindred(unit, provider, uuid)
    wanted = input.get("isDefault")
    if wanted is False and before["is_default"]:
        given.problem(ErrorCode.INVALID, "isDefault", "Make another account the default instead.")
    changed = differing(before, given.check())
    await _stays(unit, uuid, before["settings"], changed.get("settings", before["settings"]))
    if wanted and not before["is_default"]:
        await _replace_default(unit, others)
        changed["is_default"] = True
    if found != had:
        changed["credentials"] = sealed(unit, uuid, found)
    told = named(changed)
    if "credentials" in changed:
        changed["credentials_hint"] = hint(provider, found)
    if not changed.keys().isdisjoint(("credentials", "settings")):
        # What the vendor said was said of others.
        changed |= {"verified_at": None, "last_error": None}
    if changed:
        row = await unit.update(ProviderAccount, uuid, changed, ("version", "name"))
        assert row is not None
        unit.record(
            EventType.PROVIDER_ACCOUNT_UPDATED,
            Subject.PROVIDER_ACCOUNT,
            uuid,
            f"The account {row[1]} was changed",
            version=row[0],
            metadata=told,
        )
    return {"provider_account_id": uuid}


@verb(RemoveProviderAccountInput, RemoveProviderAccountPayload, "provider_accounts:write")
async def remove_provider_account(unit: Unit, input: dict[str, Any]) -> Mapping[str, Any]:
    """Remove an account and its credentials for good.

    Refused while agents, phone numbers, or calls and e-mails under way name it, while recordings
    of its calls are awaited, and while it is the default and there are others. Calls and e-mails that have ended stay and name it no more.
    """
    given = Given(input)
    await unit.take_turn(TURN)
    before = await current(
        unit, given, ProviderAccount, "provider_account", "name", "provider", "is_default"
    )
    given.check()
    uuid = before["id"]
    users = await _users(unit, uuid)
    if users:
        message = f"The account still has {', '.join(users)}; give them another first, or wait."
        raise refuse(ErrorCode.IN_USE, message, "id")
    if before["is_default"] and await _kindred(unit, Provider[before["provider"]], uuid):
        raise refuse(ErrorCode.IN_USE, "Make another account the default first.", "id")
    for model in (Call, Email, Callback):
        await unit.detach(model, "provider_account_id", uuid)
    await unit.delete(ProviderAccount, uuid)
    unit.record(
        EventType.PROVIDER_ACCOUNT_REMOVED,
        Subject.PROVIDER_ACCOUNT,
        uuid,
        f"The account {before['name']} was removed",
        version=before["version"] + 1,
    )
    return {"deleted_id": input["id"]}


async def _kindred(unit: Unit, provider: Provider, but: str | None = None) -> Sequence[Row]:
    """Id, name and whether it is the default of the other accounts of the vendor's kind."""
    kind = VENDORS[provider].kind
    rows = await unit.find(ProviderAccount, ["id", "name", "is_default", "provider"], {})
    return [row for row in rows if row[0] != but and VENDORS[Provider[row[3]]].kind is kind]


async def _replace_default(unit: Unit, others: Sequence[Row]) -> None:
    """The one that is the default is it no more."""
    for uuid, name, default, _ in others:
        if default:
            row = await unit.update(ProviderAccount, uuid, {"is_default": False})
            assert row is not None
            unit.record(
                EventType.PROVIDER_ACCOUNT_UPDATED,
                Subject.PROVIDER_ACCOUNT,
                uuid,
                f"The account {name} is the default no more",
                version=row[0],
                metadata=named(["is_default"]),
            )


async def _stays(
    unit: Unit, uuid: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Refuse to be somebody else with the vendor while that one has calls."""
    moved = [each for each in WHOSE if before.get(each) != after.get(each)]
    if moved:
        # Whoever dials holds the workspace, and has read the account.
        await unit.find(Workspace, ("version",), {}, lock=True)
        users = await _users(unit, uuid, CALLS)
        if users:
            message = f"The account still has {' and '.join(users)}; try again after them."
            raise refuse(ErrorCode.IN_USE, message, camel(moved[0]))


async def _users(unit: Unit, uuid: str, who: Sequence[tuple[str, str, str]] = USERS) -> list[str]:
    """What needs the account."""
    mark = "$" if unit.dialect == "postgres" else "?"
    probes = [
        f"SELECT '{people}' WHERE EXISTS (SELECT 1 FROM \"{table}\" "
        f"WHERE workspace_id = {mark}1 AND provider_account_id = {mark}2{condition})"
        for people, table, condition in who
    ]
    rows = await unit.read(" UNION ALL ".join(probes), [unit.workspace_id, uuid])
    return [row[0] for row in rows]


def _called(provider: Provider) -> str:
    """A name for who gave none."""
    return {Provider.SIP: "SIP", Provider.SMTP: "Mail server"}.get(provider, provider.title())


MUTATIONS = (add_provider_account, update_provider_account, remove_provider_account)
