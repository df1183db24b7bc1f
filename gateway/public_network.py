"""Sockets to addresses that customers name: to public ones only, checked when connecting."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable
from functools import cache
from typing import Any

import httpcore2
import httpx2

from resolvers.public_address import is_public

#: Addresses of one name that are tried.
TRIES = 3


async def resolved(host: str, port: int) -> list[str]:
    """The addresses of a name, in the resolver's order."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


async def allowed(host: str, port: int, *, anywhere: bool) -> list[str]:
    """Those of its addresses that may be connected to; raises `OSError` where there are none."""
    try:
        addresses = await resolved(host, port)
    except (OSError, UnicodeError) as error:
        raise OSError(f"The name {host} can't be resolved.") from error
    found = [each for each in addresses if anywhere or is_public(each)]
    if not found:
        raise OSError(f"{host} has no public address.")
    return found[:TRIES]


async def connected(host: str, port: int, *, anywhere: bool, seconds: float) -> socket.socket:
    """A connection to the very address that was checked; raises `OSError` or `TimeoutError`."""
    loop = asyncio.get_running_loop()
    failure: Exception | None = None
    async with asyncio.timeout(seconds):
        for address in await allowed(host, port, anywhere=anywhere):
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            made = socket.socket(family, socket.SOCK_STREAM)
            made.setblocking(False)
            try:
                await loop.sock_connect(made, (address, port))
            except OSError as error:
                made.close()
                failure = error
            except BaseException:
                made.close()
                raise
            else:
                return made
    assert failure is not None
    raise failure


class Public(httpcore2.AsyncNetworkBackend):
    """Connects to the very address that was checked, so that a name can't answer twice."""

    def __init__(self, anywhere: bool) -> None:
        self._anywhere = anywhere
        self._inner = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Resolve, leave out what isn't public, connect to what is left."""
        try:
            addresses = await allowed(host, port, anywhere=self._anywhere)
        except OSError as error:
            raise httpcore2.ConnectError(str(error)) from error
        failure: Exception | None = None
        for address in addresses:
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        assert failure is not None
        raise failure

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


@cache
def _trust() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)


def client(
    *,
    anywhere: bool,
    timeout: httpx2.Timeout | None,
    connections: int | None,
    kept: int,
    idle: float | None = None,
) -> httpx2.AsyncClient:
    """An HTTP client that follows no redirects and no proxies, with so many connections."""
    transport = httpx2.AsyncHTTPTransport(trust_env=False)
    transport._pool = httpcore2.AsyncConnectionPool(
        ssl_context=_trust(),
        max_connections=connections,
        max_keepalive_connections=kept,
        keepalive_expiry=idle,
        network_backend=Public(anywhere),
    )
    return httpx2.AsyncClient(
        transport=transport, follow_redirects=False, trust_env=False, timeout=timeout
    )
