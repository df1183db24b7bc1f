"""What stands before bodies: of answers, of a request that is read again, and what is usual."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus

from gateway.reply import Headers, Reply

#: Headers that make a request unusual.
_UNUSUAL = frozenset((b"expect", b"transfer-encoding", b"upgrade"))
#: Most digits of a body's length.
_DIGITS = 18


def head(
    reply: Reply, first: Iterable[tuple[bytes, bytes]], more: Headers, *, close: bool
) -> bytes:
    """All that stands before the body; `first` are the server's own headers."""
    lines = [b"%b: %b\r\n" % each for each in reply.headers]
    lines += [b"%b: %b\r\n" % each for each in more]
    return b"%b%b%bcontent-length: %d\r\n%b\r\n" % (
        _fixed(reply.status, tuple(first)),
        _lines(reply.fixed),
        b"".join(lines),
        len(reply.body),
        b"connection: close\r\n" if close else b"",
    )


def plain(method: bytes, url: bytes, version: str, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """All that stands before a request's body, without a wish to speak another protocol."""
    lines = [b"%b %b HTTP/%b\r\n" % (method, url, version.encode())]
    lines += [b"%b: %b\r\n" % each for each in headers if each[0] != b"upgrade"]
    return b"".join(lines) + b"\r\n"


def usual(headers: Mapping[bytes, bytes], max_body: int) -> bool:
    """Whether a request only has a body, whose length it says and which is not too long."""
    length = headers.get(b"content-length", b"")
    return (
        length.isdigit()
        and len(length) <= _DIGITS
        and int(length) <= max_body
        and _UNUSUAL.isdisjoint(headers)
    )


@lru_cache(16)
def _fixed(status: int, more: tuple[tuple[bytes, bytes], ...]) -> bytes:
    """The answer's first lines; `more` has the date, which changes once a second."""
    line = b"HTTP/1.1 %d %b\r\n" % (status, HTTPStatus(status).phrase.encode())
    return line + b"".join([b"%b: %b\r\n" % each for each in more])


@lru_cache(64)
def _lines(headers: tuple[tuple[bytes, bytes], ...]) -> bytes:
    return b"".join([b"%b: %b\r\n" % each for each in headers])
