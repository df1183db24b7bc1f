"""The vault: seals small secrets, so that whoever has only the database knows none of them."""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

#: Begins every sealed secret: the way in which it is sealed.
VERSION = b"\x01"
#: Bytes that tell which key sealed a secret, and that keep two equal secrets apart.
MARK, NONCE = 4, 12
#: What is derived from a key, by the use that it is for.
SEALING = b"switchboard sealing"
MARKING = b"switchboard key mark"
SIGNING = b"switchboard signing"


class UnsealableError(Exception):
    """A sealed secret can't be opened: its key is gone, or it was sealed for something else."""


@dataclass(frozen=True)
class Key:
    """One key, in the parts that it is used in."""

    mark: bytes
    secret: bytes = field(repr=False)
    signing: bytes = field(repr=False)


@dataclass(frozen=True)
class Vault:
    """Seals with the first of its keys and opens with all, so that keys can be changed."""

    keys: tuple[Key, ...]

    @classmethod
    def of(cls, texts: Iterable[str]) -> Vault:
        """The vault with these keys, each a long random text."""
        return cls(tuple(_key(each.encode()) for each in texts))

    def seal(self, workspace_id: str, purpose: str, secret: bytes) -> bytes:
        """The secret, readable only by who names the same workspace and purpose."""
        key, nonce = self.keys[0], os.urandom(NONCE)
        sealed = _cipher(key).encrypt(nonce, secret, _bound(workspace_id, purpose))
        return VERSION + key.mark + nonce + sealed

    def open(self, workspace_id: str, purpose: str, sealed: bytes) -> bytes:
        """What was sealed for this workspace and purpose; raises `UnsealableError`."""
        from cryptography.exceptions import InvalidTag

        # A driver may give a view of the bytes.
        sealed = bytes(sealed)
        key = self._sealer(sealed)
        if key is None:
            raise UnsealableError("No key of this installation has sealed it.")
        start = len(VERSION) + MARK
        nonce, rest = sealed[start : start + NONCE], sealed[start + NONCE :]
        try:
            return _cipher(key).decrypt(nonce, rest, _bound(workspace_id, purpose))
        except InvalidTag:
            raise UnsealableError("It was sealed for something else, or has changed.") from None

    def knows(self, sealed: bytes) -> bool:
        """Whether one of the keys has sealed this."""
        return self._sealer(bytes(sealed)) is not None

    def _sealer(self, sealed: bytes) -> Key | None:
        if not is_sealed(sealed):
            return None
        mark = sealed[len(VERSION) : len(VERSION) + MARK]
        return next((key for key in self.keys if key.mark == mark), None)

    def sign(self, use: str, message: str) -> bytes:
        """A signature over the message, good for one use alone."""
        return _signature(self.keys[0], use, message)

    def signed(self, use: str, message: str, signature: bytes) -> bool:
        """Whether one of the keys made this signature; the time that takes tells nothing of it."""
        return any(
            hmac.compare_digest(_signature(key, use, message), signature) for key in self.keys
        )


def is_sealed(value: bytes) -> bool:
    """Whether it looks like a sealed secret."""
    return bytes(value).startswith(VERSION) and len(value) >= len(VERSION) + MARK + NONCE + 16


def _key(text: bytes) -> Key:
    extracted = hmac.digest(b"switchboard", text, "sha256")
    return Key(
        _derived(extracted, MARKING)[:MARK],
        _derived(extracted, SEALING),
        _derived(extracted, SIGNING),
    )


def _derived(extracted: bytes, use: bytes) -> bytes:
    """HKDF's one block of expansion (RFC 5869)."""
    return hmac.digest(extracted, use + b"\x01", "sha256")


def _cipher(key: Key) -> AESGCM:
    # Loaded with the first secret that is sealed or opened.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key.secret)


def _bound(workspace_id: str, purpose: str) -> bytes:
    """What a sealed secret belongs to; a UUID holds no NUL."""
    return f"{workspace_id}\0{purpose}".encode()


def _signature(key: Key, use: str, message: str) -> bytes:
    return hmac.digest(key.signing, f"{use}\0{message}".encode(), "sha256")
