"""The public audits of GraphQL over HTTP."""

from tests.clients.conftest import Script


def test_every_audit_passes(script: Script) -> None:
    results = script("audits.mjs")
    assert len(results) == 61
    assert [each for each in results if each["status"] != "ok"] == []
