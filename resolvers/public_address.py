"""Which addresses of the internet may be sent to: none that lie behind our own walls."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

#: Networks that are somebody's own, or nobody's (IANA's special-purpose registries).
_CLOSED_V4 = tuple(
    map(
        ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
            *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24"),
            *("192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24"),
            *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
#: The only part of IPv6 that is routed for everybody, and what of it isn't: Teredo, benchmarking,
#: ORCHID, AMT, AS112, documentation, 6to4. NAT64 and mapped addresses lie outside of it.
_OPEN_V6 = ip_network("2000::/3")
_CLOSED_V6 = tuple(map(ip_network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
#: Names that never are anybody else's.
_LOCAL_NAMES = ("localhost", "local", "internal", "localdomain", "home.arpa", "lan")


def is_public(address: str) -> bool:
    """Whether this IP address is one that the whole internet reaches."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv4Address):
        return not any(found in network for network in _CLOSED_V4)
    return _is_public_v6(found)


def _is_public_v6(address: IPv6Address) -> bool:
    return address in _OPEN_V6 and not any(address in network for network in _CLOSED_V6)


def names_public(url: str) -> bool:
    """Whether the host of the address may be public; a name is resolved only when it is sent to."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    if ":" in host or _looks_numeric(host):
        return is_public(host)
    return not any(host == name or host.endswith(f".{name}") for name in _LOCAL_NAMES)


def _looks_numeric(host: str) -> bool:
    """Resolvers also read 127.1, 0x7f000001 and 2130706433 as addresses."""
    last = host.rpartition(".")[2]
    return last.isdigit() or last.startswith("0x")
