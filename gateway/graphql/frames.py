"""Frames of a WebSocket that a server sends: whole texts, never masked, never compressed."""

from __future__ import annotations

from collections.abc import Iterable

#: A whole text frame.
_TEXT = 0x81


def text(size: int) -> bytes:
    """The head of a text frame with so many bytes."""
    if size < 126:
        return bytes((_TEXT, size))
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2)
    return b"\x81\x7f" + size.to_bytes(8)


def texts(before: bytes, bodies: Iterable[bytes], behind: bytes) -> bytes:
    """A frame for each of the bodies, with the same before and behind."""
    more = len(before) + len(behind)
    parts: list[bytes] = []
    for body in bodies:
        parts += (text(more + len(body)), before, body, behind)
    return b"".join(parts)
