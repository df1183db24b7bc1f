"""Secrets of API keys: their forms, their hashes, and typing errors."""

from __future__ import annotations

import re
from hashlib import sha256

import pytest

from models import ApiKeyKind, Dialect
from resolvers import secret

FORMS = {
    Dialect.SWITCHBOARD: r"sb_live_[0-9A-Za-z]{38}",
    Dialect.CORA: r"cora_live_[0-9A-Za-z]{32}",
    Dialect.AGORALIA: r"ago_[0-9A-Za-z]{32}",
    Dialect.CORDIUL: r"sk_live_[0-9A-Za-z]{32}",
    Dialect.SAMORA: r"[0-9A-Za-z]{32}",
    Dialect.CUALIFY: r"cuk_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{32}",
}


@pytest.mark.parametrize("dialect", Dialect)
def test_has_the_dialects_form(dialect: Dialect) -> None:
    made = secret.new(dialect)
    assert re.fullmatch(FORMS[dialect], made.raw)
    assert made.raw.startswith(made.prefix)
    # 160 bits of what remains hidden.
    assert len(made.raw) - len(made.prefix) >= 27
    assert made.hash == secret.digest(made.raw) == sha256(made.raw.encode()).hexdigest()
    assert not secret.mistyped(made.raw)


def test_client_tokens_have_a_form_of_their_own() -> None:
    made = secret.new(Dialect.CORA, ApiKeyKind.CLIENT_TOKEN)
    assert re.fullmatch(r"sb_client_[0-9A-Za-z]{38}", made.raw)
    assert not secret.mistyped(made.raw)


def test_no_two_are_alike() -> None:
    assert len({secret.new(Dialect.SWITCHBOARD).raw for _ in range(500)}) == 500


@pytest.mark.parametrize("kind", ApiKeyKind)
def test_knows_typing_errors(kind: ApiKeyKind) -> None:
    raw = secret.new(Dialect.SWITCHBOARD, kind).raw
    for place in range(raw.rindex("_") + 1, len(raw)):
        wrong = "x" if raw[place] != "x" else "y"
        assert secret.mistyped(raw[:place] + wrong + raw[place + 1 :])
        assert secret.mistyped(raw[:place])
    assert secret.mistyped(raw + "0")
    assert secret.mistyped(raw[:-1] + "\ud800")


def test_keys_of_others_are_never_mistyped() -> None:
    assert not any(secret.mistyped(each) for each in ("", "ago_x", "hunter2", "\x00", "\ud800"))
    assert len(secret.digest("\ud800")) == 64
