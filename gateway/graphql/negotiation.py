"""Which media type a client wants, by its `Accept`."""

from __future__ import annotations

from functools import lru_cache

JSON = "application/json"
RESPONSE = "application/graphql-response+json"
STREAM = "text/event-stream"
CONTENT_TYPES = {each: f"{each}; charset=utf-8".encode() for each in (JSON, RESPONSE)}


@lru_cache(512)
def wanted(accept: bytes) -> str | None:
    """`application/json`, `application/graphql-response+json`, or None if neither will do."""
    if not accept.strip():
        return JSON
    qualities = weights(accept.decode("latin-1"))
    found = {kind: _quality(qualities, kind) for kind in (RESPONSE, JSON)}
    if not any(found.values()):
        return None
    explicit = qualities.get(RESPONSE, 0.0)
    return RESPONSE if explicit and explicit >= found[JSON] else JSON if found[JSON] else RESPONSE


@lru_cache(512)
def streams(accept: bytes) -> bool:
    """Whether an event stream is wanted, and no JSON: some clients name all that there is."""
    qualities = weights(accept.decode("latin-1"))
    return qualities.get(STREAM, 0.0) > 0 and not any(
        _quality(qualities, kind) for kind in (RESPONSE, JSON)
    )


@lru_cache(512)
def wants_page(accept: bytes) -> bool:
    """Whether a browser asks for a page rather than for data."""
    qualities = weights(accept.decode("latin-1"))
    return qualities.get("text/html", 0.0) > max(
        qualities.get(JSON, 0.0), qualities.get(RESPONSE, 0.0)
    )


def weights(accept: str) -> dict[str, float]:
    """Media types with their qualities."""
    found: dict[str, float] = {}
    for part in accept.split(",")[:32]:
        kind, *parameters = (each.strip().lower() for each in part.split(";"))
        quality = 1.0
        for each in parameters:
            if each.startswith("q="):
                try:
                    quality = float(each[2:])
                except ValueError:
                    quality = 0.0
        if kind:
            found[kind] = max(quality, found.get(kind, 0.0))
    return found


def _quality(qualities: dict[str, float], kind: str) -> float:
    for name in (kind, "application/*", "*/*"):
        if name in qualities:
            return qualities[name]
    return 0.0
