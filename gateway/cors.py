"""Which origins' pages may call, and what their browsers are told."""

from __future__ import annotations

import re

from gateway.reply import SECURITY, Headers, Reply

EXPOSED = (
    b"X-Request-Id, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After, "
    b"X-Cost, ETag"
)
ALLOWED = (
    b"Authorization, X-API-Key, Content-Type, Accept, X-Request-Id, Idempotency-Key, "
    b"If-None-Match, Last-Event-ID"
)
ASKED = b"access-control-request-method"
WANTED = b"access-control-request-headers"
#: Names of headers (RFC 9110), with commas between them.
_NAMES = re.compile(rb"[-!#$%&'*+.^_`|~0-9A-Za-z, \t]{1,4096}")


class Cors:
    """The origins of the settings."""

    def __init__(self, origins: tuple[str, ...]) -> None:
        self._all = "*" in origins
        self._origins = {each.encode() for each in origins}

    def headers(self, origin: bytes | None) -> Headers:
        """What to add to an answer."""
        if not self._origins:
            return []
        if self._all:
            return [
                (b"access-control-allow-origin", b"*"),
                (b"access-control-expose-headers", EXPOSED),
            ]
        if origin is None or origin not in self._origins:
            # A cache must not give this answer to a page that may see it, or the other way round.
            return [(b"vary", b"Origin")]
        return [
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", EXPOSED),
            (b"vary", b"Origin"),
        ]

    def preflight(self, origin: bytes, wanted: bytes | None) -> Reply:
        """The answer to a preflight; `wanted` are the headers that the page wants to send.

        Whoever may call may send any: clients and monitors add theirs, such as `traceparent`.
        """
        found = self.headers(origin)
        if len(found) > 1:
            allowed = wanted if wanted and _NAMES.fullmatch(wanted) else ALLOWED
            found += [
                (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, PATCH, DELETE"),
                (b"access-control-allow-headers", allowed),
                (b"access-control-max-age", b"7200"),
            ]
        return Reply(204, fixed=SECURITY, headers=found)
