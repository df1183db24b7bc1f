"""The server's sockets, and the server that says when it listens."""

from __future__ import annotations

import errno
import gc
import socket
from collections.abc import Callable

import uvicorn

from gateway.bounds import variable
from gateway.cli.refusal import Refusal


def bound(host: str, port: int) -> list[socket.socket]:
    """Sockets at each of the host's addresses, taken but not listening yet.

    Taken before anything else is done, so that a server that can't listen changes nothing.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise Refusal(f"There is no address {host!r}: {_choose('host')}.") from None
    sockets: list[socket.socket] = []
    for family, kind, protocol, _, address in dict.fromkeys(found):
        try:
            sockets.append(_bind(family, kind, protocol, address))
        except OSError as error:
            for each in sockets:
                each.close()
            raise _refusal(error, host, port) from None
    return sockets


def _bind(family: int, kind: int, protocol: int, address: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family, kind, protocol)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(address)
        made.setblocking(False)
    except BaseException:
        made.close()
        raise
    return made


def _refusal(error: OSError, host: str, port: int) -> Refusal:
    if error.errno == errno.EADDRINUSE:
        return Refusal(f"Port {port} is in use: {_choose('port')}.")
    if error.errno == errno.EACCES:
        return Refusal(f"Port {port} needs more rights: {_choose('port')}.")
    if error.errno == errno.EADDRNOTAVAIL:
        return Refusal(f"This machine has no address {host!r}: {_choose('host')}.")
    return Refusal(f"Can't listen at {host!r}, port {port}: {error.strerror}.")


def _choose(name: str) -> str:
    return f"choose another with --{name} or {variable(name)}"


class Server(uvicorn.Server):
    """Uvicorn's server, which tells when it has begun to listen."""

    def __init__(self, config: uvicorn.Config, listens: Callable[[], None]) -> None:
        super().__init__(config)
        self._listens = listens

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Run the application's start-up, then listen."""
        try:
            await super().startup(sockets)
        except OSError as error:
            # Another server has come between taking the port and listening at it.
            await self.lifespan.shutdown()
            raise _refusal(error, self.config.host, self.config.port) from None
        # What exists now stays: the collector need not look at it again and again. That is for the
        # process to say, as others may run several applications in theirs.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 50, 100)
        self._listens()
