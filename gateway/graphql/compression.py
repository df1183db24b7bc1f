"""Compressing answers that are worth it."""

from __future__ import annotations

import gzip
from functools import lru_cache

import zstandard

#: Smaller answers go as they are.
WORTH = 4096
_ZSTD = zstandard.ZstdCompressor(level=3)


def compressed(body: bytes, accepted: bytes) -> tuple[bytes, bytes | None]:
    """The body as sent, and its content coding."""
    if len(body) < WORTH or not accepted:
        return body, None
    coding = _chosen(accepted)
    if coding == b"zstd":
        return _ZSTD.compress(body), coding
    if coding == b"gzip":
        return gzip.compress(body, 1, mtime=0), coding
    return body, None


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
