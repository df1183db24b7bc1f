"""A request's body: whole, in time and no larger than allowed."""

from __future__ import annotations

import asyncio
from functools import lru_cache

from starlette.types import Receive

from gateway.execution.request import RequestRefusedError, refused
from gateway.visit import ClientGoneError

#: What of a refused body is still taken in, so that its sender comes to read the answer.
DRAINED = 16 * 1024 * 1024
DRAIN_SECONDS = 2.0


def check_type(headers: dict[bytes, bytes]) -> None:
    """Refuse what isn't plain JSON in UTF-8: pages can send simple types without a preflight."""
    problem = _problem(
        headers.get(b"content-type", b""), headers.get(b"content-encoding", b"identity")
    )
    if problem:
        raise refused("BAD_REQUEST", problem, 415)


@lru_cache(256)
def _problem(type_: bytes, encoding: bytes) -> str:
    kind, _, parameters = type_.partition(b";")
    if kind.strip().lower() != b"application/json":
        return "The Content-Type must be application/json."
    charset = parameters.lower().partition(b"charset=")[2].partition(b";")[0].strip(b" \"'")
    if charset and charset not in (b"utf-8", b"utf8"):
        return "The charset must be utf-8."
    if encoding.strip().lower() != b"identity":
        return "The body must not be compressed."
    return ""


async def read_body(
    receive: Receive, headers: dict[bytes, bytes], limit: int, seconds: float
) -> bytes:
    """The whole body; refuses one that is too large or comes too slowly."""
    length = headers.get(b"content-length")
    if length is not None and (not length.isdigit() or int(length[:19]) > limit):
        await _drain(receive)
        raise _too_large(limit)
    try:
        async with asyncio.timeout(seconds):
            message = await receive()
            found: bytes = message.get("body", b"")
            if message.get("more_body"):
                found = await _rest(receive, found, limit)
            elif message["type"] == "http.disconnect":
                raise ClientGoneError
    except TimeoutError:
        raise refused("BAD_REQUEST", "The body did not arrive in time.", 408) from None
    if len(found) > limit:
        await _drain(receive)
        raise _too_large(limit)
    return found


async def _rest(receive: Receive, first: bytes, limit: int) -> bytes:
    found = bytearray(first)
    while len(found) <= limit:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        found += message.get("body", b"")
        if not message.get("more_body"):
            break
    return bytes(found)


async def _drain(receive: Receive) -> None:
    """Take in what is still coming: closing on a sender makes it miss the answer."""
    size = 0
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while size < DRAINED:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGoneError
                size += len(message.get("body", b""))
                if not message.get("more_body"):
                    return
    except TimeoutError:
        return


def _too_large(limit: int) -> RequestRefusedError:
    return refused("BAD_REQUEST", f"The body has at most {limit} bytes.", 413)
