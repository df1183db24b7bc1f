"""Keys made, listed and revoked by command."""

from __future__ import annotations

from resolvers.secret import digest
from tests.gateway.cli.conftest import Switchboard


def test_a_raw_key_is_printed_alone_and_never_again(acme: Switchboard) -> None:
    key = acme("keys", "create", "--name", "CI", "--scopes", "full", "--raw").stdout.strip()
    assert key.startswith("sb_live_")
    listed = acme("keys", "list").stdout
    assert "CI" in listed
    assert key not in listed
    assert digest(key) not in listed


def test_a_key_is_revoked_by_number_id_or_secret(acme: Switchboard) -> None:
    key = acme("keys", "create", "--name", "A", "--raw").stdout.strip()
    acme("keys", "create", "--name", "B")
    assert "A is revoked" in acme("keys", "revoke", key).stdout
    number = next(
        line.split()[0] for line in acme("keys", "list").stdout.splitlines() if " B " in line
    )
    assert "B is revoked" in acme("keys", "revoke", number).stdout
    assert acme("keys", "list").stdout.count("revoked") == 2
    assert "no such key" in acme("keys", "revoke", "999", code=1).output


def test_an_unknown_scope_is_refused_with_the_known_ones(acme: Switchboard) -> None:
    output = acme("keys", "create", "--name", "X", "--scopes", "leads:fly", code=1).output
    assert "leads:fly" in output
    assert "leads:read" in output


def test_the_workspace_must_be_clear(acme: Switchboard) -> None:
    acme("workspaces", "create", "Other")
    assert "--workspace" in acme("keys", "create", "--name", "X", code=1).output
    acme("keys", "create", "--name", "X", "--workspace", "Other")
    assert " X " in acme("keys", "list", "--workspace", "2").stdout
    assert " X " not in acme("keys", "list", "--workspace", "Acme").stdout
    assert "no workspace" in acme("keys", "list", "--workspace", "Nobody", code=1).output


def test_without_a_workspace_the_command_says_what_to_do(switchboard: Switchboard) -> None:
    assert "workspaces create" in switchboard("keys", "list", code=1).output
