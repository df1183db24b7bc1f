"""What the values of settings are held to."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from typing import TYPE_CHECKING, get_type_hints
from urllib.parse import urlsplit

from limits import parse

if TYPE_CHECKING:
    from gateway.settings import Settings

PREFIX = "SWITCHBOARD_"
#: What a number may be at least and at most.
USUAL = (1, 2**31 - 1)
#: The same of seconds, up to a day.
SECONDS = (0.01, 86_400)
#: The same of settings that are not usual.
LIMITS: dict[str, tuple[float, float]] = {
    "port": (0, 65_535),
    "connections": (1, 10_000),
    "max_batch": (0, USUAL[1]),
    "workspace_requests_per_minute": (0, USUAL[1]),
    "workspace_requests_per_day": (0, USUAL[1]),
    "simulator_speed": (0.01, 10_000),
    "body_timeout": SECONDS,
    "request_timeout": SECONDS,
    "statement_timeout": SECONDS,
    "live_init_timeout": SECONDS,
    "live_ping": SECONDS,
}
#: The values that can be chosen from.
CHOICES = {
    "dispatcher": ("auto", "on", "off"),
    "documents_mode": ("off", "log", "require"),
    "log_level": ("debug", "info", "warning", "error"),
}
#: Characters of a key for secrets, at least.
KEY_LENGTH = 32
#: What an address may begin with.
SCHEMES = {
    "database_url": ("sqlite", "postgres", "postgresql"),
    "redis_url": ("redis", "rediss", "unix"),
    "public_url": ("http", "https"),
    "extraction_url": ("http", "https"),
}


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def must(name: str, what: str, value: object = None) -> str:
    """A sentence on what a setting has to be."""
    given = "" if value is None else f", not {value!r}"
    return f"{variable(name)} must be {what}{given}."


def problems(settings: Settings) -> Iterator[str]:
    """What is wrong with the values, a sentence each."""
    for name, hint in get_type_hints(type(settings)).items():
        value = getattr(settings, name)
        least, most = LIMITS.get(name, USUAL)
        if hint in (int, float) and not least <= value <= most:
            yield must(name, f"from {least} to {most}", value)
        if name in CHOICES and value not in CHOICES[name]:
            yield must(name, f"one of {', '.join(CHOICES[name])}", value)
        if name in SCHEMES and value:
            yield from _address(name, value)
    for name in ("rate_limit", "address_rate_limit"):
        try:
            known = parse(getattr(settings, name)).amount > 0
        except ValueError:
            known = False
        if not known:
            yield must(name, "a limit such as 120/minute", getattr(settings, name))
    if any(len(key) < KEY_LENGTH for key in settings.keys):
        # Not even the beginning of one is shown.
        what = f"random texts of at least {KEY_LENGTH} characters, such as `openssl rand -hex 32`"
        yield must("secret_keys", f"{what} prints")
    for origin in settings.origins:
        if origin != "*" and not _is_origin(origin):
            yield must("cors_origins", "origins such as https://app.example.com", origin)
    proxies = "" if settings.trusted_proxies == "*" else settings.trusted_proxies
    for proxy in proxies.split(","):
        if proxy.strip() and not _is_network(proxy.strip()):
            what = "addresses or networks such as 10.0.0.0/8, or `*` for all"
            yield must("trusted_proxies", what, proxy.strip())
    if settings.extraction_url and not settings.extraction_model:
        message = f"{variable('extraction_model')} must name a model"
        yield f"{message} if {variable('extraction_url')} is set."
    if settings.documents_mode != "off" and not settings.documents:
        message = f"{variable('documents')} must name a manifest"
        yield f"{message} if {variable('documents_mode')} is {settings.documents_mode}."


def _address(name: str, value: str) -> Iterator[str]:
    """What keeps it from being an address; it is not shown, as it may hold a password."""
    schemes = SCHEMES[name]
    try:
        parts = urlsplit(value)
    except ValueError:
        yield must(name, "an address; write signs such as [ in a password as %5B")
        return
    if parts.scheme not in schemes:
        yield must(name, f"an address that starts with {'://, '.join(schemes)}://")
    elif parts.scheme == "sqlite":
        if not value.removeprefix("sqlite://").partition("?")[0]:
            yield must(name, "an address with a path, such as sqlite://var/switchboard.db")
    else:
        try:
            _ = parts.port
        except ValueError:
            yield must(name, "an address whose port is a number below 65536")
        if name in ("public_url", "extraction_url") and not parts.hostname:
            yield must(name, "an address with a host, such as https://api.example.com")


def _is_origin(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return bool(parts.netloc) and text == f"{parts.scheme}://{parts.netloc}"


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True
