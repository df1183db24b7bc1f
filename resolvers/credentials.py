"""Credentials of provider accounts: read from an input, sealed, and opened again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from models import Provider
from resolvers.given import Given
from schema.error_code import ErrorCode
from schema.noun import camel, snake
from schema.unit import Unit
from schema.vault import UnsealableError, Vault
from schema.vendor import FORMS, VENDORS, Account, purpose

#: Longest secret; some vendors' keys are tokens that carry claims.
LONGEST = 2000
#: Secrets shorter than this would be told by their last characters.
HINTED = 16


def credentials(given: Given, provider: Provider, known: Mapping[str, str]) -> dict[str, str]:
    """The account's credentials after this input, which has those that change."""
    input = given.input.get("credentials")
    inner = Given(input or {}, (*given.path, "credentials"))
    found = {} if "credentials" in given.input and input is None else dict(known)
    vendor = VENDORS[provider]
    for name, value in inner.input.items():
        if snake(name) not in vendor.all_credentials:
            if value is not None:
                inner.problem(ErrorCode.INVALID, name, f"{provider} has no such credential.")
            continue
        inner.text(name, limit=LONGEST)
        text = inner.columns.get(snake(name))
        if text is None:
            found.pop(snake(name), None)
        else:
            found[snake(name)] = text
            fits(inner, name, text)
    for column in vendor.credentials:
        if column not in found and not any(
            each.path[-1] == camel(column) for each in inner.problems
        ):
            inner.problem(ErrorCode.REQUIRED, camel(column))
    given.problems += inner.problems
    return found


def fits(given: Given, name: str, text: str) -> None:
    """The value must look like what it is."""
    form = FORMS.get(snake(name))
    if form is not None and not form[0].fullmatch(text):
        given.problem(ErrorCode.INVALID, name, form[1])


def sealed(unit: Unit, account_id: str, found: Mapping[str, str]) -> bytes | None:
    """The credentials as they are kept; None where there are none."""
    if not found:
        return None
    vault = unit.caller.installation.secrets
    return vault.seal(unit.workspace_id, purpose(account_id), orjson.dumps(found))


def opened(vault: Vault, workspace_id: str, account_id: str, kept: bytes | None) -> dict[str, str]:
    """The credentials in the clear; raises `UnsealableError`."""
    if kept is None:
        return {}
    found: dict[str, str] = orjson.loads(vault.open(workspace_id, purpose(account_id), kept))
    return found


def known(unit: Unit, account_id: str, kept: bytes | None) -> dict[str, str]:
    """What an account has, to be changed in part; nothing where its key is gone."""
    if kept is None:
        return {}
    try:
        return opened(unit.caller.installation.secrets, unit.workspace_id, account_id, kept)
    except UnsealableError:
        return {}


def hint(provider: Provider, found: Mapping[str, str]) -> str | None:
    """The last characters of the secret that matters most."""
    for name in VENDORS[provider].all_credentials:
        if name in found and name != "api_key_sid":
            return found[name][-4:] if len(found[name]) >= HINTED else "…"
    return None


#: What `account` needs of a row.
COLUMNS = (
    "id",
    "workspace_id",
    "provider",
    "settings",
    "credentials",
    "callback_token",
    "max_concurrent_calls",
    "calls_per_second",
)


def account(vault: Vault | None, row: tuple[Any, ...] | Any) -> Account:
    """An account to work with, from its `COLUMNS`; raises `UnsealableError`."""
    id_, workspace, provider, settings, kept, token, concurrent, rate = row
    if kept is not None and vault is None:
        raise UnsealableError("The installation has no key.")
    found = {} if vault is None else opened(vault, workspace, id_, kept)
    return Account(
        id_,
        workspace,
        Provider[provider],
        orjson.loads(settings),
        found,
        token,
        concurrent,
        rate,
    )
