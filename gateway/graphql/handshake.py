"""The start of a WebSocket: which requests for one are taken, and what is answered."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha1

from gateway.graphql.transport_ws import PROTOCOL
from gateway.reply import Headers

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def wanted(method: bytes, version: str, headers: Mapping[bytes, bytes]) -> bool:
    """Whether a request asks for a WebSocket with the protocol that is spoken here."""
    return (
        method == b"GET"
        and version == "1.1"
        and b"websocket" in _words(headers.get(b"upgrade", b""))
        and headers.get(b"sec-websocket-version", b"").strip() == b"13"
        and _is_key(headers.get(b"sec-websocket-key", b"").strip())
        and PROTOCOL.encode() in _words(headers.get(b"sec-websocket-protocol", b""))
    )


def accepted(headers: Mapping[bytes, bytes], more: Headers) -> bytes:
    """The answer to a request that is taken; `more` are headers of ours."""
    key = headers[b"sec-websocket-key"].strip()
    # What the protocol demands; nothing depends on its strength.
    proof = b64encode(sha1(key + _GUID, usedforsecurity=False).digest())
    lines = b"".join([b"%b: %b\r\n" % each for each in more])
    return (
        # Some clients know these names only as the RFC spells them.
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: %b\r\nSec-WebSocket-Protocol: %b\r\n%b\r\n"
        % (proof, PROTOCOL.encode(), lines)
    )


def welcome(origin: bytes | None, host: bytes | None, origins: tuple[str, ...]) -> bool:
    """Whether a page of this origin may connect: one of ours, or of the settings; programs have none."""
    if origin is None or "*" in origins:
        return True
    text = origin.decode("latin-1")
    return text in origins or (
        host is not None and text.partition("://")[2] == host.decode("latin-1")
    )


def _words(value: bytes) -> list[bytes]:
    return [each.strip().lower() for each in value.split(b",")]


def _is_key(value: bytes) -> bool:
    try:
        return len(b64decode(value, validate=True)) == 16
    except binascii.Error:
        return False
