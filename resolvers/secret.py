"""Secrets of API keys: made in the form of each dialect, kept only as hashes."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass
from hashlib import sha256
from zlib import crc32

from models import ApiKeyKind, Dialect

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
#: 32 of 62 characters are 190 bits; without the few that are shown, still more than 160.
LENGTH = 32
SHOWN = 4
KEY = "sb_live_"
CLIENT = "sb_client_"
CHECKSUM = 6

#: How the keys of other dialects begin.
_BEGINNINGS = {
    Dialect.CORA: "cora_live_",
    Dialect.AGORALIA: "ago_",
    Dialect.CORDIUL: "sk_live_",
    Dialect.SAMORA: "",
}


@dataclass(frozen=True)
class Secret:
    """A new secret."""

    raw: str
    """To be shown once."""
    prefix: str
    """Its first characters, by which people recognise it."""
    hash: str
    """What is stored."""


def new(dialect: Dialect, kind: ApiKeyKind = ApiKeyKind.KEY) -> Secret:
    """A secret in the dialect's form; client tokens always have our own."""
    if kind is ApiKeyKind.CLIENT_TOKEN or dialect is Dialect.SWITCHBOARD:
        beginning = CLIENT if kind is ApiKeyKind.CLIENT_TOKEN else KEY
        body = beginning + _random(LENGTH)
        return _secret(body + _checksum(body), len(beginning) + SHOWN)
    if dialect is Dialect.CUALIFY:
        shown = f"cuk_live_{_random(8)}"
        return _secret(f"{shown}_{_random(LENGTH)}", len(shown))
    beginning = _BEGINNINGS[dialect]
    return _secret(beginning + _random(LENGTH), len(beginning) + SHOWN)


def digest(raw: str) -> str:
    """The hash by which a secret is found."""
    # Half surrogates come from clients that escape badly; they must fit no key, not fail.
    return sha256(raw.encode("utf-8", "surrogatepass")).hexdigest()


def mistyped(raw: str) -> bool:
    """Whether a secret looks like one of ours, yet can't be: cut off or mistyped."""
    for beginning in (KEY, CLIENT):
        if raw.startswith(beginning):
            return (
                len(raw) != len(beginning) + LENGTH + CHECKSUM
                or _checksum(raw[:-CHECKSUM]) != raw[-CHECKSUM:]
            )
    return False


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _secret(raw: str, shown: int) -> Secret:
    return Secret(raw, raw[:shown], digest(raw))


def _checksum(text: str) -> str:
    rest = crc32(text.encode("utf-8", "surrogatepass"))
    found = ""
    for _ in range(CHECKSUM):
        rest, place = divmod(rest, len(ALPHABET))
        found = ALPHABET[place] + found
    return found
