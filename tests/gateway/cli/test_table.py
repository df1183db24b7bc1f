"""What is shown on the terminal can't take hold of it."""

from __future__ import annotations

from tests.gateway.cli.conftest import Switchboard


def test_a_name_holds_no_line_and_no_command_for_the_terminal(switchboard: Switchboard) -> None:
    made = switchboard("workspaces", "create", "Acme\x1b]0;mine\x07")
    assert made.stdout == "Workspace 1: Acme�]0;mine�\n"
    switchboard("keys", "create", "--name", "one\n99  two\u202e")
    lines = switchboard("keys", "list").stdout.splitlines()
    assert len(lines) == 2
    assert "one�99  two�" in lines[1]
    assert "�]0;mine�" in switchboard("workspaces", "list").stdout
