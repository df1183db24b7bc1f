"""The sockets to webhooks: to public addresses only, checked at the moment of connecting."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass

import httpx2

from gateway.public_network import client

#: Bytes of an answer that are kept, and that are read at all.
KEPT, READ = 1024, 16 * 1024
#: Seconds in which a connection must be made, within the time of the whole.
CONNECTING = 10.0
#: Seconds for which an idle connection is used again.
IDLE = 4.0
CONNECTIONS = 200


@dataclass(frozen=True)
class Outcome:
    """What came of one attempt."""

    status: int | None
    """None where there was no answer."""
    duration_ms: int | None = None
    response: str | None = None
    error: str | None = None
    retry_after: str | None = None

    @property
    def arrived(self) -> bool:
        """Whether the endpoint has it: only 2xx says so, in time."""
        return self.status is not None and 200 <= self.status < 300


class Sending:
    """Posts bodies; redirects are answers like any other."""

    def __init__(self, *, anywhere: bool = False) -> None:
        """`anywhere`: also to private addresses."""
        self._client = client(
            anywhere=anywhere,
            timeout=None,
            connections=CONNECTIONS,
            kept=CONNECTIONS // 4,
            idle=IDLE,
        )

    async def post(
        self, url: str, headers: Mapping[str, str], body: str, timeout: float
    ) -> Outcome:
        """One attempt, over within `timeout` seconds whatever the other end does."""
        begun = time.monotonic()
        response: httpx2.Response | None = None
        try:
            async with asyncio.timeout(timeout):
                request = self._client.build_request(
                    "POST", url, headers=dict(headers), content=body.encode()
                )
                request.extensions["timeout"] = {"connect": min(CONNECTING, timeout)}
                response = await self._client.send(request, stream=True)
                took = int((time.monotonic() - begun) * 1000)
        except TimeoutError:
            return Outcome(None, error=f"No answer within {timeout:g} seconds.")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
            said = str(error) or type(error).__name__
            return Outcome(None, error=said[:500])
        try:
            left = max(0.05, timeout - (time.monotonic() - begun))
            text = await _beginning(response, min(left, 2.0))
        finally:
            await asyncio.shield(response.aclose())
        status = response.status_code
        error_ = None if 200 <= status < 300 else f"The endpoint answered {status}."
        return Outcome(status, took, text, error_, response.headers.get("retry-after"))

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()


async def _beginning(response: httpx2.Response, seconds: float) -> str | None:
    """The beginning of the answer, as text that any database keeps."""
    found = bytearray()
    read = 0
    try:
        async with asyncio.timeout(seconds):
            async for piece in response.aiter_raw():
                read += len(piece)
                found += piece[: KEPT - len(found)]
                if read >= READ or len(found) >= KEPT:
                    break
    except (TimeoutError, httpx2.HTTPError, OSError):
        # What has come of it will do.
        pass
    return found.decode("utf-8", "replace").replace("\x00", "\ufffd") or None
