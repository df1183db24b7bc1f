"""Workspaces made, renamed and listed by command."""

from __future__ import annotations

import pytest

from tests.gateway.cli.conftest import UNFIT_NAMES, Switchboard


def test_the_list_has_a_head(acme: Switchboard) -> None:
    head, line = acme("workspaces", "list").stdout.splitlines()
    assert head.split() == ["NUMBER", "ID", "NAME"]
    number, id_, name = line.split()
    assert (number, name) == ("1", "Acme")
    assert id_.startswith("workspace_")


@pytest.mark.parametrize(("name", "said"), UNFIT_NAMES)
def test_names_have_the_limits_of_the_api(name: str, said: str, acme: Switchboard) -> None:
    assert said in acme("workspaces", "create", name, code=1).output
    assert said in acme("workspaces", "rename", "Acme", name, code=1).output
    assert acme("workspaces", "list").stdout.count("\n") == 2


def test_a_workspace_is_renamed(acme: Switchboard) -> None:
    acme("workspaces", "create", "Apex")
    acme("workspaces", "rename", "Apex", "Acme")
    assert "choose by number, 1 or 2" in acme("workspaces", "rename", "Acme", "X", code=1).output
    assert acme("workspaces", "rename", "2", " Apex ").stdout == "Acme is now Apex.\n"
    names = [line.split()[-1] for line in acme("workspaces", "list").stdout.splitlines()]
    assert names == ["NAME", "Acme", "Apex"]
    assert "no workspace 'Nobody'" in acme("workspaces", "rename", "Nobody", "X", code=1).output


def test_a_name_that_is_taken_is_refused_with_whose_it_is(acme: Switchboard) -> None:
    id_ = acme("workspaces", "list").stdout.splitlines()[1].split()[1]
    for name in ("Acme", " Acme "):
        said = acme("workspaces", "create", name, code=1).stderr
        assert said == f"Error: There is a workspace of that name: {id_}.\n"
    assert acme("workspaces", "list").stdout.count("\n") == 2
    acme("keys", "create", "--name", "CI", "--workspace", "Acme")
    acme("workspaces", "create", "acme")
