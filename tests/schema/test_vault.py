"""The vault: what it opens, for whom, and with which keys."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from schema.vault import SEALING, UnsealableError, Vault, is_sealed

OLD, NEW = "o" * 32, "n" * 32
HERE, THERE = "0192aaaa", "0192bbbb"


def test_opens_what_it_sealed() -> None:
    vault = Vault.of([OLD])
    sealed = vault.seal(HERE, "provider_account/1", b"secret")
    assert b"secret" not in sealed
    assert is_sealed(sealed)
    assert vault.open(HERE, "provider_account/1", sealed) == b"secret"
    assert vault.open(HERE, "provider_account/1", memoryview(sealed)) == b"secret"  # type: ignore[arg-type]
    assert vault.seal(HERE, "provider_account/1", b"secret") != sealed


@pytest.mark.parametrize(
    ("workspace", "purpose"),
    [(THERE, "provider_account/1"), (HERE, "provider_account/2"), (HERE, "webhook/1")],
)
def test_a_copied_row_does_not_open(workspace: str, purpose: str) -> None:
    vault = Vault.of([OLD])
    sealed = vault.seal(HERE, "provider_account/1", b"secret")
    with pytest.raises(UnsealableError, match="something else"):
        vault.open(workspace, purpose, sealed)


def test_not_one_bit_may_differ() -> None:
    vault = Vault.of([OLD])
    sealed = vault.seal(HERE, "x", b"secret")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(UnsealableError):
            vault.open(HERE, "x", bytes(changed))
    for short in range(len(sealed)):
        with pytest.raises(UnsealableError):
            vault.open(HERE, "x", sealed[:short])


def test_the_first_key_seals_and_all_open() -> None:
    old, both, new = Vault.of([OLD]), Vault.of([NEW, OLD]), Vault.of([NEW])
    before, after = old.seal(HERE, "x", b"1"), both.seal(HERE, "x", b"2")
    assert both.open(HERE, "x", before) == b"1"
    assert new.open(HERE, "x", after) == b"2"
    assert (new.knows(before), new.knows(after), both.knows(before)) == (False, True, True)
    with pytest.raises(UnsealableError, match="No key"):
        new.open(HERE, "x", before)


def test_signatures_are_good_for_one_use() -> None:
    old, both = Vault.of([OLD]), Vault.of([NEW, OLD])
    signature = old.sign("recording", "message")
    assert both.signed("recording", "message", signature)
    assert not Vault.of([NEW]).signed("recording", "message", signature)
    assert not both.signed("unsubscribe", "message", signature)
    assert not both.signed("recording", "massage", signature)
    assert not both.signed("recording", "message", signature[:-1])


def test_keys_are_derived_as_others_do_it() -> None:
    derived = HKDF(SHA256(), 32, b"switchboard", SEALING).derive(OLD.encode())
    assert Vault.of([OLD]).keys[0].secret == derived


def test_no_key_is_shown() -> None:
    vault = Vault.of([OLD])
    assert OLD not in repr(vault)
    assert repr(vault.keys[0].secret) not in repr(vault)
