"""Which addresses are sent to: the table of those that never are."""

from __future__ import annotations

import pytest

from resolvers.public_address import is_public, names_public


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.254", "127.0.0.1"),
        *("127.255.0.9", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8"),
        *("192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255"),
        *("198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
        "255.255.255.255",
        # The same in IPv6: unspecified, loopback, compatible, mapped, NAT64, local NAT64, discard.
        *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8"),
        *("64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1"),
        # Teredo, benchmarking, ORCHID, documentation, 6to4, segment routing.
        *("2001::1", "2001:0:4136:e378::1", "2001:2::1", "2001:10::1", "2001:20::1"),
        *("2001:db8::1", "2002:7f00:1::", "2002:808:808::1", "3fff::1", "5f00::1"),
        # Unique local, link-local, site-local, multicast.
        *("fc00::1", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1"),
        *("nonsense", "", "127.1"),
    ],
)
def test_closed(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1"),
        *("192.167.1.1", "198.17.0.1", "223.255.255.1", "9.9.9.9"),
        *("2606:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888", "2003::1", "2400::1"),
    ],
)
def test_open(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://hooks.example.com/x", True),
        ("https://8.8.8.8/x", True),
        ("https://[2606:4700::1111]/x", True),
        ("https://localhost/x", False),
        ("https://LOCALHOST./x", False),
        ("https://db.internal/x", False),
        ("https://printer.local/x", False),
        ("https://127.0.0.1:8000/x", False),
        ("https://127.1/x", False),
        ("https://2130706433/x", False),
        ("https://0x7f000001/x", False),
        ("https://0177.0.0.1/x", False),
        ("https://[::1]/x", False),
        ("https://[::ffff:169.254.169.254]/x", False),
        ("https://[fe80::1%25eth0]/x", False),
    ],
)
def test_addresses_that_are_given(url: str, public: bool) -> None:
    assert names_public(url) is public
