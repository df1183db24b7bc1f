"""Whether Redis answers."""

from __future__ import annotations

import redis

#: Seconds within which it must.
PATIENCE = 2.0


def fault(url: str) -> str | None:
    """Why Redis can't be used, in a sentence without its password; None if it answers."""
    try:
        client = redis.Redis.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE)
        with client:
            client.ping()
    except (redis.RedisError, ValueError, OSError) as error:
        return f"Redis can't be used: {str(error).rstrip('.')}."
    return None
