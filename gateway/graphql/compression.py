"""Compressing answers that are worth it."""

from __future__ import annotations

import asyncio
import gzip
from functools import lru_cache

import zstandard

from gateway.reply import Reply

#: Smaller answers go as they are.
WORTH = 4096
#: Larger ones are compressed beside the event loop: a hundred megabytes take seconds.
LARGE = 256 * 1024
LEVEL = 3
_ZSTD = zstandard.ZstdCompressor(level=LEVEL)


async def compress(reply: Reply, accepted: bytes) -> None:
    """Compress the body of an answer with a coding that is accepted, if there is one."""
    coding = _chosen(accepted) if accepted else None
    if coding is None:
        return
    if len(reply.body) < LARGE:
        reply.body = _compressed(reply.body, coding)
    else:
        reply.body = await asyncio.to_thread(_compressed, reply.body, coding)
    reply.headers.append((b"content-encoding", coding))


def _compressed(body: bytes, coding: bytes) -> bytes:
    if coding == b"gzip":
        return gzip.compress(body, 1, mtime=0)
    # A compressor is for one thread at a time.
    compressor = _ZSTD if len(body) < LARGE else zstandard.ZstdCompressor(level=LEVEL)
    return compressor.compress(body)


@lru_cache(256)
def _chosen(accepted: bytes) -> bytes | None:
    weights: dict[bytes, float] = {}
    for part in accepted.lower().split(b",")[:16]:
        name, _, parameter = part.strip().partition(b";")
        quality = 1.0
        if b"q=" in parameter:
            try:
                quality = float(parameter.partition(b"q=")[2])
            except ValueError:
                quality = 0.0
        weights[name.strip()] = quality
    for coding in (b"zstd", b"gzip"):
        if weights.get(coding, weights.get(b"*", 0.0)) > 0:
            return coding
    return None
