"""Settings: every one has a default, and an environment variable `SWITCHBOARD_<NAME>`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from typing import Any, get_type_hints

from gateway.bounds import PREFIX, must, problems, variable


class SettingsError(Exception):
    """Values of settings can't be used; `problems` has a sentence for each."""

    def __init__(self, *problems: str) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


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
    secret_keys: str = setting(
        "",
        "Keys that secrets of provider accounts and webhooks are sealed with, and links signed: "
        "long random texts, separated by commas. The first seals, all open. Beside an SQLite file "
        "one is made; on PostgreSQL there is none unless it is set, the same for all servers.",
    )
    media_directory: str | None = setting(
        None,
        "Folder that recordings are kept in, by default `media` beside the SQLite file, else "
        "`var/media`. Several servers need one that they share.",
    )
    mail_directory: str | None = setting(
        None,
        "Maildir that e-mails are put in while a workspace has no mail server, by default `mail` "
        "beside the SQLite file, else `var/mail`.",
    )
    private_providers: bool = setting(
        False,
        "Whether accounts with vendors may name private addresses and http://, as a mail server in "
        "one's own network has, or a stand-in for tests. Never where others can add accounts.",
    )
    require_plan: bool = setting(
        False, "Whether the calls of a workspace without a plan wait until it has one."
    )
    extraction_url: str | None = setting(
        None,
        "Beginning of the addresses of an OpenAI-compatible API, such as "
        "`https://models.example.com/v1`. Asked for what a campaign's JSON Schema wants to know "
        "where a provider does not find it out; it is sent the transcript.",
    )
    extraction_model: str = setting("", "The model that is asked there.")
    extraction_key: str = setting("", "The key that it is asked with, if it needs one.")
    webhooks: bool = setting(
        True, "Whether this process sends webhooks; off, others on the same database do."
    )
    private_webhooks: bool = setting(
        False,
        "Whether webhooks may be sent to private addresses and over http://, for development on "
        "one machine. Never where others can create webhooks.",
    )
    rate_limit: str = setting(
        "120/minute", "Requests of one API key, in the notation of the limits library."
    )
    address_rate_limit: str = setting(
        "600/minute", "Requests from one address without a valid key."
    )
    workspace_requests_per_minute: int = setting(
        0,
        "Requests of one workspace in a minute over all its keys, where it has no limit of its "
        "own; 0 means no limit.",
    )
    workspace_requests_per_day: int = setting(
        0,
        "Requests of one workspace in a day over all its keys, where it has no limit of its own; "
        "0 means no limit.",
    )
    cors_origins: str = setting(
        "", "Origins whose pages may call the API, separated by commas; `*` for all."
    )
    trusted_proxies: str = setting(
        "127.0.0.1",
        "Addresses or networks whose `X-Forwarded-For` is believed, separated by commas; `*` for "
        "all.",
    )
    max_body_bytes: int = setting(1_048_576, "Largest body of a request.")
    body_timeout: float = setting(10.0, "Seconds within which a request's body must arrive.")
    request_timeout: float = setting(30.0, "Seconds after which a request is given up.")
    statement_timeout: float = setting(10.0, "Seconds after which one statement is stopped.")
    connections: int = setting(
        10, "Connections to the database, at most; PostgreSQL gets one more, for the event log."
    )
    max_document: int = setting(65_536, "Largest document, in characters.")
    max_tokens: int = setting(2000, "Largest document, in lexical tokens.")
    max_depth: int = setting(15, "Deepest nesting of a document's selections.")
    max_aliases: int = setting(100, "Most aliases of a document, fragments counted where used.")
    max_directives: int = setting(100, "Most directives of a document.")
    max_root_fields: int = setting(20, "Most fields at the root of an operation.")
    max_fields: int = setting(
        2000, "Most fields of an operation, those of fragments counted where used."
    )
    max_cost: int = setting(20_000, "Most objects that one operation may ask for.")
    max_subscriptions: int = setting(
        100, "Most operations under way at once on one WebSocket, subscriptions among them."
    )
    live_init_timeout: float = setting(
        5.0, "Seconds within which a WebSocket's client must say who it is."
    )
    live_ping: float = setting(
        15.0, "Seconds between two signs of life on a WebSocket or an event stream."
    )
    max_batch: int = setting(0, "Most operations in one batched request; 0 switches batching off.")
    introspection: bool = setting(True, "Whether the schema may be asked for.")
    suggestions: bool = setting(True, "Whether errors suggest names that do exist.")
    debug: bool = setting(
        False,
        "Whether answers show the SQL statements that read them, in `extensions.debug`; not those "
        "that a verb works with.",
    )
    explorer: bool = setting(
        True, "Whether browsers get GraphiQL at `/graphql` and the board at `/live`."
    )
    dispatcher: str = setting(
        "auto",
        "Whether `switchboard serve` places calls and sends mail itself: `on`, `off`, or `auto`, which does on "
        "SQLite and leaves it to `switchboard worker` on PostgreSQL.",
    )
    simulator_speed: float = setting(
        1.0, "How many times faster than life the simulator plays calls out."
    )
    simulator_seed: str = setting(
        "switchboard", "What the simulator's chance begins with; the same one gives the same calls."
    )
    documents: str | None = setting(
        None,
        "Manifest of trusted documents: a JSON file of ids and documents, as Relay's compiler or "
        "Apollo's `generate-persisted-query-manifest` write it.",
    )
    documents_mode: str = setting(
        "off",
        "What happens to documents outside the manifest: `off` nothing, `log` them, or `require` "
        "the manifest. A key may require it for itself.",
    )
    log_level: str = setting("info", "How much is logged: debug, info, warning, error.")

    def __post_init__(self) -> None:
        """Refuse values that would fail later; raises `SettingsError` with all of them."""
        found = tuple(problems(self))
        if found:
            raise SettingsError(*found)

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys for secrets that are set."""
        return tuple(each.strip() for each in self.secret_keys.split(",") if each.strip())

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins whose pages may call."""
        return tuple(each.strip() for each in self.cors_origins.split(",") if each.strip())


def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings that the environment names; raises `SettingsError`."""
    environment = os.environ if environment is None else environment
    hints = get_type_hints(Settings)
    known = {variable(each.name): each.name for each in fields(Settings)}
    found = {}
    wrong: list[str] = []
    for name, value in environment.items():
        if not name.startswith(PREFIX):
            continue
        if name not in known:
            close = get_close_matches(name, known, n=1)
            hint = f" Did you mean {close[0]}?" if close else ""
            wrong.append(f"There is no setting {name}.{hint}")
            continue
        try:
            found[known[name]] = _read(value, hints[known[name]])
        except (ValueError, KeyError):
            what = {bool: "true or false", int: "a whole number", float: "a number"}
            wrong.append(must(known[name], what[hints[known[name]]], value))
    try:
        settings = Settings(**found)
    except SettingsError as error:
        wrong += error.problems
    if wrong:
        raise SettingsError(*wrong)
    return settings


def _read(value: str, type_: Any) -> Any:
    if type_ is bool:
        return _TRUTH[value.strip().lower()]
    if type_ in (int, float):
        return type_(value)
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
