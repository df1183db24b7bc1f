"""Settings: every one has a default, and an environment variable `SWITCHBOARD_<NAME>`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, get_type_hints

PREFIX = "SWITCHBOARD_"


class SettingsError(Exception):
    """A setting's value can't be used."""


def setting(default: Any, description: str) -> Any:
    """A setting with what a person needs to know of it."""
    return field(default=default, metadata={"description": description})


@dataclass(frozen=True)
class Settings:
    """All settings of a process."""

    database_url: str = setting(
        "sqlite://var/switchboard.db",
        "Where everything is kept: `sqlite://relative/path`, `sqlite:///absolute/path` or "
        "`postgres://user:password@host/database`.",
    )
    redis_url: str | None = setting(
        None,
        "Redis for rate limits and bells, `redis://host:6379/0`. Needed for two servers on one "
        "database.",
    )
    host: str = setting("127.0.0.1", "Address that the server listens on.")
    port: int = setting(3000, "Port that the server listens on.")
    public_url: str | None = setting(
        None, "Address under which the world reaches this server, for links and callbacks."
    )
    rate_limit: str = setting(
        "120/minute", "Requests of one API key, in the notation of the limits library."
    )
    address_rate_limit: str = setting(
        "600/minute", "Requests from one address without a valid key."
    )
    cors_origins: str = setting(
        "", "Origins whose pages may call the API, separated by commas; `*` for all."
    )
    trusted_proxies: str = setting(
        "127.0.0.1", "Addresses whose `X-Forwarded-For` is believed, separated by commas."
    )
    max_body_bytes: int = setting(1_048_576, "Largest body of a request.")
    body_timeout: float = setting(10.0, "Seconds within which a request's body must arrive.")
    request_timeout: float = setting(30.0, "Seconds after which a request is given up.")
    statement_timeout: float = setting(10.0, "Seconds after which one statement is stopped.")
    connections: int = setting(10, "Connections to the database, at most.")
    max_tokens: int = setting(2000, "Largest document, in lexical tokens.")
    max_depth: int = setting(15, "Deepest nesting of a document's selections.")
    max_aliases: int = setting(100, "Most aliases of a document, fragments counted where used.")
    max_directives: int = setting(100, "Most directives of a document.")
    max_root_fields: int = setting(20, "Most fields at the root of an operation.")
    max_cost: int = setting(20_000, "Most objects that one operation may ask for.")
    max_batch: int = setting(0, "Most operations in one batched request; 0 switches batching off.")
    introspection: bool = setting(True, "Whether the schema may be asked for.")
    suggestions: bool = setting(True, "Whether errors suggest names that do exist.")
    debug: bool = setting(
        False, "Whether answers show the SQL statements they took, in `extensions.debug`."
    )
    explorer: bool = setting(True, "Whether browsers get GraphiQL at `/graphql`.")
    documents: str | None = setting(
        None, "Manifest of trusted documents: a JSON file of ids or hashes and documents."
    )
    documents_mode: str = setting(
        "off", "What the manifest means: `off`, `log` strangers, or `require` it."
    )
    log_level: str = setting("info", "How much is logged: debug, info, warning, error.")


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings that the environment names; raises `SettingsError`."""
    environment = os.environ if environment is None else environment
    hints = get_type_hints(Settings)
    known = {variable(each.name): each.name for each in fields(Settings)}
    found = {}
    for name, value in environment.items():
        if not name.startswith(PREFIX):
            continue
        if name not in known:
            raise SettingsError(f"There is no setting {name}.")
        found[known[name]] = _read(name, value, hints[known[name]])
    return Settings(**found)


def _read(name: str, value: str, type_: Any) -> Any:
    try:
        if type_ is bool:
            return _TRUTH[value.strip().lower()]
        if type_ in (int, float):
            return type_(value)
    except (ValueError, KeyError):
        what = {bool: "true or false", int: "a whole number", float: "a number"}[type_]
        raise SettingsError(f"{name} must be {what}, not {value!r}.") from None
    return value if value or type_ is str else None


_TRUTH = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}
