"""Settings are checked before anything starts."""

from __future__ import annotations

from typing import get_type_hints

import pytest
from click.testing import CliRunner

from gateway.bounds import variable
from gateway.cli import commands
from gateway.settings import Settings, SettingsError, from_environment


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORT", "x", "SWITCHBOARD_PORT must be a whole number"),
        ("PORT", "70000", "SWITCHBOARD_PORT must be from 0 to 65535, not 70000"),
        ("PORT", "-1", "SWITCHBOARD_PORT must be from 0 to"),
        ("MAX_TOKENS", "0", "SWITCHBOARD_MAX_TOKENS must be from 1 to"),
        ("STATEMENT_TIMEOUT", "1e15", "SWITCHBOARD_STATEMENT_TIMEOUT must be from 0.01 to 86400"),
        ("BODY_TIMEOUT", "0", "SWITCHBOARD_BODY_TIMEOUT must be from 0.01 to 86400, not 0.0"),
        ("CONNECTIONS", "100000", "SWITCHBOARD_CONNECTIONS must be from 1 to 10000"),
        ("DEBUG", "maybe", "SWITCHBOARD_DEBUG must be true or false"),
        ("RATE_LIMIT", "many", "SWITCHBOARD_RATE_LIMIT must be a limit such as 120/minute"),
        ("RATE_LIMIT", "0/minute", "SWITCHBOARD_RATE_LIMIT must be a limit such as 120/minute"),
        ("ADDRESS_RATE_LIMIT", "", "SWITCHBOARD_ADDRESS_RATE_LIMIT must be a limit"),
        ("PUBLIC_URL", "http://", "SWITCHBOARD_PUBLIC_URL must be an address with a host"),
        ("CORS_ORIGINS", "app.example.com", "SWITCHBOARD_CORS_ORIGINS must be origins"),
        ("CORS_ORIGINS", "https://app.example.com/", "SWITCHBOARD_CORS_ORIGINS must be origins"),
        ("DOCUMENTS_MODE", "strict", "must be one of off, log, require"),
        ("DOCUMENTS_MODE", "require", "SWITCHBOARD_DOCUMENTS must name a manifest"),
        ("LOG_LEVEL", "loud", "must be one of debug, info, warning, error"),
        ("DATABASE_URL", "mysql://x", "SWITCHBOARD_DATABASE_URL must be an address"),
        ("REDIS_URL", "http://x", "SWITCHBOARD_REDIS_URL must be an address"),
        ("PUBLIC_URL", "example.com", "SWITCHBOARD_PUBLIC_URL must be an address"),
        ("CORS_ORIGINS", "http://[", "SWITCHBOARD_CORS_ORIGINS must be origins"),
        ("TRUSTED_PROXIES", "10.0.0.300", "SWITCHBOARD_TRUSTED_PROXIES must be addresses"),
        ("TRUSTED_PROXIES", "10.0.0.1,*", "SWITCHBOARD_TRUSTED_PROXIES must be addresses"),
        ("TRUSTED_PROXIES", "proxy.local", "SWITCHBOARD_TRUSTED_PROXIES must be addresses"),
        ("TRUSTED_PROXIES", "10.0.0.1/8", "SWITCHBOARD_TRUSTED_PROXIES must be addresses"),
        ("PROT", "1", "There is no setting SWITCHBOARD_PROT. Did you mean SWITCHBOARD_PORT?"),
        ("NOTHING", "1", "There is no setting SWITCHBOARD_NOTHING"),
    ],
)
def test_bad_values_are_named(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        from_environment({f"SWITCHBOARD_{name}": value})


NUMBERS = [name for name, hint in get_type_hints(Settings).items() if hint in (int, float)]


@pytest.mark.parametrize("value", ["-1", "-1e-9", "nan", "inf", "-inf", "1e15", "9" * 18])
@pytest.mark.parametrize("name", NUMBERS)
def test_absurd_numbers_are_refused(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{variable(name)} must be (from|a whole number)"):
        from_environment({variable(name): value})


def test_a_command_names_the_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_STATEMENT_TIMEOUT", "1e15")
    result = CliRunner().invoke(commands, ["workspaces", "list"])
    said = (
        "Error: SWITCHBOARD_STATEMENT_TIMEOUT must be from 0.01 to 86400, not 1000000000000000.0.\n"
    )
    assert (result.exit_code, result.output) == (1, said)


def test_all_bad_values_are_named_at_once() -> None:
    environment = {"PORT": "x", "MAX_TOKENS": "0", "TRUSTED_PROXIES": "a,b", "X": "1"}
    with pytest.raises(SettingsError) as caught:
        from_environment({f"SWITCHBOARD_{name}": value for name, value in environment.items()})
    assert len(caught.value.problems) == 5
    for name in environment:
        assert f"SWITCHBOARD_{name}" in str(caught.value)


@pytest.mark.parametrize("value", ["", "*", "127.0.0.1, ::1", "10.0.0.0/8,fd00::/8"])
def test_good_proxies(value: str) -> None:
    assert from_environment({"SWITCHBOARD_TRUSTED_PROXIES": value}).trusted_proxies == value


def test_an_address_with_a_password_is_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(database_url="mysql://user:secret@host/db")
    assert "secret" not in str(caught.value)


def test_good_values() -> None:
    found = from_environment(
        {
            "SWITCHBOARD_CORS_ORIGINS": "https://a.example, http://localhost:5173",
            "SWITCHBOARD_REDIS_URL": "",
            "SWITCHBOARD_DEBUG": "Yes",
            "PATH": "ignored",
        }
    )
    assert found.origins == ("https://a.example", "http://localhost:5173")
    assert found.redis_url is None
    assert found.debug
    assert Settings() == from_environment({})
