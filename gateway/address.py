"""Where this server is, for links to it."""

from __future__ import annotations

from gateway.settings import Settings


def address(settings: Settings) -> str:
    """The beginning of links: the public address, else the one that this machine knows it by."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    return f"http://{_shown(settings.host)}:{settings.port}"


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "127.0.0.1", "::"):  # noqa: S104
        return "localhost"
    return f"[{host}]" if ":" in host else host
