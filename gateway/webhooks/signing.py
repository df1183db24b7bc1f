"""Signatures of deliveries, as Standard Webhooks has them."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Sequence


def signed(id: str, timestamp: int, body: str, secrets: Sequence[bytes]) -> dict[str, str]:
    """The headers of one attempt; while a secret is rotated, each signs, the newest first."""
    message = f"{id}.{timestamp}.{body}".encode()
    signatures = [b64encode(hmac.digest(each, message, "sha256")).decode() for each in secrets]
    return {
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{each}" for each in signatures),
    }
